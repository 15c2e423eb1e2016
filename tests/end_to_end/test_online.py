"""Evidence from the network: what is fetched, what every misbehaviour of a service leads to, and that it can be replayed."""

from __future__ import annotations

import contextlib
import json
import pickle
import socket
import time
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from tests.end_to_end.conftest import SIGNED_AT, signed
from tests.unit.pki.builders import Template, issue, root
from vnsign import Evidence, SignatureLevel, TrustStore, Verifier, sign
from vnsign.cli import main
from vnsign.evidence.bundle import Attempt, dumps, loads
from vnsign.evidence.cache import Cache
from vnsign.evidence.replay import Recording, Replayed
from vnsign.evidence.sources import Question
from vnsign.model.facts import DocumentFacts, SignatureFacts, SignatureFormat, SignatureKind
from vnsign.model.limits import Limits
from vnsign.model.report import DocumentReport, SignatureReport
from vnsign.model.verdict import Indication, SubIndication
from vnsign.net.online import Online
from vnsign.net.renames import Rename
from vnsign.report.catalogue import sentence
from vnsign.report.json import dumps as report_json
from vnsign.signing.signer import KeySigner
from vnsign.testing import faults
from vnsign.testing.documents import application_pdf
from vnsign.testing.folders import write_trust
from vnsign.testing.pki import TestPki
from vnsign.testing.servers import HOST, Reply, Services, resolved, serve
from vnsign.validation import policies

PKI = TestPki.load()
TRUST = TrustStore(PKI.anchors())
NOW = SIGNED_AT + timedelta(days=30)
OCSP, CRL, ROOT_CRL, AIA = (
    f"/vnsign/{rest}"
    for rest in ("ocsp/public-ca", "crls/public-ca/latest.crl", "crls/public-root/latest.crl", "certs/public-ca/ca.crt")
)
QUICK = {"attempt_seconds": 0.5, "seconds": 5.0}


@contextlib.contextmanager
def services(broken: Mapping[str, Reply] | None = None) -> Iterator[Services]:
    with serve(PKI, clock=lambda: NOW - timedelta(hours=1), faults=broken) as running, resolved(running):
        yield running


def verifier(**bounds) -> Verifier:
    return Verifier(TRUST, source=Online(allow=(HOST,), **bounds))


def judged(document: bytes, **bounds) -> tuple[SignatureReport, tuple[Attempt, ...]]:
    """The signature's report, and the attempts made."""
    seen: list[Evidence] = []

    class Spy:
        def gather(self, question):
            seen.append(Online(allow=(HOST,), **bounds).gather(question))
            return seen[-1]

    report = Verifier(TRUST, source=Spy()).verify(document, at=NOW)
    return report.signatures[0], seen[0].attempts


@pytest.fixture(scope="module")
def document() -> bytes:
    return signed("pdf")


@pytest.fixture(scope="module")
def leaf_only() -> bytes:
    """Signed as the common tools do: only the signing certificate is embedded."""
    item = PKI.credential("citizen")
    return sign(application_pdf(), KeySigner(item.certificate, (), item.private_key), at=SIGNED_AT).data


# --- what is fetched --------------------------------------------------------------------------------------------------


def test_ocsp_is_asked_where_it_is_named_and_the_crl_where_it_is_not(document):
    with services() as running:
        found, attempts = judged(document)
    assert found.indication is Indication.TOTAL_PASSED
    assert running.requests == [("POST", OCSP), ("GET", ROOT_CRL)]
    assert [(item.wanted, item.outcome) for item in attempts] == [("ocsp", "had"), ("crl", "had")]


@pytest.mark.parametrize("form", ["pdf", "xades"])
def test_signer_authority_and_their_cas_are_looked_up_once_each(form):
    with services() as running:
        found, _ = judged(signed(form, level=SignatureLevel.T))
    assert found.indication is Indication.TOTAL_PASSED
    assert sorted(running.requests) == [("GET", ROOT_CRL), ("POST", OCSP), ("POST", OCSP)]


