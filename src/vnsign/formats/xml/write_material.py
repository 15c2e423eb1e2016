"""Validation material of a XAdES signature: what is new of it, whose it is, and where it goes (EN 319 132-1, 5.4 and 5.5.1).

The signer's goes into ``CertificateValues`` and ``RevocationValues``, that of each time-stamp into a
``TimeStampValidationData`` behind it. What an archive time-stamp or an evidence record covers is not touched any more: from
then on everything new stands behind the last one, to be covered by the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from vnsign.errors import EvidenceError, LimitExceededError, SigningError
from vnsign.formats.material import Material
from vnsign.formats.xml import names
from vnsign.formats.xml.faults import Fault
from vnsign.formats.xml.text import base64_of
from vnsign.formats.xml.write_signature import base64_text
from vnsign.formats.xml.write_unsigned import Edit, Opened, Words, add_properties, after, at_end, at_start, words_for
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureFacts, TimestampKind
from vnsign.model.limits import Limits
from vnsign.pki.crl import read_crl
from vnsign.pki.ocsp import read_ocsp
from vnsign.pki.profile import profile

_STAMPS = frozenset(
    {
        "AllDataObjectsTimeStamp",
        "IndividualDataObjectsTimeStamp",
        "SignatureTimeStamp",
        "SigAndRefsTimeStamp",
        "SigAndRefsTimeStampV2",
        "RefsOnlyTimeStamp",
        "RefsOnlyTimeStampV2",
        "ArchiveTimeStamp",
    }
)
_OVER_PROPERTIES = ("ArchiveTimeStamp", "SealingEvidenceRecords")


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """The part of the material that one time-stamp property needs."""

    stamp: Any
    material: Material


def new_material(facts: SignatureFacts, material: Material, limits: Limits) -> Material:
    """What the signature does not hold yet, in ``KeyInfo``, its unsigned properties or its tokens; each once.

    Raises:
        LimitExceededError: an item larger than is read again. SigningError: ``MATERIAL_MALFORMED``: no certificate.
    """
    tokens = [stamp.token for stamp in facts.timestamps]
    holders = (facts, *tokens)
    for what, items, most in (
        ("certificate", material.certificates, limits.certificate_bytes),
        ("CRL", material.crls, limits.crl_bytes),
        ("OCSP answer", material.ocsps, limits.ocsp_bytes),
    ):
        largest = max(map(len, items), default=0)
        if largest > most:
            raise LimitExceededError(f"a {what} of {largest} bytes, at most {most} are read")
    certificates = _without(material.certificates, (item.der for holder in holders for item in holder.certificates))
    if any(profile(Certificate(der)) is None for der in certificates):
        raise SigningError(
            "a certificate of the material cannot be read",
            code="MATERIAL_MALFORMED",
            hint="give certificates as DER",
        )
    return Material(
        certificates,
        _without(material.crls, (item for holder in holders for item in holder.crls)),
        _without(material.ocsps, (item for holder in holders for item in holder.ocsps)),
    )


def material_edits(opened: Opened, material: Material) -> list[Edit]:
    """The edits that put new material in. See :func:`new_material`."""
    if material == Material():
        return []
    archives = [item for item in opened.properties if _local(item) in _OVER_PROPERTIES]
    if archives:
        words = words_for(opened)
        return [after(opened, archives[-1], _validation_data(words, material))]
    own, shares = _divided(opened, material)
    edits: list[Edit] = []
    at_last = ""
    for share in shares:
        words = words_for(opened)
        if any(share.stamp is item for item in opened.properties):
            edits.append(after(opened, share.stamp, _validation_data(words, share.material)))
        else:  # a time-stamp among the signed properties is named by its identifier
            at_last += _validation_data(words, share.material, share.stamp.get("Id") or "")
    edits += _own_edits(opened, own, at_last)
    return edits


def _own_edits(opened: Opened, own: Material, at_last: str) -> list[Edit]:
    words = words_for(opened)
    held = {_local(item): item for item in opened.properties if item.tag.startswith(f"{{{names.XADES_132}}}")}
    edits: list[Edit] = []
    if own.certificates and "CertificateValues" in held:
        values = held["CertificateValues"]
        edits.append(at_end(opened, values, _certificates(Words.of(values), own)))
    elif own.certificates:
        at_last += _certificate_values(words, own)
    if "RevocationValues" in held:
        edits += _revocation_edits(opened, held["RevocationValues"], own)
    else:
        at_last += _revocation_values(words, own)
    if at_last:
        edits.append(add_properties(opened, at_last, words))
    return edits


def _revocation_edits(opened: Opened, values: Any, own: Material) -> Iterator[Edit]:
    """Into a ``RevocationValues`` that is there; the schema has ``CRLValues`` before ``OCSPValues``."""
    words = Words.of(values)
    crls, ocsps = values.find(names.xades("CRLValues")), values.find(names.xades("OCSPValues"))
    first = ""
    if own.crls and crls is not None:
        yield at_end(opened, crls, _items(Words.of(crls), "EncapsulatedCRLValue", own.crls))
    elif own.crls:
        first += _list(words, "CRLValues", "EncapsulatedCRLValue", own.crls)
    if own.ocsps and ocsps is not None:
        yield at_end(opened, ocsps, _items(Words.of(ocsps), "EncapsulatedOCSPValue", own.ocsps))
    elif own.ocsps and crls is not None:
        yield after(opened, crls, _list(words, "OCSPValues", "EncapsulatedOCSPValue", own.ocsps))
    elif own.ocsps:
        first += _list(words, "OCSPValues", "EncapsulatedOCSPValue", own.ocsps)
    if first:
        yield at_start(opened, values, first)


def _without(items: Sequence[bytes], there: Iterable[bytes]) -> tuple[bytes, ...]:
    known = frozenset(there)
    return tuple(item for item in dict.fromkeys(items) if item not in known)


def _divided(opened: Opened, material: Material) -> tuple[Material, list[Share]]:
    """The signer's share with what is nobody's, and the share of each time-stamp that is not the signer's too."""
    facts = opened.found.facts
    pool = [*facts.certificates, *map(Certificate, material.certificates)]
    signer = () if facts.signing_certificate is None else (facts.signing_certificate,)
    own = _of_chain(material, _chain(signer, pool))
    rest = _less(material, own)
    shares: list[Share] = []
    for stamp in _stamps(opened):
        authorities, inside = _authorities(stamp, opened.reading.limits, pool)
        part = _of_chain(rest, _chain(authorities, [*pool, *inside]))
        if part != Material():
            shares.append(Share(stamp, part))
            rest = _less(rest, part)
    return _more(own, rest), shares


