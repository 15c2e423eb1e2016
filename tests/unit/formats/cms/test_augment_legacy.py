"""Files with archive time-stamps of the versions before, and with evidence records: what may be added, and where it goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.formats.cms.builder import EVIDENCE_RECORD, one, read, tsa, with_unsigned
from tests.unit.formats.cms.test_archive import long_term, version_2
from tests.unit.formats.cms.writing import PKI, embedded, level_lt, material, signed
from tests.unit.pki.cms_factory import CONTENT as OLD_CONTENT
from tests.unit.pki.cms_factory import attribute, indefinite
from vnsign.crypto.ber import OCTET_STRING, wrap
from vnsign.errors import LimitExceededError, SigningError, UnreadableDocumentError, VnsignError
from vnsign.formats.cms.augment import add_material, begin_archive_timestamp, begin_signature_timestamp
from vnsign.formats.cms.placement import CmsPlacement
from vnsign.formats.material import Material
from vnsign.model.facts import DocumentFacts, SignatureKind
from vnsign.model.limits import Limits
from vnsign.pki.cms_structure import read_structure

LATER = Material(crls=PKI.crls()[2:3])
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("form", [lambda data: data, indefinite], ids=["der", "ber"])
def test_material_goes_into_the_last_archive_time_stamp(form: Callable[[bytes], bytes]) -> None:
    data = form(version_2(long_term()))
    assert one(data).timestamps[-1].imprint.matches
    made = add_material(data, "signer-1", LATER)
    old, new = read_structure(data), read_structure(made)
    assert (old.certificates_field, new.certificates_field) != (None, None)
    assert [item.encoding for item in old.certificates] == [item.encoding for item in new.certificates]
    assert old.crls == new.crls == ()
    facts = one(made)
    assert facts.timestamps[-1].imprint.matches
    assert facts.timestamps[-1].token.crls == LATER.crls
    assert add_material(made, "signer-1", LATER) is made


def test_an_old_archive_time_stamp_is_renewed_by_one_of_version_3() -> None:
    data = version_2(long_term())
    for number in (1, 2):
        pending = begin_archive_timestamp(data, "signer-1", content=OLD_CONTENT)
        data = pending.embed(tsa(NOW.replace(month=6 + number)).token(pending.digest, pending.imprint))
        data = add_material(data, "signer-1", Material(crls=PKI.crls()[1 + number : 2 + number]))
        assert all(item.imprint.matches for item in one(data).timestamps)
    assert len(one(data).timestamps) == 4
    assert one(data).timestamps[-1].token.crls == PKI.crls()[3:4]


def test_another_time_stamp_on_the_signature_is_refused() -> None:
    with pytest.raises(SigningError) as caught:
        begin_signature_timestamp(version_2(long_term()), "signer-1")
    assert caught.value.code == "ARCHIVE_TIMESTAMP_WOULD_BREAK"


def test_material_for_a_signature_without_an_archive_time_stamp_has_no_place_beside_an_old_one() -> None:
    data = signed(signed(), "agency", CmsPlacement(parallel=True))
    data = with_unsigned(data, attribute("1.2.840.113549.1.9.16.2.48", tsa().token("sha256", bytes(32))))
    with pytest.raises(SigningError) as caught:
        add_material(data, "signer-2", material())
    assert caught.value.code == "ARCHIVE_TIMESTAMP_WOULD_BREAK"


def test_a_token_does_not_grow_over_its_limit() -> None:
    with pytest.raises(LimitExceededError):
        add_material(version_2(long_term()), "signer-1", LATER, limits=Limits(timestamp_bytes=3500))


def test_a_token_that_is_wrapped_stays_wrapped() -> None:
    token = tsa().token("sha256", bytes(32))
    data = with_unsigned(signed(), attribute("1.2.840.113549.1.9.16.2.48", wrap(OCTET_STRING, token)))
    assert one(add_material(data, "signer-1", LATER)).timestamps[-1].token.crls == LATER.crls


def test_an_old_archive_time_stamp_that_is_none_is_an_unreadable_file() -> None:
    data = with_unsigned(signed(), attribute("1.2.840.113549.1.9.16.2.48", b"\x30\x00"))
    with pytest.raises(UnreadableDocumentError):
        add_material(data, "signer-1", LATER)


def test_nothing_is_added_to_a_file_that_an_evidence_record_is_over() -> None:
    data = with_unsigned(level_lt(signed()), attribute(EVIDENCE_RECORD, b"\x30\x00"))
    for step in (
        begin_signature_timestamp,
        begin_archive_timestamp,
        lambda document, name: add_material(document, name, LATER),
    ):
        with pytest.raises(SigningError) as caught:
            step(data, "signer-1")
        assert caught.value.code == "ARCHIVE_TIMESTAMP_WOULD_BREAK"
    assert add_material(data, "signer-1", material()) is data


# --- Files of others -----------------------------------------------------------------------------------------------------


def _state(facts: DocumentFacts) -> dict[str, list[tuple[object, ...]]]:
    """What must not change: digests, values, and whether each time-stamp fits."""
    return {
        item.id: [
            (tuple(item.digests), item.signed_value, tuple(problem.rule for problem in item.problems)),
            *((stamp.id, stamp.imprint) for stamp in item.timestamps),
        ]
        for item in facts.signatures
    }


def _corpus(folder: Path) -> list[tuple[str, bytes, dict[str, bytes]]]:
    corpus = folder / "corpora"
    rows = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    found = []
    for row in rows:
        if row["kind"] == "cms" and row["class"] == "signature":
            beside = {Path(name).name: (corpus / name).read_bytes() for name in (row.get("companions") or ())[:1]}
            found.append((row["path"], (corpus / row["path"]).read_bytes(), beside))
    return found


@pytest.mark.corpus
def test_files_of_other_programs_are_raised_and_nothing_in_them_changes(shared_data: Path) -> None:
    raised = refused = 0
    for name, data, beside in _corpus(shared_data):
        try:
            before = read(data, beside)
        except UnreadableDocumentError:
            continue
        for item in before.signatures:
            if item.kind is not SignatureKind.SIGNATURE:
                continue
            steps, made = _raised(data, item.id, beside)
            refused += 3 - steps
            raised += steps
            after = _state(read(made, beside))
            for key, lines in _state(before).items():
                assert [line for line in lines if line not in after[key]] == [], (name, key)
    assert raised > 100
    assert refused < 50


def _raised(data: bytes, name: str, beside: dict[str, bytes]) -> tuple[int, bytes]:
    content = next(iter(beside.values()), None)
    steps = 0
    for step in (
        lambda document: _stamp(begin_signature_timestamp(document, name)),
        lambda document: add_material(document, name, material()),
        lambda document: _stamp(begin_archive_timestamp(document, name, content=content)),
    ):
        try:
            data = step(data)
        except VnsignError as error:
            assert error.code in ("ARCHIVE_TIMESTAMP_WOULD_BREAK", "CONTENT_NEEDED", "CONTENT_DIFFERS"), error.code
        else:
            steps += 1
    return steps, data


def _stamp(pending: object) -> bytes:
    return embedded(pending, NOW)  # type: ignore[arg-type]  # any pending time-stamp