@pytest.mark.parametrize("form", ["der", "pem", "p7b", "p7b-pem"])
def test_a_missing_issuer_is_fetched_in_every_form(leaf_only, form):
    names = ("public-ca",) if form == "der" else ("public-root", "government-ca", "public-ca")
    with services({AIA: faults.certificates(PKI, names, form=form)}) as running:
        found, attempts = judged(leaf_only)
    assert found.indication is Indication.TOTAL_PASSED
    assert running.requests[0] == ("GET", AIA)
    assert attempts[0] == Attempt(PKI.certificate("citizen").sha256, "certificate", f"http://{HOST}{AIA}", "had")


def test_a_complete_chain_and_known_status_fetch_nothing(document):
    with services() as running:
        report = Verifier(TRUST, evidence=PKI.evidence(), source=Online(allow=(HOST,))).verify(document, at=NOW)
    assert report.indication is Indication.TOTAL_PASSED
    assert running.requests == []


def test_a_revoked_certificate_is_found_out():
    with services() as running:
        found, _ = judged(signed("pdf", "citizen-revoked", at=datetime(2025, 5, 1, tzinfo=UTC)))
    assert found.sub_indication is SubIndication.REVOKED_NO_POE
    assert ("POST", OCSP) in running.requests


def test_a_pem_crl_is_read_where_ocsp_does_not_answer(document):
    at = NOW - timedelta(hours=1)
    with services({OCSP: faults.ocsp_error("try_later"), CRL: faults.crl_answer(PKI, "public-ca", at=at, pem=True)}):
        found, attempts = judged(document)
    assert found.indication is Indication.TOTAL_PASSED
    assert [item.outcome for item in attempts] == ["failed", "had", "had"]


def test_redirects_are_followed_for_lists(document):
    with services({OCSP: faults.ocsp_error(), CRL: faults.redirect("/vnsign/crls/public-ca/latest.crl?moved")}) as running:
        # The path of the target is the same fault again: a loop, which ends.
        found, attempts = judged(document)
    assert found.sub_indication is SubIndication.TRY_LATER
    assert attempts[1].code == "NETWORK_REDIRECT"
    assert len(running.requests) < 12
    with services({OCSP: faults.ocsp_error(), CRL: faults.redirect("/elsewhere"), "/elsewhere": _good_crl()}):
        found, attempts = judged(document)
    assert found.indication is Indication.TOTAL_PASSED


def _good_crl() -> Reply:
    return faults.crl_answer(PKI, "public-ca", at=NOW - timedelta(hours=1))


def test_a_host_that_moved_is_asked_second(document):
    with serve(PKI, clock=lambda: NOW - timedelta(hours=1)) as running:  # the old name does not resolve here
        port = running.base.rsplit(":", 1)[1]
        moved = {HOST: Rename(f"127.0.0.1:{port}")}
        source = Online(allow=("127.0.0.1",), renames=moved)
        report = Verifier(TRUST, source=source).verify(document, at=NOW)
    assert report.indication is Indication.TOTAL_PASSED
    assert running.requests == [("POST", OCSP), ("GET", ROOT_CRL)]


def test_a_nonce_must_not_come_back_changed(document):
    wrong = faults.ocsp_answer(PKI, "citizen", at=NOW - timedelta(hours=1), nonce=b"0" * 32)
    with services() as running:
        assert judged(document, nonce=True)[0].indication is Indication.TOTAL_PASSED
    assert running.requests[0] == ("POST", OCSP)
    with services({OCSP: wrong, CRL: Reply(b"", status=404)}):
        found, attempts = judged(document, nonce=True)
    assert found.sub_indication is SubIndication.TRY_LATER
    assert attempts[0].cause == "the OCSP answer is to another request"


# --- services that misbehave ------------------------------------------------------------------------------------------

