"""Time-stamp tokens of XAdES: on the content, the signature, the references, the archive (EN 319 132-1, 5.2.8, 5.3, 5.5).

Each property says by its name what the message imprint is computed over; the octets are made here and digested with the
algorithm that the token names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vnsign.crypto import digests
from vnsign.errors import ConfigurationError, EvidenceError
from vnsign.formats.xml import names, transforms
from vnsign.formats.xml.faults import Fault, problem
from vnsign.formats.xml.nodes import NodeSet, Reading
from vnsign.formats.xml.references import Resolved
from vnsign.formats.xml.text import base64_of
from vnsign.model.certificate import Certificate
from vnsign.model.facts import DigestRole, Problem, TimestampFacts, TimestampKind

Octets = Callable[["Stamped", Any], Iterator[bytes]]

_REFERENCES = ("CompleteCertificateRefs", "CompleteCertificateRefsV2", "CompleteRevocationRefs")
_ATTRIBUTE_REFERENCES = ("AttributeCertificateRefs", "AttributeCertificateRefsV2", "AttributeRevocationRefs")
_ENCAPSULATED = ("EncapsulatedX509Certificate", "EncapsulatedCRLValue", "EncapsulatedOCSPValue", "EncapsulatedTimeStamp")


@dataclass(frozen=True, slots=True, eq=False)
class Stamped:
    """The signature around the time-stamps.

    Attributes:
        id: of the signature.
        element: the ``ds:Signature``.
        resolved: its references.
        unsigned: the unsigned properties, in document order.
        reading: the document.
        certificates: further certificates among which an authority's is sought.
    """

    id: str
    element: Any
    resolved: Sequence[Resolved]
    unsigned: Sequence[Any]
    reading: Reading
    certificates: Sequence[Certificate]

    def canonical(self, element: Any, stamp: Any) -> bytes:
        """An element in the canonical form that the time-stamp names."""
        method = stamp.find(names.CANONICALIZATION_METHOD)
        uri = names.C14N_10 if method is None else method.get("Algorithm") or ""
        prefixes = () if method is None else transforms.inclusive_prefixes(method)
        return NodeSet(self.reading, element).octets(uri, prefixes)

    def before(self, stamp: Any) -> list[Any]:
        """The unsigned properties that precede a time-stamp."""
        found: list[Any] = []
        for item in self.unsigned:
            if item is stamp:
                return found
            found.append(item)
        return found


def read_timestamps(
    signature: Any,
    id_: str,
    resolved: Sequence[Resolved],
    signed: Any,
    unsigned: Sequence[Any],
    reading: Reading,
    certificates: Sequence[Certificate],
) -> tuple[tuple[TimestampFacts, ...], tuple[Problem, ...]]:
    """Every time-stamp token of a signature, in document order, and what is wrong with those that cannot be read.

    Args:
        signature: the ``ds:Signature``.
        id_: its id.
        resolved: its references.
        signed: the ``SignedProperties`` that it covers.
        unsigned: the children of ``UnsignedSignatureProperties``, in document order.
        reading: the document.
        certificates: further certificates among which an authority's is sought.
    """
    stamped = Stamped(id_, signature, resolved, unsigned, reading, certificates)
    places = [*(item for group in signed for item in group), *unsigned]
    found: list[TimestampFacts] = []
    problems: list[Problem] = []
    for place in places:
        rule = _RULES.get(_local(place))
        if rule is None:
            continue
        for token in (item for item in place if _local(item) == "EncapsulatedTimeStamp"):
            if len(found) >= reading.limits.timestamps:
                problems.append(problem("xml.limit", what="time-stamps", limit=reading.limits.timestamps))
                return tuple(found), tuple(problems)
            name = f"{rule.name}-timestamp-{sum(item.id.startswith(rule.name) for item in found) + 1}"
            try:
                facts = _read(name, rule, place, token, stamped)
                if facts.kind is TimestampKind.ARCHIVE:
                    facts = replace(facts, protects=tuple(dict.fromkeys((*facts.protects, *_inside(found)))))
                found.append(facts)
            except (Fault, EvidenceError) as error:
                said = error.problem.parameters if isinstance(error, Fault) else error.message
                problems.append(problem("xml.timestamp-malformed", timestamp=name, found=said))
    return tuple(found), tuple(problems)


@dataclass(frozen=True, slots=True)
class _Rule:
    """How one kind of property is read.

    Attributes:
        name: prefix of the ids.
        kind: what the token protects.
        octets: what the imprint is computed over.
        covers: the same for people.
        protects: the keys of what the token proves to have existed.
    """

    name: str
    kind: TimestampKind
    octets: Octets
    covers: str
    protects: Callable[[Stamped, Any], Iterable[str]]


def _read(name: str, rule: _Rule, place: Any, token: Any, stamped: Stamped) -> TimestampFacts:
    from vnsign.pki.tsp import read_token

    def computed(algorithm: str) -> bytes | None:
        try:
            running = digests.new(algorithm)
            for piece in rule.octets(stamped, place):
                running.update(piece)
            return bytes(running.digest())
        except (Fault, ConfigurationError):
            return None

    facts = read_token(
        base64_of(token, stamped.reading.limits.timestamp_bytes),
        id_=name,
        kind=rule.kind,
        computed=computed,
        covers=rule.covers,
        limits=stamped.reading.limits,
        certificates=stamped.certificates,
    )
    return replace(facts, protects=tuple(dict.fromkeys(rule.protects(stamped, place))))


def _all_data(stamped: Stamped, _: Any) -> Iterator[bytes]:
    """5.2.8.1: all references but the one to the signed properties, processed, in order."""
    yield from (_octets(item) for item in stamped.resolved if item.facts.role not in _NOT_DATA)


_NOT_DATA = (DigestRole.SIGNED_PROPERTIES, DigestRole.MANIFEST_ENTRY)


def _individual_data(stamped: Stamped, stamp: Any) -> Iterator[bytes]:
    """5.2.8.2: the references that the time-stamp includes by their ids."""
    by_id = {item.element.get("Id"): item for item in stamped.resolved if item.element.get("Id")}
    for include in (item for item in stamp if _local(item) == "Include"):
        item = by_id.get((include.get("URI") or "").lstrip("#"))
        if item is None:
            raise Fault("xml.timestamp-malformed", found=f"Include of {include.get('URI')}")
        yield _octets(item)


def value_octets(stamped: Stamped, stamp: Any) -> Iterator[bytes]:
    """5.3: the signature value."""
    yield stamped.canonical(stamped.element.find(names.SIGNATURE_VALUE), stamp)


def _references_only(stamped: Stamped, stamp: Any) -> Iterator[bytes]:
    """A.1.5.2: the references to certificates and revocation data."""
    for wanted in (*_REFERENCES, *_ATTRIBUTE_REFERENCES):
        yield from (stamped.canonical(item, stamp) for item in stamped.before(stamp) if _local(item) == wanted)


def _value_and_references(stamped: Stamped, stamp: Any) -> Iterator[bytes]:
    """A.1.5.1: the signature value, the signature time-stamps, the references."""
    yield from value_octets(stamped, stamp)
    yield from (stamped.canonical(item, stamp) for item in stamped.before(stamp) if _local(item) == "SignatureTimeStamp")
    yield from _references_only(stamped, stamp)


def archive_octets(stamped: Stamped, stamp: Any) -> Iterator[bytes]:
    """5.5.2.2: the references processed, SignedInfo, the value, KeyInfo, earlier unsigned properties, other objects."""
    yield from (_octets(item) for item in stamped.resolved if item.facts.role is not DigestRole.MANIFEST_ENTRY)
    for tag in (names.SIGNED_INFO, names.SIGNATURE_VALUE, names.KEY_INFO):
        element = stamped.element.find(tag)
        if element is not None:
            yield stamped.canonical(element, stamp)
    yield from (stamped.canonical(item, stamp) for item in stamped.before(stamp))
    for item in stamped.element.findall(names.OBJECT):
        if not any(_local(child) == "QualifyingProperties" for child in item):
            yield stamped.canonical(item, stamp)


def _octets(item: Resolved) -> bytes:
    if item.octets is None:
        raise Fault("xml.timestamp-malformed", found=f"the data of {item.facts.name} are not there")
    return item.octets


def _nothing(_stamped: Stamped, _stamp: Any) -> Iterable[str]:
    return ()


def _the_value(stamped: Stamped, stamp: Any) -> Iterator[str]:
    yield f"signature:{stamped.id}"
    yield from _encapsulated(item for item in stamped.before(stamp) if _local(item) == "SignatureTimeStamp")


def _everything_before(stamped: Stamped, stamp: Any) -> Iterator[str]:
    yield f"signature:{stamped.id}"
    key_info = stamped.element.find(names.KEY_INFO)
    yield from _encapsulated(stamped.before(stamp))
    if key_info is not None:
        yield from _hashes(key_info.iter(names.X509_CERTIFICATE))


def _encapsulated(holders: Iterable[Any]) -> Iterator[str]:
    for holder in holders:
        yield from _hashes(item for item in holder.iter() if _local(item) in _ENCAPSULATED)


def _hashes(elements: Iterable[Any]) -> Iterator[str]:
    for element in elements:
        try:
            yield hashlib.sha256(base64_of(element, _MOST)).hexdigest()
        except Fault:
            continue


def _inside(tokens: Iterable[TimestampFacts]) -> Iterator[str]:
    """Hashes of what tokens embed: it is covered with them."""
    for item in tokens:
        yield from (certificate.sha256 for certificate in item.token.certificates)
        yield from (hashlib.sha256(der).hexdigest() for der in (*item.token.crls, *item.token.ocsps))


_MOST = 64 * 1024 * 1024


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


_DATA, _WITH_REFERENCES = "signed data", "signature and references"
_RULES = {
    "AllDataObjectsTimeStamp": _Rule("content", TimestampKind.CONTENT, _all_data, _DATA, _nothing),
    "IndividualDataObjectsTimeStamp": _Rule("content", TimestampKind.CONTENT, _individual_data, _DATA, _nothing),
    "SignatureTimeStamp": _Rule("signature", TimestampKind.SIGNATURE, value_octets, "ds:SignatureValue", _nothing),
    "SigAndRefsTimeStamp": _Rule(
        "references", TimestampKind.OTHER, _value_and_references, "signature and references", _the_value
    ),
    "SigAndRefsTimeStampV2": _Rule(
        "references", TimestampKind.OTHER, _value_and_references, "signature and references", _the_value
    ),
    "RefsOnlyTimeStamp": _Rule("references", TimestampKind.OTHER, _references_only, "references", _nothing),
    "RefsOnlyTimeStampV2": _Rule("references", TimestampKind.OTHER, _references_only, "references", _nothing),
    "ArchiveTimeStamp": _Rule("archive", TimestampKind.ARCHIVE, archive_octets, "everything before it", _everything_before),
}
