"""The local cloud's command line: ``python -m localcloud demo|run|run-many|up|down``."""

import argparse
import json
import shlex
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from lambdas.shared.names.legal import dataset_slug
from localcloud import cloud as clouds
from localcloud.compared import compare_file
from localcloud.console import Console
from localcloud.many import files_below, run_many
from localcloud.paths import PROJECT
from localcloud.predicted import predict_file
from localcloud.run import Upload, exit_status, run_file
from localcloud.session import Session, bring_up, session

_EXAMPLE = PROJECT / "examples" / "breast_cancer.csv"
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    # A closed terminal must end the cloud as Ctrl-C does, not leave it behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        status: int = options.command(options)
    except KeyboardInterrupt:
        print("\nStopped; the local cloud is down.", file=sys.stderr)
        return _INTERRUPTED
    return status


def _demo(_options: argparse.Namespace) -> int:
    console = Console()
    console.heading("Molino on this machine: the template that `cdk deploy` ships, no AWS account")
    with console.preparing(), session() as current:
        example = Upload(_EXAMPLE, "breast-cancer", {"algorithm": "random_forest"})
        result = _run(current, example, console)
    console.result(result)
    return exit_status(result)


def _run_one(options: argparse.Namespace) -> int:
    if options.file.is_dir() and (options.predict or options.actuals):
        raise SystemExit("--predict and --actuals take one file, not a folder of part files")
    upload = _upload(options.file, options.dataset, options.target, options.set)
    upload = replace(upload, is_predicted=options.predict, is_compared=options.actuals)
    console = Console(stderr=options.json)
    with console.preparing(), session() as current:
        result = _run(current, upload, console)
    if options.json:
        print(json.dumps(result))
    elif upload.is_predicted:
        console.predicted(result)
    elif upload.is_compared:
        console.compared(result)
    else:
        console.result(result)
    return exit_status(result)


def _run(current: Session, upload: Upload, console: Console) -> dict[str, Any]:
    with console.following(upload.key) as on_stage:
        do = run_file
        if upload.is_predicted or upload.is_compared:
            do = predict_file if upload.is_predicted else compare_file
        return do(current.cloud, current.outputs, upload, on_stage)


def _run_many(options: argparse.Namespace) -> int:
    files, worst = files_below(options.folder), 0
    with session() as current:

        def one(path: Path) -> dict[str, Any]:
            dataset = path.relative_to(options.folder).with_suffix("").as_posix()
            upload = _upload(path, dataset_slug(dataset), options.target, options.set)
            return run_file(current.cloud, current.outputs, upload)

        for result in run_many(files, one, options.jobs):
            worst = max(worst, 1 if exit_status(result) == 1 else 0)
            print(json.dumps(result) if options.json_lines else _line(result), flush=True)
    return worst


def _line(result: dict[str, Any]) -> str:
    return f"{result['status']:<10} {result['error'] or result['task']:<20} {result['file']}"


def _up(_options: argparse.Namespace) -> int:
    current = bring_up()
    for name, value in current.environment.items():
        print(f"export {name}={shlex.quote(value)}")
    print("# To predict new rows with a dataset's champion:")
    print("# aws s3 cp ROWS.csv s3://$MOLINO_BUCKET/predict/DATASET/, then look in predictions/")
    print("# Once it is known what really happened: s3://$MOLINO_BUCKET/actuals/DATASET/")
    return 0


def _down(_options: argparse.Namespace) -> int:
    running = clouds.find()
    if running:
        running.stop()
    print("The local cloud is down." if running else "No local cloud is running.")
    return 0


def _upload(path: Path, dataset: str | None, target: str | None, settings: list[str]) -> Upload:
    pairs = dict(setting.partition("=")[::2] for setting in settings)
    if target is not None:
        pairs["target"] = target
    return Upload(path, dataset or dataset_slug(path.resolve().name.split(".")[0]), pairs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localcloud", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    _command(commands, "demo", _demo, "run the breast-cancer example, from upload to report")
    one = _command(commands, "run", _run_one, "run one file, or a folder of part files, locally")
    one.add_argument("file", type=Path)
    one.add_argument("--dataset", help="the dataset's name (default: the file's)")
    asked = one.add_mutually_exclusive_group()
    asked.add_argument(
        "--predict", action="store_true", help="predict its rows with the dataset's champion"
    )
    asked.add_argument(
        "--actuals", action="store_true", help="compare predictions with what really happened"
    )
    one.add_argument("--json", action="store_true", help="print the result as one JSON object")
    many = _command(commands, "run-many", _run_many, "run every file of a folder locally")
    many.add_argument("folder", type=Path)
    many.add_argument("--jobs", type=int, default=2, help="runs at the same time (default 2)")
    many.add_argument("--json-lines", action="store_true", help="print one JSON object per line")
    for command in (one, many):
        command.add_argument("--target", help="the column to predict")
        command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    _command(commands, "up", _up, "start a cloud that stays, and print its environment")
    _command(commands, "down", _down, "stop the cloud that stays")
    return parser


def _command(commands: Any, name: str, function: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=function)
    return parser


if __name__ == "__main__":
    sys.exit(main())
