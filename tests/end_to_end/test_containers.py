"""CMS files and containers through the public door and the command line: verdicts, exit codes, what the report says."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.end_to_end.cades_levels import asic, cades
from tests.end_to_end.conftest import NOW, SIGNED_AT
from tests.unit.formats.asic.builder import (
    ASIC_S,
    FILES,
    asic_e_cades,
    asic_e_xades,
    cms,
    container,
    manifest,
    read,
    token,
    xml_signatures,
)
from tests.unit.formats.cms.builder import COUNTER_SIGNATURE, counter_signature, value_of, with_unsigned
from tests.unit.pki.cms_factory import CONTENT, Cms, attribute
from vnsign import Evidence, verify
from vnsign.errors import UnreadableDocumentError
from vnsign.model.report import DocumentReport
from vnsign.model.verdict import Indication, SubIndication
from vnsign.report.json import dumps, loads
from vnsign.report.text import render
from vnsign.testing.folders import write_evidence, write_trust
from vnsign.testing.pki import TestPki

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


def judged(data: bytes, external: dict[str, bytes] | None = None) -> DocumentReport:
    pki = TestPki.load()
    return verify(data, trust=pki.trust_store(), evidence=Evidence(crls=pki.crls()), at=NOW, external=external)


@pytest.mark.parametrize("make", [asic_e_cades, asic_e_xades])
def test_a_sound_container_passes(make) -> None:
    report = judged(container(make()))
    assert report.indication is PASSED, report.signatures[0].findings
    assert report.format == "asic-e"


def test_attached_and_detached_cms_pass_and_several_signers_are_judged_each() -> None:
    assert judged(Cms(signers=2).build()).indication is PASSED
    assert judged(Cms(detached=True).build(), {"data": CONTENT}).indication is PASSED


@pytest.mark.parametrize(
    ("external", "indication", "sub"),
    [({}, OPEN, SubIndication.SIGNED_DATA_NOT_FOUND), ({"data": b"other"}, FAILED, SubIndication.HASH_FAILURE)],
)
def test_detached_data_that_lack_or_differ(external, indication, sub) -> None:
    found = judged(Cms(detached=True).build(), external).signatures[0]
    assert (found.indication, found.sub_indication) == (indication, sub)


def test_a_counter_signature_has_a_verdict_of_its_own() -> None:
    data = Cms(certificates=TestPki.load().certificates("citizen", "agency")).build()
    good = with_unsigned(data, attribute(COUNTER_SIGNATURE, counter_signature(value_of(data))))
    bad = with_unsigned(data, attribute(COUNTER_SIGNATURE, counter_signature(b"another")))
    assert [item.indication for item in judged(good).signatures] == [PASSED, PASSED]
    assert [item.indication for item in judged(bad).signatures] == [PASSED, FAILED]


def test_changed_and_missing_files_of_a_container() -> None:
    changed = judged(container({**asic_e_cades(), "to-khai.txt": b"other"})).signatures[0]
    assert changed.sub_indication is SubIndication.HASH_FAILURE
    files = asic_e_cades()
    del files["to-khai.txt"]
    missing = judged(container(files)).signatures[0]
    assert (missing.indication, missing.sub_indication) == (OPEN, SubIndication.SIGNED_DATA_NOT_FOUND)


def test_a_file_that_nobody_signed_is_a_warning_that_names_it() -> None:
    report = judged(container({**asic_e_cades(), "thêm.txt": b"slipped in"}))
    assert report.indication is PASSED
    assert "thêm.txt" in render([report], language="vi", trust="")
    assert "NO signature covers: thêm.txt" in render([report], language="en", trust="")


def test_a_time_stamped_container_shows_its_time() -> None:
    content = FILES["to-khai.txt"]
    data = container({"to-khai.txt": content, "META-INF/timestamp.tst": token(content, SIGNED_AT)}, ASIC_S)
    report = judged(data)
    assert report.indication is PASSED, report.signatures[0].findings
    assert report.signatures[0].best_signature_time == SIGNED_AT


def test_an_evidence_record_keeps_the_container_undetermined_and_is_named() -> None:
    report = judged(container({**asic_e_cades(), "META-INF/evidencerecord.ers": b"0"}))
    assert [item.indication for item in report.signatures] == [PASSED, OPEN]
    assert "Evidence record (not judged)" in render([report], language="en", trust="")


def test_reports_come_back_from_json() -> None:
    report = judged(container({**asic_e_xades(), "META-INF/evidencerecord.ers": b"0"}))
    assert loads(dumps([report])) == (report,)


def test_another_zip_is_unreadable() -> None:
    with pytest.raises(UnreadableDocumentError) as caught:
        judged(container({"a.txt": b"x"}, None))
    assert caught.value.code == "NOT_ASIC"


def test_a_signature_of_another_container_does_not_serve_here() -> None:
    """Signature and manifest moved to other files: wrapping by exchange of the container."""
    files = asic_e_cades()
    moved = {"other.txt": b"other", **{name: data for name, data in files.items() if name.startswith("META-INF")}}
    assert judged(container(moved)).indication is not PASSED


def test_a_second_manifest_does_not_steal_the_signature() -> None:
    """An attacker adds a manifest over his own files that names the signature: which was signed is open, so it fails."""
    own = {"mine.txt": b"mine"}
    forged = manifest("META-INF/signature001.p7s", own)
    report = judged(container({**asic_e_cades(), **own, "META-INF/ASiCManifest000.xml": forged}))
    assert report.indication is FAILED


def test_signatures_in_different_files_are_judged_each() -> None:
    files = {**FILES, "META-INF/signatures1.xml": xml_signatures(FILES), "META-INF/signatures2.xml": b"<broken"}
    assert [item.indication for item in judged(container(files)).signatures] == [PASSED, FAILED]


@pytest.mark.parametrize("make", [cades, asic])
def test_the_levels_are_read(make) -> None:
    crls = TestPki.load().crls(SIGNED_AT - timedelta(days=1))
    for archive, level in ((False, "B-LT"), (True, "B-LTA")):
        report = judged(make("citizen", archive=archive, crls=crls, at=SIGNED_AT))
        assert report.signatures[0].level == level
        assert report.indication is PASSED, report.signatures[0].findings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trust, evidence and documents in a folder."""
    path = tmp_path_factory.mktemp("containers")
    write_trust(TestPki.load(), path / "trust")
    write_evidence(TestPki.load(), path / "evidence", at=NOW)
    content = FILES["to-khai.txt"]
    (path / "to-khai.txt").write_bytes(content)
    (path / "to-khai.txt.p7s").write_bytes(cms(content))
    (path / "ho-so.asice").write_bytes(container(asic_e_xades()))
    return path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [
        sys.executable,
        "-c",
        "import sys; from vnsign.cli.main import main; sys.exit(main())",
        "verify",
        *arguments,
        "--trust",
        "trust",
        "--evidence",
        "evidence",
    ]
    done = subprocess.run([*command, "--at", NOW.isoformat()], cwd=folder, capture_output=True, check=False, timeout=120)
    return done.returncode, done.stdout.decode()


def test_the_command_verifies_a_container_and_a_detached_signature(folder: Path) -> None:
    code, text = run(folder, "ho-so.asice")
    assert (code, "HỢP LỆ" in text) == (0, True), text
    code, text = run(folder, "to-khai.txt.p7s", "--detached", "data=to-khai.txt", "--format", "json")
    assert code == 0, text
    assert json.loads(text)["documents"][0]["format"] == "cms"
    code, _ = run(folder, "to-khai.txt.p7s")
    assert code == 3


def test_containers_are_read_as_listed(folder: Path) -> None:
    facts = read((folder / "ho-so.asice").read_bytes())
    assert dict(facts.details)["data"] == ", ".join(FILES)


def test_where_a_signer_stands_is_said_in_vietnamese() -> None:
    text = render([judged(Cms(signers=2).build())], language="vi", trust="")
    assert "người ký thứ 2 trong 2" in text
    assert "nội dung trong tệp chữ ký" in text
    assert "signer 2" not in text
