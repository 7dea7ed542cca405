"""A local cloud taken for AWS by commands that run in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest

from localcloud.session import Session
from operate.removal import account


@contextmanager
def signed_in(session: Session) -> Iterator[None]:
    """Set the environment of someone whose account that cloud is."""
    account.client.cache_clear()
    trust = {"NODE_EXTRA_CA_CERTS": str(session.cloud.ca_bundle)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3, "DEFAULT_SESSION", None)  # another test's keeps its credentials
        for name, value in (session.cloud.environment | trust).items():
            patch.setenv(name, value)
        yield
    account.client.cache_clear()
