"""``vnsign trust add-list`` and what follows for ``trust list``, ``trust check`` and ``verify``."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.lists.kit import AT, CA_QC, PKI, SIGNER, Entry, granted, sample, service, signed, unsigned
from vnsign.cli.main import cli
from vnsign.testing.documents import declaration_xml

Run = Callable[..., Result]
STRANGER = PKI.certificate("stranger-root")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "trust"
    monkeypatch.setenv("VNSIGN_TRUST", str(place))
    return place


@pytest.fixture
def run(folder: Path) -> Run:
    def call(*arguments: object, code: int | None = 0) -> Result:
        result = CliRunner().invoke(cli, [*map(str, arguments)])
        assert code is None or result.exit_code == code, (result.exit_code, result.output, result.exception)
        assert "Traceback" not in result.output
        return result

    return call


@pytest.fixture
def signer(tmp_path: Path) -> Path:
    path = tmp_path / "signer.crt"
    path.write_bytes(PKI.certificate(SIGNER).der)
    return path


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "list.xml"
        path.write_bytes(data)
        return path

    return write


def test_a_list_is_added_shown_with_its_day_and_checked(run, signer, written):
    file = written(sample())
    run("trust", "add-list", file, "--signer", signer, "--reason", "official journal")
    shown = json.loads(run("trust", "list", "--format", "json").stdout)
    (facts,) = shown["lists"]
    assert (facts["standing"], facts["territory"], facts["sequence_number"]) == ("used", "XX", 7)
    assert facts["issued"].startswith("2026-10-01")
    anchor = next(item for item in shown["certificates"] if item["sha256"] == STRANGER.sha256)
    assert (anchor["family"], anchor["purposes"], anchor["list"]) == ("foreign", ["signature"], facts["sha256"])
    assert anchor["spans"] == []
    text = run("trust", "list", "--lang", "en").stdout
    assert "Trusted list XX 7: Operator" in text
    assert "trusted list XX no. 7 of 2026-10-01" in text
    assert "Next update by: 01/04/2027" in text
    assert "SOUND" in run("trust", "check", "--lang", "en").stdout


def test_a_list_of_a_stranger_is_refused_with_a_hint(run, signer, written, folder):
    result = run("trust", "add-list", written(sample("stranger")), "--signer", signer, "--reason", "x", code=2)
    assert "LIST_SIGNER" in result.stderr
    assert PKI.certificate("stranger").sha256 in result.stderr
    assert not (folder / "lists.toml").exists()


@pytest.mark.parametrize("data", [b"", b"<a/>", b"<!DOCTYPE a><a/>", b"\x00" * 50])
def test_what_is_no_list_is_refused_without_a_traceback(run, signer, written, data):
    run("trust", "add-list", written(data), "--signer", signer, "--reason", "x", code=2)


def test_a_list_whose_use_ended_is_shown_as_such(run, signer, written):
    run("trust", "add-list", written(sample()), "--signer", signer, "--reason", "x")
    sha256 = json.loads(run("trust", "list", "--format", "json").stdout)["lists"][0]["sha256"]
    run("trust", "remove-list", sha256[:10], "--reason", "no longer recognised")
    shown = json.loads(run("trust", "list", "--format", "json").stdout)
    assert [item["standing"] for item in shown["lists"]] == ["withdrawn"]
    assert shown["certificates"] == []


def _verdict(run: Run, folder: Path, file: Path, at: str) -> dict:
    result = run("verify", file, "--trust", folder, "--at", at, "--format", "json", "--policy", "etsi-baseline", code=None)
    report = json.loads(result.stdout)
    documents = report.get("documents", [report])
    return documents[0]["signatures"][0]


@pytest.fixture
def document(tmp_path: Path) -> Path:
    file = tmp_path / "document.xml"
    file.write_bytes(signed(declaration_xml(), "stranger"))
    return file


def test_a_signature_under_a_listed_ca_is_of_the_recognised_foreign_class(run, signer, written, folder, document):
    run("trust", "add-list", written(sample()), "--signer", signer, "--reason", "x")
    found = _verdict(run, folder, document, AT.isoformat())
    assert found["signature_class"] == "foreign"
    assert found["sub_indication"] != "NO_CERTIFICATE_CHAIN_FOUND"


def test_a_signature_under_a_ca_that_was_withdrawn_before_finds_no_anchor(run, signer, written, folder, document):
    data = signed(
        unsigned(
            service(
                Entry("withdrawn", "2026-10-15T00:00:00Z", CA_QC, (STRANGER,)),
                Entry("granted", "2024-06-01T00:00:00Z"),
            ),
            granted(PKI.certificate("public-tsa")),
        )
    )
    run("trust", "add-list", written(data), "--signer", signer, "--reason", "x")
    found = _verdict(run, folder, document, AT.isoformat())
    assert (found["indication"], found["sub_indication"]) == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND")
    assert found["signature_class"] != "foreign"


def test_an_expired_list_is_told_and_gives_no_anchor(run, signer, written, folder, document):
    run("trust", "add-list", written(sample()), "--signer", signer, "--reason", "x")
    result = run("verify", document, "--trust", folder, "--at", "2027-05-01", code=2)
    assert "LIST_EXPIRED" in result.stderr


def test_certificates_of_a_json_list_become_intermediates_where_they_verify_and_nothing_more(run, folder, tmp_path):
    root = tmp_path / "root.crt"
    root.write_bytes(PKI.certificate("public-root").der)
    run("trust", "add", root, "--family", "own", "--reason", "test")
    names = ("public-ca", "government-root", "government-ca")
    entries = [base64.b64encode(PKI.certificate(name).der).decode() for name in names]
    ctl = tmp_path / "gca.ctl"
    ctl.write_text(json.dumps({"Version": 1, "Cerificates": entries}), "utf-8")
    result = run("trust", "add-list", ctl, code=1)
    assert "UNPINNED_ANCHOR" in result.stderr
    shown = json.loads(run("trust", "list", "--all", "--format", "json").stdout)["certificates"]
    families = {item["sha256"]: item["family"] for item in shown}
    assert families == {PKI.certificate("public-root").sha256: "own", PKI.certificate("public-ca").sha256: None}
