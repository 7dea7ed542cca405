"""A certificate for loopback, so that TLS-only bucket policies hold locally as on AWS."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from localcloud.paths import private_folder

_LIFETIME = dt.timedelta(days=30)


@dataclass(frozen=True)
class CertificateFiles:
    """The files of a folder: certificate, private key (mode 600) and CA bundle.

    The bundle adds the certificate to the public roots: ``AWS_CA_BUNDLE`` replaces those, it does
    not add to them.
    """

    folder: Path

    @property
    def certificate(self) -> Path:
        """The certificate."""
        return self.folder / "certificate.pem"

    @property
    def key(self) -> Path:
        """Its private key."""
        return self.folder / "key.pem"

    @property
    def bundle(self) -> Path:
        """It and the public roots."""
        return self.folder / "ca-bundle.pem"


def make_certificate(files: CertificateFiles) -> None:
    """Write a self-signed certificate for 127.0.0.1 and localhost."""
    private_folder(files.folder)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    alternatives = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + _LIFETIME)
        .add_extension(alternatives, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    files.certificate.write_bytes(pem)
    files.key.touch(mode=0o600)
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    files.bundle.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + pem)
