"""Time-stamp tokens, requests and answers."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp as asn1
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.pki.cms_factory import Cms, oid
from vnsign.crypto import algorithms, ber
from vnsign.crypto.ber import OCTET_STRING, SEQUENCE, wrap
from vnsign.crypto.values import verify_value
from vnsign.errors import ConfigurationError, EvidenceError
from vnsign.model.facts import TimestampFacts, TimestampKind
from vnsign.model.limits import Limits
from vnsign.model.verdict import CheckStatus
from vnsign.pki.tsp import build_request, read_response, read_token, read_tst_info
from vnsign.testing.pki import TSA_POLICY, TestPki
from vnsign.testing.tsa import Lie, SimulatedTsa

DATA = b"signature value"
IMPRINT = hashlib.sha256(DATA).digest()
NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
NONCE = (1 << 63) + 5


def tsa(lie: Lie = Lie.NONE) -> SimulatedTsa:
    return SimulatedTsa.of(TestPki.load(), clock=lambda: NOON, lie=lie)


def read(der: bytes, data: bytes = DATA, **more: object) -> TimestampFacts:
    return read_token(
        der,
        id_="signature-timestamp-1",
        kind=TimestampKind.SIGNATURE,
        computed=lambda name: hashlib.new(name, data).digest(),
        covers="signature value",
        limits=more.pop("limits", Limits()),  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


def test_a_token_is_read_whole() -> None:
    found = read(tsa().token("sha256", IMPRINT))
    assert (found.gen_time, found.policy, found.accuracy_seconds) == (NOON, TSA_POLICY, 1.0)
    assert found.imprint.matches
    assert found.imprint.covers == "signature value"
    assert found.token.problems == ()
    assert found.token.digests[0].matches
    assert found.token.signing_certificate == TestPki.load().certificate("public-tsa")
    assert found.token.signed_value is not None
    assert verify_value(found.token.signing_certificate, found.token.signed_value).status is CheckStatus.PASSED
    assert not read(tsa().token("sha256", IMPRINT), b"other data").imprint.matches


def test_a_token_without_certificate_finds_its_authority_elsewhere() -> None:
    cms = Cms(signer="public-tsa", content_type="1.2.840.113549.1.9.16.1.4", content=info(), certificates=())
    assert read(cms.build()).token.signing_certificate is None
    assert read(cms.build(), certificates=[cms.certificate]).token.signing_certificate == cms.certificate


def test_lies_are_seen_in_the_facts() -> None:
    assert not read(tsa(Lie.WRONG_IMPRINT).token("sha256", IMPRINT)).imprint.matches
    broken = read(tsa(Lie.BROKEN_SIGNATURE).token("sha256", IMPRINT)).token
    assert broken.signing_certificate is not None
    assert broken.signed_value is not None
    assert verify_value(broken.signing_certificate, broken.signed_value).status is CheckStatus.FAILED


# --- TSTInfo ------------------------------------------------------------------------------------------------------------


def info(*, time: bytes = b"20260302021407Z", more: bytes = b"", version: int = 1, digest: str = "sha256") -> bytes:
    imprint = wrap(SEQUENCE, algorithms.digest_identifier_der(digest) + wrap(OCTET_STRING, IMPRINT))
    head = bytes((2, 1, version)) + oid("1.2.3") + imprint + b"\x02\x01\x05"
    return wrap(SEQUENCE, head + wrap(ber.GENERALIZED_TIME, time) + more)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"20260302021407Z", datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)),
        (b"20260302021407.5Z", datetime(2026, 3, 2, 2, 14, 7, 500_000, tzinfo=UTC)),
        (b"20260302021407.123456789Z", datetime(2026, 3, 2, 2, 14, 7, 123_456, tzinfo=UTC)),
        (b"20260302091407+0700", datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)),
        (b"20260302021407.001-0130", datetime(2026, 3, 2, 3, 44, 7, 1000, tzinfo=UTC)),
    ],
)
def test_times_are_read_with_fractions_and_zones(text: bytes, moment: datetime) -> None:
    assert read_tst_info(info(time=text)).gen_time == moment


@pytest.mark.parametrize(
    "text",
    [b"", b"Z", b"20260302021407", b"20261302021407Z", b"2026030202140\xb2Z", b"20260302021407.Z5", b"99991231235959-9999"],
)
def test_impossible_times_are_refused(text: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_tst_info(info(time=text))


def test_accuracy_is_summed() -> None:
    accuracy = wrap(SEQUENCE, b"\x02\x01\x02" + b"\x80\x02\x01\xf4" + b"\x81\x01\x05")
    assert read_tst_info(info(more=accuracy)).accuracy_seconds == 2.500005
    assert read_tst_info(info()).accuracy_seconds == 0.0


def test_all_optional_fields_in_their_order_and_no_others() -> None:
    fields = [wrap(SEQUENCE, b""), b"\x01\x01\xff", b"\x02\x01\x09", wrap(0xA0, wrap(0x86, b"x"))]
    extension = wrap(SEQUENCE, oid("1.2.3.4") + b"\x01\x01\xff" + wrap(OCTET_STRING, b""))
    found = read_tst_info(info(more=b"".join(fields) + wrap(0xA1, extension)))
    assert (found.nonce, found.critical_extensions) == (9, ("1.2.3.4",))
    for more in (fields[2] + fields[0], fields[2] * 2, wrap(0xA7, b"")):
        with pytest.raises(EvidenceError):
            read_tst_info(info(more=more))


def test_an_unknown_critical_extension_is_a_fault_of_the_token() -> None:
    for critical, rules in ((b"\x01\x01\xff", ["cms.timestamp-malformed"]), (b"", [])):
        extension = wrap(0xA1, wrap(SEQUENCE, oid("1.2.3.4") + critical + wrap(OCTET_STRING, b"")))
        cms = Cms(signer="public-tsa", content_type="1.2.840.113549.1.9.16.1.4", content=info(more=extension))
        assert [item.rule for item in read(cms.build()).token.problems] == rules


def test_another_version_is_refused() -> None:
    with pytest.raises(EvidenceError):
        read_tst_info(info(version=2))


def test_a_digest_that_is_not_known_is_named_and_not_computed() -> None:
    unknown = info().replace(bytes.fromhex("0609608648016503040201"), bytes.fromhex("0609608648016503040263"))
    found = read(Cms(signer="public-tsa", content_type="1.2.840.113549.1.9.16.1.4", content=unknown).build())
    assert (found.imprint.algorithm, found.imprint.computed) == ("2.16.840.1.101.3.4.2.99", None)


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"nonsense",
        Cms().build(),
        Cms(content_type="1.2.840.113549.1.9.16.1.4", content=None).build(),
        Cms(content_type="1.2.840.113549.1.9.16.1.4", content=b"no info").build(),
        Cms(content_type="1.2.840.113549.1.9.16.1.4", content=info(), signers=0).build(),
        wrap(SEQUENCE, oid("1.2.840.113549.1.7.3") + wrap(0xA0, b"")),
    ],
)
def test_what_is_no_token_is_refused(der: bytes) -> None:
    with pytest.raises(EvidenceError):
        read(der)


def test_a_token_over_the_limit_is_refused() -> None:
    with pytest.raises(EvidenceError) as caught:
        read(tsa().token("sha256", IMPRINT), limits=Limits(timestamp_bytes=100))
    assert caught.value.code == "TIMESTAMP_TOO_LARGE"


# --- request and answer -------------------------------------------------------------------------------------------------


@given(
    st.sampled_from(["sha1", "sha256", "sha512"]),
    st.integers(0, 1 << 128),
    st.sampled_from([None, "1.2.3", "2.16.704.1.1.1.1.1"]),
)
def test_a_request_says_what_was_asked(algorithm: str, nonce: int, policy: str | None) -> None:
    imprint = hashlib.new(algorithm, DATA).digest()
    found = asn1.TimeStampReq.load(build_request(algorithm, imprint, nonce=nonce, policy=policy), strict=True).native
    assert found["version"] == "v1"
    assert found["message_imprint"]["hash_algorithm"] == {"algorithm": algorithm, "parameters": None}
    assert found["message_imprint"]["hashed_message"] == imprint
    assert (found["nonce"], found["req_policy"], found["cert_req"]) == (nonce, policy, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("sha256", b"short", 1, None),
        ("nonsense", IMPRINT, 1, None),
        ("sha256", IMPRINT, -1, None),
        ("sha256", IMPRINT, 1, "x.y"),
    ],
)
def test_a_request_that_means_nothing_is_refused(arguments: tuple[str, bytes, int, str | None]) -> None:
    algorithm, imprint, nonce, policy = arguments
    with pytest.raises(ConfigurationError):
        build_request(algorithm, imprint, nonce=nonce, policy=policy)


def test_an_answer_gives_the_token() -> None:
    request = build_request("sha256", IMPRINT, nonce=NONCE, policy=TSA_POLICY)
    assert read(read_response(tsa().respond(request), request)).imprint.matches


def _respond(lie: Lie, policy: str | None = None) -> None:
    request = build_request("sha256", IMPRINT, nonce=NONCE, policy=policy)
    read_response(tsa(lie).respond(request), request)


def test_an_answer_to_another_question_is_refused() -> None:
    for lie, word in ((Lie.WRONG_NONCE, "nonce"), (Lie.WRONG_IMPRINT, "imprint")):
        with pytest.raises(EvidenceError, match=word) as caught:
            _respond(lie)
        assert caught.value.code == "TIMESTAMP_NOT_AS_ASKED"
    with pytest.raises(EvidenceError, match="policy"):
        _respond(Lie.NONE, policy="1.2.3.4")


def test_a_refusal_is_told_with_status_and_failure() -> None:
    with pytest.raises(EvidenceError, match=r"rejection, refused: bad_alg, badAlg") as caught:
        _respond(Lie.REJECTION)
    assert caught.value.code == "TIMESTAMP_REFUSED"


@pytest.mark.parametrize(
    "response", [b"", b"<html>busy</html>", wrap(SEQUENCE, b""), wrap(SEQUENCE, wrap(SEQUENCE, b"\x02\x01\x00"))]
)
def test_an_answer_that_is_none_is_refused(response: bytes) -> None:
    with pytest.raises(EvidenceError):
        read_response(response, build_request("sha256", IMPRINT, nonce=1))


@settings(deadline=None)
@given(st.data())
def test_damaged_answers_are_refused_or_still_tokens(data: st.DataObject) -> None:
    request = build_request("sha256", IMPRINT, nonce=NONCE)
    response = bytearray(tsa().respond(request))
    for _ in range(data.draw(st.integers(1, 3))):
        response[data.draw(st.integers(0, len(response) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(read_response(bytes(response), request))
    except EvidenceError:
        return


# --- tokens of others ---------------------------------------------------------------------------------------------------


@pytest.mark.corpus
def test_the_answer_of_another_authority_fits_its_request(shared_data: Path) -> None:
    folder = shared_data / "corpora/pki-ocsp-crl-tsp/rfc3161-client/test/fixtures/test_tsa"
    token = read_response((folder / "response.tsr").read_bytes(), (folder / "request.der").read_bytes())
    facts = read(token).token
    assert facts.digests[0].matches
    assert facts.problems == ()


@pytest.mark.corpus
def test_crossed_answers_are_refused(shared_data: Path) -> None:
    folder = shared_data / "corpora/pki-ocsp-crl-tsp/rfc3161-client/test/fixtures/test_tsa"
    with pytest.raises(EvidenceError, match="nonce"):
        read_response((folder / "response.tsr").read_bytes(), (folder / "other_request.der").read_bytes())


@pytest.mark.corpus
def test_every_token_of_the_corpus_is_sound(shared_data: Path) -> None:
    files = sorted((shared_data / "corpora/pki-ocsp-crl-tsp/rfc3161-client").rglob("*.tsr"))
    assert len(files) >= 6
    for file in files:
        token = ber.children(ber.element(file.read_bytes()))[1].encoding
        found = read(token)
        assert found.token.digests[0].matches, file.name
        assert found.gen_time < datetime(2026, 11, 24, tzinfo=UTC) + timedelta(days=1)
        if found.token.signing_certificate is not None and found.token.signed_value is not None:
            assert verify_value(found.token.signing_certificate, found.token.signed_value).status is CheckStatus.PASSED
