"""Time-stamps against OpenSSL's authority and verifier."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.unit.pki.test_signed_data_corpus import needs_openssl
from vnsign.model.facts import TimestampKind
from vnsign.model.limits import Limits
from vnsign.pki.tsp import build_request, read_response, read_token
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

DATA = b"signature value"
IMPRINT = hashlib.sha256(DATA).digest()
CONFIGURATION = """
[tsa]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 3
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def _openssl(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *arguments], capture_output=True, timeout=30, check=False)


@pytest.mark.oracle
@needs_openssl
def test_openssls_authority_answers_our_request(tmp_path: Path) -> None:
    credential = TestPki.load().credential("public-tsa")
    (tmp_path / "key.pem").write_bytes(credential.private_key_pem)
    (tmp_path / "cert.pem").write_bytes(credential.certificate.x509.public_bytes(Encoding.PEM))
    (tmp_path / "tsa.cnf").write_text(CONFIGURATION.format(folder=tmp_path))
    (tmp_path / "serial").write_text("01")
    request = build_request("sha256", IMPRINT, nonce=0x1122334455667788)
    (tmp_path / "request.tsq").write_bytes(request)
    told = _openssl(
        *("ts", "-reply", "-config", str(tmp_path / "tsa.cnf"), "-section", "tsa"),
        *("-queryfile", str(tmp_path / "request.tsq"), "-signer", str(tmp_path / "cert.pem")),
        *("-inkey", str(tmp_path / "key.pem"), "-out", str(tmp_path / "reply.tsr")),
    )
    assert told.returncode == 0, told.stderr
    token = read_response((tmp_path / "reply.tsr").read_bytes(), request)
    found = read_token(
        token, id_="t", kind=TimestampKind.SIGNATURE, computed=lambda _: IMPRINT, covers="value", limits=Limits()
    )
    assert found.imprint.matches
    assert found.accuracy_seconds == 1.5001
    assert found.policy == "1.2.3.4.1"
    assert found.token.signing_certificate == credential.certificate
    assert found.token.problems == ()


@pytest.mark.oracle
@needs_openssl
def test_openssl_accepts_the_simulated_authority(tmp_path: Path) -> None:
    pki = TestPki.load()
    request = build_request("sha256", IMPRINT, nonce=5)
    response = SimulatedTsa.of(pki, clock=lambda: datetime(2026, 3, 2, tzinfo=UTC)).respond(request)
    (tmp_path / "request.tsq").write_bytes(request)
    (tmp_path / "reply.tsr").write_bytes(response)
    chain = pki.chain("public-tsa")
    (tmp_path / "ca.pem").write_bytes(b"".join(item.x509.public_bytes(Encoding.PEM) for item in chain))
    told = _openssl(
        *("ts", "-verify", "-queryfile", str(tmp_path / "request.tsq"), "-in", str(tmp_path / "reply.tsr")),
        *("-CAfile", str(tmp_path / "ca.pem")),
    )
    assert b"Verification: OK" in told.stdout, told.stderr
