"""Remove the stack from an AWS account: ``python -m operate.destroy`` or `make destroy`.

The setting ``removal_policy``, as it is deployed, decides: ``retain`` keeps data (bucket, key,
logs, registry) and says how to remove it later; ``destroy`` leaves nothing. Both ask first.
Ends with 0 if that was achieved, 1 if something is left that should not be, 2 if it was refused.
"""

import argparse
import os
import sys

from operate import cdk
from operate.removal import page
from operate.removal.account import Stack, StackNotFoundError, client, configured, find_stack
from operate.removal.executions import executions, stop
from operate.removal.items import Item, RemovalError, remove_all
from operate.removal.stack import after_the_stack, champions, kept_resources, made_by_runs

_DONE, _LEFT, _REFUSED = 0, 1, 2
_OF_THE_ACCOUNT = (
    "the CDK's bootstrap stack with its bucket of assets: other apps of the account use it too",
    "the rules StepFunctionsGetEventsForSageMaker…: Step Functions made them, for all workflows",
)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    if options.profile:
        os.environ["AWS_PROFILE"] = options.profile  # for the CDK's command line, too
    try:
        if options.kept:
            return _remove_kept(options)
        return _destroy(find_stack(options.stack), options)
    except (StackNotFoundError, RemovalError) as error:
        print(error, file=sys.stderr)
        return _REFUSED


def _destroy(stack: Stack, options: argparse.Namespace) -> int:
    policy = stack.outputs.get("RemovalPolicy", "retain")
    _warn_of_other_setting(policy)
    running = [each for each in executions(stack) if each.running]
    if running and not options.stop:
        print(f"{len(running)} executions run: wait for their end, or add --stop.", file=sys.stderr)
        return _REFUSED
    items = _to_remove(stack, policy)
    print(f"Stack {stack.name} is removed, and before it, as removal_policy is {policy}:")
    print(page.table(items))
    if not _confirmed(stack.name, options):
        return _REFUSED
    if running:
        stop(stack, running)
        items = _to_remove(stack, policy)
    failures = remove_all(items)
    if policy == "destroy" and failures:
        return _failed(failures)
    status = cdk.main(["destroy", stack.name, "--force"])
    if status:
        print("The stack could not be removed; the command can be run again.", file=sys.stderr)
        return _LEFT
    return _told_what_is_left(_gone(stack), policy)


def _to_remove(stack: Stack, policy: str) -> list[Item]:
    if policy == "retain":
        return champions(stack)
    return made_by_runs(stack, stack.resources["AWS::S3::Bucket"])


def _gone(stack: Stack) -> Stack:
    return Stack(stack.name, stack.client, {})


def _told_what_is_left(stack: Stack, policy: str) -> int:
    if policy == "destroy":
        failures = remove_all(after_the_stack(stack))
        if failures:
            return _failed(failures)
    left = kept_resources(stack)
    print("Left of the stack:")
    print(page.table(left))
    if left and policy == "retain":
        print("That is your data. To remove it too: make destroy ARGS=--kept")
    print("Left of the account's own:")
    print(page.bullets(_OF_THE_ACCOUNT))
    return _LEFT if left and policy == "destroy" else _DONE


def _remove_kept(options: argparse.Namespace) -> int:
    """Remove what an earlier removal of the stack has kept."""
    try:
        find_stack(options.stack)
    except StackNotFoundError:
        stack = Stack(options.stack, client, {})
    else:
        print(f"Stack {options.stack} is deployed: remove it first.", file=sys.stderr)
        return _REFUSED
    kept = kept_resources(stack)
    buckets = [item.name for item in kept if item.kind == "bucket"]
    items = [*made_by_runs(stack, buckets), *kept]
    print(f"Kept of stack {stack.name}, and removed now:")
    print(page.table(items))
    if not items:
        return _DONE
    if not _confirmed(stack.name, options):
        return _REFUSED
    failures = remove_all(items)
    if failures:
        return _failed(failures)
    return _told_what_is_left(stack, "destroy")


def _confirmed(name: str, options: argparse.Namespace) -> bool:
    if options.yes or page.confirmed(f"Type the stack's name to go on ({name}):", name):
        return True
    print("Nothing was removed; --yes removes it without asking.", file=sys.stderr)
    return False


def _failed(failures: dict[str, str]) -> int:
    print("Could not be removed; the command can be run again:", file=sys.stderr)
    print(page.bullets(f"{name}: {why}" for name, why in failures.items()), file=sys.stderr)
    return _LEFT


def _warn_of_other_setting(policy: str) -> None:
    wanted = configured().removal_policy
    if wanted != policy:
        print(f"cdk.json says removal_policy {wanted}, deployed is {policy}: deploy first if")
        print("the setting was changed since, as only what is deployed counts.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m operate.destroy", description=__doc__)
    parser.add_argument("--stack", default=configured().stack_name)
    parser.add_argument("--kept", action="store_true", help="what an earlier removal has kept")
    parser.add_argument("--stop", action="store_true", help="stop running executions first")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--profile", help="profile of AWS's configuration files")
    return parser


if __name__ == "__main__":
    sys.exit(main())
