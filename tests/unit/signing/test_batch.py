"""Many documents with one authorisation, in one process and in two."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import vnsign
from tests.unit.signing.support import AT, PKI, counting
from vnsign._batch import Terms, finish_many, prepare_many, sign_many
from vnsign.errors import CertificateNotFitError, ConfigurationError, SigningError, TimestampUnavailableError
from vnsign.evidence.bundle import Evidence
from vnsign.evidence.sources import Question
from vnsign.formats.source import DocumentSource
from vnsign.signing.means import Means
from vnsign.signing.store import SessionStore
from vnsign.testing.documents import declaration_xml, result_pdf
from vnsign.testing.tsa import SimulatedTsa

TSA = SimulatedTsa.of(PKI, clock=lambda: AT)
TRUSTED = Means(TSA, PKI.trust_store(), PKI.evidence(AT))


def mixed(count: int) -> list[DocumentSource]:
    kinds = (result_pdf(), declaration_xml())
    return [DocumentSource(f"document-{number}", kinds[number % 2]) for number in range(count)]


@pytest.mark.parametrize("who", ["citizen", "citizen-p256"])
def test_one_call_of_the_signer_signs_them_all(who: str):
    signer = counting(who)
    outcomes = list(sign_many(mixed(6), signer, Terms(at=AT, level="T", means=TRUSTED)))
    assert signer.calls == 1
    assert len(signer.seen) == 6
    assert [item.name for item in outcomes] == [f"document-{number}" for number in range(6)]
    for outcome in outcomes:
        assert outcome.document is not None, outcome.error
        report = vnsign.verify(outcome.document.data, trust=PKI.trust_store(), evidence=PKI.evidence(AT), at=AT)
        assert report.signatures[0].level == "B-T"


def test_a_document_that_cannot_be_signed_does_not_stop_the_others():
    documents = [DocumentSource("bad", b"not a document"), *mixed(2), DocumentSource("gone", path=Path("/nowhere/at/all"))]
    signer = counting()
    outcomes = list(sign_many(documents, signer, Terms(at=AT)))
    assert [outcome.error is None for outcome in outcomes] == [False, True, True, False]
    assert signer.calls == 1


def test_nothing_to_sign_asks_nobody():
    signer = counting()
    assert list(sign_many([], signer, Terms(at=AT))) == []
    assert [bool(item.error) for item in sign_many([b"nothing"], signer, Terms(at=AT))] == [True]
    assert signer.calls == 0


def test_a_certificate_that_may_not_sign_stops_them_all_before_the_key():
    signer = counting("citizen-revoked")
    with pytest.raises(CertificateNotFitError):
        list(sign_many(mixed(3), signer, Terms(at=AT, means=TRUSTED)))
    assert signer.calls == 0


def test_an_authority_that_is_not_there_stops_them_all_before_the_key():
    class Down:
        def token(self, algorithm: str, imprint: bytes) -> bytes:
            raise AssertionError("no token is asked for")

        def check(self) -> None:
            raise SigningError("nobody answers")

    signer = counting()
    with pytest.raises(TimestampUnavailableError):
        list(sign_many(mixed(3), signer, Terms(at=AT, level="T", means=Means(Down()))))
    assert signer.calls == 0


def test_a_level_without_its_means_is_refused():
    for level, means in (("T", Means()), ("LT", Means(TSA))):
        with pytest.raises(ConfigurationError):
            list(sign_many(mixed(1), counting(), Terms(level=level, means=means)))


def test_two_steps_in_two_processes(tmp_path: Path):
    store = SessionStore(tmp_path, b"k" * 32)
    signer = PKI.signer("citizen")
    waiting = list(prepare_many(mixed(4), signer.certificate, store, Terms(at=AT, means=TRUSTED), chain=signer.chain))
    given = {item.session: signer.sign((item.to_be_signed,), item.algorithm)[0] for item in waiting}
    first, second = waiting[0].session, waiting[1].session
    given[first], given[second] = given[second], given[first]
    outcomes = {item.session: outcome for item, outcome in zip(waiting, finish_many(store, given, TRUSTED, at=AT), strict=True)}
    assert [outcomes[item.session].error is None for item in waiting] == [False, False, True, True]
    assert set(store.names()) == {first, second}


def test_the_source_is_asked_once_for_what_is_the_same():
    class Counting:
        asked = 0

        def gather(self, question: Question) -> Evidence:
            Counting.asked += 1
            return Evidence() if question.known.crls else PKI.evidence(AT)

    means = Means(TSA, PKI.trust_store(), source=Counting())
    outcomes = list(sign_many(mixed(4), counting(), Terms(at=AT, means=means)))
    assert all(outcome.document is not None and not outcome.document.warnings for outcome in outcomes)
    assert Counting.asked == 1


def test_a_thousand_documents_take_the_memory_of_few(tmp_path: Path):
    """What waits is on disk: the peak does not grow with the number of documents."""
    padding = b"\n% " + b"x" * 200_000

    def peak(count: int) -> int:
        documents = (DocumentSource(f"d{number}", declaration_xml() + b"<!--" + padding + b"-->") for number in range(count))
        tracemalloc.start()
        for outcome in sign_many(documents, counting(), Terms(at=AT), folder=tmp_path):
            assert outcome.document is not None
            del outcome
            gc.collect()  # libraries leave cycles behind; when they are collected must not decide this test
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(2)
    few, many = peak(16), peak(64)
    assert many < few + 10 * len(padding)  # 48 documents more


def test_warnings_reach_the_caller():
    outcome = next(sign_many(mixed(1), counting(), Terms(at=AT)))
    assert outcome.document is not None
    assert [item.code for item in outcome.document.warnings] == ["PATH_NOT_CHECKED"]
    outcome = next(sign_many(mixed(1), counting(), Terms(at=AT, means=Means(trust=PKI.trust_store()))))
    assert outcome.document is not None
    assert [item.code for item in outcome.document.warnings] == ["STATUS_NOT_KNOWN"]
    means = Means(trust=PKI.trust_store(), evidence=PKI.evidence(AT))
    outcome = next(sign_many(mixed(1), counting(), Terms(at=AT, means=means)))
    assert outcome.document is not None
    assert outcome.document.warnings == ()


@pytest.mark.parametrize("many", [True, False])
def test_a_signing_time_of_today_does_not_spare_the_authority_the_comparison_of_clocks(many: bool):
    """The caller may choose the time, for a picture shows it; the token's time must be near the present all the same."""
    now = datetime.now(UTC)
    slow = SimulatedTsa.of(PKI, clock=lambda: now - timedelta(days=3))
    if many:
        outcome = next(sign_many(mixed(1), counting(), Terms(at=now, level="T", means=Means(slow))))
        assert isinstance(outcome.error, TimestampUnavailableError)
    else:
        with pytest.raises(TimestampUnavailableError):
            vnsign.sign(result_pdf(), counting(), at=now, level="T", timestamps=slow)
