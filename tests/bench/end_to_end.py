"""The whole path on the breast-cancer CSV against a bare scikit-learn script on the same file."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from infra.synth import synthesize
from localcloud import cloud as clouds
from localcloud.deploy import deploy
from localcloud.run import Upload, run_file
from localcloud.session import STACK
from tests.forests import FOREST

TITLE = "Breast cancer, upload to report (median of 3, warm cloud) against a bare script"
COLUMNS = ("what", "seconds", "ratio to the bare script")
_CSV = Path(__file__).parents[2] / "examples" / "breast_cancer.csv"
_RUNS = 3
_BARE = """
import sys
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
frame = pd.read_csv(sys.argv[1])
features, target = frame.drop(columns="diagnosis"), frame["diagnosis"]
split = train_test_split(features, target, test_size=0.15, stratify=target, random_state=0)
model = RandomForestClassifier(n_estimators=300, random_state=0).fit(split[0], split[2])
roc_auc_score(split[3], model.predict_proba(split[1])[:, 1])
"""


def rows() -> Iterator[tuple[str, str, str]]:
    """Yield the baseline, the whole path, and each of its stages."""
    bare: list[float] = []
    stages: dict[str, list[float]] = {}
    assembly = synthesize()
    with (
        tempfile.TemporaryDirectory() as folder,
        clouds.temporary(Path(folder) / "cloud") as cloud,
    ):
        start = time.perf_counter()
        outputs = deploy(cloud, assembly, STACK)
        deployed = time.perf_counter() - start
        for number in range(_RUNS + 1):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", _BARE, str(_CSV)], check=True)
            bare.append(time.perf_counter() - start)
            result = run_file(cloud, outputs, Upload(_CSV, f"bench-{number}", FOREST))
            if result["status"] != "SUCCEEDED":
                raise RuntimeError(result["message"])
            for stage, seconds in result["seconds"].items():
                stages.setdefault(stage, []).append(seconds)
    baseline = statistics.median(bare[1:])  # the first run of each warms the file cache
    yield "bare script (baseline)", f"{baseline:.2f}", "1.00"
    yield "deploy the template", f"{deployed:.2f}", f"{deployed / baseline:.2f}"
    for stage, measured in stages.items():
        median = statistics.median(measured[1:])
        label = "upload to report, all" if stage == "total" else f"  {stage}"
        yield label, f"{median:.2f}", f"{median / baseline:.2f}"
