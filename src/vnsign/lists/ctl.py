"""``gca.ctl``: the list of certificates that the civil-service CA publishes for its signing plug-in, in JSON.

Its form is known only second-hand: an object with ``Version``, ``ListIdentifier``, ``SequenceNumber``, ``ThisUpdate``,
``NextUpdate`` and ``Cerificates`` (as written there). No signature of it is known, so nothing in it is trusted: the
certificates are candidates for intermediates, like those of any other file. What an entry holds besides is left alone.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.pki.profile import profile

MAX_CTL_BYTES = 16 * 1024 * 1024
MAX_CTL_CERTIFICATES = 4096
_KEYS = ("cerificates", "certificates")
_MAX_NESTED = 4


@dataclass(frozen=True, slots=True)
class CertificateList:
    """What ``gca.ctl`` says; texts as written, empty where absent.

    Attributes:
        version, identifier, sequence_number, this_update, next_update: as written, not judged.
        certificates: each once, in order; untrusted.
        left_out: entries in which no certificate was found.
    """

    version: str
    identifier: str
    sequence_number: str
    this_update: str
    next_update: str
    certificates: tuple[Certificate, ...]
    left_out: int = 0


def looks_like_ctl(data: bytes) -> bool:
    """Whether the bytes begin like a JSON object."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def read_ctl(data: bytes, limits: Limits | None = None) -> CertificateList:
    """Read a ``gca.ctl``.

    Args:
        data: the file.
        limits: ``certificate_bytes`` is held.

    Raises:
        EvidenceError: ``CTL_FORMAT``: no JSON object with an array of certificates; ``LIMIT_EXCEEDED``.

    Not checked: who made it, and its dates.
    """
    bounds = limits or Limits()
    if len(data) > MAX_CTL_BYTES:
        raise EvidenceError(f"certificate list of {len(data)} bytes, at most {MAX_CTL_BYTES} are read", code="LIMIT_EXCEEDED")
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _wrong(f"no JSON ({type(error).__name__})") from error
    if not isinstance(found, dict):
        raise _wrong("no JSON object")
    fields = {str(key).lower(): value for key, value in found.items()}
    entries = next((fields[key] for key in _KEYS if isinstance(fields.get(key), list)), None)
    if entries is None:
        raise _wrong("no array of certificates")
    if len(entries) > MAX_CTL_CERTIFICATES:
        raise EvidenceError(f"more than {MAX_CTL_CERTIFICATES} certificates", code="LIMIT_EXCEEDED")
    certificates = [_certificate(entry, bounds) for entry in entries]
    return CertificateList(
        version=_text(fields.get("version")),
        identifier=_text(fields.get("listidentifier")),
        sequence_number=_text(fields.get("sequencenumber")),
        this_update=_text(fields.get("thisupdate")),
        next_update=_text(fields.get("nextupdate")),
        certificates=tuple(dict.fromkeys(item for item in certificates if item is not None)),
        left_out=sum(item is None for item in certificates),
    )


def _certificate(entry: Any, limits: Limits) -> Certificate | None:
    """The first certificate among the texts of an entry, whatever its fields are called."""
    return next((found for text in _texts(entry, 0) if (found := _decoded(text, limits)) is not None), None)


def _texts(entry: Any, depth: int) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict | list) and depth < _MAX_NESTED:
        for value in entry.values() if isinstance(entry, dict) else entry:
            yield from _texts(value, depth + 1)


def _decoded(text: str, limits: Limits) -> Certificate | None:
    if len(text) > limits.certificate_bytes * 2:
        return None
    lines = [line for line in text.splitlines() if not line.startswith("-----")]
    try:
        der = base64.b64decode("".join("".join(lines).split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    certificate = Certificate(der)
    return certificate if len(der) <= limits.certificate_bytes and profile(certificate) is not None else None


def _text(value: Any) -> str:
    return str(value)[:300] if isinstance(value, str | int) else ""


def _wrong(what: str) -> EvidenceError:
    return EvidenceError(f"not a list of certificates: {what}", code="CTL_FORMAT", hint="give the file as it was published")
