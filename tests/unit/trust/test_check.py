"""Checking a trust folder."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from vnsign.errors import TrustStoreError
from vnsign.trust.changes import Grant
from vnsign.trust.check import Matter, check
from vnsign.trust.store import TrustFamily

AT = datetime(2026, 11, 24, tzinfo=UTC)


def matters(folder) -> dict[Matter, str]:
    return {remark.matter: remark.source for remark in check(folder, AT).remarks}


def test_a_sound_folder_passes_and_absent_pins_are_only_told(editor, pki, pinned):
    editor.add([("r", pki.certificate("public-root").der), ("ca", pki.certificate("public-ca").der)])
    found = check(editor.folder, AT)
    assert (found.sound, found.certificates, found.anchors) == (True, 2, 1)
    assert [(remark.matter, remark.source) for remark in found.remarks] == [(Matter.MISSING_PIN, "government-root")]


def test_all_that_is_amiss_is_told_at_once(editor, pki, pinned):
    editor.add([("r", pki.certificate("public-root").der), ("ca", pki.certificate("public-ca").der)])
    folder = editor.folder
    stored = folder / "certificates" / f"{pki.certificate('public-ca').sha256}.crt"
    stored.write_bytes(pki.certificate("government-ca").der)
    (folder / "unpinned.crt").write_bytes(pki.certificate("stranger-root").der)
    (folder / "broken.crt").write_bytes(b"0\x82\x01\x00")
    (folder / "old.crt").write_bytes(pki.certificate("citizen-expired").der)
    found = matters(folder)
    assert found[Matter.ALTERED] == str(stored)
    assert found[Matter.UNVERIFIED]
    assert found[Matter.UNPINNED] == str(folder / "unpinned.crt")
    assert found[Matter.UNREADABLE] == str(folder / "broken.crt")
    assert found[Matter.EXPIRED] == str(folder / "old.crt")
    assert not check(folder, AT).sound


def test_an_anchor_on_record_whose_file_is_gone_is_told(editor, pki, pinned):
    editor.add([("s", pki.certificate("stranger-root").der)], Grant(TrustFamily.OWN, "why"))
    next((editor.folder / "certificates").iterdir()).unlink()
    assert {Matter.LOST, Matter.NO_ANCHOR} <= matters(editor.folder).keys()


def test_a_withdrawn_anchor_is_told_and_does_not_fail_the_check(editor, pki, pinned):
    editor.add([("r", pki.certificate("public-root").der)])
    editor.withdraw(pki.certificate("public-root").sha256, "why")
    assert Matter.WITHDRAWN in matters(editor.folder)
    assert check(editor.folder, AT).sound


def test_a_damaged_anchors_file_fails_the_check_without_an_exception(editor, pki, pinned):
    editor.add([("r", pki.certificate("public-root").der)])
    (editor.folder / "anchors.toml").write_text("x = ")
    assert matters(editor.folder)[Matter.UNREADABLE].endswith("anchors.toml")


def test_no_folder_is_an_error(tmp_path):
    with pytest.raises(TrustStoreError, match="no such folder"):
        check(tmp_path / "absent", AT)


@pytest.mark.corpus
def test_the_real_set_is_sound(shared_data):
    found = check(shared_data / "trust", AT)
    assert (found.sound, found.certificates, found.anchors) == (True, 79, 10)
    assert {remark.matter for remark in found.remarks} == {Matter.EXPIRED}
