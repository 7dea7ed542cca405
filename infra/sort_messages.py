"""Sort the translations of messages by their English: ``python -m infra.sort_messages``."""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "lambdas" / "report" / "texts" / "messages"


def text_of(catalogue: dict[str, str | list[str]]) -> str:
    """Return a catalogue as it is stored."""
    return json.dumps(dict(sorted(catalogue.items())), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for path in FOLDER.glob("*.json"):
        path.write_text(text_of(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
