"""Processing jobs as SageMaker runs them: inputs in, a step's program, outputs out."""

import importlib
import json
from pathlib import Path
from typing import Any


def run_job(s3: Any, request: dict[str, Any], folder: Path) -> int:
    """Do what SageMaker does around a job and return the exit code."""
    for each in request["inputs"]:
        for key, name in _objects(s3, each):
            path = folder / "inputs" / each["name"] / name
            path.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(_bucket(each["uri"]), key, str(path))
    job = importlib.import_module(f"lambdas.{request['program']}.processing_job")
    options = {name: folder / name for name in ("inputs", "work", "output", "message")}
    options["output"].mkdir()
    code: int = job.main(
        [word for name, path in options.items() for word in (f"--{name}", str(path))]
    )
    bucket, _, prefix = request["output_uri"].removeprefix("s3://").partition("/")
    for path in options["output"].rglob("*"):
        if path.is_file() and code == 0:
            key = f"{prefix}/{path.relative_to(options['output']).as_posix()}"
            s3.upload_file(str(path), bucket, key)
    return code


def _bucket(uri: str) -> str:
    return uri.removeprefix("s3://").partition("/")[0]


def _objects(s3: Any, given: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the keys of an input's objects, each with its name in the input's folder."""
    bucket, _, key = given["uri"].removeprefix("s3://").partition("/")
    if given["type"] == "ManifestFile":
        head, *names = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        prefix = head["prefix"].removeprefix(f"s3://{bucket}/")
        return [(prefix + name, name) for name in names]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents", [])
    folder = key.rpartition("/")[0]
    return [(each["Key"], each["Key"].removeprefix(f"{folder}/")) for each in listed]
