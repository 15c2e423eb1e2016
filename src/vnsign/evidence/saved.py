"""The file form of saved evidence: JSON, schema ``vnsign.evidence/1``, each object once in base64 under its SHA-256."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from vnsign.errors import EvidenceError
from vnsign.evidence.bundle import Attempt, Evidence, Outcome, SavedEvidence, Wanted
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.model.moment import utc

SCHEMA = "vnsign.evidence/1"

_Json = dict[str, Any]
_ATTEMPT = ("certificate_sha256", "wanted", "address", "outcome", "code", "cause")


def looks_saved(data: bytes) -> bool:
    """Whether the bytes begin as such a file does."""
    return data[:256].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def write(saved: SavedEvidence) -> bytes:
    """See :func:`vnsign.evidence.bundle.dumps`."""
    objects: dict[str, bytes] = {}
    value = {
        "schema": SCHEMA,
        "validation_time": utc(saved.at).isoformat(),
        "policy": {"id": saved.policy, "version": saved.policy_version, "chosen": saved.policy_chosen},
        "rules": saved.rules,
        "trust": saved.trust,
        "given": _evidence(saved.given, objects),
        "documents": [{"sha256": sha256, **_evidence(found, objects)} for sha256, found in sorted(saved.gathered)],
    }
    value["objects"] = {name: base64.b64encode(objects[name]).decode("ascii") for name in sorted(objects)}
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def _evidence(evidence: Evidence, objects: dict[str, bytes]) -> _Json:
    def names(items: Iterable[bytes]) -> list[str]:
        found = {hashlib.sha256(item).hexdigest(): item for item in items}
        objects.update(found)
        return list(found)

    return {
        "certificates": names(item.der for item in evidence.certificates),
        "crls": names(evidence.crls),
        "ocsps": names(evidence.ocsps),
        "attempts": [{name: getattr(item, name) for name in _ATTEMPT} for item in evidence.attempts],
    }


def read(data: bytes, limits: Limits) -> SavedEvidence:
    """See :func:`vnsign.evidence.bundle.loads`."""
    try:
        value = json.loads(data)
        if value["schema"] != SCHEMA:
            raise EvidenceError(f"schema {value['schema']!r}, expected {SCHEMA!r}", code="EVIDENCE_SCHEMA")
        objects = {_text(name): _object(name, text) for name, text in value["objects"].items()}
        given = _read_evidence(value["given"], objects, limits)
        gathered = {_text(item["sha256"]): _read_evidence(item, objects, limits) for item in value["documents"]}
        return SavedEvidence(
            at=datetime.fromisoformat(value["validation_time"]).astimezone(UTC),
            policy=_text(value["policy"]["id"]),
            policy_version=_text(value["policy"]["version"]),
            rules=_text(value["rules"]),
            trust=_text(value["trust"]),
            given=given,
            gathered=tuple(sorted(gathered.items(), key=lambda item: item[0])),
            policy_chosen=value["policy"]["chosen"] is True,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise EvidenceError(f"not saved evidence: {error!r:.200}", code="EVIDENCE_INVALID", hint=_AGAIN) from error


_AGAIN = "make it again with `vnsign verify --save-evidence FILE`"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.80} is no text")
    return value


def _object(name: str, text: object) -> bytes:
    try:
        found = base64.b64decode(_text(text), validate=True)
    except binascii.Error as error:
        raise ValueError(f"object {name:.16} is not base64") from error
    if hashlib.sha256(found).hexdigest() != name:
        raise EvidenceError(f"object {name:.16} does not have that SHA-256", code="EVIDENCE_INVALID", hint=_AGAIN)
    return found


def _read_evidence(value: Mapping[str, Any], objects: Mapping[str, bytes], limits: Limits) -> Evidence:
    def items(kind: str, most: int) -> tuple[bytes, ...]:
        found = tuple(objects[name] for name in value[kind])
        if max(map(len, found), default=0) > most:
            raise EvidenceError(f"{kind}: an object of more than {most} bytes", code="LIMIT_EXCEEDED")
        return found

    return Evidence(
        tuple(Certificate(der) for der in items("certificates", limits.certificate_bytes)),
        items("crls", limits.crl_bytes),
        items("ocsps", limits.ocsp_bytes),
        tuple(_attempt(item) for item in value["attempts"]),
    )


def _attempt(value: Mapping[str, object]) -> Attempt:
    sha256, wanted, address, outcome, code, cause = (_text(value[name]) for name in _ATTEMPT)
    for kind in get_args(Wanted):
        for end in get_args(Outcome):
            if (kind, end) == (wanted, outcome):
                return Attempt(sha256, kind, address, end, code, cause)
    raise ValueError(f"an attempt for {wanted:.40!r} that {outcome:.40!r}")
