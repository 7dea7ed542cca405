"""A SageMaker that runs on one machine: same API, real training jobs and endpoints as processes.

The exports load lazily: an endpoint's process imports `localsagemaker.serving` and would
otherwise pay for botocore.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localsagemaker.context import Limits
    from localsagemaker.core import LocalSageMaker
    from localsagemaker.errors import ApiError
    from localsagemaker.faults import FaultPlan
    from localsagemaker.invocation import InvokeResult

__all__ = ["ApiError", "FaultPlan", "InvokeResult", "Limits", "LocalSageMaker"]

_MODULES = {
    "ApiError": "errors",
    "FaultPlan": "faults",
    "InvokeResult": "invocation",
    "Limits": "context",
    "LocalSageMaker": "core",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