LATE = NOW - timedelta(hours=1)
OCSP_FAULTS = {
    "unauthorised": (faults.ocsp_error("unauthorized"), "the responder answered unauthorized"),
    "internal error": (faults.ocsp_error("internal_error"), "the responder answered internal_error"),
    "another certificate": (faults.ocsp_answer(PKI, "staff", at=LATE), "about another certificate"),
    "unauthorised responder": (faults.ocsp_answer(PKI, "citizen", at=LATE, responder="stranger"), "not authorised"),
    "unknown": (faults.ocsp_answer(PKI, "citizen", at=LATE, unknown=True), "does not know"),
    "expired": (
        faults.ocsp_answer(PKI, "citizen", at=NOW - timedelta(days=20), valid_for=timedelta(days=1)),
        "newer data were due",
    ),
    "no answer at all": (Reply(b"<html>", "text/html"), "no OCSP answer"),
    "empty": (Reply(b""), "no OCSP answer"),
    "not found": (Reply(b"no", status=404), "404"),
    "server error": (Reply(b"no", status=503), "503"),
    "redirected": (faults.redirect("/elsewhere"), "not redirected"),
    "silent": (faults.silent(), "no answer within 0.5 s"),
    "slow": (faults.slow(Reply(b"0" * 64)), "no answer within 0.5 s"),
    "huge": (faults.huge("application/ocsp-response"), "more than 65536 bytes"),
}


@pytest.mark.parametrize("fault", list(OCSP_FAULTS))
def test_what_a_bad_responder_leads_to(document, fault):
    """Never an exception, never a pass; address and cause in the finding; soon; in little memory; and the CRL helps."""
    reply, cause = OCSP_FAULTS[fault]
    with services({OCSP: reply, CRL: Reply(b"", status=404)}):
        found, spent, memory = _measured(document)
    assert (found.indication, found.sub_indication) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)
    finding = next(item for item in found.findings if item.rule == "chain.revocation-known")
    for language in ("vi", "en"):
        assert f"http://{HOST}{OCSP}" in sentence(finding, language)
        assert f"http://{HOST}{CRL}" in sentence(finding, language)
    assert cause in dict(finding.parameters)["detail"]
    assert spent < 3.0
    assert memory < 8_000_000
    with services({OCSP: reply}):
        assert judged(document, **QUICK)[0].indication is Indication.TOTAL_PASSED


CRL_FAULTS = {
    "of another CA": (faults.crl_answer(PKI, "government-ca", at=LATE), "not one of this issuer"),
    "out of date": (faults.crl_answer(PKI, "public-ca", at=NOW - timedelta(days=20)), "newer data were due"),
    "no list": (Reply(b"<html>", "text/html"), "no CRL"),
    "cut off": (Reply(_good_crl().body[:-20]), "no CRL"),
    "one octet changed": (
        Reply(_good_crl().body[:-1] + bytes((_good_crl().body[-1] ^ 1,))),
        "not one of this issuer",
    ),
    "silent": (faults.silent(), "no answer within 0.5 s"),
    "slow": (faults.slow(Reply(b"0" * 64)), "no answer within 0.5 s"),
    "not found": (Reply(b"no", status=404), "404"),
}


@pytest.mark.parametrize("fault", list(CRL_FAULTS))
def test_what_a_bad_list_leads_to(document, fault):
    reply, cause = CRL_FAULTS[fault]
    with services({OCSP: faults.ocsp_error(), CRL: reply}):
        found, spent, memory = _measured(document)
    assert (found.indication, found.sub_indication) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)
    finding = next(item for item in found.findings if item.rule == "chain.revocation-known")
    assert cause in dict(finding.parameters)["detail"]
    assert spent < 3.0
    assert memory < 8_000_000


def test_an_endless_list_is_given_up_at_its_limit(document):
    policy = policies.load("circular-15-2025")
    small = replace(policy, limits=replace(policy.limits, crl_bytes=2_000_000))
    with services({OCSP: faults.ocsp_error(), CRL: faults.huge()}):
        tracemalloc.start()
        report = replace(verifier(**QUICK), policy=small).verify(document, at=NOW)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert report.signatures[0].sub_indication is SubIndication.TRY_LATER
    finding = next(item for item in report.signatures[0].findings if item.rule == "chain.revocation-known")
    assert "the answer has more than 3000000 bytes" in dict(finding.parameters)["detail"]
    assert peak < 12_000_000


ISSUER_FAULTS = {
    "another certificate": (faults.certificates(PKI, ("government-ca", "stranger-root")), "no certificate of the issuer"),
    "garbage": (Reply(b"0\x82\xff\xff garbage"), "no certificate of the issuer"),
    "silent": (faults.silent(), "no answer within 0.5 s"),
    "huge": (faults.huge(), "more than 524288 bytes"),
    "not found": (Reply(b"no", status=404), "404"),
}


