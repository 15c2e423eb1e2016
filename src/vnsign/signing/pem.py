"""Keys in PEM or DER files, with certificates beside them or in the same file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vnsign.errors import AuthorizationRefusedError, SignerUnavailableError
from vnsign.model.certificate import Certificate
from vnsign.signing.key_files import Secret, check_iterations, ordered_chain, read_key_file, secret_bytes
from vnsign.signing.signer import KeySigner, matches

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class PemSigner(KeySigner):
    """A signer from key and certificate files. Make it with :meth:`open`; the key is decrypted once and kept."""

    @classmethod
    def open(
        cls,
        key: Path | str,
        certificate: Path | str | None = None,
        *,
        chain: Path | str | None = None,
        secret: Secret | None = None,
    ) -> PemSigner:
        """Open a key with its certificate.

        Args:
            key: file with the private key, PEM; certificates may be in the same file.
            certificate: file with the certificate, PEM or DER; ``None``: it is in the key's file.
            chain: file with certificates of the issuers.
            secret: called once when the key is encrypted.

        Raises:
            SignerUnavailableError: a file cannot be read or holds no key, or no certificate is the key's.
            AuthorizationRefusedError: the secret is wrong. It is not tried twice.

        Not checked: the certificate's validity and usage, which are checked when signing.
        """
        file = Path(key)
        data = read_key_file(file)
        block = _key_block(data, file)
        others = [Path(path) for path in (certificate, chain) if path is not None]
        found = list(_certificates(data))
        for other in others:
            found.extend(read_certificates(other))
        if not found:
            raise SignerUnavailableError(
                f"{file}: no certificate given", code="KEY_FILE", hint="name the certificate's file too"
            )
        private_key = _load(block, secret, file)
        leaf = next((item for item in found if matches(item, private_key)), None)
        if leaf is None:
            raise SignerUnavailableError(
                f"{file}: none of the certificates is the key's",
                code="KEY_MISMATCH",
                hint="give the key and the certificate of one pair",
            )
        return cls(leaf, ordered_chain(leaf, found), private_key)


def _key_block(data: bytes, path: Path) -> bytes:
    found = next((match[0] for match in _BLOCK.finditer(data) if match[1].endswith(b"PRIVATE KEY")), None)
    if found is None:
        raise SignerUnavailableError(
            f"{path}: no private key in PEM", code="KEY_FILE", hint="give a PEM or PKCS #12 file with the private key"
        )
    return found


def read_certificates(path: Path) -> list[Certificate]:
    """The certificates of a file, PEM or DER.

    Raises:
        SignerUnavailableError: the file cannot be read or holds none.
    """
    """All certificates of a file, PEM or one in DER, in their order.

    Raises:
        SignerUnavailableError: the file cannot be read, or there is none in it (``KEY_FILE``).
    """
    data = read_key_file(path)
    found = list(_certificates(data)) or ([Certificate(data)] if data[:1] == b"\x30" else [])
    if not found:
        raise SignerUnavailableError(f"{path}: no certificate in it", code="KEY_FILE", hint="give a certificate in PEM or DER")
    return found


def _certificates(data: bytes) -> list[Certificate]:
    import base64
    import binascii

    found = []
    for match in _BLOCK.finditer(data):
        if match[1] == b"CERTIFICATE":
            body = b"".join(match[0].splitlines()[1:-1])
            try:
                found.append(Certificate(base64.b64decode(body, validate=False)))
            except binascii.Error:
                continue
    return found


def _load(block: bytes, secret: Secret | None, path: Path) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    protected = b"ENCRYPTED" in block
    if protected:
        _check_derivation(block, path)
    given = secret_bytes(secret, path) if protected else None
    try:
        return load_pem_private_key(block, given)
    except UnsupportedAlgorithm as error:
        raise SignerUnavailableError(f"{path}: a key of a kind that is not supported", code="KEY_FILE") from error
    except Exception as error:
        # The library's words are dropped, for they may quote the secret.
        if protected:
            raise AuthorizationRefusedError(
                f"{path}: the secret is wrong", hint="nothing was signed; check it before you try again"
            ) from error
        raise SignerUnavailableError(f"{path}: the private key cannot be read", code="KEY_FILE") from error


def _check_derivation(block: bytes, path: Path) -> None:
    if b"BEGIN ENCRYPTED PRIVATE KEY" not in block:
        return  # the traditional form: one round of MD5
    from asn1crypto import keys, pem

    try:
        _, _, der = pem.unarmor(block)
        check_iterations([keys.EncryptedPrivateKeyInfo.load(der)["encryption_algorithm"]], path)
    except SignerUnavailableError:
        raise
    except Exception as error:  # the door: whatever asn1crypto throws at a damaged file
        raise SignerUnavailableError(f"{path}: the private key cannot be read", code="KEY_FILE") from error
