"""Findings in ``docs/preparing-data.md``; ``python -m docs.build.findings_page`` renews them."""

from collections.abc import Iterator

from docs.build.marks import DOCS, renewed
from lambdas.shared.findings.kinds import SECTIONS

PAGE = DOCS / "preparing-data.md"


def page(text: str) -> str:
    """Return the page with its tables renewed."""
    return renewed(text, {"findings": _tables()})


def _tables() -> Iterator[str]:
    for title, kinds in SECTIONS.items():
        yield f"\n### {title}\n"
        yield "| code | severity | meaning | advice |"
        yield "|---|---|---|---|"
        for code, kind in kinds.items():
            yield f"| `{code}` | {kind.severity} | {kind.summary}. | {kind.advice} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
