"""The ats-hash-index of an archive time-stamp: which parts of a SignedData it covers (EN 319 122-1, 5.5.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vnsign.crypto import algorithms, ber, digests
from vnsign.crypto.ber import Element
from vnsign.errors import EvidenceError
from vnsign.pki import cms_attributes as attrs
from vnsign.pki.cms_structure import Attribute, SignerInfo, Structure, read_signer_info, read_structure

ATS_HASH_INDEX_V3 = "0.4.0.19122.1.5"
_ATS_HASH_INDEX_V2 = "0.4.0.19122.1.4"
_ATS_HASH_INDEX_V1 = "0.4.0.1733.2.5"
_ALL = (ATS_HASH_INDEX_V3, _ATS_HASH_INDEX_V2, _ATS_HASH_INDEX_V1)


@dataclass(frozen=True, slots=True)
class Covered:
    """What an index covers of a signature.

    Attributes:
        index: the index, as it stands in the token: the last part of what the imprint is over.
        certificates, revocation: elements of the fields ``certificates`` and ``crls`` of the SignedData.
        attributes: unsigned attributes, with those of their values that are covered.
        missing: how many entries of the index have no object in the signature any more.
    """

    index: Element
    certificates: tuple[Element, ...]
    revocation: tuple[Element, ...]
    attributes: tuple[Attribute, ...]
    missing: int


def read_covered(token: bytes, structure: Structure, signer: SignerInfo) -> Covered:
    """Match the index of an archive time-stamp with the signature that carries it.

    Args:
        token: the time-stamp token.
        structure: the SignedData that carries it.
        signer: the SignerInfo that carries it.

    Raises:
        EvidenceError: no index, a malformed one, or a digest algorithm that is not known.
    """
    index, algorithm, lists = _read_index(token)
    if algorithm not in digests.SUPPORTED:
        raise EvidenceError(f"an ats-hash-index with the digest {algorithm}", code="ATS_HASH_INDEX")
    certificates, lost_certificates = _matched(structure.certificates_field, lists[0], algorithm)
    revocation, lost_revocation = _matched(structure.crls_field, lists[1], algorithm)
    attributes, lost_attributes = _matched_attributes(signer.unsigned_attributes, lists[2], algorithm)
    return Covered(index, certificates, revocation, attributes, lost_certificates + lost_revocation + lost_attributes)


def _read_index(token: bytes) -> tuple[Element, str, list[frozenset[bytes]]]:
    signers = read_structure(token).signers
    unsigned = read_signer_info(signers[0]).unsigned_attributes if signers else ()
    found = [item for oid in _ALL for item in attrs.values(unsigned, oid)]
    if len(found) != 1:
        raise EvidenceError(f"{len(found)} ats-hash-index attributes", code="ATS_HASH_INDEX")
    parts = ber.children(ber.expect(found[0], ber.SEQUENCE, "ats-hash-index"))
    algorithm = algorithms.digest_name(parts.pop(0).encoding) if len(parts) == 4 else "sha256"
    if len(parts) != 3:
        raise ber.malformed("a broken ats-hash-index", found[0].start)
    return found[0], algorithm, [_hashes(item) for item in parts]


def _hashes(found: Element) -> frozenset[bytes]:
    items = ber.iterate(ber.expect(found, ber.SEQUENCE, "list of hashes"))
    return frozenset(ber.octet_string(item, "hash") for item in items)


def _matched(field: Element | None, hashes: frozenset[bytes], algorithm: str) -> tuple[tuple[Element, ...], int]:
    found: dict[bytes, Element] = {}
    for item in ber.iterate(field) if field is not None else ():
        digest = digests.digest(algorithm, item.encoding)
        if digest in hashes:
            found[digest] = item
    return tuple(found.values()), len(hashes - found.keys())


def _matched_attributes(
    attributes: Sequence[Attribute], hashes: frozenset[bytes], algorithm: str
) -> tuple[tuple[Attribute, ...], int]:
    seen: set[bytes] = set()
    covered: list[Attribute] = []
    for attribute in attributes:
        values = []
        if attribute.element is None:
            continue
        kind, every = ber.children(attribute.element)
        # The versions of the index digest type and one value, type and all values, or the whole attribute.
        whole = {digests.digest(algorithm, form) for form in (kind.encoding + every.encoding, attribute.element.encoding)}
        for value in attribute.values:
            hit = hashes & {digests.digest(algorithm, kind.encoding + value.encoding), *whole}
            if hit:
                seen |= hit
                values.append(value)
        if values:
            covered.append(attribute._replace(values=tuple(values)))
    return tuple(covered), len(hashes - seen)
