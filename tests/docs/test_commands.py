"""Every command in the documentation is run by a test, as a reader would type it."""

import csv
import json
import re
import subprocess
from pathlib import Path

from tests.docs.blocks import PROJECT, Block, blocks, documented, pages, shell_commands
from tests.docs.conftest import Shell
from tests.docs.test_operations import ELSEWHERE

PAGES = {page.name: blocks(page) for page in pages()}
README = PAGES["README.md"]
OPERATIONS = PAGES["operations.md"]
FAULTS = [block for block in PAGES["developers.md"] if block.section == "Fault injection"]
RERUNS = [c for b in OPERATIONS if b.section == ELSEWHERE[0] for c in b.commands]
REMOVAL = [c for b in OPERATIONS if b.section == ELSEWHERE[1] for c in b.commands]


def _block(first: str) -> Block:
    """Return the block of the README that begins with a command."""
    return next(block for block in README if first in (block.commands or [""])[0])


# Each command, and the test that runs it: one of these, or another file's.
RUN_BY = {
    "make demo": "test_the_demo_prints_what_the_readme_shows",
    "make test": "the run that this test is part of",
    ".venv/bin/python -m localcloud run examples/breast_cancer.csv --target diagnosis --json": (
        "test_a_cloud_that_stays"
    ),
    **dict.fromkeys(_block("make -s up").commands, "test_a_cloud_that_stays"),
    **dict.fromkeys(_block("--predict").commands, "test_a_cloud_that_stays"),
    **dict.fromkeys(_block("make bootstrap").commands, "test_from_bootstrap_to_destroy"),
    **dict.fromkeys(_block("aws s3 cp data.csv").commands, "test_from_bootstrap_to_destroy"),
    **dict.fromkeys(_block("make destroy").commands, "test_from_bootstrap_to_destroy"),
    **dict.fromkeys(REMOVAL, "test_from_bootstrap_to_destroy"),
    **{
        command: "tests/end_to_end/test_champion.py::test_a_person_is_asked_and_answers"
        for block in PAGES["champions.md"]
        for command in block.commands
        if block.language == "sh"
    },
    **{
        command: "tests/docs/test_operations.py::test_every_command_runs_on_a_stack"
        for block in OPERATIONS
        for command in block.commands
        if block.section not in ELSEWHERE
    },
    **{
        documented("predictions.md", words): (
            "tests/end_to_end/test_champion.py::test_the_champion_answers_the_documented_request"
        )
        for words in ("aws s3 cp", "aws sagemaker-runtime", "curl")
    },
    **dict.fromkeys(
        [documented("predictions.md", words) for words in ("mkdir", "tar", ".venv")],
        "test_a_cloud_that_stays",
    ),
    documented("schedules-and-bursts.md", "aws s3 cp"): (
        "tests/end_to_end/test_schedules.py::test_a_dataset_is_trained_when_its_schedule_says"
    ),
    **{
        documented("preparing-data.md", words): (
            "tests/end_to_end/test_large_upload.py"
            "::test_a_job_gets_all_parts_of_a_folder_and_tells_rows_by_them"
        )
        for words in ("aws s3 cp", "aws s3api")
    },
    FAULTS[0].text.strip(): "test_faults_on_purpose",
    **dict.fromkeys(RERUNS, "tests/docs/test_operations.py::test_running_again"),
}


def test_every_documented_command_is_run_by_a_test() -> None:
    unknown = {
        command: where for command, where in shell_commands().items() if command not in RUN_BY
    }
    assert unknown == {}
    for path, name in (test.split("::") for test in RUN_BY.values() if "::" in test):
        assert re.search(rf"(?m)^def {name}\(", (PROJECT / path).read_text()), name
    assert {name for name in RUN_BY.values() if name.startswith("test_")} <= set(globals())


def test_every_block_says_its_language() -> None:
    """So that no command hides in one that is taken for something else."""
    for page in pages():
        fences = re.findall(r"(?m)^```", page.read_text(encoding="utf-8"))
        assert len(fences) == 2 * len(blocks(page)), page.name


def test_every_documented_target_of_make_exists() -> None:
    for command in shell_commands():
        for target in re.findall(r"\bmake(?: -s)? ([a-z-]+)", command):
            subprocess.run(["make", "-n", target], cwd=PROJECT, capture_output=True, check=True)


def test_the_demo_prints_what_the_readme_shows(shell: Shell) -> None:
    printed = shell.run("make demo")
    shown = next(block.text for block in README if "left running" in block.text)
    assert _masked(shown) == _masked(printed)