@pytest.mark.parametrize("fault", list(ISSUER_FAULTS))
def test_an_issuer_that_cannot_be_had_is_named_with_its_address(leaf_only, fault):
    reply, cause = ISSUER_FAULTS[fault]
    with services({AIA: reply}):
        found, spent, memory = _measured(leaf_only)
    assert found.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    finding = next(item for item in found.findings if item.rule == "chain.trust-anchor")
    detail = dict(finding.parameters)["detail"]
    assert f"http://{HOST}{AIA}" in detail
    assert cause in detail
    assert spent < 3.0
    assert memory < 8_000_000


def _measured(document: bytes) -> tuple[SignatureReport, float, int]:
    """The report, seconds taken, and peak of memory in bytes."""
    judged_by = verifier(**QUICK)
    tracemalloc.start()
    try:
        start = time.perf_counter()
        report = judged_by.verify(document, at=NOW)
        return report.signatures[0], time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_deadline_is_for_the_whole_document():
    document = signed("pdf", level=SignatureLevel.T)
    quiet = {path: faults.silent() for path in (OCSP, CRL, ROOT_CRL)}
    with services(quiet):
        start = time.perf_counter()
        found, attempts = judged(document, seconds=0.8, attempt_seconds=0.6)
        assert time.perf_counter() - start < 2.5
    assert found.sub_indication is SubIndication.TRY_LATER
    assert {item.outcome for item in attempts} == {"failed"}


def test_the_number_of_requests_is_bounded(document):
    with services() as running:
        found, attempts = judged(document, fetches=1)
    assert running.requests == [("POST", OCSP)]
    assert found.sub_indication is SubIndication.TRY_LATER
    assert attempts[-1].code == "NETWORK_BUDGET"


def test_addresses_in_a_document_reach_no_private_network(document):
    with services() as running:
        report = Verifier(TRUST, source=Online()).verify(document, at=NOW)
    assert running.requests == []
    finding = next(item for item in report.signatures[0].findings if item.rule == "chain.revocation-known")
    assert "is not an address of the public internet" in dict(finding.parameters)["detail"]


@pytest.mark.parametrize(
    "address",
    ["http://", "http://[", "http://a b/", "http://\u00e9.vn:99999/", "https://user:secret@a.vn/", "http://\x00/", "http:///a"],
)
def test_addresses_that_are_none_are_attempts_that_failed(address):
    other = x509.AuthorityInformationAccess(
        [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, _uri(address))]  # a library would refuse some
    )
    leaf = issue("Leaf", root(), Template(extensions=((other, False),))).certificate
    facts = SignatureFacts("s", SignatureKind.SIGNATURE, SignatureFormat.CMS, signing_certificate=leaf)
    asked = Question(DocumentFacts("cms", "00", (facts,)), Evidence(), TRUST, NOW, Limits())
    found = Online(**QUICK).gather(asked)
    assert [(item.wanted, item.outcome) for item in found.attempts] == [("certificate", "failed")]
    assert found.attempts[0].cause


