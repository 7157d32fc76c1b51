"""A certificate authority for one test, and what it certifies."""

import ipaddress
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fleet.local.premises import Account


@dataclass
class Authority:
    """`folder` gets its certificate and those of its subjects, readable by `account` alone if one is given."""

    folder: Path
    account: Account | None = None
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def certificate(self) -> Path:
        """Whoever has this file trusts what the authority certifies."""
        path = self.folder / "authority.pem"
        if not path.exists():
            self._write(path, self._sign("A test's authority", self._key.public_key(), is_authority=True))
        return path

    def certify(self, name: str) -> tuple[Path, Path]:
        """Certificate and key of `name`, good for that host, for 127.0.0.1, and as a client's."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate, secret = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        self._write(certificate, self._sign(name, key.public_key()))
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self._write(secret, key.private_bytes(*form))
        return certificate, secret

    def _sign(self, name: str, key: ec.EllipticCurvePublicKey, *, is_authority: bool = False) -> bytes:
        """With all that a strict reader (Python from 3.13 on) asks for."""
        now = datetime.now(UTC)
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A test's authority")])
        signer = self._key.public_key()
        built = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
            .add_extension(_uses(is_authority), critical=True)
        )
        if not is_authority:
            places = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName(name)]
            built = built.add_extension(x509.SubjectAlternativeName(places), critical=False)
        return built.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _write(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        path.chmod(0o600)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)


def _uses(is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
