"""Assets are zipped once, whole, however many clouds deploy them at the same time."""

import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from localcloud.deploy import _zipped


def test_clouds_that_deploy_at_the_same_time_upload_whole_assets(tmp_path: Path) -> None:
    asset = tmp_path / "asset.1"
    asset.mkdir()
    for number in range(40):
        (asset / f"{number}.txt").write_text(str(number) * 100_000)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: _zipped(asset, "1-id"), range(4)))
    (path,) = set(made)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 40
    assert {found.name for found in tmp_path.iterdir()} == {"asset.1", path.name}