def _masked(text: str) -> list[str]:
    """Take out what differs from run to run and machine to machine: seconds, cost, paths."""
    text = re.sub(r"\s+\d+\.\d s\b", " … s", text)
    text = re.sub(r"(\d)\s%", r"\1%", text)
    # Sentences are wrapped at the terminal's width.
    text = re.sub(r"(?ms)^SUCCEEDED$.*?(?=^target )", lambda m: " ".join(m[0].split()) + "\n", text)
    text = re.sub(r"[\d.]+ to [\d.]+ USD, \d+ to \d+ m", "… USD, … m", text)
    text = re.sub(r"(?ms)^report .*?(?=^left running)", "", text)
    text = re.sub(r"(?m)^.*(Setting up|Ended after|^/|^make).*$", "", text)
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def test_a_cloud_that_stays(shell: Shell) -> None:
    """And one file through it, and the model of that file asked without a cloud."""
    up, *between, down = _block("make -s up").commands
    (run,) = _block("localcloud run").commands
    printed = shell.run("\n".join([up, f"{run} > result.json", *between]))
    try:
        assert "executions" in printed
        result = json.loads((shell.folder / "result.json").read_text())
        assert result["status"] == "SUCCEEDED"
        assert result["target_rule"] == "set in the metadata of the upload"
        assert result["left_running"] == []
        assert result["features"]["mean radius"] == "numeric"
        assert result["rows"] == {"read": 569, "used": 569, "left_out": {}}
        assert all(found.keys() == {"code", "column", "row"} for found in result["findings"])
        (predict,) = _block("--predict").commands
        predicted = json.loads(shell.run(f"{predict} 2> /dev/null"))
        assert (predicted["status"], predicted["rows"]) == ("SUCCEEDED", 569)
        assert [found["code"] for found in predicted["findings"]] == [
            "TargetKept",
            "RowsSeen",
        ]
        assert Path(predicted["predictions"]).exists()
    finally:
        assert "down" in shell.run(down)
    unpack, ask = (
        block.text for block in PAGES["predictions.md"] if block.section == "From the model file"
    )
    shell.run(f"cp {result['model']} .\n{unpack}")
    answer = shell.run(f".venv/bin/python - <<'END'\n{ask}\nEND")
    predictions = [each["prediction"] for each in json.loads(answer)["predictions"]]
    with (shell.folder / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["prediction"] for row in rows] == predictions
    with (shell.folder / "examples" / "breast_cancer.csv").open(newline="") as file:
        assert [row["mean radius"] for row in rows] == [
            r["mean radius"] for r in csv.DictReader(file)
        ]


def test_from_bootstrap_to_destroy(account: Shell) -> None:
    """The CDK's own command line, with nothing of ours between it and the account."""
    # The CDK asks before it grants or removes; the answer is what an option gives here.
    for command in _block("make bootstrap").commands:
        account.run(command.replace("make deploy", "make deploy ARGS='--require-approval never'"))
    stacks = json.loads(account.run(".venv/bin/aws cloudformation describe-stacks"))["Stacks"]
    outputs = {
        output["OutputKey"]: output["OutputValue"]
        for stack in stacks
        for output in stack.get("Outputs", [])
    }
    upload = _block("aws s3 cp data.csv").text.replace("<BucketName>", outputs["BucketName"])
    upload = upload.replace("data.csv s3:", "examples/breast_cancer.csv s3:")
    account.run(upload.replace("aws s3", ".venv/bin/aws s3"))
    show, erase, destroy, remove_kept = REMOVAL
    assert "incoming/breast-cancer/" in account.run(show)
    erased = account.run(f"{erase} ARGS='--yes --stop'")
    assert "Still there" not in erased
    kept = account.run(f"{destroy} ARGS='--yes --stop'")
    assert remove_kept in kept
    assert outputs["BucketName"] in kept
    account.run(remove_kept.replace("--kept", "'--kept --yes'"))
    left = json.loads(account.run(".venv/bin/aws cloudformation describe-stacks"))["Stacks"]
    assert [stack["StackName"] for stack in left if "Molino" in stack["StackName"]] == []
    assert "molino" not in account.run(".venv/bin/aws s3 ls").lower()


def test_faults_on_purpose(shell: Shell) -> None:
    command, plan = FAULTS
    (shell.folder / "faults.json").write_text(plan.text)
    result = json.loads(shell.run(f"{command.text.strip()} || [ $? = 1 ]"))
    assert (result["status"], result["error"]) == ("FAILED", "TrainingFailed")
    assert result["left_running"] == []
