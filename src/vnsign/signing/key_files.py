"""What PKCS #12 and PEM key files have in common: bounded reading, the secret asked once, certificates put in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from vnsign.errors import SignerUnavailableError
from vnsign.model.certificate import Certificate
from vnsign.pki.admission import issued_by

Secret = Callable[[], str | bytes]
"""Gives the secret of a key file when it is needed, at most once: ``getpass.getpass``, a keyring, a file reader."""

LARGEST_FILE = 1024 * 1024
"""Bytes of a key file."""

MOST_ITERATIONS = 1_000_000
"""Of one key derivation; OpenSSL writes 2,048, browsers up to 600,000."""

MOST_ITERATIONS_TOGETHER = 2_000_000

_LARGEST_SCRYPT = 1 << 20
_LONGEST_CHAIN = 8


def read_key_file(path: Path) -> bytes:
    """All bytes of a key file.

    Raises:
        SignerUnavailableError: no such file, no permission, larger than :data:`LARGEST_FILE`.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise SignerUnavailableError(
            f"{path}: {error.strerror or error}", code="KEY_FILE", hint="check the path and its permissions"
        ) from error
    if len(data) > LARGEST_FILE:
        raise SignerUnavailableError(f"{path}: larger than {LARGEST_FILE} bytes, no key file", code="KEY_FILE")
    return data


def secret_bytes(secret: Secret | None, path: Path) -> bytes:
    """Ask for the secret, once.

    Raises:
        SignerUnavailableError: no way to ask was given, or nothing was entered.
    """
    if secret is None:
        raise SignerUnavailableError(f"{path}: the key is protected and no secret was given", code="SECRET_NEEDED")
    return ask(secret, path).encode("utf-8", "surrogateescape")


def ask(secret: Secret, name: object) -> str:
    """Ask for a secret, once.

    Args:
        secret: gives it.
        name: of what it opens, for the message.

    Raises:
        SignerUnavailableError: ``SECRET_NEEDED``: nobody answered.
    """
    try:
        found = secret()
    except (EOFError, OSError) as error:
        raise SignerUnavailableError(f"{name}: the secret could not be asked for", code="SECRET_NEEDED") from error
    return found if isinstance(found, str) else bytes(found).decode("utf-8", "surrogateescape")


def check_iterations(algorithms: Iterable[Any], path: Path) -> None:
    """Refuse key derivations that would keep the machine busy, before any is run.

    Args:
        algorithms: iteration counts, or encryption algorithm identifiers (asn1crypto).
        path: for the message.

    Raises:
        SignerUnavailableError: ``KEY_DERIVATION``.
    """
    counts = [count for item in algorithms for count in _iterations(item)]
    if any(count > MOST_ITERATIONS for count in counts) or sum(counts) > MOST_ITERATIONS_TOGETHER:
        raise SignerUnavailableError(
            f"{path}: {max(counts)} rounds of key derivation, at most {MOST_ITERATIONS} are run",
            code="KEY_DERIVATION",
            hint="export the key again with an ordinary number of rounds",
        )


def _iterations(item: Any) -> Iterator[int]:
    if isinstance(item, int):
        yield item
        return
    name = item["algorithm"].native
    parameters = item["parameters"]
    if name == "pbes2":
        yield from _of_derivation(parameters["key_derivation_func"])
    elif "iterations" in (getattr(parameters, "native", None) or {}):
        yield int(parameters["iterations"].native)
    elif name in ("pbmac1", "1.2.840.113549.1.5.14"):
        raise ValueError("PBMAC1 is not supported")


def _of_derivation(function: Any) -> Iterator[int]:
    parameters = function["parameters"]
    if function["algorithm"].native == "pbkdf2":
        yield int(parameters["iteration_count"].native)
        return
    cost = parameters.native
    # scrypt: each unit of cost is about a round of PBKDF2, and takes 128 bytes of memory
    rounds = int(cost["cost_parameter"]) * int(cost["block_size"]) * int(cost["parallelization_parameter"])
    if rounds > _LARGEST_SCRYPT:
        yield MOST_ITERATIONS + rounds
    yield rounds


def ordered_chain(leaf: Certificate, others: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """The issuers of a certificate among others, issuing CA first, without the root: a verifier has it or trusts it not."""
    rest = [item for item in dict.fromkeys(others) if item != leaf]
    found: list[Certificate] = []
    current = leaf
    while len(found) < _LONGEST_CHAIN:
        issuer = next((item for item in rest if item not in found and issued_by(current, item)), None)
        if issuer is None or issued_by(issuer, issuer):
            return tuple(found)
        found.append(issuer)
        current = issuer
    return tuple(found)
