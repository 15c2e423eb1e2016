"""Containers raised: what each level adds and where, that nothing else changes, renewal, what is refused."""

from __future__ import annotations

import contextlib
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.unit.formats.asic.builder import AT, FILES, asic_e_cades, container, manifest, token
from tests.unit.formats.asic.writing import (
    E_CADES,
    E_XADES,
    NAME,
    ONE_MORE,
    PKI,
    PLACEMENTS,
    S_CADES,
    TEXT,
    archived,
    embedded,
    entries,
    ids,
    level_lt,
    level_t,
    levels,
    packed,
    read,
    signed,
)
from tests.unit.formats.cms.writing import material
from vnsign import Evidence, Indication, verify
from vnsign.errors import (
    ConfigurationError,
    LimitExceededError,
    SigningError,
    TimestampUnavailableError,
    UnreadableDocumentError,
    VnsignError,
)
from vnsign.formats.asic.augment import (
    add_material,
    archive_targets,
    begin_archive_timestamp,
    begin_signature_timestamp,
)
from vnsign.formats.asic.names import Entries
from vnsign.formats.asic.placement import AsicPlacement, ContainerKind
from vnsign.formats.asic.timestamp import begin_container_timestamp, begin_file_timestamp
from vnsign.formats.asic.zip_write import with_entries
from vnsign.formats.material import Material
from vnsign.model.limits import Limits

ALL = pytest.mark.parametrize("placement", PLACEMENTS.values(), ids=PLACEMENTS)
LAST = "META-INF/ASiCArchiveManifest.xml"


def passes(data: bytes) -> bool:
    """Every signature and time-stamp is TOTAL-PASSED a few days later."""
    report = verify(data, trust=PKI.trust_store(), evidence=Evidence(crls=PKI.crls()), at=AT + timedelta(days=9))
    return all(item.verdict.indication is Indication.TOTAL_PASSED for item in report.signatures)


def at_lta(placement: AsicPlacement) -> tuple[bytes, str]:
    data = signed(placement=placement)
    id_ = ids(data)[0]
    return archived(level_lt(data, id_), id_), id_


@ALL
def test_each_step_is_read_as_its_level_and_passes(placement: AsicPlacement) -> None:
    data = signed(placement=placement)
    id_ = ids(data)[0]
    for step, level in (
        (level_t, "B-T"),
        (lambda data, id_: add_material(data, id_, material()), "B-LT"),
        (archived, "B-LTA"),
    ):
        data = step(data, id_)
        assert levels(data) == [level]
        assert passes(data)


@ALL
def test_nothing_but_the_signature_file_changes_up_to_lt(placement: AsicPlacement) -> None:
    before = signed(placement=placement)
    id_ = ids(before)[0]
    after = level_lt(before, id_)
    kept = [name for name in entries(before) if name != id_.partition("#")[0]]
    assert list(entries(after)) == list(entries(before))
    assert packed(after, kept) == packed(before, kept)


@ALL
def test_material_is_added_once(placement: AsicPlacement) -> None:
    data, id_ = at_lta(placement)
    assert add_material(data, id_, material()) == data
    assert add_material(data, id_, Material()) == data


@ALL
def test_the_signature_beside_stays_as_it_was(placement: AsicPlacement) -> None:
    both = signed(signed(placement=placement), ONE_MORE, "citizen-p256")
    first, second = ids(both)
    before = {item.id: item for item in read(both).signatures}[first]
    data = archived(level_lt(both, second, "citizen-p256"), second)
    after = {item.id: item for item in read(data).signatures}[first]
    assert after.digests == before.digests
    assert after.signed_value == before.signed_value
    assert passes(data)


# --- Archive manifests ---------------------------------------------------------------------------------------------------


def test_an_archive_manifest_lists_every_file_and_its_token_is_over_it() -> None:
    data, id_ = at_lta(E_CADES)
    found = entries(data)
    root: Any = etree.fromstring(found[LAST])
    first, *rest = root
    assert first.get("URI") == "META-INF/timestamp001.tst"
    assert first.get("MimeType") == "application/vnd.etsi.timestamp-token"
    listed = [Entries(found).name(item.get("URI")) for item in rest]
    assert listed == [name for name in found if name not in ("mimetype", LAST, "META-INF/timestamp001.tst")]
    stamp = next(item.document_timestamp for item in read(data).signatures if item.document_timestamp)
    assert stamp.imprint.expected == hashlib.sha256(found[LAST]).digest()
    assert f"signature:{id_}" in stamp.protects


