"""Two-step signing: a session survives storage and another process, expires, and says what is wrong with a value."""

from __future__ import annotations

import base64
import hashlib
import json
import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

import vnsign
from vnsign.errors import CertificateNotFitError, ConfigurationError, SigningError, VnsignError
from vnsign.model.verdict import Indication
from vnsign.signing.session import SigningSession
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.tsa import SimulatedTsa

from .support import AT, PKI

DOCUMENTS = {"pdf": application_pdf(), "xml": declaration_xml()}
NOW = datetime.now(UTC)


def prepared(format_: str = "pdf", name: str = "citizen", level: str = "B") -> SigningSession:
    return vnsign.prepare(DOCUMENTS[format_], PKI.certificate(name), chain=PKI.chain(name)[:-1], level=level, at=AT)


def value(session: SigningSession, name: str = "citizen") -> bytes:
    return PKI.signer(name).sign([session.to_be_signed], session.algorithm)[0]


@pytest.mark.parametrize("level", ["B", "T"])
@pytest.mark.parametrize("format_", DOCUMENTS)
def test_a_stored_session_is_equal_and_can_be_finished(format_: str, level: str):
    session = prepared(format_, level=level)
    again = SigningSession.from_bytes(session.to_bytes())
    assert again == session
    assert pickle.loads(pickle.dumps(session)) == session
    signed = again.finish(value(session), timestamps=SimulatedTsa.of(PKI))
    report = vnsign.verify(signed.data, trust=PKI.trust_store(), evidence=PKI.evidence(NOW))
    assert report.signatures[0].level == f"B-{level}"
    assert report.signatures[0].integrity == "PASSED"


@pytest.mark.parametrize("format_", DOCUMENTS)
def test_another_process_finishes_it_after_the_first_is_gone(format_: str, tmp_path: Path):
    session = prepared(format_)
    (tmp_path / "session").write_bytes(session.to_bytes())
    (tmp_path / "value").write_bytes(value(session))
    script = (
        "import pathlib, sys, vnsign\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "session = vnsign.SigningSession.from_bytes((folder / 'session').read_bytes())\n"
        "session.finish((folder / 'value').read_bytes()).save(folder / 'out')\n"
    )
    del session
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=120)
    report = vnsign.verify(tmp_path / "out", trust=PKI.trust_store(), evidence=PKI.evidence(), at=AT + timedelta(hours=1))
    assert report.indication is Indication.TOTAL_PASSED


def test_the_session_is_json_without_secrets_and_with_a_schema():
    found = json.loads(prepared().to_bytes())
    assert found["schema"] == "vnsign.session/2"
    assert "password" not in json.dumps(found).lower()


def test_an_expired_session_is_refused():
    session = prepared()
    with pytest.raises(SigningError) as refusal:
        session.finish(value(session), at=session.expires_at + timedelta(seconds=1))
    assert refusal.value.code == "SESSION_EXPIRED"


def test_a_session_of_level_t_needs_an_authority():
    session = prepared(level="T")
    with pytest.raises(ConfigurationError):
        session.finish(value(session))


def test_an_unfit_certificate_gives_no_session():
    with pytest.raises(CertificateNotFitError):
        vnsign.prepare(application_pdf(), PKI.certificate("citizen-expired"), at=AT)


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b'{"schema":"vnsign.session/2"}',
        b'{"schema":"other/1","format":"pdf"}',
        prepared().to_bytes()[:-20],
        prepared().to_bytes().replace(b'"format":"pdf"', b'"format":"xml"'),
        prepared().to_bytes().replace(b'"level":"B"', b'"level":"Z"'),
        prepared().to_bytes().replace(b'"start":', b'"begin":'),
        b"[" * 100_000,
    ],
)
def test_what_is_no_session_is_refused(damaged: bytes):
    with pytest.raises(ConfigurationError) as refusal:
        SigningSession.from_bytes(damaged)
    assert refusal.value.code == "BAD_SESSION"


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reader(data: bytes):
    with pytest.raises(ConfigurationError):
        SigningSession.from_bytes(data)


