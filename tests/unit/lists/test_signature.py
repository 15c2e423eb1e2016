"""Attacks on trusted lists: whatever is not the one signature over the whole list, by a named signer, is refused by name."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.lists.kit import AT, PKI, SIGNER, granted, sample, signed, unsigned
from vnsign.errors import LimitExceededError, TrustStoreError, UnreadableDocumentError, VnsignError
from vnsign.lists.anchors import anchors
from vnsign.lists.read import read_pinned, read_trusted_list
from vnsign.model.limits import Limits

SIGNERS = (PKI.certificate(SIGNER),)


def read(data: bytes, **options):
    return read_trusted_list(data, signers=SIGNERS, at=AT, **options)


def refusal(data: bytes, **options) -> str:
    with pytest.raises(TrustStoreError) as caught:
        read(data, **options)
    assert caught.value.message
    return caught.value.code


def test_a_sound_list_is_read_and_its_signer_told():
    found = read(sample())
    assert (found.territory, found.sequence_number, found.version, found.operator) == ("XX", 7, 5, "Operator")
    assert found.signer == PKI.certificate(SIGNER)
    assert found == read_pinned(sample(), pins={PKI.certificate(SIGNER).sha256}, at=AT)


def test_a_reference_to_the_root_by_its_identifier_is_as_good_as_the_empty_one():
    assert read(signed(unsigned(granted(PKI.certificate("stranger-root"))), reference="#list")).services


def test_a_list_signed_by_a_stranger_is_refused_and_the_stranger_named():
    with pytest.raises(TrustStoreError) as caught:
        read(sample("stranger"))
    assert caught.value.code == "LIST_SIGNER"
    assert PKI.certificate("stranger").sha256 in caught.value.message


def test_another_certificate_of_the_same_ca_is_no_signer():
    assert refusal(sample("citizen")) == "LIST_SIGNER"


def test_without_a_named_signer_nothing_is_read():
    with pytest.raises(TrustStoreError, match="none of those named"):
        read_trusted_list(sample(), signers=(), at=AT)


def test_an_unsigned_list_is_refused():
    assert refusal(unsigned(granted(PKI.certificate("stranger-root")))) == "LIST_UNSIGNED"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<TSLSequenceNumber>7<", b"<TSLSequenceNumber>8<"),
        (b"Svcstatus/granted", b"Svcstatus/grantad"),
        (b"<SchemeTerritory>XX<", b"<SchemeTerritory>XY<"),
        (b"2027-04-01T00:00:00Z", b"2028-04-01T00:00:00Z"),
        (b"<TSPServices>", b'<TSPServices xmlns:x="urn:x">'),
    ],
)
def test_changed_content_is_refused(old, new):
    assert old in sample()
    assert refusal(sample().replace(old, new, 1)) == "LIST_CHANGED"


def test_a_changed_signature_value_is_refused():
    def other(found: re.Match[bytes]) -> bytes:
        text = found.group(2)
        return found.group(1) + (b"A" if text[:1] != b"A" else b"B") + text[1:]

    broken = re.sub(rb"(SignatureValue[^>]*>\s*)([A-Za-z0-9+/=\s]+)", other, sample(), count=1)
    assert refusal(broken) == "LIST_VALUE"


def test_a_second_signature_is_refused_even_by_the_same_signer():
    found = re.search(rb"<(?:\w+:)?Signature .*</(?:\w+:)?Signature>", sample(), re.DOTALL)
    assert found is not None
    assert refusal(sample().replace(found.group(0), found.group(0) * 2)) == "LIST_SIGNATURES"


def test_a_signed_list_wrapped_in_another_is_refused():
    inner = signed(unsigned(granted(PKI.certificate("stranger-root"))), reference="#list")
    evil = unsigned(granted(PKI.certificate("stranger")), attributes='Id="evil"', extra=inner.decode())
    assert refusal(evil) in ("LIST_COVERAGE", "LIST_SIGNATURE_FAULT")


def test_a_signature_moved_to_a_new_root_with_the_signed_list_aside_is_refused():
    inner = signed(unsigned(granted(PKI.certificate("stranger-root"))), reference="#list").decode()
    signature = re.search(r"<(?:\w+:)?Signature .*</(?:\w+:)?Signature>", inner, re.DOTALL)
    assert signature is not None
    original = inner.replace(signature.group(0), "")
    evil = unsigned(
        granted(PKI.certificate("stranger")), attributes='Id="evil"', extra=f"<Aside>{original}</Aside>{signature.group(0)}"
    )
    assert refusal(evil) in ("LIST_COVERAGE", "LIST_SIGNATURE_FAULT", "LIST_CHANGED")


def test_two_elements_with_the_signed_identifier_are_refused():
    good = signed(unsigned(granted(PKI.certificate("stranger-root"))), reference="#list")
    doubled = good.replace(b"<TSPServices>", b'<TSPServices Id="list">', 1)
    assert refusal(doubled) in ("LIST_SIGNATURE_FAULT", "LIST_CHANGED")


def test_a_signature_over_a_part_of_the_list_is_refused():
    document = unsigned(granted(PKI.certificate("stranger-root"))).replace(
        b"<SchemeInformation>", b'<SchemeInformation Id="part">'
    )
    assert refusal(signed(document, reference="#part")) in ("LIST_COVERAGE", "LIST_SIGNATURE_FAULT")


def test_a_signature_around_the_list_is_refused():
    assert refusal(signed(unsigned(granted(PKI.certificate("stranger-root"))), enveloping=True)) in (
        "LIST_COVERAGE",
        "LIST_FORMAT",
    )


def test_a_signed_document_that_is_no_list_is_refused():
    assert refusal(signed(b'<Other xmlns="urn:x"><a/></Other>')) == "LIST_FORMAT"


def test_comments_that_are_not_signed_are_not_read():
    split = sample().replace(b"<SchemeTerritory>XX<", b"<SchemeTerritory>X<!-- Y -->X<")
    try:
        found = read(split)
    except TrustStoreError as error:
        assert error.code == "LIST_SIGNATURE_FAULT"  # a comment within a signed text is told
    else:
        assert found.territory == "XX"


def test_a_document_type_is_refused_before_it_is_processed():
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + sample()
    with pytest.raises(UnreadableDocumentError) as caught:
        read(bomb)
    assert caught.value.code == "XML_DOCTYPE"


def test_a_huge_list_is_refused_by_its_size_alone():
    with pytest.raises(LimitExceededError):
        read(sample() + b" " * (33 * 1024 * 1024))


def test_a_list_one_byte_over_the_limit_is_refused_and_one_at_the_limit_read():
    data = sample()
    assert read(data, limits=Limits(xml_bytes=len(data)))
    with pytest.raises(LimitExceededError):
        read(data, limits=Limits(xml_bytes=len(data) - 1))


def test_a_deep_list_is_refused():
    deep = unsigned(extra="<a>" * 200 + "</a>" * 200)
    with pytest.raises(LimitExceededError):
        read(deep)


def test_a_list_issued_outside_the_validity_of_its_signer_is_refused():
    assert refusal(sample(issued="2020-01-01T00:00:00Z")) == "LIST_SIGNER_VALIDITY"


def test_weak_digests_are_refused(monkeypatch):
    from vnsign.formats.xml import prepare

    monkeypatch.setattr(prepare, "writable_algorithm", lambda _certificate, algorithm, _digest: algorithm)
    assert refusal(signed(unsigned(granted(PKI.certificate("stranger-root"))), digest="sha1")) == "LIST_ALGORITHM"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_changed_byte_gives_other_anchors(data):
    good = sample()
    expected = anchors(read(good))
    place = data.draw(st.integers(0, len(good) - 1))
    value = data.draw(st.integers(0, 255))
    changed = good[:place] + bytes([value]) + good[place + 1 :]
    try:
        found = read(changed)
    except VnsignError:
        return
    assert [
        (item.certificate, item.spans, item.trusted_from, item.trusted_until, item.purposes) for item in anchors(found)
    ] == [(item.certificate, item.spans, item.trusted_from, item.trusted_until, item.purposes) for item in expected]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_end_in_our_own_error(data):
    with pytest.raises(VnsignError):
        read(data)
