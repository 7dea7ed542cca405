"""``docs/findings.md`` from the registry: ``python -m docs.build.findings_page`` renews it."""

from pathlib import Path

from lambdas.shared.findings.kinds import SECTIONS, Kind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "findings.md"
_INTRODUCTION = """\
# What Molino finds in an upload

Every upload is checked before any money is spent. Each finding has a code, a severity, the column
and row it applies to, and advice. Rows are numbered as in a spreadsheet: the header is row 1. No
message ever quotes a cell.

| severity | meaning |
|---|---|
| error | The upload cannot be used. The run ends with this code and reports every error at once. |
| warning | The model is trained, but this may spoil it. |
| note | Something is excluded: a column or rows. |
| info | An assumption, or a fact worth knowing. |

Errors are in the notification, in the report and in the execution's cause; the others are in the
report and under `findings` in `manifest.json`.

<!-- This page is made by `python -m docs.build.findings_page`; the texts live in
lambdas/shared/findings/kinds.py. -->
"""


def page() -> str:
    """Return the page's Markdown."""
    parts = [_INTRODUCTION]
    for title, kinds in SECTIONS.items():
        rows = [_row(code, kind) for code, kind in kinds.items()]
        parts += [f"\n## {title}\n", "| code | severity | meaning | advice |", "|---|---|---|---|"]
        parts += rows
    return "\n".join(parts) + "\n"


def _row(code: str, kind: Kind) -> str:
    return f"| `{code}` | {kind.severity} | {kind.summary}. | {kind.advice} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
