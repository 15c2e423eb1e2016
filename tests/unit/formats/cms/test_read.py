"""CMS files: encodings, detached data, several signers, counter-signatures, tokens and evidence records on their own."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest

from tests.unit.formats.cms.builder import (
    AT,
    COUNTER_SIGNATURE,
    EVIDENCE_RECORD,
    counter_signature,
    one,
    read,
    rules,
    sound,
    stamped,
    tsa,
    value_of,
    with_unsigned,
)
from tests.unit.pki.cms_factory import CONTENT, CONTENT_TYPE, ID_DATA, Cms, attribute, indefinite, oid
from vnsign._verify import read as read_any
from vnsign.errors import LimitExceededError, UnreadableDocumentError
from vnsign.formats.detect import detect
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import CoverageScope, SignatureFormat, SignatureKind
from vnsign.model.limits import Limits


def pem(der: bytes, label: str = "CMS") -> bytes:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n".encode()


ENCODINGS = {
    "der": lambda der: der,
    "ber": indefinite,
    "pem": pem,
    "pkcs7": lambda der: pem(der, "PKCS7"),
    "base64": base64.b64encode,
    "base64 in lines": base64.encodebytes,
    "newline after": lambda der: der + b"\r\n",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_attached_signatures_are_read_in_every_encoding(encoding: str) -> None:
    data = ENCODINGS[encoding](Cms().build())
    assert detect(data[:1024]) == "cms"
    facts = one(data)
    assert sound(facts)
    assert (facts.format, facts.level, facts.coverage) == (SignatureFormat.CADES, "B-B", CoverageScope.WHOLE_DOCUMENT)


def test_a_pdf_or_zip_within_a_cms_is_still_a_cms() -> None:
    assert detect(Cms(content=b"%PDF-1.7 and more").build()[:1024]) == "cms"
    assert detect(b"PK\x03\x04" + bytes(26) + b"%PDF-1.7") == "asic"


@pytest.mark.parametrize(
    "external", [{"a": CONTENT}, {"whatever": CONTENT}, {"a": CONTENT, "b": b"other"}, {"": CONTENT, "b": b""}]
)
def test_detached_data_are_found_by_file_name_or_as_the_only_entry(external: dict[str, bytes]) -> None:
    facts = one(Cms(detached=True).build(), external)
    assert sound(facts)


@pytest.mark.parametrize("external", [{}, {"b": CONTENT, "c": CONTENT}])
def test_without_its_data_a_detached_signature_covers_nothing_known(external: dict[str, bytes]) -> None:
    facts = one(Cms(detached=True).build(), external)
    assert [item.computed for item in facts.digests] == [None]
    assert facts.coverage is CoverageScope.UNKNOWN


def test_encapsulated_content_goes_before_detached_data() -> None:
    """What is signed is what is in the file; other data beside it change nothing."""
    assert sound(one(Cms().build(), {"a": b"something else"}))


def test_other_detached_data_do_not_match() -> None:
    facts = one(Cms(detached=True).build(), {"a": b"something else"})
    assert not facts.digests[0].matches
    assert facts.digests[0].computed is not None


def test_every_signer_is_a_signature() -> None:
    facts = read(Cms(signers=3).build()).signatures
    assert [item.id for item in facts] == ["signer-1", "signer-2", "signer-3"]
    assert all(sound(item) for item in facts)
    assert facts[1].location == "signer 2 of 3"


def test_signatures_over_the_limit_are_refused_and_at_it_are_read() -> None:
    limits = replace(Limits(), signatures=2)
    assert len(read(Cms(signers=2).build(), limits=limits).signatures) == 2
    with pytest.raises(LimitExceededError):
        read(Cms(signers=3).build(), limits=limits)


def test_the_limit_on_the_structure_leaves_the_content_aside() -> None:
    data = Cms(content=bytes(100_000)).build()
    size = len(data) - 100_000
    assert sound(read(data, limits=replace(Limits(), signature_bytes=size)).signatures[0])
    with pytest.raises(LimitExceededError):
        read(data, limits=replace(Limits(), signature_bytes=size - 1))


def test_a_counter_signature_is_judged_over_the_value_it_signs() -> None:
    data = Cms().build()
    data = with_unsigned(data, attribute(COUNTER_SIGNATURE, counter_signature(value_of(data), "citizen")))
    signature, counter = read(data).signatures
    assert sound(signature)
    assert sound(counter)
    assert counter.kind is SignatureKind.COUNTER_SIGNATURE
    assert counter.id == "signer-1-counter-1"
    assert counter.digests[0].covers == "signature value of signer-1"


def test_a_counter_signature_on_another_value_does_not_match() -> None:
    data = Cms().build()
    data = with_unsigned(data, attribute(COUNTER_SIGNATURE, counter_signature(b"another value", "citizen")))
    _, counter = read(data).signatures
    assert not counter.digests[0].matches


def test_a_counter_signature_with_a_content_type_is_named() -> None:
    data = Cms().build()
    value = value_of(data)
    made = Cms(content=value).signer_info()
    assert oid(ID_DATA) in made
    assert oid(CONTENT_TYPE) in made
    _, counter = read(with_unsigned(data, attribute(COUNTER_SIGNATURE, made))).signatures
    assert rules(counter) == ["cms.counter-signature-content-type"]


def test_a_counter_signature_on_a_counter_signature_is_read() -> None:
    data = Cms().build()
    inner_value = value_of(data)
    first = Cms(content=inner_value, attributes=None)
    plain = counter_signature(inner_value, "citizen")
    nested_value = _value(plain)
    second = attribute(COUNTER_SIGNATURE, counter_signature(nested_value, "citizen"))
    nested = counter_signature(inner_value, "citizen", unsigned=[second])
    assert first.content == inner_value
    found = read(with_unsigned(data, attribute(COUNTER_SIGNATURE, nested))).signatures
    assert [item.id for item in found] == ["signer-1", "signer-1-counter-1", "signer-1-counter-1-counter-1"]
    assert all(sound(item) for item in found)


def _value(signer_info: bytes) -> bytes:
    from vnsign.crypto import ber
    from vnsign.pki.cms_structure import read_signer_info

    return read_signer_info(ber.element(signer_info)).value


def test_levels_follow_the_structure() -> None:
    assert one(Cms(attributes=[]).build()).level == ""
    assert one(Cms(attributes=[]).build()).format is SignatureFormat.CMS
    assert one(stamped(Cms().build())).level == "B-T"


def test_a_signature_time_stamp_covers_the_value() -> None:
    (stamp,) = one(stamped(Cms().build())).timestamps
    assert stamp.imprint.matches
    assert stamp.gen_time == AT


def test_a_token_alone_is_a_document_time_stamp() -> None:
    token = tsa().token("sha256", hashlib.sha256(CONTENT).digest())
    facts = one(token, {"a": CONTENT})
    assert (facts.kind, facts.format) == (SignatureKind.DOCUMENT_TIMESTAMP, SignatureFormat.ASIC_TIMESTAMP)
    assert facts.document_timestamp is not None
    assert facts.document_timestamp.imprint.matches
    other = one(token, {"a": b"other"}).document_timestamp
    assert other is not None
    assert not other.imprint.matches


def test_certificates_alone_are_no_signature() -> None:
    data = Cms(signers=0).build()
    assert read(data).signatures == ()


def test_evidence_records_are_listed_and_not_judged() -> None:
    record = bytes.fromhex("3012 020101 300d 300b 0609608648016503040201".replace(" ", ""))
    embedded = with_unsigned(Cms().build(), attribute(EVIDENCE_RECORD, record))
    signature, listed = read(embedded).signatures
    assert sound(signature)
    assert (listed.kind, listed.supported) == (SignatureKind.EVIDENCE_RECORD, False)
    assert detect(record) == "cms"
    assert [item.supported for item in read(record).signatures] == [False]


def test_an_evidence_record_in_xml_is_listed() -> None:
    data = b'<EvidenceRecord xmlns="urn:ietf:params:xml:ns:ers" Version="1.0"/>'
    (found,) = read_any(DocumentSource.of(data), limits=Limits()).signatures
    assert (found.kind, found.supported) == (SignatureKind.EVIDENCE_RECORD, False)


BROKEN = {
    "cut off": (Cms().build()[:-20], "CMS_MALFORMED"),
    "encrypted": (bytes.fromhex("3010 06092a864886f70d010703 a003 0201 00".replace(" ", "")), "NOT_SIGNED_DATA"),
    "two PEM blocks": (pem(Cms().build()) * 2, "CMS_ENCODING"),
    "PEM cut off": (pem(Cms().build())[:400], "CMS_ENCODING"),
    "base64 with a stranger": (base64.b64encode(Cms().build()) + b"*", "CMS_ENCODING"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_read_is_said(case: str) -> None:
    data, code = BROKEN[case]
    assert detect(data[:1024]) == "cms"
    with pytest.raises(UnreadableDocumentError) as caught:
        read(data)
    assert caught.value.code == code


def test_data_after_the_structure_is_a_problem() -> None:
    assert rules(one(Cms().build() + b"more")) == ["cms.trailing-data"]


@pytest.mark.parametrize("data", [b"\x30\x03\x02\x01\x01", b"MIIB", b"\x30\x82", b"0", b"-----BEGIN CERTIFICATE-----"])
def test_other_asn1_is_no_cms(data: bytes) -> None:
    with pytest.raises(UnreadableDocumentError) as caught:
        detect(data)
    assert caught.value.code == "FORMAT_UNKNOWN"
