"""CMS signatures of another project, and what OpenSSL says of signatures that both read."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.unit.pki.cms_factory import CONTENT, Cms, problems, read
from vnsign.crypto.values import verify_value
from vnsign.model.facts import SignatureFacts
from vnsign.model.verdict import CheckStatus
from vnsign.pki.signed_data import SignedData
from vnsign.testing.pki import TestPki

NOT_CMS = {
    "signature-policy.der": "a signature policy, and no CMS",
}
"""Rows of the manifest that expect a sound signature where there is none to read."""

FAULTS = {
    "cades-duplicated-signed-attrs.p7m": {"cms.attribute-not-unique"},
    "CAdES-BpB-att-SHA256-SHA3_256withRSA.p7m": {"cms.digest-algorithm-mismatch"},
    "CAdES-BpB-att-SHA256-SHA3_256withRSAandMGF1.p7m": {"cms.digest-algorithm-mismatch"},
    "CAdES-BpB-att-SHA256-SHA512withRSA.p7m": {"cms.digest-algorithm-mismatch"},
    "CAdES-BpB-att-SHA3_224-SHA256withRSA.p7m": {"cms.digest-algorithm-mismatch"},
    "CAdES-BpB-att-SHA3_256-SHA256withRSA.p7m": {"cms.digest-algorithm-mismatch"},
    "CAdES-BpB-att-SHA3_384-SHA256withRSA.p7m": {"cms.digest-algorithm-mismatch"},
    "CAdES-BpB-att-SHA3_512-SHA256withRSA.p7m": {"cms.digest-algorithm-mismatch"},
    "FD1&FD2&FEA.pdf.p7m": {"cms.several-signers"},
    "Double-C-B-B-basic.p7m": {"cms.several-signers"},
}
"""Structural faults that are there; any other file has none."""


def _rows(shared_data: Path) -> list[dict[str, object]]:
    lines = (shared_data / "corpora" / "manifest.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if row["kind"] == "cms" and str(row["path"]).startswith("cades-dss")]


def _read(shared_data: Path, row: dict[str, object]) -> SignedData:
    corpora = shared_data / "corpora"
    data = (corpora / str(row["path"])).read_bytes()
    companions = row.get("companions")
    if isinstance(companions, list) and companions:
        return read(data, content=(corpora / companions[0]).read_bytes())
    return read(data)


def _value(facts: SignatureFacts) -> CheckStatus:
    if facts.signing_certificate is None or facts.signed_value is None:
        return CheckStatus.INDETERMINATE
    return verify_value(facts.signing_certificate, facts.signed_value).status


@pytest.mark.corpus
def test_the_mathematics_are_as_expected_and_faults_are_the_known_ones(shared_data: Path) -> None:
    wrong = []
    rows = _rows(shared_data)
    for row in rows:
        name = str(row["path"]).rsplit("/", 1)[-1]
        if name in NOT_CMS:
            continue
        found = _read(shared_data, row)
        facts = found.facts
        expected = row.get("crypto_expected")
        at_hand = all(item.computed is not None for item in facts.digests)
        sound = _value(facts) is CheckStatus.PASSED and all(item.matches for item in facts.digests if item.computed is not None)
        if expected is True and not sound:
            wrong.append((name, "expected sound"))
        if expected is False and sound and at_hand and not facts.problems:
            wrong.append((name, "expected broken"))
        if set(problems(found)) != FAULTS.get(name, set()):
            wrong.append((name, str(problems(found))))
    assert not wrong
    assert len(rows) >= 49
    names = {str(row["path"]).rsplit("/", 1)[-1] for row in rows}
    assert NOT_CMS.keys() | FAULTS.keys() <= names, "stale entries"


@pytest.mark.corpus
def test_a_file_that_is_no_cms_is_said_so(shared_data: Path) -> None:
    for row in _rows(shared_data):
        if str(row["path"]).rsplit("/", 1)[-1] in NOT_CMS:
            assert problems(_read(shared_data, row)) == ["cms.malformed"]


def _openssl(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, timeout=30, check=False)


def _has_openssl() -> bool:
    try:
        return _openssl("version").stdout.startswith(b"OpenSSL 3")
    except OSError:
        return False


needs_openssl = pytest.mark.skipif(not _has_openssl(), reason="no OpenSSL 3 program on this machine")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    credential = TestPki.load().credential("citizen")
    (tmp_path / "key.pem").write_bytes(credential.private_key_pem)
    from cryptography.hazmat.primitives.serialization import Encoding

    (tmp_path / "cert.pem").write_bytes(credential.certificate.x509.public_bytes(Encoding.PEM))
    (tmp_path / "content").write_bytes(CONTENT)
    return tmp_path


@pytest.mark.oracle
@needs_openssl
@pytest.mark.parametrize(
    "options",
    [
        ["-nodetach"],
        ["-nodetach", "-md", "sha512"],
        ["-nodetach", "-keyid"],
        ["-nodetach", "-noattr"],
        ["-nodetach", "-cades"],
        ["-nodetach", "-stream", "-indef"],
        ["-nodetach", "-keyopt", "rsa_padding_mode:pss"],
        [],
        ["-noattr"],
    ],
)
def test_what_openssl_signs_is_read_and_verifies(files: Path, options: list[str]) -> None:
    base = ["cms", "-sign", "-binary", "-outform", "DER", "-in", str(files / "content")]
    made = _openssl(*base, "-signer", str(files / "cert.pem"), "-inkey", str(files / "key.pem"), *options)
    assert made.returncode == 0, made.stderr
    detached = "-nodetach" not in options
    found = read(made.stdout, content=CONTENT if detached else None)
    assert problems(found) == []
    assert found.facts.digests[0].matches
    assert _value(found.facts) is CheckStatus.PASSED
    assert found.facts.level == ("B-B" if "-cades" in options else "")
    changed = read(made.stdout, content=b"other") if detached else read(made.stdout.replace(CONTENT[:8], b"Xpplicat"))
    assert not changed.facts.digests[0].matches


@pytest.mark.oracle
@needs_openssl
@pytest.mark.parametrize("form", ["der", "bare", "broken"])
def test_openssl_agrees_on_what_is_made_here(files: Path, form: str) -> None:
    cms = Cms(attributes=[] if form == "bare" else None)
    if form == "broken":
        cms.value = bytes(256)
    data = cms.build()  # not in BER: OpenSSL digests attribute values as written, where RFC 5652, 5.4 asks for DER
    verify = ["cms", "-verify", "-inform", "DER", "-noverify", "-certfile", str(files / "cert.pem"), "-binary"]
    told = _openssl(*verify, data=data).returncode == 0
    found = read(data).facts
    assert told is (_value(found) is CheckStatus.PASSED)
    assert told is (form != "broken")
