"""CAdES files made by hand on top of the CMS factory: unsigned attributes, counter-signatures, archive time-stamps."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.unit.pki.cms_factory import SIGNATURE_TIMESTAMP, Cms, attribute, ess_v2, oid
from vnsign.crypto import algorithms, ber
from vnsign.crypto.ber import OCTET_STRING, SEQUENCE, SET, wrap
from vnsign.crypto.values import verify_value
from vnsign.formats.cms.read import read_cms
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import DocumentFacts, SignatureFacts
from vnsign.model.limits import Limits
from vnsign.model.verdict import CheckStatus
from vnsign.pki.cms_structure import read_signer_info, read_structure
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

AT = datetime(2026, 3, 2, 3, tzinfo=UTC)
COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"
ARCHIVE_V3 = "0.4.0.1733.2.4"
ARCHIVE_V2 = "1.2.840.113549.1.9.16.2.48"
HASH_INDEX_V3 = "0.4.0.19122.1.5"
CERTIFICATE_VALUES = "1.2.840.113549.1.9.16.2.23"
REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"
COMPLETE_CERTIFICATE_REFERENCES = "1.2.840.113549.1.9.16.2.21"
COMPLETE_REVOCATION_REFERENCES = "1.2.840.113549.1.9.16.2.22"
SIGNATURE_AND_REFERENCES = "1.2.840.113549.1.9.16.2.25"
EVIDENCE_RECORD = "1.2.840.113549.1.9.16.2.49"


def tsa(at: datetime = AT) -> SimulatedTsa:
    return SimulatedTsa.of(TestPki.load(), clock=lambda: at)


def read(
    data: bytes, external: dict[str, bytes] | None = None, limits: Limits | None = None, name: str = "a.p7s"
) -> DocumentFacts:
    return read_cms(DocumentSource(name, data=data), limits=limits or Limits(), external=external or {})


def one(data: bytes, external: dict[str, bytes] | None = None) -> SignatureFacts:
    (found,) = read(data, external).signatures
    return found


def rules(facts: SignatureFacts) -> list[str]:
    return [item.rule for item in facts.problems]


def sound(facts: SignatureFacts) -> bool:
    """Whether there is no fault, every digest matches and the value verifies."""
    if facts.signing_certificate is None or facts.signed_value is None or not facts.digests or facts.problems:
        return False
    value = verify_value(facts.signing_certificate, facts.signed_value)
    return value.status is CheckStatus.PASSED and all(item.matches for item in facts.digests)


def with_unsigned(cms: bytes, *attributes: bytes) -> bytes:
    """The CMS with unsigned attributes added to its first signer, after those that are there, in the order given."""
    outer = ber.element(cms)
    kind, wrapped = ber.children(outer)
    (signed_data,) = ber.children(wrapped)
    *head, signers = ber.children(signed_data)
    first, *rest = ber.children(signers)
    fields = ber.children(first)
    old = fields.pop().content if fields[-1].tag == 0xA1 else b""
    signer = wrap(SEQUENCE, b"".join(item.encoding for item in fields) + wrap(0xA1, old + b"".join(attributes)))
    body = b"".join(item.encoding for item in head) + wrap(SET, signer + b"".join(item.encoding for item in rest))
    return wrap(SEQUENCE, kind.encoding + wrap(0xA0, wrap(SEQUENCE, body)))


def value_of(cms: bytes, index: int = 0) -> bytes:
    return read_signer_info(read_structure(cms).signers[index]).value


def stamped(cms: bytes, at: datetime = AT) -> bytes:
    """With a signature time-stamp."""
    token = tsa(at).token("sha256", hashlib.sha256(value_of(cms)).digest())
    return with_unsigned(cms, attribute(SIGNATURE_TIMESTAMP, token))


def counter_signature(value: bytes, signer: str = "agency", **changes: object) -> bytes:
    """A SignerInfo over a signature value; no content type, as RFC 5652 has it."""
    maker = Cms(signer=signer, content=value)
    attributes = [
        attribute("1.2.840.113549.1.9.4", wrap(OCTET_STRING, hashlib.sha256(value).digest())),
        attribute("1.2.840.113549.1.9.16.2.47", ess_v2(TestPki.load().certificate(signer))),
    ]
    return Cms(**{"signer": signer, "content": value, "attributes": maker.attributes or attributes, **changes}).signer_info()


def _digests(items: Sequence[bytes]) -> bytes:
    return wrap(SEQUENCE, b"".join(wrap(OCTET_STRING, hashlib.sha256(item).digest()) for item in items))


def hash_index(cms: bytes, *, leave_out_certificates: bool = False, extra: Sequence[bytes] = ()) -> bytes:
    """ats-hash-index-v3 (EN 319 122-1, 5.5.2) over everything in a CMS, written from the standard."""
    structure = read_structure(cms)
    signer = read_signer_info(structure.signers[0])
    certificates = [] if leave_out_certificates else _encodings(structure.certificates_field)
    values = [oid(item.oid) + value.encoding for item in signer.unsigned_attributes for value in item.values]
    algorithm = algorithms.digest_identifier_der("sha256")
    lists = _digests(certificates) + _digests(_encodings(structure.crls_field)) + _digests([*values, *extra])
    return wrap(SEQUENCE, algorithm + lists)


def _encodings(field: ber.Element | None) -> list[bytes]:
    return [] if field is None else [item.encoding for item in ber.children(field)]


def archived(cms: bytes, content: bytes, at: datetime = AT, index: bytes | None = None) -> bytes:
    """With an archive time-stamp of version 3 (5.5.3) over everything that is there."""
    structure = read_structure(cms)
    signer = read_signer_info(structure.signers[0])
    index = hash_index(cms) if index is None else index
    kind = oid(structure.content_type)
    core = b"".join(item.encoding for item in ber.children(structure.signers[0]) if item.tag != 0xA1)
    assert signer.core
    imprint = hashlib.sha256(kind + hashlib.sha256(content).digest() + core + index).digest()
    token = with_unsigned(tsa(at).token("sha256", imprint), attribute(HASH_INDEX_V3, index))
    return with_unsigned(cms, attribute(ARCHIVE_V3, token))
