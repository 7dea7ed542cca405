"""Erase one dataset from an AWS account: ``python -m operate.erase DATASET`` or `make erase`.

Shows what there is and asks before it removes anything. Ends with 0 if nothing is left (or nothing
was to be removed), 1 if something is, 2 if it was refused.
"""

import argparse
import json
import sys
from typing import Any

from operate.removal import page
from operate.removal.account import Stack, StackNotFoundError, configured, find_stack
from operate.removal.dataset import NOT_REMOVED, Found, find_dataset
from operate.removal.executions import stop
from operate.removal.items import RemovalError, remove_all

_DONE, _LEFT, _REFUSED = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        stack = find_stack(options.stack)
        return _erase(stack, options)
    except (StackNotFoundError, RemovalError) as error:
        print(error, file=sys.stderr)
        return _REFUSED


def _erase(stack: Stack, options: argparse.Namespace) -> int:
    found = find_dataset(stack, options.dataset)
    output = sys.stderr if options.json else sys.stdout
    print(_announcement(stack, options.dataset, found), file=output)
    if options.dry_run:
        return _report(options, _document(stack, options.dataset, found), _DONE)
    if found.running and not options.stop:
        print("A run is in progress: wait until it finishes, or add --stop.", file=sys.stderr)
        return _REFUSED
    question = f"Type the dataset's name to erase it for good ({options.dataset}):"
    if not options.yes and not page.confirmed(question, options.dataset):
        print("Nothing was removed; --yes removes it without asking.", file=sys.stderr)
        return _REFUSED
    if found.running:
        stop(stack, found.running)
        found = find_dataset(stack, options.dataset, found.names)
    failures = remove_all(found.items)
    left = find_dataset(stack, options.dataset, found.names)
    document = _document(stack, options.dataset, left) | {
        "removed": [item.document() for item in found.items if not _is_in(item, left)],
        "failures": failures,
    }
    print(_outcome(found, left, failures), file=output)
    return _report(options, document, _LEFT if left.items or left.running else _DONE)


def _is_in(item: Any, found: Found) -> bool:
    return any((item.kind, item.name) == (each.kind, each.name) for each in found.items)


def _announcement(stack: Stack, dataset: str, found: Found) -> str:
    lines = [f"Dataset {dataset} in stack {stack.name}, bucket {stack.bucket}:"]
    lines.append(page.table(found.items))
    if found.running:
        lines += ["Running now:", page.bullets(each.name for each in found.running)]
    if found.by_stack:
        lines += [
            "Schedules that `schedules` in cdk.json makes: take them out there, and deploy:",
            page.bullets(found.by_stack),
        ]
    return "\n".join([*lines, "What this can't remove (no row of the data is in it):",
                      page.bullets(NOT_REMOVED)])  # fmt: skip


def _outcome(found: Found, left: Found, failures: dict[str, str]) -> str:
    lines = [f"Removed: {len(found.items) - len(left.items)} of {len(found.items)}."]
    if left.items:
        lines += ["Still there:", page.table(left.items)]
    return "\n".join([*lines, *(f"  {name}: {why}" for name, why in failures.items())])


def _document(stack: Stack, dataset: str, found: Found) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "stack": stack.name,
        "bucket": stack.bucket,
        "there": [item.document() for item in found.items],
        "running": [each.arn for each in found.running],
        "schedules_of_the_stack": found.by_stack,
        "not_removed": list(NOT_REMOVED),
    }


def _report(options: argparse.Namespace, document: dict[str, Any], status: int) -> int:
    if options.json:
        print(json.dumps(document, ensure_ascii=False))
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m operate.erase", description=__doc__)
    parser.add_argument("dataset", help="as its folder below incoming/ is called")
    parser.add_argument("--stack", default=configured().stack_name)
    parser.add_argument("--dry-run", action="store_true", help="only show what there is")
    parser.add_argument("--stop", action="store_true", help="stop its running executions first")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return parser


if __name__ == "__main__":
    sys.exit(main())
