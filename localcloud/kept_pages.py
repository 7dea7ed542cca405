"""Reports as they are read on this machine, where there is no bucket and no console to link to."""

import html
import re
from collections.abc import Mapping

from lambdas.report.language import language
from localcloud.on_aws import OnAws

_TEXTS = {
    "en": (
        "On AWS (estimate)",
        "{low} to {high} USD",
        "{least} to {most} minutes",
        "This run was on this machine. On AWS, starting machines and downloading images would come "
        "on top: about {low} to {high} USD and {least} to {most} minutes in all. The table below "
        "holds the seconds of this machine.",
    ),
    "es": (
        "En AWS (estimación)",
        "de {low} a {high} USD",
        "de {least} a {most} minutos",
        "Esta ejecución se hizo en este equipo. En AWS habría que añadir el arranque de las "
        "máquinas y la descarga de las imágenes: en total, de {low} a {high} USD y de {least} a "
        "{most} minutos. La tabla siguiente contiene los segundos de este equipo.",
    ),
}


def code_of(page: str) -> str | None:
    """Return the language of a page."""
    found = re.search(r'<html lang="(\w+)"', page)
    return found[1] if found else None


def adapted(page: str, places: Mapping[str, str], cost: OnAws | None) -> str:
    """Return a report's HTML as it is read without a cloud.

    Parameters
    ----------
    page
    places
        Address in the bucket → path from the page.
    cost
        What the run would cost on AWS.
    """
    page = re.sub(r'<li class="console">.*?</li>\n?', "", page, flags=re.DOTALL)
    for uri, path in places.items():
        link = f'<code><a href="{html.escape(path)}">{html.escape(path)}</a></code>'
        page = page.replace(f"<code>{html.escape(uri)}</code>", link)
    return _with_cost(page, cost) if cost else page


def _with_cost(page: str, cost: OnAws) -> str:
    words = language(code_of(page))
    values = {
        "low": words.figures(cost.low_usd, 2),
        "high": words.figures(cost.high_usd, 2),
        "least": words.whole(cost.low_minutes),
        "most": words.whole(cost.high_minutes),
    }
    name, usd, minutes, note = (text.format(**values) for text in _TEXTS[words.code])
    tile = f'<li class="cost"><span>{name}</span><b>{usd}</b><span>{minutes}</span></li>'
    page = re.sub(r'<li class="cost">.*?</li>', lambda _: tile, page, count=1, flags=re.DOTALL)
    heading = r'(<h2 id="cost">.*?</h2>)'
    return re.sub(heading, lambda m: f'{m[1]}\n<div class="box"><p>{note}</p></div>', page, count=1)