def _stamps(opened: Opened) -> list[Any]:
    """The properties with time-stamp tokens, as many as are read: signed ones, then unsigned ones, in document order."""
    signed = opened.holder.find(names.xades("SignedProperties"))
    inside = [item for group in (() if signed is None else signed) for item in group if _local(item) in _STAMPS]
    found = [*inside, *(item for item in opened.properties if _local(item) in _STAMPS)]
    return found[: opened.reading.limits.timestamps]


def _authorities(stamp: Any, limits: Limits, pool: Sequence[Certificate]) -> tuple[list[Certificate], list[Certificate]]:
    """The certificates that signed the tokens of a property, and all that came with them."""
    from vnsign.pki.tsp import read_token

    signers: list[Certificate] = []
    inside: list[Certificate] = []
    for item in [child for child in stamp if _local(child) == "EncapsulatedTimeStamp"][: limits.timestamps]:
        try:
            facts = read_token(
                base64_of(item, limits.timestamp_bytes),
                id_="timestamp",
                kind=TimestampKind.OTHER,
                computed=lambda _: None,
                covers="",
                limits=limits,
                certificates=pool,
            )
        except (Fault, EvidenceError):
            continue  # what is no token needs no material
        inside += facts.token.certificates
        if facts.token.signing_certificate is not None:
            signers.append(facts.token.signing_certificate)
    return signers, inside


