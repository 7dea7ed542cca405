"""Reports as they are read on this machine, where there is no bucket and no console to link to."""

import html
import re
from collections.abc import Mapping


def code_of(page: str) -> str | None:
    """Return the language of a page."""
    found = re.search(r'<html lang="(\w+)"', page)
    return found[1] if found else None


def adapted(page: str, places: Mapping[str, str]) -> str:
    """Return a report's HTML as it is read without a cloud.

    Parameters
    ----------
    page
    places
        Address in the bucket → path from the page.
    """
    page = re.sub(r'<li class="console">.*?</li>\n?', "", page, flags=re.DOTALL)
    for uri, path in places.items():
        link = f'<code><a href="{html.escape(path)}">{html.escape(path)}</a></code>'
        page = page.replace(f"<code>{html.escape(uri)}</code>", link)
    return page
