"""What the API answers when it refuses, worded as AWS words it."""

from typing import Any


class ApiError(Exception):
    """A refused call.

    Parameters
    ----------
    code
        AWS's error code, for example ``ValidationException`` or ``ResourceInUse``.
    message
        AWS's text.
    status
        HTTP status.
    members
        Further members of the error's body (ModelError has ``OriginalStatusCode`` and others).
    """

    def __init__(
        self, code: str, message: str, status: int = 400, members: dict[str, Any] | None = None
    ) -> None:
        super().__init__(code, message)
        self.code, self.message, self.status = code, message, status
        self.members = members or {}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def validation_exception(message: str) -> ApiError:
    """Return the error of SageMaker's control plane for a request that cannot be carried out."""
    return ApiError("ValidationException", message)


def could_not_find(kind: str, arn: str) -> ApiError:
    """Return the error for a missing model, endpoint or endpoint configuration."""
    return validation_exception(f'Could not find {kind} "{arn}".')


def already_exists(kind: str, arn: str) -> ApiError:
    """Return the error for creating a model, endpoint or endpoint configuration twice."""
    return validation_exception(f'Cannot create already existing {kind} "{arn}".')


def role_not_assumable(role_arn: str) -> ApiError:
    """Return the error for a role that SageMaker may not take on."""
    return validation_exception(
        f"Could not assume role {role_arn}. Please ensure that the role exists and allows "
        "principal 'sagemaker.amazonaws.com' to assume the role."
    )