def _chain(leaves: Iterable[Certificate], pool: Sequence[Certificate]) -> frozenset[Certificate]:
    """The leaves with everything above them, by name alone: it is about the place of data, not about trust."""
    found: dict[Certificate, None] = {}
    waiting = list(leaves)
    while waiting:
        item = waiting.pop()
        facts = profile(item)
        if item in found or facts is None:
            continue
        found[item] = None
        waiting += [other for other in pool if _subject(other) == facts.issuer_key]
    return frozenset(found)


def _subject(certificate: Certificate) -> tuple[object, ...] | None:
    facts = profile(certificate)
    return None if facts is None else facts.subject_key


def _of_chain(material: Material, chain: frozenset[Certificate]) -> Material:
    facts = [item for item in map(profile, chain) if item is not None]
    issuers, serials = {item.issuer for item in facts}, {item.serial_number for item in facts}
    return Material(
        tuple(der for der in material.certificates if Certificate(der) in chain),
        tuple(der for der in material.crls if _crl_issuer(der) in issuers),
        tuple(der for der in material.ocsps if serials & _answered(der)),
    )


def _crl_issuer(der: bytes) -> bytes:
    found = read_crl(der)
    return b"" if found is None else found.issuer


def _answered(der: bytes) -> set[int]:
    found = read_ocsp(der)
    try:
        return set() if found is None else {item.serial_number for item in found.parsed.responses}
    except ValueError:
        return set()


def _less(material: Material, other: Material) -> Material:
    return Material(
        _without(material.certificates, other.certificates),
        _without(material.crls, other.crls),
        _without(material.ocsps, other.ocsps),
    )


def _more(one: Material, other: Material) -> Material:
    return Material(one.certificates + other.certificates, one.crls + other.crls, one.ocsps + other.ocsps)


def _validation_data(words: Words, material: Material, target: str = "") -> str:
    """``xades141:TimeStampValidationData``; ``URI`` for a time-stamp that it does not stand behind."""
    uri = f' URI="#{escape(target)}"' if target else ""
    inner = Words(words.x, "", words.d, "", words.a, "")
    return (
        f"<{words.a}TimeStampValidationData{words.a_is}{words.x_is}{uri}>"
        f"{_certificate_values(inner, material)}{_revocation_values(inner, material)}"
        f"</{words.a}TimeStampValidationData>"
    )


def _certificate_values(words: Words, material: Material) -> str:
    if not material.certificates:
        return ""
    name = f"{words.x}CertificateValues"
    return f"<{name}{words.x_is}>{_certificates(Words(words.x, '', '', '', '', ''), material)}</{name}>"


def _certificates(words: Words, material: Material) -> str:
    return _items(words, "EncapsulatedX509Certificate", material.certificates)


def _revocation_values(words: Words, material: Material) -> str:
    if not material.crls and not material.ocsps:
        return ""
    name, inner = f"{words.x}RevocationValues", Words(words.x, "", "", "", "", "")
    lists = _list(inner, "CRLValues", "EncapsulatedCRLValue", material.crls)
    lists += _list(inner, "OCSPValues", "EncapsulatedOCSPValue", material.ocsps)
    return f"<{name}{words.x_is}>{lists}</{name}>"


def _list(words: Words, name: str, item: str, values: Sequence[bytes]) -> str:
    inner = Words(words.x, "", "", "", "", "")
    return f"<{words.x}{name}{words.x_is}>{_items(inner, item, values)}</{words.x}{name}>" if values else ""


def _items(words: Words, name: str, values: Sequence[bytes]) -> str:
    return "".join(f"<{words.x}{name}{words.x_is}>{base64_text(value)}</{words.x}{name}>" for value in values)


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""
