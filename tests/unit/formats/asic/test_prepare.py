"""Containers signed: what is in them, what each signature is over, what is refused, and that nothing else changes."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from lxml import etree

from tests.unit.formats.asic.builder import AT, Entry, cms, container, write_zip, xml_signatures
from tests.unit.formats.asic.writing import (
    E_CADES,
    E_XADES,
    MORE,
    NAME,
    ONE_MORE,
    PKI,
    PLACEMENTS,
    S_CADES,
    S_XADES,
    TEXT,
    entries,
    finished,
    ids,
    packed,
    prepared,
    read,
    signed,
)
from vnsign.errors import (
    CertificateNotFitError,
    ConfigurationError,
    LimitExceededError,
    SelfCheckError,
    SigningError,
    UnreadableDocumentError,
    VnsignError,
)
from vnsign.formats.asic.names import Entries
from vnsign.formats.asic.placement import AsicPlacement, ContainerForm, ContainerKind
from vnsign.formats.asic.prepare import PreparedAsic, embed_asic, is_container
from vnsign.formats.asic.second_reading import second_reading
from vnsign.model.claims import Claims, Commitment
from vnsign.model.facts import CoverageScope, DocumentFacts
from vnsign.model.limits import Limits
from vnsign.signing.codec import decode, encode

ALL = pytest.mark.parametrize("placement", PLACEMENTS.values(), ids=PLACEMENTS)
EXTENDED = pytest.mark.parametrize("placement", [E_XADES, E_CADES], ids=["xades", "cades"])
FILES = {NAME: TEXT, **dict(MORE)}


def assert_sound(facts: DocumentFacts, count: int = 1) -> None:
    assert len(facts.signatures) == count
    for item in facts.signatures:
        assert item.digests
        assert all(digest.matches for digest in item.digests)
        assert item.coverage is CoverageScope.WHOLE_DOCUMENT
        assert not item.problems


@ALL
@pytest.mark.parametrize("who", ["citizen", "citizen-p384", "citizen-ed25519"])
def test_every_form_is_read_whole_by_the_reader_and_a_second_time(placement: AsicPlacement, who: str) -> None:
    found = prepared(TEXT, placement, who)
    data = finished(found, who)
    facts = read(data)
    assert_sound(facts)
    assert facts.format == placement.container
    assert [facts.signatures[0].id, facts.signatures[0].level] == [found.signature_id, "B-B"]
    assert facts.signatures[0].signing_certificate == PKI.certificate(who)
    reason = second_reading(data, found.signature_id, PKI.certificate(who))
    assert bool(reason) is (who == "citizen-ed25519" and placement.form is ContainerForm.XADES), "signxml knows no Ed25519"


@pytest.mark.parametrize(
    ("placement", "wanted"),
    [
        (S_XADES, ["mimetype", NAME, "META-INF/signatures.xml"]),
        (S_CADES, ["mimetype", NAME, "META-INF/signature.p7s"]),
        (E_XADES, ["mimetype", *FILES, "META-INF/manifest.xml", "META-INF/signatures001.xml"]),
        (E_CADES, ["mimetype", *FILES, "META-INF/ASiCManifest001.xml", "META-INF/signature001.p7s"]),
    ],
    ids=PLACEMENTS,
)
def test_entries_have_the_names_and_the_order_of_the_standard(placement: AsicPlacement, wanted: list[str]) -> None:
    found = entries(signed(placement=placement))
    assert list(found) == wanted
    assert found["mimetype"].decode() == f"application/vnd.etsi.{placement.container}+zip"
    assert found[NAME] == TEXT


def test_a_manifest_names_its_signature_and_every_file_with_its_type() -> None:
    root: Any = etree.fromstring(entries(signed(placement=E_CADES))["META-INF/ASiCManifest001.xml"])
    assert root.tag == "{http://uri.etsi.org/02918/v1.2.1#}ASiCManifest"
    first, *rest = root
    assert (first.get("URI"), first.get("MimeType")) == ("META-INF/signature001.p7s", "application/pkcs7-signature")
    assert [Entries(FILES).name(item.get("URI")) for item in rest] == list(FILES)
    assert [item.get("MimeType") for item in rest] == ["text/plain", "text/plain", "application/pdf", "text/plain"]


def test_xml_signatures_stand_in_their_root_and_refer_to_files_by_uri() -> None:
    root: Any = etree.fromstring(entries(signed(placement=E_XADES))["META-INF/signatures001.xml"])
    assert root.tag == "{http://uri.etsi.org/02918/v1.2.1#}XAdESSignatures"
    references = root.findall(".//{*}SignedInfo/{*}Reference")
    assert [Entries(FILES).name(item.get("URI")) for item in references[:-1]] == list(FILES)
    assert [item.text for item in root.iter("{*}MimeType")] == ["text/plain", "text/plain", "application/pdf", "text/plain"]


def test_the_package_manifest_lists_every_file() -> None:
    root: Any = etree.fromstring(entries(signed(placement=E_XADES))["META-INF/manifest.xml"])
    space = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
    assert [item.get(f"{space}full-path") for item in root] == ["/", *FILES]


@ALL
def test_the_same_arguments_give_the_same_value(placement: AsicPlacement) -> None:
    assert prepared(TEXT, placement) == prepared(TEXT, placement)
    assert prepared(TEXT, placement).to_be_signed != prepared(TEXT + b"x", placement).to_be_signed


@ALL
def test_a_prepared_container_pickles_and_goes_through_json(placement: AsicPlacement) -> None:
    found = prepared(TEXT, placement)
    assert pickle.loads(pickle.dumps(found)) == found
    assert decode(PreparedAsic, json.loads(json.dumps(encode(found)))) == found


@ALL
def test_another_signature_changes_no_other_entry(placement: AsicPlacement) -> None:
    before = signed(placement=placement)
    found = prepared(before, ONE_MORE, "citizen-p256")
    after = finished(found, "citizen-p256")
    facts = read(after)
    assert_sound(facts, 2)
    assert found.signature_id in ids(after)
    assert len({item.signing_certificate for item in facts.signatures}) == 2
    kept = [name for name in entries(before) if name != found.entry]
    assert packed(after, kept) == packed(before, kept)
    assert second_reading(after, found.signature_id, PKI.certificate("citizen-p256")) == ""


@EXTENDED
def test_each_signature_of_asic_e_has_a_file_of_its_own(placement: AsicPlacement) -> None:
    before = signed(placement=placement)
    after = signed(before, ONE_MORE, "citizen-p256")
    assert after.startswith(before[: before.index(b"PK\1\2")]), "everything that was there is there, byte for byte"
    assert ids(after)[0] == ids(before)[0]
    assert ids(after)[1].partition("#")[0].rpartition(".")[0].endswith("002")


def test_claims_are_written_in_both_forms() -> None:
    claims = Claims(commitments=(Commitment.APPROVAL,), city="Hà Nội", roles=("Chủ tịch",))
    xml = entries(signed(placement=replace(E_XADES, claims=claims)))["META-INF/signatures001.xml"].decode()
    assert "Hà Nội" in xml
    assert "Chủ tịch" in xml
    assert "ProofOfApproval" in xml
    assert "Chủ tịch".encode() in entries(signed(placement=replace(E_CADES, claims=claims)))["META-INF/signature001.p7s"]


# --- What is a container -------------------------------------------------------------------------------------------------


def office_file(*more: Entry) -> bytes:
    return write_zip([Entry("[Content_Types].xml", b"<Types/>"), Entry("word/document.xml", b"<x/>"), *more])


OPEN_DOCUMENT = write_zip(
    [
        Entry("mimetype", b"application/vnd.oasis.opendocument.text"),
        Entry("content.xml", b"<x/>"),
        Entry("META-INF/documentsignatures.xml", xml_signatures({"content.xml": b"<x/>"})),
    ]
)


@pytest.mark.parametrize(
    "data",
    [b"", TEXT, b"%PDF-1.7", office_file(), office_file(Entry("META-INF/MANIFEST.MF", b"")), OPEN_DOCUMENT, b"PK\3\4"],
    ids=["empty", "text", "pdf", "office", "jar", "open document", "broken"],
)
def test_other_files_and_zips_are_put_in_a_new_container_whole(data: bytes) -> None:
    assert not is_container(data)
    for placement in (S_XADES, E_CADES):
        made = signed(data, placement)
        assert_sound(read(made))
        assert entries(made)[NAME] == data


@pytest.mark.parametrize("data", [signed(), container({"a": b"a"}), container({"a": b"a"}, b"application/vnd.etsi.asic-s+zip")])
def test_containers_are_known_by_type_or_signature_file(data: bytes) -> None:
    assert is_container(data)


def test_a_container_without_signatures_gets_its_first() -> None:
    data = container({"a.txt": b"a", "b.txt": b"b"})
    assert_sound(read(signed(data, AsicPlacement(form=ContainerForm.CADES))))


HOSTILE = (signed()[:-1], signed() + b"\0", signed().replace(b"META-INF/manifest", b"META-INF/../ifest"))


@pytest.mark.parametrize("data", HOSTILE, ids=["cut", "longer", "climbing"])
def test_hostile_containers_give_our_errors(data: bytes) -> None:
    with pytest.raises(UnreadableDocumentError) as caught:
        prepared(data, ONE_MORE)
    assert caught.value.code.startswith("ZIP_")


# --- What is refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"container": ContainerKind.S, "more_files": MORE},
        {"container": ContainerKind.S, "name": "folder/a.txt"},
        {"name": "mimetype"},
        {"name": "META-INF/signature.p7s"},
        {"name": "../x"},
        {"name": "A.txt", "more_files": (("a.TXT", b""),)},
        {"more_files": (("", b""),)},
        {"mime_type": "pdf"},
        {"mime_type": "text/plain\r\nx"},
    ],
    ids=str,
)
def test_placements_that_cannot_be_made_are_refused_when_built(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        AsicPlacement(**options)


@pytest.mark.parametrize(
    ("there", "placement"),
    [
        (S_XADES, E_XADES),
        (S_XADES, AsicPlacement(container=ContainerKind.E)),
        (E_XADES, AsicPlacement(form=ContainerForm.CADES)),
        (E_CADES, AsicPlacement(form=ContainerForm.XADES)),
        (S_CADES, AsicPlacement(form=ContainerForm.XADES)),
        (E_CADES, AsicPlacement(more_files=(("x", b""),))),
    ],
)
def test_a_container_keeps_its_kind_form_and_files(there: AsicPlacement, placement: AsicPlacement) -> None:
    with pytest.raises(ConfigurationError) as caught:
        prepared(signed(placement=there), placement)
    assert caught.value.code == "ASIC_PLACEMENT"


def two_forms() -> bytes:
    files = {"a.txt": b"a"}
    return container({**files, "META-INF/signatures.xml": xml_signatures(files), "META-INF/signature.p7s": cms(b"a")})


def test_in_a_container_of_both_forms_the_caller_says_which() -> None:
    with pytest.raises(ConfigurationError):
        prepared(two_forms(), ONE_MORE)
    assert prepared(two_forms(), AsicPlacement(form=ContainerForm.CADES)).cms


S_TYPE = b"application/vnd.etsi.asic-s+zip"
CLOSED = {
    "no file": container({}),
    "two files in ASiC-S": container({"a": b"a", "b": b"b", "META-INF/signature.p7s": cms(b"a")}, S_TYPE),
    "a time-stamp alone in ASiC-S": container({"a": b"a", "META-INF/timestamp.tst": b"0"}, S_TYPE),
    "a root that holds one": container({"a": b"a", "META-INF/signatures.xml": b"<Signature/>"}, S_TYPE),
}


@pytest.mark.parametrize("data", CLOSED.values(), ids=CLOSED)
def test_what_takes_no_further_signature_says_so(data: bytes) -> None:
    with pytest.raises(SigningError) as caught:
        prepared(data, ONE_MORE)
    assert caught.value.code == "ASIC_CLOSED"


def test_a_signature_file_that_something_is_over_is_not_changed() -> None:
    from tests.unit.formats.asic.builder import manifest

    p7s = cms(b"a")
    listed = manifest("META-INF/timestamp001.tst", {"a": b"a", "META-INF/signature.p7s": p7s})
    over = {"META-INF/ASiCArchiveManifest.xml": listed, "META-INF/timestamp001.tst": b"0"}
    data = container({"a": b"a", "META-INF/signature.p7s": p7s, **over}, S_TYPE)
    with pytest.raises(SigningError) as caught:
        prepared(data, ONE_MORE)
    assert caught.value.code == "ARCHIVE_TIMESTAMP_WOULD_BREAK"


@pytest.mark.parametrize(
    ("limits", "placement"),
    [
        (Limits(asic_bytes=500), E_XADES),
        (Limits(asic_entries=4), E_CADES),
        (Limits(xml_references=4), E_XADES),
        (Limits(asic_name_bytes=10), S_CADES),
    ],
    ids=["bytes", "entries", "references", "names"],
)
def test_limits_hold_for_what_is_made(limits: Limits, placement: AsicPlacement) -> None:
    with pytest.raises(LimitExceededError):
        prepared(TEXT, placement, limits=limits)


@ALL
def test_weak_digests_wrong_keys_and_times_without_zone_are_refused(placement: AsicPlacement) -> None:
    with pytest.raises(SigningError):
        prepared(TEXT, placement, digest="sha1")
    item, other = PKI.credential("citizen"), prepared(TEXT, placement, "citizen-p256")
    algorithm = (other.cms or prepared(TEXT, E_CADES, "citizen-p256").cms).algorithm  # type: ignore[union-attr]  # it is CAdES
    from vnsign.formats.asic.prepare import prepare_asic

    with pytest.raises(CertificateNotFitError):
        prepare_asic(TEXT, certificate=item.certificate, algorithm=algorithm, placement=placement, at=AT)
    with pytest.raises(VnsignError):
        prepare_asic(
            TEXT,
            certificate=PKI.certificate("citizen-p256"),
            algorithm=algorithm,
            placement=placement,
            at=datetime(2026, 3, 2),  # noqa: DTZ001 - what is refused
        )


def test_a_value_of_nothing_is_refused() -> None:
    empty = replace(prepared(TEXT, E_CADES), cms=None)
    with pytest.raises(SigningError):
        embed_asic(empty, b"")
    with pytest.raises(SigningError):
        _ = empty.to_be_signed
    assert empty.message_digest is None
    assert prepared(TEXT, E_CADES).message_digest


@ALL
def test_the_second_reading_sees_a_changed_file(placement: AsicPlacement) -> None:
    found = prepared(TEXT, placement)
    data = finished(found)
    from vnsign.formats.asic.zip_write import with_entries

    for changed in (with_entries(data, {NAME: TEXT + b"!"}), data[:-1], with_entries(data, {found.entry: b"<x/>"})):
        with pytest.raises(SelfCheckError):
            second_reading(changed, found.signature_id, PKI.certificate("citizen"))
    with pytest.raises(SelfCheckError):
        second_reading(data, found.signature_id, PKI.certificate("citizen-rsa3072"))
