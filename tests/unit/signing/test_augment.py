"""Signatures of anybody are raised to T, LT and LTA and renewed; what cannot be had is said, and nothing is half done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end import strangers
from tests.end_to_end.conftest import tsa_at
from tests.end_to_end.pades_levels import pades as pades_long_term
from tests.oracles.pyhanko_long_term import judged
from vnsign import CmsPlacement, Evidence, Online, augment, due_before, sign, timestamp, verify
from vnsign._augment import AugmentedDocument
from vnsign.errors import (
    ConfigurationError,
    OutputExistsError,
    SelfCheckError,
    SigningError,
    TimestampUnavailableError,
    UnreadableDocumentError,
    VnsignError,
)
from vnsign.model.facts import SignatureKind
from vnsign.model.verdict import Indication
from vnsign.signing.due import DueReason
from vnsign.signing.selfcheck import earlier_signatures, read_facts
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.pki import TestPki
from vnsign.testing.servers import resolved, serve
from vnsign.testing.tsa import Lie, SimulatedTsa
from vnsign.validation import policies

AT = datetime(2026, 11, 1, 8, tzinfo=UTC)
LEVELS = ("T", "LT", "LTA")
DETACHED = {"content": strangers.CONTENT}


def means(at: datetime = AT, **others: Any) -> dict[str, Any]:
    pki = TestPki.load()
    found = {"timestamps": tsa_at(at), "trust": pki.trust_store(), "evidence": Evidence(crls=pki.crls(at)), "at": at}
    return {**found, **others}


def external_of(name: str) -> dict[str, bytes]:
    return DETACHED if "beside" in name else {}


def levels_of(document: AugmentedDocument) -> list[str]:
    assert document.report is not None
    return [item.level for item in document.report.signatures if item.kind is SignatureKind.SIGNATURE]


# --- Whose signatures -----------------------------------------------------------------------------------------------------


@pytest.mark.oracle
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", strangers.MAKERS)
def test_signatures_of_other_programs_are_raised_to_each_level(name: str, level: str):
    before = strangers.MAKERS[name]()
    made = augment(before, to=level, external=external_of(name), **means())
    (reached,) = levels_of(made)
    assert reached == ("" if "adbe" in name else f"B-{level}")
    assert made.report is not None and made.report.indication is Indication.TOTAL_PASSED
    assert made.level == level and len(made.signature_ids) == 1
    alone = verify(made.data, trust=TestPki.load().trust_store(), at=AT + timedelta(hours=1), external=external_of(name))
    assert alone.indication is (Indication.TOTAL_PASSED if level != "T" else Indication.INDETERMINATE)


@pytest.mark.oracle
@pytest.mark.parametrize("name", strangers.MAKERS)
def test_step_by_step_gives_the_levels_too_and_each_step_keeps_what_was_there(name: str):
    document, external = strangers.MAKERS[name](), external_of(name)
    for level in (*LEVELS, "LTA"):
        made = augment(document, to=level, external=external, **means())
        form = made.format
        before, after = (read_facts(item, form, external=external) for item in (document, made.data))
        assert set(earlier_signatures(before)) <= set(earlier_signatures(after))
        assert made.data != document
        document = made.data


@pytest.mark.oracle
def test_an_independent_program_judges_the_raised_pdf_alike():
    """pyHanko asks for a time-stamp in the signature itself, so T comes from its own hand."""
    pki = TestPki.load()
    before = sign(application_pdf(), pki.signer("citizen"), level="T", timestamps=tsa_at(AT), at=AT).data
    roots = pki.certificates("public-root")
    assert judged(before, roots, AT) != "OK"
    assert judged(augment(before, to="LTA", **means()).data, roots, AT) == "OK"


def test_a_signature_of_someone_else_at_lta_is_renewed():
    then = datetime(2024, 12, 20, tzinfo=UTC)
    before = pades_long_term("citizen", archive=True, crls=TestPki.load().crls(then)[:2], at=then)
    made = augment(before, **means())
    assert made.data.startswith(before)
    assert levels_of(made) == ["B-LTA"]
    facts = read_facts(made.data, "pdf")
    stamps = [item.document_timestamp for item in facts.signatures if item.document_timestamp is not None]
    assert [item.gen_time for item in stamps] == [then, AT]
    assert {item.sha256 for item in facts.certificates} <= set(stamps[1].protects)


def test_a_certificate_that_expired_since_is_judged_at_the_time_that_its_time_stamp_shows():
    """Raised years later with the CRLs of then: the signature was time-stamped while the certificate was in force."""
    then = datetime(2024, 12, 20, tzinfo=UTC)
    pki = TestPki.load()
    before = sign(application_pdf(), pki.signer("citizen-expired"), level="T", timestamps=tsa_at(then), at=then).data
    with pytest.raises(SigningError) as refusal:
        augment(before, to="LT", **means())
    assert refusal.value.code in ("EVIDENCE_MISSING", "NOT_WORTH_RAISING")
    made = augment(before, to="LTA", **means(evidence=Evidence(crls=(*pki.crls(then), *pki.crls(AT)))))
    assert levels_of(made) == ["B-LTA"]
    assert made.report is not None and made.report.indication is Indication.TOTAL_PASSED


def test_signatures_are_raised_together_and_share_the_time_stamps_of_a_pdf():
    before = strangers.pades("official", strangers.pades(), "Signature2")
    made = augment(before, **means())
    assert levels_of(made) == ["B-LTA", "B-LTA"]
    facts = read_facts(made.data, "pdf")
    assert sum(item.kind is SignatureKind.DOCUMENT_TIMESTAMP for item in facts.signatures) == 2
    assert made.signature_ids == ("Signature1", "Signature2")


def test_one_signature_may_be_named():
    made = augment(strangers.pades("official", strangers.pades(), "Signature2"), to="LT", signatures=["Signature2"], **means())
    assert made.signature_ids == ("Signature2",)


def test_only_what_the_paths_rest_on_is_embedded():
    pki = TestPki.load()
    evidence = Evidence(crls=(*pki.crls(AT - timedelta(days=3)), *pki.crls(AT)), ocsps=(pki.ocsp("official", at=AT),))
    facts = read_facts(augment(strangers.pades(), to="LT", **means(evidence=evidence)).data, "pdf")
    assert set(facts.crls) == set(pki.crls(AT)[:2])
    assert facts.ocsps == ()
    names = ("citizen", "public-ca", "public-root", "public-tsa")
    assert set(facts.certificates) == set(pki.certificates(*names))


def test_an_ocsp_answer_is_embedded_with_what_clears_its_responder():
    pki = TestPki.load()
    crls = (pki.crl("public-root", this_update=AT), pki.crl("public-ca", this_update=AT - timedelta(days=1)))
    answer = pki.ocsp("citizen", at=AT)
    made = augment(strangers.pades(), to="LT", **means(evidence=Evidence(crls=crls, ocsps=(answer,))))
    facts = read_facts(made.data, "pdf")
    assert facts.ocsps == (answer,)
    assert set(facts.crls) == set(crls)


def test_material_is_sought_where_a_source_is_given():
    pki = TestPki.load()
    with serve(pki) as services, resolved(services):
        source = Online(allow=("127.0.0.1", "pki.vnsign.test"))
        tsa = SimulatedTsa.of(pki)
        made = augment(strangers.pades(), timestamps=tsa, trust=pki.trust_store(), source=source)
        assert levels_of(made) == ["B-LTA"]
        assert any("/ocsp/" in path or "/crls/" in path for _, path in services.requests)
    assert verify(made.data, trust=pki.trust_store()).indication is Indication.TOTAL_PASSED


def test_a_signature_with_a_time_stamp_needs_no_authority_for_lt():
    pki = TestPki.load()
    before = sign(application_pdf(), pki.signer("citizen"), level="T", timestamps=tsa_at(AT), at=AT).data
    assert levels_of(augment(before, to="LT", **means(timestamps=None))) == ["B-LT"]


# --- What is refused ------------------------------------------------------------------------------------------------------


def refused(document: bytes, **options: Any) -> VnsignError:
    with pytest.raises(VnsignError) as refusal:
        augment(document, **{**means(), **options})
    return refusal.value


def test_missing_evidence_is_named():
    error = refused(strangers.pades(), evidence=Evidence())
    assert error.code == "EVIDENCE_MISSING" and "TEST NGUYỄN VĂN AN" in error.message and error.hint
    pki = TestPki.load()
    error = refused(strangers.pades(), evidence=Evidence(crls=pki.crls(AT)[1:]))
    assert error.code == "EVIDENCE_MISSING" and "CA" in error.message


def test_a_signer_that_nobody_trusts_is_not_raised_to_lt():
    assert refused(strangers.pades("stranger")).code == "EVIDENCE_MISSING"


def test_a_certificate_revoked_before_signing_is_not_raised():
    assert refused(strangers.pades("citizen-revoked")).code == "NOT_WORTH_RAISING"


def test_a_changed_document_is_not_raised():
    document = bytearray(strangers.pades())
    document[document.index(b"stream") + 9] ^= 1
    assert refused(bytes(document)).code == "NOT_WORTH_RAISING"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"timestamps": None}, "NO_TIMESTAMP_AUTHORITY"),
        ({"trust": None}, "NO_TRUST_FOR_LEVEL"),
        ({"to": "X"}, "LEVEL_NOT_OFFERED"),
        ({"signatures": ["Signature9"]}, "NO_SUCH_SIGNATURE"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], code: str):
    assert refused(strangers.pades(), **options).code == code


def test_documents_without_signature_and_forms_without_levels_are_refused():
    from tests.end_to_end.conftest import signed

    assert refused(application_pdf()).code == "NO_SIGNATURE"
    assert isinstance(refused(signed("xmldsig")), ConfigurationError)
    assert isinstance(refused(b"nothing"), UnreadableDocumentError)


@pytest.mark.parametrize("lie", [Lie.WRONG_IMPRINT, Lie.WRONG_EKU, Lie.BROKEN_SIGNATURE])
def test_a_lying_authority_gives_nothing(lie: Lie):
    tsa = SimulatedTsa.of(TestPki.load(), clock=lambda: AT, lie=lie)
    assert isinstance(refused(strangers.pades(), timestamps=tsa), TimestampUnavailableError)


def test_an_authority_that_is_down_gives_nothing():
    class Down:
        def token(self, algorithm: str, imprint: bytes) -> bytes:
            raise OSError("connection refused")

    assert isinstance(refused(strangers.pades(), timestamps=Down()), TimestampUnavailableError)


def test_a_token_larger_than_any_seen_is_given_its_room():
    from vnsign.formats.cms.edit import add_unsigned, take_apart, with_signer
    from vnsign.pki.cms_write import attribute, put_together

    class Verbose:
        asked = 0

        def token(self, algorithm: str, imprint: bytes) -> bytes:
            self.asked += 1
            more = attribute("1.3.6.1.4.1.32473.9", b"\x04\x82\x50\x00" + bytes(0x5000))
            parts = take_apart(tsa_at(AT).token(algorithm, imprint))
            return put_together(with_signer(parts, (0,), lambda signer: add_unsigned(signer, more)))

    tsa = Verbose()
    assert levels_of(augment(strangers.pades(), to="T", **means(timestamps=tsa))) == ["B-T"]
    assert tsa.asked == 2


def test_a_result_that_reads_worse_is_not_handed_out(monkeypatch: pytest.MonkeyPatch):
    import vnsign._augment as module

    def spoiled(document: bytes, *arguments: Any, **options: Any) -> bytes:
        return strangers.pades("official", document, "Signature2")

    monkeypatch.setattr(module, "raise_levels", spoiled)
    with pytest.raises(SelfCheckError):
        augment(strangers.pades(), **means())


# --- Files ----------------------------------------------------------------------------------------------------------------


def test_the_result_is_written_whole_and_never_over_a_file(tmp_path: Path):
    file = tmp_path / "a.pdf"
    file.write_bytes(strangers.pades())
    before = file.read_bytes()
    made = augment(file, to="T", **means())
    assert made.name == str(file)
    assert made.save(tmp_path / "b.pdf").read_bytes() == made.data
    with pytest.raises(OutputExistsError):
        made.save(file)
    assert file.read_bytes() == before
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.pdf", "b.pdf"]


# --- What runs out --------------------------------------------------------------------------------------------------------

FAR = datetime(2090, 1, 1, tzinfo=UTC)


def due(document: bytes, moment: datetime = FAR, **options: Any) -> Any:
    found = due_before(document, moment, trust=TestPki.load().trust_store(), **options)
    return found[0] if found else None


def test_without_time_stamp_the_signers_certificate_counts():
    at = datetime(2024, 12, 20, tzinfo=UTC)
    document = sign(application_pdf(), TestPki.load().signer("citizen-expired"), at=at).data
    found = due(document)
    assert (found.timestamp_id, found.reason, found.level) == ("", DueReason.CERTIFICATE, "B-B")
    assert found.runs_out == datetime(2025, 1, 1, tzinfo=UTC)
    assert due(document, datetime(2025, 1, 1, tzinfo=UTC)) is None


def test_with_a_time_stamp_alone_the_material_must_come_before_the_certificate_ends():
    at = datetime(2024, 12, 20, tzinfo=UTC)
    signer = TestPki.load().signer("citizen-expired")
    found = due(sign(application_pdf(), signer, level="T", timestamps=tsa_at(at), at=at).data)
    assert (found.reason, found.raise_to) == (DueReason.MATERIAL, "LT")
    assert found.runs_out == datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.oracle
@pytest.mark.parametrize("name", strangers.MAKERS)
def test_with_material_the_authoritys_path_counts(name: str):
    made = augment(strangers.MAKERS[name](), to="LTA", external=external_of(name), **means())
    found = due(made.data, external=external_of(name))
    assert found.reason is DueReason.CERTIFICATE and found.timestamp_id
    assert found.runs_out == TestPki.load().certificate("public-tsa").x509.not_valid_after_utc
    assert due(made.data, found.runs_out, external=external_of(name)) is None


def test_an_algorithm_may_end_first():
    policy = policies.load("circular-15-2025")
    ending = replace(policy.algorithms, digests=(("sha256", date(2030, 12, 31)),))
    document = augment(strangers.pades(), to="LTA", **means()).data
    found = due(document, policy=replace(policy, algorithms=ending))
    assert (found.reason, found.detail) == (DueReason.ALGORITHM, "SHA256")
    assert found.runs_out == datetime(2030, 12, 31, 16, 59, 59, tzinfo=UTC)
    schemes = replace(policy.algorithms, schemes=(("rsa-pkcs1v15", date(2029, 6, 30)),))
    assert due(document, policy=replace(policy, algorithms=schemes)).detail == "rsa-pkcs1v15".upper()
    sizes = replace(policy.algorithms, rsa_bits=3072, rsa_bits_before=((date(2028, 12, 31), 2048),))
    assert due(document, policy=replace(policy, algorithms=sizes)).detail == "RSA 2048"


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ConfigurationError):
        due(strangers.pades(), datetime(2030, 1, 1))  # noqa: DTZ001 - that is asked


# --- Time-stamps without a signature --------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [application_pdf, declaration_xml, strangers.pades, lambda: b"bang ke", lambda: b""])
def test_any_file_is_time_stamped(make: Callable[[], bytes]):
    document = make()
    made = timestamp(document, timestamps=tsa_at(AT), at=AT)
    assert made.time == AT
    assert made.format == ("pdf" if document.startswith(b"%PDF") else "asic")
    report = verify(made.data, trust=TestPki.load().trust_store(), evidence=Evidence(crls=TestPki.load().crls(AT)), at=AT)
    found = next(item for item in report.signatures if item.id == made.timestamp_id)
    assert found.indication is Indication.TOTAL_PASSED and found.kind is SignatureKind.DOCUMENT_TIMESTAMP


def test_a_container_is_called_after_its_file_and_is_the_same_each_time(tmp_path: Path):
    import zipfile

    file = tmp_path / "bảng kê.txt"
    file.write_bytes(b"1, 2, 3")
    made = timestamp(file, timestamps=tsa_at(AT), at=AT)
    assert made.data == timestamp(file, timestamps=tsa_at(AT), at=AT).data
    with zipfile.ZipFile(made.save(tmp_path / "x.asics")) as container:
        assert container.namelist() == ["mimetype", "bảng kê.txt", "META-INF/timestamp.tst"]
        assert container.infolist()[0].compress_type == zipfile.ZIP_STORED
        assert container.read("bảng kê.txt") == b"1, 2, 3"


@pytest.mark.parametrize("name", ["mimetype", "a:b"])
def test_a_name_that_means_something_else_in_a_container_is_refused(name: str, tmp_path: Path):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ConfigurationError) as refusal:
        timestamp(tmp_path / name, timestamps=tsa_at(AT), at=AT)
    assert refusal.value.code == "ENTRY_NAME"


def test_signing_reaches_the_same_levels_at_once():
    pki = TestPki.load()
    forms: tuple[tuple[bytes, Any], ...] = ((application_pdf(), None), (declaration_xml(), None), (b"abc", CmsPlacement()))
    for document, placement in forms:
        for level in ("LT", "LTA"):
            made = sign(document, pki.signer("citizen"), level=level, placement=placement, **means())
            external = {"document": document} if made.detached else None
            report = verify(made.data, trust=pki.trust_store(), at=AT + timedelta(hours=1), external=external)
            assert report.signatures[0].level == f"B-{level}"
            assert report.indication is Indication.TOTAL_PASSED
