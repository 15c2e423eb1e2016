"""From the bytes of a trusted list to values: first the signature, then the content, from the signed bytes alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from vnsign.formats.xml.parse import parse
from vnsign.lists.elements import Notes, certificates, child_text, localised, moment, needed_moment, tsl
from vnsign.lists.model import ListState, Pointer, TrustedList
from vnsign.lists.services import read_services
from vnsign.lists.signature import SignedList, refused, verify_list
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.model.moment import utc
from vnsign.pki.profile import profile

MAX_LIST_BYTES = 32 * 1024 * 1024
"""The largest real list has some five million bytes."""
MAX_POINTERS = 1000
_VERSIONS = (5, 6)
_NO_LIST = "give a trusted list in XML, TS 119 612 version 5 or 6"


def read_trusted_list(
    data: bytes, *, signers: Sequence[Certificate], at: datetime, limits: Limits | None = None
) -> TrustedList:
    """Read a trusted list (ETSI TS 119 612, XML, versions 5 and 6) whose signature holds.

    Args:
        data: the file.
        signers: the certificates that may have signed it, named by the caller; compared by their bytes.
        at: the moment for which :attr:`TrustedList.state` is said, aware.
        limits: bounds on hostile input.

    Returns:
        The list. One that has expired is read as well: its state says so, and it gives no anchors.

    Raises:
        TrustStoreError: the signature does not hold (see :func:`vnsign.lists.signature.verify_list`), ``LIST_SIGNER_VALIDITY``
            (issued outside the validity of the signer's certificate), ``LIST_FORMAT``, ``LIST_VERSION``, ``LIST_LIMIT``.
        UnreadableDocumentError: not well-formed, or with a DOCTYPE. LimitExceededError: over a limit.

    Not checked: the XML schema; path and revocation of the signer's certificate; Qualifications of single certificates
    (5.5.9.2): that a certificate stands under a listed service does not say that it is qualified.
    """
    return read_pinned(data, pins=frozenset(item.sha256 for item in signers), at=at, limits=limits)


def read_pinned(data: bytes, *, pins: Collection[str], at: datetime, limits: Limits | None = None) -> TrustedList:
    """As :func:`read_trusted_list`, with the SHA-256 of the signers' certificates in lower-case hexadecimal."""
    moment_ = utc(at)
    bounds = limits or Limits()
    bounds = replace(bounds, xml_bytes=min(bounds.xml_bytes, MAX_LIST_BYTES))
    signed = verify_list(data, pins, bounds)
    root = parse(signed.octets, bounds).getroot()
    if root.tag != tsl("TrustServiceStatusList"):
        raise refused("LIST_FORMAT", f"the signed content is {str(root.tag)[:120]}, no TrustServiceStatusList", _NO_LIST)
    information = root.find(tsl("SchemeInformation"))
    if information is None:
        raise refused("LIST_FORMAT", "no SchemeInformation", _NO_LIST)
    return _list(root, information, signed, moment_, Notes(bounds))


def _list(root: Any, information: Any, signed: SignedList, at: datetime, notes: Notes) -> TrustedList:
    version = _number(information, "TSLVersionIdentifier")
    if version not in _VERSIONS:
        raise refused("LIST_VERSION", f"version {version} of the format, read are 5 and 6", _NO_LIST)
    issued, next_update = needed_moment(information, "ListIssueDateTime"), _next_update(information)
    _check_signer(signed.signer, issued)
    if next_update is not None and next_update < issued:
        raise refused("LIST_FORMAT", "NextUpdate lies before ListIssueDateTime")
    type_uri = _needed(information, "TSLType")
    pointers = _pointers(information, notes)
    services = read_services(root, type_uri, issued if next_update is None else None, notes)
    return TrustedList(
        sha256=signed.sha256,
        version=version,
        sequence_number=_number(information, "TSLSequenceNumber"),
        type_uri=type_uri,
        territory=_needed(information, "SchemeTerritory"),
        operator=localised(information, "SchemeOperatorName"),
        issued=issued,
        next_update=next_update,
        state=_state(next_update, at),
        signer=signed.signer,
        services=services,
        pointers=pointers,
        remarks=tuple(notes.remarks),
    )


def _state(next_update: datetime | None, at: datetime) -> ListState:
    if next_update is None:
        return ListState.CLOSED
    return ListState.EXPIRED if next_update < at else ListState.CURRENT


def _check_signer(signer: Certificate, issued: datetime) -> None:
    facts = profile(signer)
    if facts is None or not facts.valid_at(issued):
        raise refused(
            "LIST_SIGNER_VALIDITY",
            f"issued on {issued.date().isoformat()}, outside the validity of the signer's certificate {signer.sha256[:16]}",
            "fetch the list again from its publisher",
        )


def _number(parent: Any, name: str) -> int:
    text = child_text(parent, name)
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        raise refused("LIST_FORMAT", f"{name} is missing or is no number", _NO_LIST)
    return int(text)


def _needed(parent: Any, name: str) -> str:
    text = child_text(parent, name)[:300]
    if not text:
        raise refused("LIST_FORMAT", f"{name} is missing", _NO_LIST)
    return text


def _next_update(information: Any) -> datetime | None:
    """``None`` where the element is there and empty: the list is closed (5.3.15)."""
    element = information.find(tsl("NextUpdate"))
    if element is None:
        raise refused("LIST_FORMAT", "NextUpdate is missing", _NO_LIST)
    text = child_text(element, "dateTime")
    if not text:
        return None
    found = moment(text)
    if found is None:
        raise refused("LIST_FORMAT", f"NextUpdate {text[:40]!r} is no moment with a zone")
    return found


def _pointers(information: Any, notes: Notes) -> tuple[Pointer, ...]:
    elements = information.findall(f"{tsl('PointersToOtherTSL')}/{tsl('OtherTSLPointer')}")
    if len(elements) > MAX_POINTERS:
        raise refused("LIST_LIMIT", f"more than {MAX_POINTERS} pointers to other lists")
    return tuple(_pointer(element, notes) for element in elements)


def _pointer(element: Any, notes: Notes) -> Pointer:
    signers = certificates(element.find(tsl("ServiceDigitalIdentities")), notes)
    type_uri, territory = _other_information(element, "TSLType"), _other_information(element, "SchemeTerritory")
    return Pointer(child_text(element, "TSLLocation")[:2000], type_uri, territory, signers)


def _other_information(pointer: Any, name: str) -> str:
    items = pointer.iterfind(f"{tsl('AdditionalInformation')}/{tsl('OtherInformation')}")
    return next((text[:300] for item in items if (text := child_text(item, name))), "")
