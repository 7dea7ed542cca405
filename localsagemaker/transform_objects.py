"""A transform job's objects: the inputs, and each one's output until it is stored."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from localsagemaker import s3
from localsagemaker.context import S3Client


@dataclass
class Source:
    """An input object.

    Parameters
    ----------
    name
        What its output is named after.
    path, output
        Where it lies on this machine, and its output.
    """

    uri: str
    name: str
    path: Path
    output: Path
    failed: bool = False

    @property
    def key(self) -> str:
        """Bucket and key, as in logs."""
        return self.uri.removeprefix("s3://")

    def fetch(self, client: S3Client) -> None:
        """Copy it here; its output is empty then. Raise `TransferError`."""
        s3.download(client, self.uri, self.path)
        self.output.touch()

    def opened(self, compression: str) -> BinaryIO:
        """Return its content as a file."""
        if compression == "Gzip":
            return cast("BinaryIO", gzip.open(self.path, "rb"))
        return self.path.open("rb")

    def append(self, answer: bytes, *, by_line: bool) -> None:
        """Append an answer to the output; by line, it ends with a newline, unless it has one.

        AWS's own containers answer in both ways, and neither leaves empty lines in outputs.
        """
        with self.output.open("ab") as file:
            file.write(answer)
            if by_line and not answer.endswith(b"\n"):
                file.write(b"\n")

    def store(self, client: S3Client, target: dict[str, Any]) -> None:
        """Store the output as a request's TransformOutput says; raise `TransferError`."""
        uri = f"{target['S3OutputPath'].rstrip('/')}/{self.name}.out"
        s3.upload(client, self.output, uri, target.get("KmsKeyId") or None)

    def fail(self) -> None:
        """Have no output."""
        self.failed = True
        self.output.unlink(missing_ok=True)


def sources(client: S3Client, place: dict[str, str], folder: Path) -> list[Source]:
    """Return the input objects of an S3DataSource, in their order; raise `TransferError`."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        Source(uri, name, folder / f"{number}.in", folder / f"{number}.out")
        for number, (uri, name) in enumerate(_found(client, place))
    ]


def _found(client: S3Client, place: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield URI and name: what follows the folder of the prefix, or what the manifest lists."""
    uri = place["S3Uri"]
    if place["S3DataType"] == "ManifestFile":
        yield from s3.manifest(client, uri)
        return
    bucket, prefix = s3.split(uri)
    folder = prefix[: prefix.rfind("/") + 1]
    for key in s3.keys_under(client, uri):
        if not key.endswith("/"):
            yield f"s3://{bucket}/{key}", key.removeprefix(folder)
