"""Sort the translations of messages by their English: ``python -m docs.build.sort_messages``.

``en.json`` beside them is made from the code: the plural of each message that has one.
"""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "lambdas" / "report" / "texts" / "messages"
PLURALS = FOLDER / "en.json"


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield each message of the code, with its place."""
    for folder in ("lambdas", "training"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message":
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def plurals() -> dict[str, str | list[str]]:
    """Return the English plurals by what is said of one."""
    forms = ([ast.literal_eval(form) for form in call.args] for _, call in calls())
    return {each[0]: each[1] for each in forms if len(each) > 1}


def text_of(catalogue: dict[str, str | list[str]]) -> str:
    """Return a catalogue as it is stored."""
    return json.dumps(dict(sorted(catalogue.items())), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    PLURALS.write_text(text_of(plurals()), encoding="utf-8")
    for path in FOLDER.glob("*.json"):
        path.write_text(text_of(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
