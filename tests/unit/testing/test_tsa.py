"""The simulated time-stamping authority: honest tokens hold for an independent reader, each lie is caught by it."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from asn1crypto import cms, tsp

from vnsign.errors import ConfigurationError
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import Lie, SimulatedTsa

Openssl = Callable[..., "subprocess.CompletedProcess[bytes]"]
DATA = b"data to be stamped"
MOMENT = datetime(2026, 3, 2, 9, 14, 7, 500000, tzinfo=timezone(timedelta(hours=7)))


def at() -> datetime:
    return MOMENT


def query(openssl: Openssl, tmp_path: Path, algorithm: str) -> Path:
    path, data = tmp_path / "query", tmp_path / "data"
    data.write_bytes(DATA)
    done = openssl("ts", "-query", "-data", data, f"-{algorithm}", "-cert", "-out", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.mark.oracle
@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("family", ["public", "government"])
def test_openssl_accepts_an_honest_answer(
    family: str, algorithm: str, pki: TestPki, openssl: Openssl, roots: Path, cas: Path, tmp_path: Path
) -> None:
    asked, answered = query(openssl, tmp_path, algorithm), tmp_path / "answer"
    answered.write_bytes(SimulatedTsa.of(pki, family=family).respond(asked.read_bytes()))
    done = openssl("ts", "-verify", "-queryfile", asked, "-in", answered, "-CAfile", roots, "-untrusted", cas)
    assert done.returncode == 0, done.stderr


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("lie", "complaint"),
    [
        (Lie.WRONG_IMPRINT, b"message imprint mismatch"),
        (Lie.WRONG_EKU, b"unsuitable certificate purpose"),
        (Lie.EXPIRED, b"certificate has expired"),
        (Lie.BROKEN_SIGNATURE, b"signature failure"),
        (Lie.WRONG_NONCE, b"nonce mismatch"),
        (Lie.REJECTION, b"status code: rejection"),
    ],
)
def test_openssl_names_each_lie(
    lie: Lie, complaint: bytes, pki: TestPki, openssl: Openssl, roots: Path, cas: Path, tmp_path: Path
) -> None:
    asked, answered = query(openssl, tmp_path, "sha256"), tmp_path / "answer"
    answered.write_bytes(SimulatedTsa.of(pki, lie=lie).respond(asked.read_bytes()))
    done = openssl("ts", "-verify", "-queryfile", asked, "-in", answered, "-CAfile", roots, "-untrusted", cas)
    assert done.returncode != 0
    assert complaint in done.stderr


def info(token: bytes) -> tsp.TSTInfo:
    return cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed


def test_token_has_the_clocks_second_and_the_imprint(pki: TestPki) -> None:
    imprint = hashlib.sha256(DATA).digest()
    found = info(SimulatedTsa.of(pki, clock=at).token("sha256", imprint))
    assert found["gen_time"].native == datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)
    assert found["message_imprint"]["hashed_message"].native == imprint
    assert found["nonce"].native is None


def test_token_is_the_same_each_time_and_another_for_other_data(pki: TestPki) -> None:
    tsa = SimulatedTsa.of(pki, clock=at)
    first, other = hashlib.sha256(DATA).digest(), hashlib.sha256(b"other").digest()
    assert tsa.token("sha256", first) == tsa.token("sha256", first) != tsa.token("sha256", other)
    assert info(tsa.token("sha256", first))["serial_number"].native != info(tsa.token("sha256", other))["serial_number"].native


def test_imprint_of_a_wrong_length_is_refused(pki: TestPki) -> None:
    with pytest.raises(ConfigurationError):
        SimulatedTsa.of(pki).token("sha256", b"short")


def test_family_without_a_lying_certificate_is_refused(pki: TestPki) -> None:
    with pytest.raises(ConfigurationError):
        SimulatedTsa.of(pki, family="government", lie=Lie.EXPIRED)


@pytest.mark.parametrize("request_", [b"", b"\x30", b"\x30\x00", b"not DER at all", b"\x30\x82\xff\xff"])
def test_nonsense_is_answered_with_a_refusal(request_: bytes, pki: TestPki) -> None:
    answer = SimulatedTsa.of(pki).respond(request_)
    status = tsp.PKIStatusInfo.load(answer[2:])
    assert status["status"].native == "rejection"
    assert status["fail_info"].native == {"bad_data_format"}