# --- what is wrong with the value -------------------------------------------------------------------------------------------


def refused(session: SigningSession, signature: bytes) -> str:
    with pytest.raises(SigningError) as refusal:
        session.finish(signature)
    assert refusal.value.code == "SIGNATURE_VALUE_WRONG"
    assert refusal.value.hint
    return refusal.value.message


def rsa_key(name: str = "citizen") -> RSAPrivateKey:
    key = PKI.credential(name).private_key
    assert isinstance(key, RSAPrivateKey)
    return key


@pytest.mark.parametrize("format_", DOCUMENTS)
def test_text_instead_of_bytes_is_recognised(format_: str):
    session = prepared(format_)
    good = value(session)
    assert "hexadecimal" in refused(session, good.hex().encode())
    assert "hexadecimal" in refused(session, good.hex().upper().encode() + b"\n")
    assert "base64" in refused(session, base64.b64encode(good))
    assert "base64" in refused(session, base64.encodebytes(good))


def test_the_byte_range_digest_signed_instead_of_the_attributes_is_recognised():
    session = prepared()
    digest = session.prepared.message_digest  # type: ignore[union-attr]
    wrong = rsa_key().sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    assert "byte ranges" in refused(session, wrong)
    assert "byte ranges" in refused(session, rsa_key().sign(digest, padding.PKCS1v15(), hashes.SHA256()))


def test_a_digest_digested_again_is_recognised():
    session = prepared()
    digest = hashlib.sha256(session.to_be_signed).digest()
    assert "again" in refused(session, rsa_key().sign(digest, padding.PKCS1v15(), hashes.SHA256()))
    assert "hexadecimal text" in refused(session, rsa_key().sign(digest.hex().encode(), padding.PKCS1v15(), hashes.SHA256()))


def test_another_digest_or_padding_is_recognised():
    session = prepared()
    data = session.to_be_signed
    assert "sha1" in refused(session, rsa_key().sign(data, padding.PKCS1v15(), hashes.SHA1()))
    assert "sha512" in refused(session, rsa_key().sign(data, padding.PKCS1v15(), hashes.SHA512()))
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    assert "PSS" in refused(session, rsa_key().sign(data, pss, hashes.SHA256()))


def test_other_data_and_another_key_are_told_apart():
    session = prepared()
    assert "other data" in refused(session, rsa_key().sign(b"something", padding.PKCS1v15(), hashes.SHA256()))
    assert "another key" in refused(session, rsa_key("staff").sign(session.to_be_signed, padding.PKCS1v15(), hashes.SHA256()))


def test_empty_enormous_and_structured_values_are_named():
    session = prepared()
    assert "empty" in refused(session, b"")
    assert "bytes" in refused(session, b"\0" * 100_000)
    assert "CMS" in refused(session, bytes.fromhex("3082010006092a864886f70d010702a08201f0") + bytes(100))


@pytest.mark.parametrize("format_", DOCUMENTS)
@pytest.mark.parametrize("plain", [True, False])
def test_ecdsa_values_are_taken_in_both_forms(format_: str, plain: bool):
    session = prepared(format_, "citizen-p256")
    key = PKI.credential("citizen-p256").private_key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    der = key.sign(session.to_be_signed, ec.ECDSA(hashes.SHA256()))
    raw = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))
    assert session.finish(raw if plain else der).data
    assert "hexadecimal" in refused(session, (raw if plain else der).hex().encode())


@pytest.mark.parametrize("format_", DOCUMENTS)
def test_the_digest_to_be_signed_is_that_of_the_octets(format_: str):
    session = prepared(format_)
    signature = rsa_key().sign(session.digest_to_be_signed, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    assert session.finish(signature).data


@given(st.binary(max_size=600))
def test_no_value_crashes_and_none_is_taken(data: bytes):
    with pytest.raises(VnsignError):
        _SESSION.finish(data, at=_SESSION.expires_at)


_SESSION = prepared()
