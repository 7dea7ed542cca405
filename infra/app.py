"""The CDK app around the one stack."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from infra.settings import Settings
from infra.stack import Molino

PROJECT = Path(__file__).resolve().parent.parent
_CDK_JSON = PROJECT / "cdk.json"


def build_app(context: dict[str, Any] | None = None, outdir: str | None = None) -> cdk.App:
    """Return the app with its stack, not synthesized yet.

    Parameters
    ----------
    context
        Settings that win over ``cdk.json``; the command line's ``-c key=value`` wins over both.
    outdir
        Where the assembly goes; else ``$CDK_OUTDIR``, else a temporary folder.

    Raises
    ------
    SettingsError
        When the context holds an unknown or unusable setting.
    """
    # The CLI passes cdk.json's context by itself; `python app.py` alone has to read it.
    defaults = json.loads(_CDK_JSON.read_text())["context"]
    app = cdk.App(
        analytics_reporting=False,
        tree_metadata=False,
        outdir=outdir,
        context=defaults | (context or {}),
    )
    settings = Settings.from_context(app.node.get_all_context())
    Molino(app, settings)
    return app


def synthesize(context: dict[str, Any] | None = None, outdir: str | None = None) -> Path:
    """Write the cloud assembly of `build_app` and return its folder."""
    return Path(build_app(context, outdir).synth().directory)
