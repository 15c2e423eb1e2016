"""Keys in PKCS #12 files (RFC 7292), as certification authorities hand them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnsign.errors import AuthorizationRefusedError, SignerUnavailableError
from vnsign.model.certificate import Certificate
from vnsign.signing.key_files import Secret, check_iterations, ordered_chain, read_key_file, secret_bytes
from vnsign.signing.signer import KeySigner, matches

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates


@dataclass(frozen=True, slots=True, eq=False)
class Pkcs12Signer(KeySigner):
    """A signer from a PKCS #12 file. Make it with :meth:`open`; the key is decrypted once and kept."""

    @classmethod
    def open(cls, path: Path | str, secret: Secret | None = None) -> Pkcs12Signer:
        """Open a file.

        Args:
            path: the ``.p12`` or ``.pfx`` file.
            secret: called once for the password, for example ``getpass.getpass``; ``None`` for a file without password.

        Raises:
            SignerUnavailableError: the file cannot be read, is no PKCS #12 file, has no key or no certificate for it, or asks
                for too much key derivation. That is found before the secret is asked for.
            AuthorizationRefusedError: the password is wrong. It is not tried twice.

        Not checked: the certificate's validity and usage, which are checked when signing.
        """
        file = Path(path)
        data = read_key_file(file)
        _check_structure(data, file)
        loaded = _load(data, None if secret is None else secret_bytes(secret, file), file)
        key = loaded.key
        if key is None:
            raise SignerUnavailableError(
                f"{file}: no private key in it", code="KEY_FILE", hint="export it with its private key"
            )
        certificates = [item.certificate for item in (loaded.cert, *loaded.additional_certs) if item is not None]
        found = [Certificate(item.public_bytes(_der())) for item in certificates]
        leaf = next((item for item in found if matches(item, key)), None)
        if leaf is None:
            raise SignerUnavailableError(f"{file}: no certificate for its key", code="KEY_FILE", hint="export both together")
        return cls(leaf, ordered_chain(leaf, found), key)


def _der() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER


def _load(data: bytes, secret: bytes | None, path: Path) -> PKCS12KeyAndCertificates:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        return pkcs12.load_pkcs12(data, secret)
    except UnsupportedAlgorithm as error:
        raise SignerUnavailableError(
            f"{path}: encrypted in a way that is not supported", code="KEY_FILE", hint="export it with AES"
        ) from error
    except Exception as error:
        # The structure was read before: what is left is the password. The library's words are dropped, for they may quote it.
        raise AuthorizationRefusedError(
            f"{path}: the password is wrong", hint="nothing was signed; check the password before you try again"
        ) from error


def _check_structure(data: bytes, path: Path) -> None:
    """Read the outer structure without any key derivation, and bound what the inner one will ask for.

    Encrypted parts are not looked into: key derivations nested in them are not bounded.
    """
    from asn1crypto import pkcs12

    try:
        file = pkcs12.Pfx.load(data, strict=True)
        check_iterations(_derivations(file), path)
    except SignerUnavailableError:
        raise
    except Exception as error:  # the door: whatever asn1crypto throws at a damaged file
        raise SignerUnavailableError(
            f"{path}: not a PKCS #12 file that can be read", code="KEY_FILE", hint="give the .p12 or .pfx file itself"
        ) from error


def _derivations(file: Any) -> Iterator[Any]:
    if file["mac_data"].native is not None:
        yield int(file["mac_data"]["iterations"].native)
    for content in file.authenticated_safe:
        kind = content["content_type"].native
        if kind == "encrypted_data":
            yield content["content"]["encrypted_content_info"]["content_encryption_algorithm"]
        elif kind == "data":
            yield from _of_bags(content["content"].native)
        else:
            raise ValueError(f"content of kind {kind}")


def _of_bags(content: bytes) -> Iterator[Any]:
    from asn1crypto import pkcs12

    waiting = [pkcs12.SafeContents.load(content)]
    while waiting:  # bags may hold bags (RFC 7292, 4.2.6), and what reads them follows
        for bag in waiting.pop():
            kind = bag["bag_id"].native
            if kind == "pkcs8_shrouded_key_bag":
                yield bag["bag_value"]["encryption_algorithm"]
            elif kind == "safe_contents":
                waiting.append(bag["bag_value"])
