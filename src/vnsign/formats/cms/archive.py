"""Time-stamps on more than a signature value: archive time-stamps of versions 3 and 2, and those of CAdES-X.

What each must be the digest of is put together from the signature as written and, where that does not fit, in DER: both
readings cover the same data (EN 319 122-1, 5.5.3; TS 101 733 V2.2.1, 6.3.5, 6.3.6, 6.4.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from vnsign.crypto import ber, digests
from vnsign.crypto.ber import Element
from vnsign.errors import EvidenceError
from vnsign.formats.cms.hash_index import read_covered
from vnsign.formats.cms.protection import Protection, of_attributes, of_revocation
from vnsign.model.facts import Problem, SignatureFacts, TimestampFacts, TimestampKind
from vnsign.pki import cms_attributes as attrs
from vnsign.pki.cms_reader import Reading, Request
from vnsign.pki.cms_structure import Attribute, SignerInfo, Structure
from vnsign.pki.signed_data import token_of
from vnsign.pki.tsp import read_token

ARCHIVE_V3 = "0.4.0.1733.2.4"
ARCHIVE_V2 = "1.2.840.113549.1.9.16.2.48"
ARCHIVE_V1 = "1.2.840.113549.1.9.16.2.27"
SIGNATURE_AND_REFERENCES = "1.2.840.113549.1.9.16.2.25"
REFERENCES_ONLY = "1.2.840.113549.1.9.16.2.26"
COMPLETE_CERTIFICATE_REFERENCES = "1.2.840.113549.1.9.16.2.21"
COMPLETE_REVOCATION_REFERENCES = "1.2.840.113549.1.9.16.2.22"
ARCHIVE = frozenset((ARCHIVE_V3, ARCHIVE_V2, ARCHIVE_V1))

_KINDS = {
    ARCHIVE_V3: TimestampKind.ARCHIVE,
    ARCHIVE_V2: TimestampKind.ARCHIVE,
    ARCHIVE_V1: TimestampKind.ARCHIVE,
    SIGNATURE_AND_REFERENCES: TimestampKind.OTHER,
    REFERENCES_ONLY: TimestampKind.OTHER,
}
Form = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class _Signature:
    structure: Structure
    signer: SignerInfo
    request: Request
    facts: SignatureFacts

    def content(self, name: str) -> bytes | None:
        """The digest of the signed content."""
        if self.request.detached_digest is not None:
            return self.request.detached_digest(name)
        content = self.structure.content
        return None if content is None else digests.digest(name, content)


@dataclass(frozen=True, slots=True)
class _Stamp:
    oid: str
    facts: TimestampFacts
    position: int
    protection: Protection


def with_archive(reading: Reading, facts: SignatureFacts, request: Request, content: bytes | None) -> SignatureFacts:
    """The facts with every time-stamp on more than the value.

    Args:
        reading: the signature's structures.
        facts: the signature as read so far, other time-stamps included.
        request: as the signature was read with.
        content: the detached content; ``None`` where it is not at hand or encapsulated.

    Returns:
        The facts with those time-stamps, what each protects, and problems ``cms.timestamp-malformed``,
        ``cms.archive-timestamp-index`` and ``cms.over-limit``.
    """
    structure, signer = reading.structure, reading.signer
    if structure is None or signer is None:
        return facts
    signature = _Signature(structure, signer, request, facts)
    problems: list[Problem] = []
    found: list[_Stamp] = []
    for position, oid, token in _tokens(signer, request.limits.timestamps - len(facts.timestamps), problems):
        name = f"{_KINDS[oid].value}-timestamp-{1 + sum(_KINDS[item.oid] is _KINDS[oid] for item in found)}"
        try:
            stamp = read_token(
                token,
                id_=name,
                kind=_KINDS[oid],
                computed=lambda _: None,
                covers=_COVERS[oid],
                limits=request.limits,
                certificates=(*facts.certificates, *request.further),
            )
        except EvidenceError as error:
            problems.append(Problem("cms.timestamp-malformed", (("timestamp", name), ("found", error.message))))
            continue
        found.append(_Stamp(oid, stamp, position, Protection()))
    stamps = [_computed(item, found, signature, content, problems) for item in found]
    tokens = (*facts.timestamps, *(item.facts for item in stamps))
    stamped = [replace(item.facts, protects=item.protection.names(facts.id, tokens)) for item in stamps]
    return replace(facts, timestamps=(*facts.timestamps, *stamped), problems=(*facts.problems, *problems))


_COVERS = {
    ARCHIVE_V3: "the signature and its validation data",
    ARCHIVE_V2: "the signature and its validation data",
    ARCHIVE_V1: "the signature and its validation data",
    SIGNATURE_AND_REFERENCES: "the signature value and the references to validation data",
    REFERENCES_ONLY: "the references to validation data",
}


def _tokens(signer: SignerInfo, most: int, problems: list[Problem]) -> Iterator[tuple[int, str, bytes]]:
    count = 0
    for position, attribute in enumerate(signer.unsigned_attributes):
        for value in attribute.values if attribute.oid in _KINDS else ():
            count += 1
            if count > most:
                problems.append(
                    Problem("cms.over-limit", (("what", "timestamps"), ("found", str(count)), ("limit", str(most))))
                )
                return
            try:
                yield position, attribute.oid, token_of(value)
            except EvidenceError as error:
                parameters = (("timestamp", attribute.oid), ("found", error.message))
                problems.append(Problem("cms.timestamp-malformed", parameters))


def _computed(
    stamp: _Stamp, all_: Sequence[_Stamp], signature: _Signature, content: bytes | None, problems: list[Problem]
) -> _Stamp:
    """The stamp with its imprint computed and what it protects; of several readings, the one that fits."""
    try:
        if stamp.oid == ARCHIVE_V3:
            forms, protection = _version_3(stamp.facts, signature, problems)
        elif stamp.oid == ARCHIVE_V2:
            forms, protection = _version_2(stamp, all_, signature, content)
        elif stamp.oid == ARCHIVE_V1:
            return stamp  # its imprint is over contents without tags, and no longer in use since 2008
        else:
            forms, protection = _extended(stamp, signature)
    except EvidenceError as error:
        parameters = (("timestamp", stamp.facts.id), ("found", error.message))
        problems.append(Problem("cms.archive-timestamp-index", parameters))
        return stamp
    imprint = stamp.facts.imprint
    if imprint.algorithm in digests.SUPPORTED:
        for form in forms:
            imprint = replace(imprint, computed=form(imprint.algorithm))
            if imprint.matches:
                break
    return replace(stamp, facts=replace(stamp.facts, imprint=imprint), protection=protection)


def _digest_of(*parts: bytes) -> Form:
    def digest(name: str) -> bytes:
        running = digests.new(name)
        for part in parts:
            running.update(part)
        return running.digest()

    return digest


def _core_in_der(signer: SignerInfo) -> bytes:
    """The fields of a SignerInfo up to the value in DER: signed attributes sorted, under their implicit tag."""
    return b"".join(
        b"\xa0" + ber.to_der(item, tag=ber.SET)[1:] if item.tag == 0xA0 else ber.to_der(item) for item in signer.core
    )


def _version_3(stamp: TimestampFacts, signature: _Signature, problems: list[Problem]) -> tuple[list[Form], Protection]:
    """EN 319 122-1, 5.5.3: content type, digest of the content, SignerInfo without unsigned attributes, hash index.

    An object of the index that is gone is a problem, but takes nothing from what the token says of those that are there.
    """
    structure, signer = signature.structure, signature.signer
    covered = read_covered(stamp.der, structure, signer)
    if covered.missing:
        found = f"{covered.missing} objects of the ats-hash-index are not in the signature"
        problems.append(Problem("cms.archive-timestamp-index", (("timestamp", stamp.id), ("found", found))))
    if structure.content_field is None:
        raise EvidenceError("no content field")
    kind = ber.children(structure.content_field)[0].encoding
    cores = dict.fromkeys((b"".join(item.encoding for item in signer.core), _core_in_der(signer)))

    def form(core: bytes) -> Form:
        def digest(name: str) -> bytes | None:
            content = signature.content(name)
            return None if content is None else _digest_of(kind, content, core, covered.index.encoding)(name)

        return digest

    certificates = tuple(item.encoding for item in covered.certificates)
    protection = of_attributes(covered.attributes) | of_revocation(covered.revocation) | Protection(certificates)
    return [form(core) for core in cores], replace(protection, signature=True)


def _version_2(
    stamp: _Stamp, all_: Sequence[_Stamp], signature: _Signature, content: bytes | None
) -> tuple[list[Form], Protection]:
    """TS 101 733, 6.4.1: everything that was there, older archive time-stamps included."""
    structure, signer = signature.structure, signature.signer
    older = {item.position for item in all_ if item.oid in ARCHIVE and item.facts.gen_time < stamp.facts.gen_time}
    kept = [
        item
        for position, item in enumerate(signer.unsigned_attributes)
        if item.oid not in ARCHIVE or (position in older and position != stamp.position)
    ]
    if structure.content_field is None or (structure.content is None and content is None):
        return [], Protection()
    fields = [item for item in (structure.certificates_field, structure.crls_field) if item is not None]
    protection = of_attributes(kept) | of_revocation(ber.iterate(structure.crls_field) if structure.crls_field else ())
    protection |= Protection(tuple(item.encoding for item in structure.certificates))
    forms: list[Form] = []
    for in_der in (False, True):
        head = [_encoded(structure.content_field, in_der), content or b"", *(_encoded(item, in_der) for item in fields)]
        core = _core_in_der(signer) if in_der else b"".join(item.encoding for item in signer.core)
        unsigned = b"".join(_encoded(item.element, in_der) for item in kept if item.element is not None)
        forms.append(_digest_of(*head, core, unsigned))
        # Some signers digest the field of unsigned attributes with its tag and length.
        forms.append(_digest_of(*head, core, ber.wrap(0xA1, unsigned)))
    return forms, replace(protection, signature=True)


def _encoded(found: Element, in_der: bool) -> bytes:
    return ber.to_der(found) if in_der else found.encoding


def _extended(stamp: _Stamp, signature: _Signature) -> tuple[list[Form], Protection]:
    """TS 101 733, 6.3.5 and 6.3.6: the value and its time-stamps where covered, and the complete references."""
    both = stamp.oid == SIGNATURE_AND_REFERENCES
    wanted = [COMPLETE_CERTIFICATE_REFERENCES, COMPLETE_REVOCATION_REFERENCES]
    if both:
        wanted.insert(0, attrs.SIGNATURE_TIMESTAMP)
    kept = [item for oid in wanted for item in signature.signer.unsigned_attributes if item.oid == oid]
    parts = [_type_and_values(item) for item in kept]
    value = [signature.signer.value] if both else []
    protection = replace(of_attributes(kept), signature=both, referenced=_references(kept, signature.facts))
    return [_digest_of(*value, *parts)], protection


def _type_and_values(attribute: Attribute) -> bytes:
    element = attribute.element
    return b"" if element is None else b"".join(item.encoding for item in ber.iterate(element))


def _references(attributes: Sequence[Attribute], facts: SignatureFacts) -> tuple[bytes, ...]:
    """Certificates and CRLs at hand whose SHA-256, SHA-384 or SHA-512 is in the complete references (5.6.2.3.2)."""
    written = b"".join(item.element.encoding for item in attributes if item.element is not None)
    digested = {name: {found[1] for found in octets.finditer(written)} for name, octets in _STRONG}
    at_hand = chain((item.der for item in facts.certificates), facts.crls, facts.ocsps)
    return tuple(
        der for der in at_hand if any(found and digests.digest(name, der) in found for name, found in digested.items())
    )


# OCTET STRINGs of the lengths of strong digests, wherever they stand.
_STRONG = tuple(
    (name, re.compile(b"(?s)(?=\x04%c(.{%d}))" % (size, size)))
    for name, size in (("sha256", 32), ("sha384", 48), ("sha512", 64))
)
