"""What goes wrong while signing: nothing half written, no changed source, no second attempt at a PIN."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

import vnsign
from tests.unit.signing.support import counting
from vnsign.errors import AuthorizationRefusedError, SigningError, TimestampUnavailableError
from vnsign.signing import document as writing
from vnsign.testing.documents import application_pdf
from vnsign.testing.pki import TestPki
from vnsign.testing.servers import Reply, serve
from vnsign.testing.tsa import Lie, SimulatedTsa

PKI = TestPki.load()
AT = datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.pdf"
    path.write_bytes(application_pdf())
    return path


def left(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def test_a_full_disk_leaves_nothing(source: Path, monkeypatch: pytest.MonkeyPatch):
    signed = vnsign.sign(source, PKI.signer("citizen"), at=AT)
    before = hashlib.sha256(source.read_bytes()).digest()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(SigningError) as refusal:
        signed.save(source.with_name("out.pdf"))
    assert refusal.value.code == "CANNOT_WRITE"
    assert left(source.parent) == ["in.pdf"]
    assert hashlib.sha256(source.read_bytes()).digest() == before


@pytest.mark.skipif(sys.platform != "linux", reason="a file-size limit stands for a full disk here")
def test_a_write_that_breaks_off_leaves_nothing(source: Path):
    """The system itself refuses to write on, in the middle of the file."""
    script = (
        "import resource, signal, sys, pathlib\n"
        "from vnsign.signing.document import write_new\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    write_new(pathlib.Path(sys.argv[1]), b'x' * 1_000_000)\n"
        "except Exception as error:\n"
        "    print(error.code)\n"
    )
    target = source.with_name("out.pdf")
    done = subprocess.run([sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "CANNOT_WRITE"
    assert left(source.parent) == ["in.pdf"]


def test_a_process_killed_while_writing_leaves_no_file_of_that_name(source: Path):
    script = (
        "import sys, time, pathlib\n"
        "from vnsign.signing import document\n"
        "real = document.os.fsync\n"
        "def slow(descriptor):\n"
        "    print('writing', flush=True)\n"
        "    time.sleep(60)\n"
        "document.os.fsync = slow\n"
        "document.write_new(pathlib.Path(sys.argv[1]), b'x' * 100_000)\n"
    )
    target = source.with_name("out.pdf")
    with subprocess.Popen([sys.executable, "-c", script, str(target)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "writing"
        process.send_signal(signal.SIGKILL)
    assert not target.exists()
    rest = [name for name in left(source.parent) if name != "in.pdf"]
    assert all(name.startswith(".out.pdf.") and name.endswith(".part") for name in rest)
    # The next attempt is not hindered by what the dead one left.
    vnsign.sign(source, PKI.signer("citizen"), at=AT).save(target)
    assert target.read_bytes().startswith(application_pdf())


def test_a_wrong_pin_is_tried_once(source: Path):
    asked = []

    class Refusing:
        certificate = PKI.certificate("citizen")
        chain = ()

        def sign(self, data: object, algorithm: object) -> tuple[bytes, ...]:
            asked.append(data)
            raise AuthorizationRefusedError("wrong PIN", hint="2 attempts left")

    with pytest.raises(AuthorizationRefusedError):
        vnsign.sign(source, Refusing(), at=AT)  # type: ignore[arg-type] # as a signer of one's own
    assert len(asked) == 1
    assert left(source.parent) == ["in.pdf"]


@pytest.mark.parametrize("level", ["T", "LT", "LTA"])
def test_an_authority_that_is_down_is_noticed_before_the_key(source: Path, level: str):
    signer = counting()
    authority = vnsign.HttpTimestampAuthority("http://127.0.0.1:9/tsa", allow=("127.0.0.1",), tries=1, timeout=5)
    with pytest.raises(TimestampUnavailableError):
        vnsign.sign(
            source, signer, level=level, timestamps=authority, at=AT, trust=PKI.trust_store(), evidence=PKI.evidence(AT)
        )
    assert signer.calls == 0


def test_an_authority_that_answers_with_an_error_gives_no_document(source: Path):
    with serve(PKI, faults={"/vnsign/tsa/public": Reply(b"busy", "text/plain", 503)}) as services:
        authority = vnsign.HttpTimestampAuthority(services.tsa(), allow=("127.0.0.1",), tries=1, timeout=5)
        with pytest.raises(TimestampUnavailableError):
            vnsign.sign(source, PKI.signer("citizen"), level="T", timestamps=authority)
    assert left(source.parent) == ["in.pdf"]


@pytest.mark.parametrize("lie", [item for item in Lie if item is not Lie.NONE])
@pytest.mark.parametrize("level", ["T", "LTA"])
def test_a_lying_authority_gives_no_document_at_any_level(source: Path, lie: Lie, level: str):
    now = datetime.now(UTC)
    liar = SimulatedTsa.of(PKI, clock=lambda: now, lie=lie)
    with serve(PKI, tsas={"public": liar}) as services, pytest.raises(SigningError):
        vnsign.sign(
            source,
            PKI.signer("citizen"),
            level=level,
            timestamps=vnsign.HttpTimestampAuthority(services.tsa(), allow=("127.0.0.1",), tries=1, timeout=10),
            trust=PKI.trust_store(),
            evidence=PKI.evidence(now),
        )
    assert left(source.parent) == ["in.pdf"]


def test_a_slow_authority_is_waited_for(source: Path):
    class Slow:
        def __init__(self) -> None:
            self.inner = SimulatedTsa.of(PKI, clock=lambda: AT)

        def token(self, algorithm: str, imprint: bytes) -> bytes:
            time.sleep(0.2)
            return self.inner.token(algorithm, imprint)

    assert vnsign.sign(source, PKI.signer("citizen"), level="T", timestamps=Slow(), at=AT).level == "T"


def test_lt_without_status_is_refused_before_the_key(source: Path):
    signer = counting()
    with pytest.raises(SigningError) as refusal:
        vnsign.sign(
            source,
            signer,
            level="LT",
            timestamps=SimulatedTsa.of(PKI, clock=lambda: AT),
            at=AT,
            trust=PKI.trust_store(),
        )
    assert refusal.value.code == "STATUS_NEEDED"
    assert signer.calls == 0
