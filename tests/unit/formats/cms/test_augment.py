"""CMS signatures raised: what each level adds and where, that nothing else changes, what is refused."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from asn1crypto import cms as asn1
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.formats.cms.builder import AT, hash_index, one, read, sound, tsa, value_of, with_unsigned
from tests.unit.formats.cms.writing import (
    ATTACHED,
    BESIDE,
    CONTENT,
    DETACHED,
    PKI,
    archive,
    embedded,
    level_lt,
    level_t,
    material,
    signed,
)
from tests.unit.pki.cms_factory import Cms, attribute, indefinite
from vnsign.crypto.ber import OCTET_STRING, SEQUENCE, wrap
from vnsign.errors import (
    ConfigurationError,
    LimitExceededError,
    SigningError,
    TimestampUnavailableError,
    UnreadableDocumentError,
    VnsignError,
)
from vnsign.formats.cms.augment import add_material, begin_archive_timestamp, begin_signature_timestamp
from vnsign.formats.cms.placement import CmsPlacement
from vnsign.formats.material import Material
from vnsign.model.limits import Limits
from vnsign.pki.cms_structure import read_signer_info, read_structure

PLACEMENTS = pytest.mark.parametrize("placement", [ATTACHED, DETACHED], ids=["attached", "detached"])


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def parsed(data: bytes) -> asn1.SignedData:
    return asn1.ContentInfo.load(data, strict=True)["content"]


def core(data: bytes, index: int = 0) -> bytes:
    return b"".join(item.encoding for item in read_signer_info(read_structure(data).signers[index]).core)


# --- Levels --------------------------------------------------------------------------------------------------------------


@PLACEMENTS
@pytest.mark.parametrize("who", ["citizen", "citizen-p384", "citizen-ed25519"])
def test_each_step_is_read_as_its_level(who: str, placement: CmsPlacement) -> None:
    data = signed(who=who, placement=placement)
    for step, level in ((level_t, "B-T"), (lambda x: add_material(x, "signer-1", material(who)), "B-LT"), (archive, "B-LTA")):
        before, data = core(data), step(data)
        facts = one(data, BESIDE)
        assert sound(facts)
        assert facts.level == level
        assert all(item.imprint.matches for item in facts.timestamps)
        assert core(data) == before


def test_a_signature_time_stamp_is_over_the_value() -> None:
    data = signed()
    pending = begin_signature_timestamp(data, "signer-1", digest="sha384")
    assert (pending.digest, pending.imprint) == ("sha384", hashlib.sha384(value_of(data)).digest())


def test_material_goes_into_the_fields_of_the_structure() -> None:
    wanted = material()
    content = parsed(level_lt(signed()))
    assert content["version"].native == "v5"  # RFC 5652, 5.1: revocation information of another format
    embedded_certificates = {item.chosen.dump() for item in content["certificates"]}
    assert set(wanted.certificates) <= embedded_certificates
    found = {item.name: item.chosen for item in content["crls"]}
    assert {item.chosen.dump() for item in content["crls"] if item.name == ""} <= set(wanted.crls)
    assert "other" in found
    facts = one(level_lt(signed()))
    assert (set(facts.crls), set(facts.ocsps)) == (set(wanted.crls), set(wanted.ocsps))
    assert not {"certificate_values", "revocation_values"} & {
        item["type"].native for item in content["signer_infos"][0]["unsigned_attrs"]
    }


def test_only_what_is_missing_is_added() -> None:
    data = level_lt(signed())
    assert add_material(data, "signer-1", material()) is data
    assert add_material(data, "signer-1", Material()) is data
    more = add_material(data, "signer-1", Material(crls=PKI.crls(AT)[:3]))
    assert len(one(more).crls) == 3


def test_material_in_attributes_of_extended_forms_is_not_added_again() -> None:
    ca, crl = PKI.certificate("public-ca").der, PKI.crls(AT)[0]
    data = with_unsigned(
        level_t(Cms().build()),
        attribute("1.2.840.113549.1.9.16.2.23", wrap(SEQUENCE, ca)),
        attribute("1.2.840.113549.1.9.16.2.24", wrap(SEQUENCE, wrap(0xA0, wrap(SEQUENCE, crl)))),
    )
    assert add_material(data, "signer-1", Material(certificates=(ca,), crls=(crl,))) is data


def test_ocsp_answers_as_older_signers_put_them_are_read_covered_and_not_added_again() -> None:
    """As BasicOCSPResponse in the field crls, the form of TS 103 173."""
    from asn1crypto import ocsp

    from tests.unit.pki.cms_factory import oid

    answer = PKI.ocsp("citizen", at=AT)
    basic = ocsp.OCSPResponse.load(answer)["response_bytes"]["response"].parsed.dump()
    field = wrap(0xA1, oid("1.3.6.1.5.5.7.48.1.1") + basic)
    data = level_t(Cms(crls=field).build())
    assert one(data).ocsps == (answer,)
    assert add_material(data, "signer-1", Material(ocsps=(answer,))) is data
    assert sha256(answer) in one(archive_of(data)).timestamps[-1].protects


def test_certificates_in_a_token_are_not_added_again() -> None:
    data = level_t(signed())
    assert add_material(data, "signer-1", Material(certificates=(PKI.certificate("public-tsa").der,))) is data


def test_an_archive_time_stamp_covers_everything_that_is_there() -> None:
    base = level_lt(signed())
    facts = one(archive(base))
    stamp, archived = facts.timestamps
    inside = (*material().certificates, *material().crls, *material().ocsps, PKI.certificate("citizen").der, stamp.der)
    assert {"signature:signer-1", *map(sha256, inside)} <= set(archived.protects)
    assert begin_archive_timestamp(base, "signer-1").index == hash_index(base)


@PLACEMENTS
def test_the_imprint_is_put_together_as_the_standard_says(placement: CmsPlacement) -> None:
    """EN 319 122-1, 5.5.3, written down once more: content type, digest of the content, signer, index."""
    base = level_lt(signed(placement=placement))
    content_type = bytes.fromhex("06092a864886f70d010701")
    wanted = content_type + hashlib.sha256(CONTENT).digest() + core(base) + hash_index(base)
    assert begin_archive_timestamp(base, "signer-1", content=CONTENT).imprint == hashlib.sha256(wanted).digest()


@PLACEMENTS
def test_archive_time_stamps_are_renewed_with_another_digest(placement: CmsPlacement) -> None:
    data = archive(archive(level_lt(signed(placement=placement))), days=300, digest="sha512")
    _, first, second = one(data, BESIDE).timestamps
    assert (first.imprint.matches, second.imprint.matches) == (True, True)
    assert sha256(first.der) in second.protects
    assert {item["algorithm"].native for item in parsed(data)["digest_algorithms"]} == {"sha256", "sha512"}


def test_material_for_the_last_authority_goes_in_before_the_renewal() -> None:
    data = archive(level_lt(signed()))
    later = PKI.crls(AT + timedelta(days=300))[1]
    data = archive(add_material(data, "signer-1", Material(crls=(later,))), days=301)
    facts = one(data)
    assert all(item.imprint.matches for item in facts.timestamps)
    assert sha256(later) in facts.timestamps[-1].protects
    assert sha256(later) not in facts.timestamps[-2].protects


def test_each_of_several_signers_is_raised_on_its_own() -> None:
    data = signed(signed(), "agency", CmsPlacement(parallel=True))
    raised = archive(level_lt(data, "signer-2", "agency"), "signer-2")
    first, second = read(raised).signatures
    assert (first.level, second.level) == ("B-B", "B-LTA")
    assert sound(first)
    assert sound(second)
    assert read_structure(raised).signers[0].encoding == read_structure(data).signers[0].encoding


def test_counter_signatures_are_raised_to_lt_and_covered_by_the_archive_time_stamp_above() -> None:
    data = signed(signed(), "agency", CmsPlacement(counter_signs="signer-1"))
    data = level_lt(data, "signer-1-counter-1", "agency")
    found = {item.id: item for item in read(data).signatures}
    assert found["signer-1-counter-1"].level == "B-LT"
    assert all(sound(item) for item in found.values())
    with pytest.raises(SigningError) as caught:
        begin_archive_timestamp(data, "signer-1-counter-1")
    assert caught.value.code == "COUNTER_SIGNATURE_ARCHIVE"
    data = archive(data)
    assert all(item.imprint.matches for item in read(data).signatures[0].timestamps)
    for refused in (
        lambda: begin_signature_timestamp(data, "signer-1-counter-1"),
        lambda: signed(data, "staff", CmsPlacement(counter_signs="signer-1-counter-1")),
    ):
        with pytest.raises(SigningError) as caught:
            refused()
        assert caught.value.code == "ARCHIVE_TIMESTAMP_WOULD_BREAK"


def test_a_signature_under_an_archive_time_stamp_may_still_be_counter_signed() -> None:
    data = signed(archive(level_lt(signed())), "agency", CmsPlacement(counter_signs="signer-1"))
    found = read(data).signatures
    assert all(sound(item) for item in found)
    assert all(item.imprint.matches for item in found[0].timestamps)


# --- Other people's files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["der", "ber", "unsorted", "zeros"])
def test_files_of_other_programs_are_raised(form: str) -> None:
    data = {
        "der": Cms().build(),
        "ber": indefinite(Cms().build()),
        "unsorted": Cms(sort=False).build(),
        "zeros": Cms().build() + bytes(7),
    }[form]
    raised = archive_of(level_lt(data))
    facts = one(raised)
    assert sound(facts)
    assert facts.level == "B-LTA"
    assert [item.imprint.matches for item in facts.timestamps] == [True, True]
    assert core(raised) == core(data)


def archive_of(data: bytes) -> bytes:
    return embedded(begin_archive_timestamp(data, "signer-1"), AT + timedelta(days=1))


def test_pem_comes_out_in_binary_form() -> None:
    import base64

    pem = b"-----BEGIN CMS-----\n" + base64.encodebytes(signed()) + b"-----END CMS-----\n"
    assert level_t(pem) == level_t(signed())


def test_a_detached_file_is_archived_without_its_content_where_the_digest_is_known() -> None:
    data = level_lt(signed(placement=DETACHED))
    assert begin_archive_timestamp(data, "signer-1") == begin_archive_timestamp(data, "signer-1", content=CONTENT)
    with pytest.raises(SigningError) as caught:
        begin_archive_timestamp(data, "signer-1", digest="sha512")
    assert caught.value.code == "CONTENT_NEEDED"


def test_content_that_was_not_signed_is_not_archived() -> None:
    data = signed(placement=DETACHED)
    with pytest.raises(SigningError) as caught:
        begin_archive_timestamp(data, "signer-1", content=b"other content")
    assert caught.value.code == "CONTENT_DIFFERS"
    with pytest.raises(SigningError):
        begin_archive_timestamp(signed().replace(CONTENT, CONTENT.upper()), "signer-1")


def test_large_revocation_lists_do_not_make_a_file_unreadable() -> None:
    """A list larger than what a signature may have without them."""
    crl = wrap(SEQUENCE, wrap(OCTET_STRING, bytes(1024 * 1024)))
    data = add_material(level_t(signed()), "signer-1", Material(crls=(crl,)))
    assert read(data, limits=Limits(signature_bytes=256 * 1024)).signatures[0].crls == (crl,)


def test_a_step_copies_the_content_of_a_large_file_once() -> None:
    import tracemalloc

    large = bytes(32 * 1024 * 1024)
    data = signed(large)
    for step in (level_t, lambda document: add_material(document, "signer-1", material()), archive_of):
        tracemalloc.start()
        try:
            data = step(data)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(large) < peak < 1.1 * len(large)


# --- Refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["signer-2", "signer-1-counter-1"])
def test_signatures_that_are_not_there(name: str) -> None:
    for step in (begin_signature_timestamp, begin_archive_timestamp, lambda d, n: add_material(d, n, material())):
        with pytest.raises(SigningError) as caught:
            step(signed(), name)
        assert caught.value.code == "NO_SUCH_SIGNATURE"


@pytest.mark.parametrize("name", ["", "Signature1", "signer-0", "signer-1-", "signer-1-counter-0", "signer-99999999999"])
def test_names_that_no_signature_has(name: str) -> None:
    with pytest.raises(ConfigurationError):
        begin_signature_timestamp(signed(), name)


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha999", ""])
def test_digests_that_are_not_for_new_time_stamps(digest: str) -> None:
    for step in (begin_signature_timestamp, begin_archive_timestamp):
        with pytest.raises(ConfigurationError):
            step(signed(), "signer-1", digest=digest)


def test_tokens_that_are_none() -> None:
    pending = begin_archive_timestamp(signed(), "signer-1")
    for token in (b"", b"no token", b"\x30\x00", signed(signed(), "agency", CmsPlacement(parallel=True))):
        with pytest.raises(TimestampUnavailableError):
            pending.embed(token)


def test_limits_hold() -> None:
    data = signed()
    with pytest.raises(LimitExceededError):
        begin_signature_timestamp(data, "signer-1", limits=Limits(document_bytes=100))
    full = with_unsigned(data, *[attribute("1.2.840.113549.1.9.16.2.14", tsa().token("sha256", bytes(32)))] * 3)
    for step in (begin_signature_timestamp, begin_archive_timestamp):
        with pytest.raises(LimitExceededError):
            step(full, "signer-1", limits=Limits(timestamps=3))
    root = Material(certificates=(PKI.certificate("public-root").der,))
    with pytest.raises(LimitExceededError):
        add_material(data, "signer-1", root, limits=Limits(certificates=2))
    for limits in (Limits(crl_bytes=10), Limits(ocsp_bytes=10), Limits(certificate_bytes=10)):
        with pytest.raises(LimitExceededError):
            add_material(data, "signer-1", material(), limits=limits)


@cache
def raised() -> bytes:
    return archive(level_lt(signed(signed(), "agency", CmsPlacement(counter_signs="signer-1"))))


@given(st.binary(max_size=200), st.sampled_from([b"", b"0", b"\x30\x80", b"MIIB", b"-----BEGIN CMS-----\n"]))
def test_arbitrary_bytes_raise_nothing_foreign(data: bytes, head: bytes) -> None:
    hostile(head + data)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_changed_files_raise_nothing_foreign(data: st.DataObject) -> None:
    changed = bytearray(data.draw(st.sampled_from([raised(), indefinite(raised())])))
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    hostile(bytes(changed))


@cache
def any_token() -> bytes:
    return tsa().token("sha256", bytes(32))


def hostile(data: bytes) -> None:
    token = any_token()
    for name in ("signer-1", "signer-1-counter-1"):
        for step in (begin_signature_timestamp, begin_archive_timestamp):
            with contextlib.suppress(VnsignError):
                step(data, name).embed(token)
        with contextlib.suppress(VnsignError):
            add_material(data, name, replace(material(), crls=PKI.crls(AT)))


def test_deep_and_endless_files_end_as_our_errors() -> None:
    for data in (b"\x30\x80" * 5_000, b"\x30\x84\xff\xff\xff\xff", b"\x30\x80" + b"\x02\x01\x01" * 200_000):
        with pytest.raises(UnreadableDocumentError):
            begin_signature_timestamp(data, "signer-1")
