"""Containers: which file each signature covers, by which way, and what is said of the files that none covers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.unit.formats.asic.builder import (
    ASIC_E,
    ASIC_S,
    AT,
    FILES,
    Entry,
    asic_e_cades,
    asic_e_xades,
    cms,
    container,
    manifest,
    one,
    read,
    rules,
    sound,
    stamped_cms,
    token,
    write_zip,
    xml_signatures,
)
from tests.unit.formats.xml.builder import signature as xml_signature
from vnsign.errors import LimitExceededError, UnreadableDocumentError
from vnsign.model.facts import CoverageScope, DigestRole, SignatureFormat, SignatureKind
from vnsign.model.limits import Limits
from vnsign.testing.pki import TestPki

ONE = {"to-khai.txt": FILES["to-khai.txt"]}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


SOUND = {
    "ASiC-E with XML": (asic_e_xades(), ASIC_E, "asic-e"),
    "ASiC-E with CMS": (asic_e_cades(), ASIC_E, "asic-e"),
    "ASiC-S with XML": ({**ONE, "META-INF/signatures.xml": xml_signatures(ONE)}, ASIC_S, "asic-s"),
    "ASiC-S with CMS": ({**ONE, "META-INF/signature.p7s": cms(ONE["to-khai.txt"])}, ASIC_S, "asic-s"),
}


@pytest.mark.parametrize("case", SOUND)
def test_every_kind_of_container_is_read(case: str) -> None:
    files, mimetype, form = SOUND[case]
    facts = read(container(files, mimetype))
    (signature,) = facts.signatures
    assert facts.format == form
    assert sound(signature), (signature.problems, signature.digests)
    assert signature.coverage is CoverageScope.WHOLE_DOCUMENT
    assert signature.covered == tuple(sorted(name for name in files if not name.startswith("META-INF")))
    assert dict(facts.details)["not-covered"] == ""
    assert signature.id.startswith("META-INF/signature")


@pytest.mark.parametrize("case", SOUND)
def test_the_form_is_found_without_a_media_type_too(case: str) -> None:
    files, _, form = SOUND[case]
    facts = read(container(files, None))
    assert facts.format == form
    assert rules(facts.signatures[0]) == ["asic.mimetype"]


@pytest.mark.parametrize("case", SOUND)
def test_a_changed_file_does_not_match(case: str) -> None:
    files, mimetype, _ = SOUND[case]
    found = one({**files, "to-khai.txt": b"another content"}, mimetype)
    assert [item.computed is not None for item in found.digests if not item.matches] == [True]
    assert found.coverage is not CoverageScope.WHOLE_DOCUMENT


@pytest.mark.parametrize("make", [asic_e_xades, asic_e_cades])
def test_a_missing_file_is_not_found(make) -> None:
    files = make()
    del files["to-khai.txt"]
    found = one(files)
    assert [item.computed for item in found.digests if not item.matches] == [None]


@pytest.mark.parametrize("make", [asic_e_xades, asic_e_cades])
def test_files_that_nobody_signed_are_named(make) -> None:
    facts = read(container({**make(), "thêm.txt": b"slipped in", "META-INF/also.txt": b"x"}))
    (signature,) = facts.signatures
    assert rules(signature) == ["asic.file-not-covered"]
    assert dict(signature.problems[0].parameters)["files"] == "thêm.txt, META-INF/also.txt"
    assert signature.coverage is CoverageScope.PARTIAL
    assert dict(facts.details)["not-covered"] == "thêm.txt, META-INF/also.txt"


def test_a_file_that_another_signature_covers_is_covered() -> None:
    first, second = ({name: data} for name, data in FILES.items())
    files = {**FILES, "META-INF/signatures1.xml": xml_signatures(first), "META-INF/signatures2.xml": xml_signatures(second)}
    found = read(container(files)).signatures
    assert [item.coverage for item in found] == [CoverageScope.PARTIAL] * 2
    assert all(sound(item) for item in found)


def test_ids_are_unique_over_the_container() -> None:
    files = {**FILES, "META-INF/signatures1.xml": xml_signatures(FILES), "META-INF/signatures2.xml": xml_signatures(FILES)}
    assert [item.id for item in read(container(files)).signatures] == [
        "META-INF/signatures1.xml#S",
        "META-INF/signatures2.xml#S",
    ]


def test_names_in_references_are_percent_decoded_first() -> None:
    """``a%20b`` means ``a b``; only where there is no such file, the name as written."""
    files = {"a b": b"one"}
    assert sound(one({**files, "META-INF/signatures.xml": xml_signatures(files)}))
    both = {"a b": b"one", "a%20b": b"two"}
    found = one({**both, "META-INF/signatures.xml": xml_signatures(files)})
    assert found.covered == ("a b",)
    raw = {"100%": b"one"}
    listed = manifest("META-INF/signature1.p7s", raw).replace(b"100%25", b"100%")
    assert sound(one({**raw, "META-INF/ASiCManifest.xml": listed, "META-INF/signature1.p7s": cms(listed)}))


def test_a_manifest_says_its_entries_and_is_itself_signed() -> None:
    found = one(asic_e_cades())
    assert [item.role for item in found.digests] == [DigestRole.MANIFEST, DigestRole.DATA, DigestRole.DATA]
    files = asic_e_cades()
    files["META-INF/ASiCManifest001.xml"] = files["META-INF/ASiCManifest001.xml"].replace(b"/>", b" />", 1)
    assert not one(files).digests[0].matches


LISTED = manifest("META-INF/signature1.p7s", ONE)
SIGNED = {**ONE, "META-INF/signature1.p7s": cms(LISTED)}
FAULTS = {
    "asic.manifest-missing": SIGNED,
    "asic.manifest-ambiguous": {**SIGNED, "META-INF/ASiCManifest1.xml": LISTED, "META-INF/ASiCManifest2.xml": LISTED},
    "asic.manifest-malformed": {**SIGNED, "META-INF/ASiCManifest1.xml": LISTED, "META-INF/ASiCManifest2.xml": b"<a/>"},
    "cms.encapsulated-in-detached": {
        **ONE,
        "META-INF/ASiCManifest1.xml": LISTED,
        "META-INF/signature1.p7s": cms(LISTED, detached=False),
    },
    "asic.signature-file-malformed": {**ONE, "META-INF/signatures.xml": b"<no-signature/>"},
    "asic.data-objects": {"META-INF/signatures.xml": xml_signatures({})},
}


@pytest.mark.parametrize("rule", FAULTS)
def test_every_fault_is_named(rule: str) -> None:
    found = read(container(FAULTS[rule])).signatures
    assert rule in rules(found[0])
    assert not sound(found[0])


@pytest.mark.parametrize("broken", [b"<no-signature/>", b"<cut", b"<!DOCTYPE a><a/>"])
def test_signature_files_that_cannot_be_read_are_listed(broken: bytes) -> None:
    found = one({**ONE, "META-INF/signatures.xml": broken})
    assert rules(found)[0] == "asic.signature-file-malformed"
    assert found.coverage is CoverageScope.NOTHING
    other = one({**ONE, "META-INF/signature.p7s": broken})
    assert rules(other)[0] == "asic.signature-file-malformed"


def test_a_manifest_with_nothing_in_it_is_malformed() -> None:
    listed = manifest("META-INF/signature1.p7s", {})
    found = one({**ONE, "META-INF/ASiCManifest1.xml": listed, "META-INF/signature1.p7s": cms(listed)})
    assert {"asic.manifest-missing", "asic.manifest-malformed"} <= set(rules(found))


def test_a_simple_container_holds_one_file() -> None:
    files = {**FILES, "META-INF/signature.p7s": cms(FILES["to-khai.txt"])}
    found = one(files, ASIC_S)
    assert "asic.data-objects" in rules(found)
    assert found.digests[0].computed is None


def test_a_cms_with_content_of_its_own_never_stands_for_the_file() -> None:
    found = one({**ONE, "META-INF/signature.p7s": cms(b"other content", detached=False)}, ASIC_S)
    assert rules(found)[0] == "cms.encapsulated-in-detached"
    assert not found.digests[0].matches
    assert found.coverage is CoverageScope.NOTHING


def test_signature_of_the_signature_file_itself_covers_no_file() -> None:
    document = xml_signature(identifier="S")
    assert "</Signature>" in document
    found = one({**ONE, "META-INF/signatures.xml": document.encode()})
    assert found.coverage is CoverageScope.NOTHING


def test_a_time_stamped_file() -> None:
    files = {**ONE, "META-INF/timestamp.tst": token(ONE["to-khai.txt"])}
    found = one(files, ASIC_S)
    assert sound(found)
    assert (found.kind, found.format) == (SignatureKind.DOCUMENT_TIMESTAMP, SignatureFormat.ASIC_TIMESTAMP)
    assert found.document_timestamp is not None
    assert found.document_timestamp.protects == ()
    assert not sound(one({**files, "to-khai.txt": b"other"}, ASIC_S))


def test_a_time_stamp_over_a_manifest_covers_its_files() -> None:
    listed = manifest("META-INF/timestamp1.tst", FILES)
    files = {**FILES, "META-INF/ASiCManifest.xml": listed, "META-INF/timestamp1.tst": token(listed)}
    found = one(files)
    assert sound(found)
    assert found.coverage is CoverageScope.WHOLE_DOCUMENT
    changed = one({**files, "to-khai.txt": b"other"})
    assert not sound(changed)


def archived(number: int = 1, base: dict[str, bytes] | None = None, days: int = 0) -> dict[str, bytes]:
    """An ASiC-E container with CAdES, an archive manifest over all that is there and its time-stamp."""
    if base is None:
        listed = manifest("META-INF/signature001.p7s", FILES)
        base = {**FILES, "META-INF/ASiCManifest001.xml": listed, "META-INF/signature001.p7s": stamped_cms(listed)}
    name = f"META-INF/timestamp{number:03}.tst"
    archive = manifest(name, base)
    stamp = token(archive, AT + timedelta(days=days))
    return {**base, f"META-INF/ASiCArchiveManifest{number:03}.xml": archive, name: stamp}


def test_an_archive_time_stamp_protects_the_signatures_in_the_files_it_covers() -> None:
    signature, stamp = read(container(archived())).signatures
    assert sound(signature)
    assert sound(stamp)
    assert stamp.document_timestamp is not None
    protects = set(stamp.document_timestamp.protects)
    pki = TestPki.load()
    assert f"signature:{signature.id}" in protects
    wanted = [pki.certificate("citizen").der, pki.certificate("public-tsa").der, signature.timestamps[0].der]
    assert {sha256(der) for der in wanted} <= protects


def test_a_second_archive_time_stamp_protects_the_first() -> None:
    files = archived(2, archived(), days=400)
    _, first, second = read(container(files)).signatures
    assert first.document_timestamp is not None
    assert second.document_timestamp is not None
    assert sha256(first.document_timestamp.der) in second.document_timestamp.protects
    assert sha256(second.document_timestamp.der) not in first.document_timestamp.protects


def test_an_archive_time_stamp_over_a_changed_file_does_not_hold_and_protects_less() -> None:
    files = archived()
    files["META-INF/signature001.p7s"] = cms(files["META-INF/ASiCManifest001.xml"])
    _, stamp = read(container(files)).signatures
    assert not sound(stamp)
    assert stamp.document_timestamp is not None
    assert stamp.document_timestamp.protects == ()


def test_time_stamps_come_by_number_not_by_name_or_place() -> None:
    files = dict(ONE)
    for number in (10, 9, 2):
        listed = manifest(f"META-INF/timestamp{number}.tst", ONE)
        files |= {f"META-INF/ASiCManifest{number}.xml": listed, f"META-INF/timestamp{number}.tst": token(listed)}
    names = [item.id for item in read(container(files)).signatures]
    assert names == ["META-INF/timestamp2.tst", "META-INF/timestamp9.tst", "META-INF/timestamp10.tst"]


def test_a_file_that_is_only_time_stamped_is_not_signed() -> None:
    files = archived()
    base = {**files, "later.txt": b"came later"}
    found = read(container(archived(2, base))).signatures
    assert rules(found[0]) == ["asic.file-not-covered"]


def test_evidence_records_are_listed() -> None:
    found = read(container({**asic_e_xades(), "META-INF/evidencerecord.ers": b"0", "META-INF/evidencerecord1.xml": b"<a/>"}))
    assert [item.kind for item in found.signatures[1:]] == [SignatureKind.EVIDENCE_RECORD] * 2
    assert not any(item.supported for item in found.signatures[1:])
    assert sound(found.signatures[0])


PACKAGE = (
    '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<m:file-entry m:full-path="/"/><m:file-entry m:full-path="{0}"/></m:manifest>'
)


@pytest.mark.parametrize(("listed", "wrong"), [("to-khai.txt", []), ("other.txt", ["asic.manifest-differs"])])
def test_the_list_of_files_is_compared(listed: str, wrong: list[str]) -> None:
    files = {**asic_e_xades(ONE), "META-INF/manifest.xml": PACKAGE.format(listed).encode()}
    assert rules(one(files)) == wrong


def test_open_document_files_are_covered_without_their_signatures() -> None:
    data = {"content.xml": b"<a/>", "META-INF/manifest.xml": b"<b/>"}
    mimetype = b"application/vnd.oasis.opendocument.text"
    found = one({**data, "META-INF/documentsignatures.xml": xml_signatures({**data, "mimetype": mimetype})}, mimetype)
    assert sound(found)
    assert found.coverage is CoverageScope.WHOLE_DOCUMENT


@pytest.mark.parametrize("files", [{}, ONE, {"word/document.xml": b"<a/>", "_xmlsignatures/sig1.xml": b"<b/>"}])
def test_another_zip_is_no_container(files: dict[str, bytes]) -> None:
    with pytest.raises(UnreadableDocumentError) as caught:
        read(container(files, None))
    assert caught.value.code == "NOT_ASIC"


def test_a_container_without_signatures_has_none() -> None:
    assert read(container(ONE)).signatures == ()


def test_signatures_and_time_stamps_are_limited() -> None:
    files = dict(ONE)
    for number in (1, 2):
        files[f"META-INF/signatures{number}.xml"] = xml_signatures(ONE)
        files[f"META-INF/timestamp{number}.tst"] = b"0"
    for name in ("signatures", "asic_timestamps"):
        assert len(read(container(files), replace(Limits(), **{name: 2})).signatures) == 4
        with pytest.raises(LimitExceededError):
            read(container(files), replace(Limits(), **{name: 1}))


def test_where_the_media_type_stands_is_said() -> None:
    entries = [Entry(name, data) for name, data in asic_e_xades(ONE).items()]
    (found,) = read(write_zip([*entries, Entry("mimetype", ASIC_E)])).signatures
    assert rules(found) == ["asic.mimetype"]