def test_renewal_gives_the_older_manifest_a_number_and_marks_it_as_root() -> None:
    data, id_ = at_lta(E_CADES)
    older = entries(data)
    renewed = archived(data, id_, days=3)
    found = entries(renewed)
    assert found["META-INF/ASiCArchiveManifest1.xml"] == older[LAST]
    assert {name: found[name] for name in older if name != LAST} == {name: older[name] for name in older if name != LAST}
    root: Any = etree.fromstring(found[LAST])
    marked = [item.get("URI") for item in root if item.get("Rootfile") == "true"]
    assert marked == ["META-INF/ASiCArchiveManifest1.xml"]
    assert passes(renewed)
    third = entries(archived(renewed, id_, days=5))
    assert "META-INF/ASiCArchiveManifest2.xml" in third
    assert passes(archived(renewed, id_, days=5))


def test_material_after_the_archive_time_stamp_goes_into_its_token_alone() -> None:
    data, id_ = at_lta(E_CADES)
    new = Material(crls=PKI.crls(AT + timedelta(days=2))[:1])
    after = add_material(data, id_, new)
    changed = [name for name, content in entries(after).items() if content != entries(data)[name]]
    assert changed == ["META-INF/timestamp001.tst"]
    assert passes(after)
    assert add_material(after, id_, new) == after
    stamp = next(item.document_timestamp for item in read(after).signatures if item.document_timestamp)
    assert new.crls[0] in stamp.token.crls
    # After the renewal it is the new token's turn.
    again = add_material(archived(after, id_, days=3), id_, Material(crls=PKI.crls(AT + timedelta(days=4))[:1]))
    assert entries(again)["META-INF/timestamp001.tst"] == entries(after)["META-INF/timestamp001.tst"]
    assert passes(again)


def test_one_archive_time_stamp_serves_every_signature_of_asic_e_with_cades() -> None:
    both = signed(signed(placement=E_CADES), ONE_MORE, "citizen-p256")
    first, second = ids(both)
    data = level_lt(level_lt(both, first), second, "citizen-p256")
    assert archive_targets(data, (first, second)) == (first,)
    assert levels(archived(data, first)) == ["B-LTA", "B-LTA"]


def test_xades_and_asic_s_signatures_have_an_archive_time_stamp_each() -> None:
    for placement in (E_XADES, S_CADES):
        both = signed(signed(placement=placement), ONE_MORE, "citizen-p256")
        assert archive_targets(both, ids(both)) == tuple(ids(both))


def test_a_manifest_that_something_is_over_keeps_its_name() -> None:
    data, id_ = at_lta(E_CADES)
    over = manifest("META-INF/timestamp009.tst", {LAST: entries(data)[LAST]})
    other = {"META-INF/ASiCManifest9.xml": over, "META-INF/timestamp009.tst": token(over)}
    renewed = archived(with_entries(data, other), id_, days=3)
    found = entries(renewed)
    assert found[LAST] == entries(data)[LAST]
    assert "META-INF/timestamp010.tst" in found
    assert passes(renewed)


def test_containers_of_others_are_raised() -> None:
    data = container(asic_e_cades())
    id_ = ids(data)[0]
    raised = archived(level_lt(data, id_), id_)
    assert levels(raised) == ["B-LTA"]
    assert {name: entries(raised)[name] for name in FILES} == FILES


# --- Time-stamps without signatures --------------------------------------------------------------------------------------


@pytest.mark.parametrize("files", [((NAME, TEXT),), ((NAME, TEXT), ("b.pdf", b"%PDF-1.4"))], ids=["one", "several"])
def test_files_are_time_stamped_in_a_container_and_renewed(files: tuple[tuple[str, bytes], ...]) -> None:
    data = embedded(begin_container_timestamp(files))
    facts = read(data)
    assert facts.format == ("asic-s" if len(files) == 1 else "asic-e")
    assert [item.coverage for item in facts.signatures] == ["whole-document"]
    assert {name: entries(data)[name] for name, _ in files} == dict(files)
    assert passes(data)
    id_ = ids(data)[0]
    with_proof = add_material(data, id_, material())
    assert archive_targets(with_proof, [id_]) == (id_,)
    renewed = archived(with_proof, id_, days=2)
    assert len(ids(renewed)) == 2
    assert passes(renewed)


def test_one_file_and_the_kind_are_as_asked() -> None:
    assert begin_file_timestamp(TEXT, name="a.txt").imprint == hashlib.sha256(TEXT).digest()
    kind = ContainerKind.E
    assert read(embedded(begin_container_timestamp([("a.txt", TEXT)], container=kind))).format == "asic-e"
    assert begin_file_timestamp(TEXT, name="a.txt", digest="sha512").imprint == hashlib.sha512(TEXT).digest()


