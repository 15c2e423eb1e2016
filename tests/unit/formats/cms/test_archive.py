"""Archive time-stamps and those of CAdES-X: imprints written from the standards, and what they prove to have existed."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from tests.unit.formats.cms.builder import (
    ARCHIVE_V2,
    ARCHIVE_V3,
    AT,
    CERTIFICATE_VALUES,
    COMPLETE_CERTIFICATE_REFERENCES,
    REVOCATION_VALUES,
    SIGNATURE_AND_REFERENCES,
    archived,
    hash_index,
    one,
    rules,
    sound,
    stamped,
    tsa,
    value_of,
    with_unsigned,
)
from tests.unit.pki.cms_factory import CONTENT, Cms, attribute, oid
from vnsign.crypto import ber
from vnsign.crypto.ber import OCTET_STRING, SEQUENCE, SET, wrap
from vnsign.model.facts import TimestampKind
from vnsign.pki.cms_structure import read_signer_info, read_structure
from vnsign.testing.pki import TestPki


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def long_term(*, detached: bool = False) -> bytes:
    """B-LT: time-stamped, with a CA certificate and a CRL in the unsigned attributes."""
    pki = TestPki.load()
    data = stamped(Cms(detached=detached).build())
    crl = pki.crls()[1]
    return with_unsigned(
        data,
        attribute(CERTIFICATE_VALUES, wrap(SEQUENCE, pki.certificate("public-ca").der)),
        attribute(REVOCATION_VALUES, wrap(SEQUENCE, wrap(0xA0, wrap(SEQUENCE, crl)))),
    )


@pytest.mark.parametrize("detached", [False, True])
def test_an_archive_time_stamp_of_version_3_protects_all_that_it_covers(detached: bool) -> None:
    pki = TestPki.load()
    data = archived(long_term(detached=detached), CONTENT)
    facts = one(data, {"a": CONTENT} if detached else None)
    assert sound(facts)
    assert facts.level == "B-LTA"
    signature_stamp, archive = facts.timestamps
    assert archive.kind is TimestampKind.ARCHIVE
    assert archive.imprint.matches
    expected = {"signature:signer-1", sha256(pki.certificate("citizen").der), sha256(pki.certificate("public-ca").der)}
    expected |= {sha256(pki.crls()[1]), sha256(signature_stamp.der), sha256(pki.certificate("public-tsa").der)}
    assert set(archive.protects) == expected


def test_the_levels_below() -> None:
    assert one(long_term()).level == "B-LT"


def test_a_later_archive_time_stamp_protects_the_earlier_one() -> None:
    data = archived(archived(long_term(), CONTENT), CONTENT, AT + timedelta(days=400))
    _, first, second = one(data).timestamps
    assert first.imprint.matches
    assert second.imprint.matches
    assert sha256(first.der) in second.protects
    assert sha256(second.der) not in first.protects


def test_what_the_index_leaves_out_is_not_protected() -> None:
    base = long_term()
    data = archived(base, CONTENT, index=hash_index(base, leave_out_certificates=True))
    archive = one(data).timestamps[-1]
    assert archive.imprint.matches
    assert sha256(TestPki.load().certificate("citizen").der) not in archive.protects
    assert "signature:signer-1" in archive.protects


def test_an_object_of_the_index_that_is_gone_is_named() -> None:
    base = long_term()
    facts = one(archived(base, CONTENT, index=hash_index(base, extra=[b"taken away"])))
    assert rules(facts) == ["cms.archive-timestamp-index"]
    assert facts.timestamps[-1].imprint.matches


def test_an_archive_time_stamp_over_other_content_does_not_match() -> None:
    facts = one(archived(long_term(), b"other content"))
    assert facts.timestamps[-1].imprint.computed is not None
    assert not facts.timestamps[-1].imprint.matches


def test_an_archive_time_stamp_without_index_is_named_and_protects_nothing() -> None:
    data = with_unsigned(long_term(), attribute(ARCHIVE_V3, tsa().token("sha256", bytes(32))))
    facts = one(data)
    assert rules(facts) == ["cms.archive-timestamp-index"]
    assert facts.timestamps[-1].imprint.computed is None
    assert facts.timestamps[-1].protects == ()


def version_2(base: bytes, content: bytes = b"", *, with_tag: bool = False) -> bytes:
    """TS 101 733, 6.4.1: encapContentInfo, detached content, certificates, crls, SignerInfo with unsigned attributes."""
    structure = read_structure(base)
    assert structure.content_field is not None
    assert structure.certificates_field is not None
    signer = ber.children(structure.signers[0])
    unsigned = signer[-1].encoding if with_tag else signer[-1].content
    parts = [structure.content_field.encoding, content, structure.certificates_field.encoding]
    parts += [item.encoding for item in signer[:-1]]
    imprint = hashlib.sha256(b"".join(parts) + unsigned).digest()
    return with_unsigned(base, attribute(ARCHIVE_V2, tsa(AT + timedelta(days=1)).token("sha256", imprint)))


@pytest.mark.parametrize("with_tag", [False, True])
@pytest.mark.parametrize("detached", [False, True])
def test_archive_time_stamps_of_version_2_are_read(detached: bool, with_tag: bool) -> None:
    data = version_2(long_term(detached=detached), CONTENT if detached else b"", with_tag=with_tag)
    facts = one(data, {"a": CONTENT} if detached else None)
    archive = facts.timestamps[-1]
    assert archive.imprint.matches
    assert {"signature:signer-1", sha256(TestPki.load().certificate("citizen").der)} <= set(archive.protects)


def test_a_time_stamp_on_signature_and_references_protects_what_is_referenced() -> None:
    certificate = TestPki.load().certificate("citizen")
    base = stamped(Cms().build())
    digest = wrap(OCTET_STRING, hashlib.sha256(certificate.der).digest())
    other = wrap(SEQUENCE, wrap(SEQUENCE, oid("2.16.840.1.101.3.4.2.1")) + digest)
    references = attribute(COMPLETE_CERTIFICATE_REFERENCES, wrap(SEQUENCE, wrap(SEQUENCE, other)))
    base = with_unsigned(base, references)
    signer = read_signer_info(read_structure(base).signers[0])
    stamp_attribute, reference_attribute = signer.unsigned_attributes
    parts = b"".join(
        oid(item.oid) + wrap(SET, b"".join(value.encoding for value in item.values))
        for item in (stamp_attribute, reference_attribute)
    )
    imprint = hashlib.sha256(value_of(base) + parts).digest()
    facts = one(with_unsigned(base, attribute(SIGNATURE_AND_REFERENCES, tsa().token("sha256", imprint))))
    stamp = facts.timestamps[-1]
    assert stamp.kind is TimestampKind.OTHER
    assert stamp.imprint.matches
    assert {"signature:signer-1", sha256(certificate.der), sha256(facts.timestamps[0].der)} <= set(stamp.protects)


def test_more_time_stamps_than_the_limit_are_named() -> None:
    data = stamped(Cms().build())
    token = attribute(ARCHIVE_V3, tsa().token("sha256", bytes(32)))
    found = one(with_unsigned(data, *[token] * 16))
    assert len(found.timestamps) == 16
    assert "cms.over-limit" in rules(found)


def test_what_is_no_token_is_named() -> None:
    found = one(with_unsigned(Cms().build(), attribute(ARCHIVE_V3, wrap(SEQUENCE, b""))))
    assert rules(found) == ["cms.timestamp-malformed"]
