"""CAdES signatures made in two steps: what they say, what the reader finds, what is refused."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from asn1crypto import cms as asn1

from tests.unit.formats.cms.builder import AT, one, read, rules, sound, with_unsigned
from tests.unit.formats.cms.writing import ATTACHED, BESIDE, CONTENT, DETACHED, PKI, finished, level_lt, prepared, signed
from tests.unit.pki.cms_factory import Cms, attribute, indefinite
from vnsign.errors import CertificateNotFitError, ConfigurationError, LimitExceededError, SigningError, UnreadableDocumentError
from vnsign.formats.cms.placement import CmsPlacement
from vnsign.formats.cms.prepare import PreparedCms, embed_cms, prepare_cms
from vnsign.model.claims import Claims, Commitment, SignaturePolicy
from vnsign.model.facts import CoverageScope, SignatureFormat, SignatureKind, TimeSource
from vnsign.model.limits import Limits
from vnsign.pki.cms_attributes import NAMES
from vnsign.signing.codec import decode, encode

WHO = ("citizen", "citizen-rsa3072", "citizen-p256", "citizen-p384", "citizen-ed25519")
PARALLEL = CmsPlacement(parallel=True)


def signers(data: bytes) -> asn1.SignerInfos:
    return asn1.ContentInfo.load(data, strict=True)["content"]["signer_infos"]


@pytest.mark.parametrize("placement", [ATTACHED, DETACHED], ids=["attached", "detached"])
@pytest.mark.parametrize("who", WHO)
def test_every_kind_of_key_gives_a_sound_baseline_signature(who: str, placement: CmsPlacement) -> None:
    facts = one(signed(who=who, placement=placement), BESIDE)
    assert sound(facts)
    assert (facts.id, facts.level, facts.format) == ("signer-1", "B-B", SignatureFormat.CADES)
    assert (facts.claimed_time, facts.claimed_time_source) == (AT, TimeSource.CMS_ATTRIBUTE)
    assert facts.coverage is CoverageScope.WHOLE_DOCUMENT
    assert facts.signing_certificate == PKI.certificate(who)


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("padding", ["pkcs1v15", "pss"])
def test_paddings_and_digests_of_rsa(padding: str, digest: str) -> None:
    facts = one(signed(padding=padding, digest=digest))
    assert sound(facts)
    assert facts.signed_value is not None
    assert (facts.signed_value.algorithm.padding, facts.signed_value.algorithm.digest) == (padding, digest)
    assert {item.digest_algorithm for item in facts.certificate_references} == {digest}


def test_a_baseline_signature_has_the_attributes_that_it_must_have_and_each_once() -> None:
    found = [item["type"].dotted for item in signers(signed())[0]["signed_attrs"]]
    wanted = set(NAMES) - {"1.2.840.113549.1.9.16.2.12"}  # the first version of signing-certificate is for SHA-1
    assert sorted(found) == sorted(wanted)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert prepared() == prepared()
    assert signed() == signed()


def test_a_detached_signature_holds_nothing_of_the_document() -> None:
    found = prepared(placement=DETACHED)
    assert found.document == b""
    assert CONTENT not in finished(found)


def test_detached_content_that_was_changed_is_noticed() -> None:
    assert not sound(one(signed(placement=DETACHED), {"a": CONTENT + b" "}))


def test_claims_are_written_as_signed_attributes() -> None:
    policy = SignaturePolicy(identifier="1.3.6.1.4.1.32473.9", digest="sha256", value=bytes(32), uri="http://example.org/p.pdf")
    claims = Claims(
        commitments=(Commitment.APPROVAL, Commitment.ORIGIN),
        policy=policy,
        city="Hà Nội",
        province="Ba Đình",
        postal_code="11100",
        country="VN",
        roles=("Chủ tịch",),
    )
    data = signed(placement=replace(ATTACHED, claims=claims, mime_type="text/plain"))
    facts = one(data)
    assert sound(facts)
    assert facts.signature_policy is not None
    assert facts.signature_policy.identifier == policy.identifier
    found = {item["type"].dotted: item["values"] for item in signers(data)[0]["signed_attrs"]}
    assert found["0.4.0.1733.2.1"][0].native == "text/plain"
    assert len(found["1.2.840.113549.1.9.16.2.16"]) == 2
    for text in ("Hà Nội", "Ba Đình", "11100", "VN"):
        assert text.encode() in found["1.2.840.113549.1.9.16.2.17"][0].dump()
    assert "Chủ tịch".encode() in found["0.4.0.19122.1.1"][0].dump()
    assert b"http://example.org/p.pdf" in found["1.2.840.113549.1.9.16.2.15"][0].dump()


def test_a_policy_that_cannot_be_written_is_refused() -> None:
    for identifier, uri in (("1", ""), ("9.9..9", ""), ("9.9.9", ""), ("1.2.3", "http://ví-dụ.vn")):
        policy = SignaturePolicy(identifier=identifier, digest="sha256", value=bytes(32), uri=uri)
        with pytest.raises(ConfigurationError) as caught:
            prepared(placement=replace(ATTACHED, claims=Claims(policy=policy)))
        assert caught.value.code == "BAD_SIGNATURE_POLICY"


def test_times_from_2050_on_are_generalized_times() -> None:
    late = datetime(2051, 7, 1, 5, tzinfo=UTC)
    assert one(signed(at=late)).claimed_time == late


def test_one_more_signer_signs_the_same_content() -> None:
    once = signed()
    twice = signed(once, "agency", PARALLEL)
    first, second = read(twice).signatures
    assert sound(first)
    assert sound(second)
    assert (first.id, second.id) == ("signer-1", "signer-2")
    assert second.signing_certificate == PKI.certificate("agency")
    assert first.signed_value == one(once).signed_value
    assert prepared(once, "agency", PARALLEL).signature_id == "signer-2"


def test_one_more_signer_with_another_digest_is_announced() -> None:
    content = asn1.ContentInfo.load(signed(signed(), "agency", PARALLEL, digest="sha512"), strict=True)["content"]
    assert {item["algorithm"].native for item in content["digest_algorithms"]} == {"sha256", "sha512"}


def test_one_more_signer_of_a_detached_file_needs_its_content_and_no_other() -> None:
    once = signed(placement=DETACHED)
    with pytest.raises(SigningError) as missing:
        prepared(once, "agency", PARALLEL)
    with pytest.raises(SigningError) as other:
        prepared(once, "agency", PARALLEL, content=b"other content")
    assert [missing.value.code, other.value.code] == ["CONTENT_NEEDED", "CONTENT_DIFFERS"]
    found = read(signed(once, "agency", PARALLEL, content=CONTENT), BESIDE).signatures
    assert [sound(item) for item in found] == [True, True]


def test_a_counter_signature_signs_the_value_and_can_be_counter_signed() -> None:
    data = signed(signed(), "agency", PARALLEL)
    first = prepared(data, "staff", CmsPlacement(counter_signs="signer-2"))
    data = finished(first, "staff")
    second = prepared(data, "official", CmsPlacement(counter_signs=first.signature_id))
    found = {item.id: item for item in read(finished(second, "official")).signatures}
    assert (first.signature_id, second.signature_id) == ("signer-2-counter-1", "signer-2-counter-1-counter-1")
    assert list(found) == ["signer-1", "signer-2", first.signature_id, second.signature_id]
    assert all(sound(item) for item in found.values())
    assert found[first.signature_id].kind is SignatureKind.COUNTER_SIGNATURE
    assert found["signer-2"].signed_value is not None
    assert found[first.signature_id].digests[0].computed == hashlib.sha256(found["signer-2"].signed_value.value).digest()


def test_a_cms_file_is_signed_as_any_file_where_nothing_else_is_asked() -> None:
    inner = signed()
    facts = read(signed(inner, "agency"))
    assert [item.id for item in facts.signatures] == ["signer-1"]
    assert facts.signatures[0].digests[0].size == len(inner)


def test_other_peoples_files_are_extended_with_their_elements_unchanged() -> None:
    for data in (Cms().build(), indefinite(Cms().build())):
        extended = signed(data, "agency", PARALLEL)
        found = read(extended).signatures
        assert [sound(item) for item in found] == [True, True]


def test_a_file_under_an_old_archive_time_stamp_or_an_evidence_record_is_not_extended() -> None:
    for number in ("1.2.840.113549.1.9.16.2.48", "1.2.840.113549.1.9.16.2.27", "0.4.0.1733.2.2", "1.2.840.113549.1.9.16.2.49"):
        data = with_unsigned(signed(), attribute(number, b"\x30\x00"))
        for placement in (PARALLEL, CmsPlacement(counter_signs="signer-1")):
            with pytest.raises(SigningError) as caught:
                prepared(data, "agency", placement)
            assert caught.value.code == "ARCHIVE_TIMESTAMP_WOULD_BREAK"


def test_a_signer_may_be_added_at_every_level() -> None:
    found = read(signed(level_lt(signed()), "agency", PARALLEL)).signatures
    assert [item.level for item in found] == ["B-LT", "B-B"]
    assert [rules(item) for item in found] == [[], []]


def test_a_prepared_signature_is_stored_and_taken_up_again() -> None:
    found = prepared(placement=replace(ATTACHED, mime_type="text/plain"))
    assert pickle.loads(pickle.dumps(found)) == found
    assert decode(PreparedCms, encode(found)) == found


@pytest.mark.parametrize(
    "wrong",
    [
        {"packaging": "enveloping"},
        {"mime_type": "no media type"},
        {"mime_type": "text/plain\n"},
        {"counter_signs": "Signature1"},
        {"counter_signs": "signer-0"},
        {"counter_signs": "signer-1", "parallel": True},
        {"counter_signs": "signer-1", "mime_type": "text/plain"},
    ],
)
def test_a_placement_that_means_nothing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        CmsPlacement(**wrong)  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.code == "CMS_PLACEMENT"


def test_the_name_of_a_packaging_is_as_good_as_the_value() -> None:
    assert not CmsPlacement(packaging="attached").detached  # type: ignore[arg-type]  # as untyped callers write it


@pytest.mark.parametrize("document", [b"", b"no CMS", b"\x30\x03\x02\x01\x01", b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----"])
def test_what_is_no_cms_file_has_no_further_signer(document: bytes) -> None:
    for placement in (PARALLEL, CmsPlacement(counter_signs="signer-1")):
        with pytest.raises(UnreadableDocumentError):
            prepared(document, placement=placement)


def test_signatures_that_are_not_there_are_not_counter_signed() -> None:
    for name in ("signer-2", "signer-1-counter-1"):
        with pytest.raises(SigningError) as caught:
            prepared(signed(), "agency", CmsPlacement(counter_signs=name))
        assert caught.value.code == "NO_SUCH_SIGNATURE"


def test_limits_hold() -> None:
    certificate = PKI.certificate("citizen")
    with pytest.raises(LimitExceededError):
        prepare_cms(
            signed(),
            certificate=certificate,
            algorithm=prepared().algorithm,
            placement=PARALLEL,
            at=AT,
            limits=Limits(document_bytes=1000),
        )


def test_weak_digests_and_keys_of_another_kind_are_refused() -> None:
    algorithm = prepared().algorithm
    certificate = PKI.certificate("citizen")
    for wrong, kind in (
        (replace(algorithm, digest="sha1"), SigningError),
        (replace(algorithm, key="ecdsa", padding=None), CertificateNotFitError),
        (replace(algorithm, key="hmac"), CertificateNotFitError),
    ):
        with pytest.raises(kind):
            prepare_cms(CONTENT, certificate=certificate, algorithm=wrong, placement=ATTACHED, at=AT)


def test_a_prepared_file_that_was_exchanged_is_no_traceback() -> None:
    found = prepared(signed(), "agency", PARALLEL)
    with pytest.raises(UnreadableDocumentError):
        embed_cms(replace(found, document=b"\x30\x80"), bytes(256))


def test_the_content_of_a_large_file_is_copied_once() -> None:
    import tracemalloc

    large = bytes(32 * 1024 * 1024)
    found = prepared(large)
    value = PKI.signer("citizen").sign([found.to_be_signed], found.algorithm)[0]
    tracemalloc.start()
    try:
        made = embed_cms(found, value)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(made) > len(large)
    assert peak < 1.2 * len(large)