def _uri(address: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier._init_without_validation(address)


# --- offline ----------------------------------------------------------------------------------------------------------


def test_offline_opens_no_socket(document, monkeypatch):
    def refuse(*arguments, **more):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    report = Verifier(TRUST).verify(document, at=NOW)
    assert report.signatures[0].sub_indication is SubIndication.TRY_LATER


# --- the cache --------------------------------------------------------------------------------------------------------


def test_a_second_document_finds_all_in_the_cache(tmp_path: Path, document):
    cached = verifier(cache=Cache(tmp_path / "cache"))
    with services() as running:
        first = cached.verify(document, at=NOW)
        asked = len(running.requests)
        second = pickle.loads(pickle.dumps(cached)).verify(document, at=NOW)
        assert len(running.requests) == asked
    assert first == second
    assert first.indication is Indication.TOTAL_PASSED


def test_a_failure_is_remembered_for_a_moment(tmp_path: Path, document):
    cached = verifier(cache=Cache(tmp_path / "cache"))
    with services({OCSP: Reply(b"", status=503), CRL: Reply(b"<html>")}) as running:
        first = cached.verify(document, at=NOW)
        asked = len(running.requests)
        second = cached.verify(document, at=NOW)
        assert len(running.requests) == asked
    assert first == second
    assert first.signatures[0].sub_indication is SubIndication.TRY_LATER


# --- saved and replayed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", [{}, {OCSP: faults.ocsp_error(), CRL: Reply(b"", status=404)}])
def test_a_verdict_replayed_from_saved_evidence_is_byte_equal(tmp_path: Path, leaf_only, document, broken):
    with services(broken):
        recording = Recording(Online(allow=(HOST,)), tmp_path)
        online = Verifier(TRUST, source=recording, evidence=Evidence(crls=(PKI.crls()[0],)))
        at = datetime.now(UTC)
        first = [online.verify(item, at=at) for item in (leaf_only, document, leaf_only)]
    saved = online.saved(at, recording.gathered())
    again = loads(dumps(saved))
    assert again == saved
    assert (again.policy, again.policy_chosen) == ("circular-15-2025", False)
    assert dumps(again) == dumps(saved)
    replayed = Verifier(TRUST, evidence=again.given, source=Replayed(again))
    second = [replayed.verify(item, at=again.at) for item in (leaf_only, document, leaf_only)]
    assert report_json(second) == report_json(first)


def run(arguments: list[str]) -> int:
    try:
        return main.run(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)


@pytest.fixture
def folder(tmp_path: Path, document, leaf_only) -> Path:
    write_trust(PKI, tmp_path / "trust")
    (tmp_path / "a.pdf").write_bytes(document)
    (tmp_path / "b.pdf").write_bytes(leaf_only)
    return tmp_path


def test_the_command_saves_and_replays(folder: Path, capsys: pytest.CaptureFixture[str]):
    files = [str(folder / "a.pdf"), str(folder / "b.pdf")]
    common = ["verify", *files, "--trust", str(folder / "trust"), "--format", "json"]
    saved = str(folder / "saved.json")
    cache = ["--cache", str(folder / "cache")]
    with serve(PKI, clock=lambda: datetime.now(UTC) - timedelta(hours=1)) as running, resolved(running):
        assert run([*common, "--online", "--allow", HOST, "--save-evidence", saved, *cache]) == 0
    first = capsys.readouterr()
    assert json.loads(first.out)["documents"][0]["indication"] == "TOTAL-PASSED"
    assert run([*common, "--evidence", saved]) == 0
    second = capsys.readouterr()
    assert second.out == first.out
    assert second.err == ""
    # Other trust data are told.
    (folder / "trust" / "government-ca.crt").unlink()
    assert run([*common, "--evidence", saved]) == 0
    assert "other trust data" in capsys.readouterr().err
    # Nothing is written over.
    assert run([*common, "--save-evidence", saved]) == 2


def test_the_command_saves_from_worker_processes(folder: Path, capsys: pytest.CaptureFixture[str]):
    common = ["verify", str(folder / "a.pdf"), "--trust", str(folder / "trust"), "--format", "json", "--at", "2026-07-01"]
    (folder / "evidence").mkdir()
    for number, der in enumerate(PKI.crls()):
        (folder / "evidence" / f"{number}.crl").write_bytes(der)
    given = ["--evidence", str(folder / "evidence"), "--policy", "etsi-baseline", "--isolate"]
    assert run([*common, *given, "--save-evidence", str(folder / "s.json")]) == 0
    first = capsys.readouterr().out
    saved = loads((folder / "s.json").read_bytes())
    assert (saved.policy, saved.policy_chosen) == ("etsi-baseline", True)
    assert len(saved.given.crls) == 4
    assert run([item for item in common if item not in ("--at", "2026-07-01")] + ["--evidence", str(folder / "s.json")]) == 0
    assert capsys.readouterr().out == first


def test_the_command_names_what_cannot_be_replayed(folder: Path, capsys: pytest.CaptureFixture[str]):
    common = ["verify", str(folder / "a.pdf"), "--trust", str(folder / "trust")]
    (folder / "bad.json").write_text('{"schema": "other/1"}')
    assert run([*common, "--evidence", str(folder / "bad.json")]) == 2
    assert "EVIDENCE_SCHEMA" in capsys.readouterr().err
    report: DocumentReport = Verifier(TRUST).verify(folder / "a.pdf", at=NOW)
    assert report.signatures[0].sub_indication is SubIndication.TRY_LATER