@pytest.mark.parametrize(
    ("files", "options"),
    [
        ([], {}),
        ([("", b"")], {}),
        ([("a", b""), ("A", b"")], {}),
        ([("a", b""), ("b", b"")], {"container": ContainerKind.S}),
        ([("META-INF/timestamp.tst", b"")], {}),
        ([("a", b"")], {"digest": "sha1"}),
    ],
)
def test_files_that_cannot_be_stamped_are_refused(files: list[tuple[str, bytes]], options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        begin_container_timestamp(files, **options)


def test_more_than_containers_hold_is_refused() -> None:
    with pytest.raises(LimitExceededError):
        begin_file_timestamp(bytes(100), name="a", limits=Limits(asic_bytes=99))


# --- Refusals ------------------------------------------------------------------------------------------------------------


@ALL
@pytest.mark.parametrize("id_", ["", "signer-1", "META-INF/signature001.p7s", "META-INF/nothing.p7s#signer-1", f"{NAME}#x"])
def test_unknown_signatures_are_refused(placement: AsicPlacement, id_: str) -> None:
    data = signed(placement=placement)
    with pytest.raises(SigningError) as caught:
        begin_signature_timestamp(data, id_)
    assert caught.value.code == "NO_SUCH_SIGNATURE"
    with pytest.raises(VnsignError):
        add_material(data, f"{ids(data)[0]}0", Material())


@ALL
def test_a_token_that_is_none_is_refused(placement: AsicPlacement) -> None:
    data = signed(placement=placement)
    with pytest.raises(TimestampUnavailableError):
        begin_signature_timestamp(data, ids(data)[0]).embed(b"no token")


@ALL
def test_weak_digests_are_refused(placement: AsicPlacement) -> None:
    data = signed(placement=placement)
    for begin in (begin_signature_timestamp, begin_archive_timestamp):
        with pytest.raises(ConfigurationError):
            begin(data, ids(data)[0], digest="sha1")


def test_a_time_stamp_has_no_signature_time_stamp() -> None:
    data = embedded(begin_file_timestamp(TEXT, name="a.txt"))
    with pytest.raises(SigningError):
        begin_signature_timestamp(data, ids(data)[0])


def test_what_an_archive_manifest_is_over_is_not_changed() -> None:
    data, id_ = at_lta(E_CADES)
    with pytest.raises(SigningError) as caught:
        begin_signature_timestamp(data, id_)
    assert caught.value.code == "ARCHIVE_TIMESTAMP_WOULD_BREAK"


def test_a_xades_file_that_a_token_is_over_is_not_changed() -> None:
    data, id_ = at_lta(E_XADES)
    entry = id_.partition("#")[0]
    over = manifest("META-INF/timestamp001.tst", {entry: entries(data)[entry]})
    data = with_entries(data, {"META-INF/ASiCArchiveManifest.xml": over, "META-INF/timestamp001.tst": token(over)})
    for attempt in (
        lambda: begin_archive_timestamp(data, id_),
        lambda: add_material(data, id_, Material(crls=PKI.crls(AT + timedelta(days=2))[:1])),
    ):
        with pytest.raises(SigningError) as caught:
            attempt()
        assert caught.value.code == "ARCHIVE_TIMESTAMP_WOULD_BREAK"


def test_limits_on_time_stamps_and_tokens_hold() -> None:
    data, id_ = at_lta(E_CADES)
    with pytest.raises(LimitExceededError):
        begin_archive_timestamp(data, id_, limits=Limits(asic_timestamps=1))
    with pytest.raises(LimitExceededError):
        large = Limits(timestamp_bytes=len(entries(data)["META-INF/timestamp001.tst"]) + 100)
        add_material(data, id_, Material(crls=PKI.crls(AT + timedelta(days=2))[:1]), limits=large)


@given(place=st.integers(0, 10**6), value=st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_hostile_containers_give_our_errors_alone(place: int, value: int) -> None:
    data, id_ = LTA
    at = place % len(data)
    hostile = data[:at] + bytes([data[at] ^ value]) + data[at + 1 :]
    for attempt in (
        lambda: begin_signature_timestamp(hostile, id_),
        lambda: begin_archive_timestamp(hostile, id_),
        lambda: add_material(hostile, id_, Material(crls=PKI.crls(AT + timedelta(days=2))[:1])),
    ):
        with contextlib.suppress(VnsignError):
            attempt()


LTA = at_lta(E_CADES)


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_broken_signature_files_give_our_errors_alone(content: bytes) -> None:
    data, id_ = LTA
    for name in ("META-INF/signature001.p7s", "META-INF/timestamp001.tst", "META-INF/ASiCManifest001.xml", LAST):
        hostile = with_entries(data, {name: content})
        for begin in (begin_signature_timestamp, begin_archive_timestamp):
            with contextlib.suppress(VnsignError):
                begin(hostile, id_)
        with contextlib.suppress(VnsignError):
            add_material(hostile, id_, Material(crls=PKI.crls(AT + timedelta(days=2))[:1]))


def test_no_container_is_an_unreadable_document() -> None:
    for data in (b"", b"PK\3\4", TEXT):
        with pytest.raises(UnreadableDocumentError):
            begin_signature_timestamp(data, "META-INF/signature001.p7s#signer-1")
