"""A transform job's request: what is refused of it, and what it and its container settle on."""

from dataclasses import dataclass
from typing import Any

from localsagemaker.errors import validation_exception
from localsagemaker.transform_filters import DataProcessing

Request = dict[str, Any]
_MEGABYTE = 1024 * 1024
_MOST_MEGABYTES = 100
_CSV = "text/csv"
_DEFAULTS: dict[str, Any] = {
    "MaxConcurrentTransforms": 1,
    "MaxPayloadInMB": 6,
    "BatchStrategy": "MULTI_RECORD",
}
_STRATEGIES = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}


@dataclass(frozen=True)
class Settings:
    """How a job sends its records.

    Parameters
    ----------
    most_concurrent
        So many requests at the same time.
    most_megabytes
        Size of a request's payload.
    strategy
        ``SINGLE_RECORD`` or ``MULTI_RECORD``.
    """

    most_concurrent: int
    most_megabytes: int
    strategy: str

    @classmethod
    def settle(cls, request: Request, offered: Any) -> "Settings":
        """Take the request's values, else those that the container offers, else AWS's own.

        Parameters
        ----------
        offered
            What ``/execution-parameters`` answered; unusable values are passed over.
        """
        values: dict[str, Any] = {**_DEFAULTS}
        for given in (offered if isinstance(offered, dict) else {}, request):
            for name in ("MaxConcurrentTransforms", "MaxPayloadInMB"):
                value = given.get(name)
                if isinstance(value, int) and value > 0:
                    values[name] = value
            strategy = str(given.get("BatchStrategy"))
            strategy = _STRATEGIES.get(strategy, strategy)
            if strategy in _STRATEGIES.values():
                values["BatchStrategy"] = strategy
        return cls(
            values["MaxConcurrentTransforms"], values["MaxPayloadInMB"], values["BatchStrategy"]
        )

    @property
    def most_bytes(self) -> int:
        """Size of a request's payload."""
        return self.most_megabytes * _MEGABYTE

    @property
    def is_single(self) -> bool:
        """Whether a payload has one record."""
        return self.strategy == "SINGLE_RECORD"

    def __str__(self) -> str:
        return (
            f"MaxConcurrentTransforms={self.most_concurrent}, "
            f"MaxPayloadInMB={self.most_megabytes}, BatchStrategy={self.strategy}"
        )


def variables(request: Request) -> dict[str, str]:
    """Return the environment that a transform job gives its container.

    By AWS's guide, "Use your own inference code with batch transform", what the request leaves open
    is not in it.
    """
    found = {"SAGEMAKER_BATCH": "true"}
    if request.get("MaxPayloadInMB"):
        found["SAGEMAKER_MAX_PAYLOAD_IN_MB"] = str(request["MaxPayloadInMB"])
    if request.get("MaxConcurrentTransforms"):
        found["SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"] = str(request["MaxConcurrentTransforms"])
    if "BatchStrategy" in request:
        found["SAGEMAKER_BATCH_STRATEGY"] = _STRATEGIES[request["BatchStrategy"]]
    return {**found, **request.get("Environment", {})}


def with_defaults(request: Request) -> dict[str, Any]:
    """Return the members that DescribeTransformJob answers more fully than they were given."""
    return {
        "TransformInput": {"CompressionType": "None", "SplitType": "None"}
        | request["TransformInput"],
        "TransformOutput": {"AssembleWith": "None", "KmsKeyId": ""} | request["TransformOutput"],
        "DataProcessing": {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
        | request.get("DataProcessing", {}),
    }


def check(request: Request) -> None:
    """Refuse what AWS refuses, and what does not run here; raise `ApiError`."""
    _check_sizes(request)
    source = request["TransformInput"]
    kind = source["DataSource"]["S3DataSource"]["S3DataType"]
    if kind not in {"S3Prefix", "ManifestFile"}:
        raise validation_exception(f"S3DataType {kind} is not supported for transform jobs.")
    split = source.get("SplitType", "None")
    if split not in {"None", "Line"}:
        raise validation_exception(f"The local SageMaker splits by Line or None, not by {split}.")
    if "DataCaptureConfig" in request:
        raise validation_exception("The local SageMaker captures no data of transform jobs.")
    _check_processing(request)


def _check_sizes(request: Request) -> None:
    megabytes = request.get("MaxPayloadInMB")
    if megabytes == 0:
        raise validation_exception(
            "The local SageMaker sends no chunked requests: MaxPayloadInMB must be at least 1."
        )
    requests = request.get("MaxConcurrentTransforms") or 1
    megabytes = megabytes or _DEFAULTS["MaxPayloadInMB"]
    if megabytes > _MOST_MEGABYTES:
        raise validation_exception(
            f"MaxPayloadInMB must not be greater than {_MOST_MEGABYTES}, got {megabytes}."
        )
    if megabytes * requests > _MOST_MEGABYTES:
        raise validation_exception(
            f"MaxConcurrentTransforms * MaxPayloadInMB must not be greater than {_MOST_MEGABYTES}, "
            f"got {requests} * {megabytes}."
        )


def _check_processing(request: Request) -> None:
    """CSV only: AWS asks for both types and for lines, in and out, where rows are joined."""
    try:
        processing = DataProcessing(request.get("DataProcessing", {}))
    except ValueError as error:
        raise validation_exception(str(error)) from None
    source, target = request["TransformInput"], request["TransformOutput"]
    for applies, place, names in (
        (processing.reads_input, source, ("ContentType", "SplitType")),
        (processing.reads_output, target, ("Accept", "AssembleWith")),
    ):
        kind, lines = (place.get(name, "") for name in names)
        if applies and (kind.partition(";")[0].strip() != _CSV or lines != "Line"):
            raise validation_exception(
                f"The local SageMaker processes data with {names[0]} {_CSV} and {names[1]} Line."
            )
