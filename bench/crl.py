"""Long revocation lists: what a list of 1,000,000 entries costs, as multiples of reading its file.

Run by ``make bench`` and by itself. The list is made in code and signed by the test PKI's public CA.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from vnsign.pki import der
from vnsign.testing.pki import TestPki

AT = datetime(2026, 6, 1, tzinfo=UTC)
ENTRIES = 1_000_000
_REASON = bytes.fromhex("300c300a0603551d1504030a0104")


def long_crl(entries: int, *, issuer: str = "public-ca", serials: tuple[int, ...] = ()) -> bytes:
    """A CRL of so many entries with serial numbers of 16 octets, every second with a reason, and those named among them."""
    pki = TestPki.load()
    template = pki.crl(issuer, this_update=AT - timedelta(days=1), next_update=AT + timedelta(days=365))
    parts = der.children(template)
    fields = der.children(parts[0][2])
    place = next(index for index in range(1, len(fields)) if fields[index][0] == 0x30 and fields[index - 1][0] in (0x17, 0x18))
    noise = random.Random(7)
    made = [_entry(noise.getrandbits(127), reason=index % 2 == 0) for index in range(entries)]
    for number in serials:
        made.insert(noise.randrange(len(made)), _entry(number, reason=True))
    before = b"".join(item[2] for item in fields[:place])
    after = b"".join(item[2] for item in fields[place + 1 :])
    tbs = der.encode(0x30, before + der.encode(0x30, fields[place][1] + b"".join(made)) + after)
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    value = pki.credential(issuer).private_key.sign(tbs, PKCS1v15(), SHA256())
    return der.encode(0x30, tbs + parts[1][2] + der.encode(0x03, b"\x00" + value))


def _entry(serial: int, *, reason: bool) -> bytes:
    octets = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    moment = b"\x17\x0d260101000000Z"
    return der.encode(0x30, der.encode(0x02, octets) + moment + (_REASON if reason else b""))


def main() -> None:
    """Measure and print rows as ``bench/run.py`` does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--entries", type=int, default=ENTRIES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(Path(folder), options.entries):
            print(row, flush=True)


def rows(folder: Path, entries: int) -> list[str]:
    """The rows: first use of a list in a verification, the next use, the cache, and memory."""
    from vnsign.evidence.directory import load_evidence_file

    file = folder / "long.crl"
    file.write_bytes(long_crl(entries))
    reading = _median(file.read_bytes)
    first, again = _verifying(file)
    fresh, indexed = _looking_up(load_evidence_file(file).crls[0])
    cold, warm = _from_cache(folder, file)
    size = f"{entries:,} entries, {file.stat().st_size / 1e6:.0f} MB"
    read = f"reading the file {reading:.1f}"
    return [
        f"| CRL of {size}: verify with it, first use | {first:.1f} ms | {read} ({first / reading:.2f} x) |",
        f"| the same: verify with it again in the process | {again:.2f} ms | limit 5.00 ({again / 5:.2f} x) |",
        f"| the same: have it from the cache in another process | {cold:.1f} ms | {read} ({cold / reading:.2f} x) |",
        f"| the same: have it from the cache again | {warm:.2f} ms | limit 5.00 ({warm / 5:.2f} x) |",
        f"| the same: another serial number, before and with an index | {fresh:.2f} ms, {indexed:.3f} ms | {read} |",
        f"| the same: memory of the look-up above the list's own bytes | {memory(file):.1f} MB | |",
    ]


def _verifying(file: Path) -> tuple[float, float]:
    """Milliseconds that a long list adds to a verification: read from its file, and when it has been used before."""
    from vnsign import Evidence, Verifier, sign
    from vnsign.evidence.directory import load_evidence_file
    from vnsign.testing.documents import application_pdf

    pki = TestPki.load()
    document = sign(application_pdf(), pki.signer("citizen"), at=AT).data
    of_root = Evidence(crls=(pki.crl("public-root", this_update=AT - timedelta(hours=1)),))
    small = of_root | Evidence(crls=(pki.crl("public-ca", this_update=AT - timedelta(hours=1)),))
    verifier = Verifier(pki.trust_store())

    def verify(evidence: Evidence) -> None:
        assert replace(verifier, evidence=evidence).verify(document, at=AT).indication == "TOTAL-PASSED"

    plain = _median(lambda: verify(small))

    def first() -> Evidence:
        brought = of_root | load_evidence_file(file)
        verify(brought)
        return brought

    used = of_root | load_evidence_file(file)
    # What it adds the second time is less than the noise.
    return _median(first, before=_forget) - plain, max(0.0, _median(lambda: verify(used)) - plain)


def _forget() -> None:
    from vnsign.pki import crl

    crl.forget()


def _looking_up(listed: bytes) -> tuple[float, float]:
    """Milliseconds for one more serial number, by scanning and by index."""
    from vnsign.pki.crl_scan import scan

    list_, numbers = scan(listed), random.Random(11)
    taken = [_timed(lambda: list_.entry(numbers.getrandbits(126))) for _ in range(20)]
    return statistics.median(taken[:4]), statistics.median(taken[5:])


def _from_cache(folder: Path, file: Path) -> tuple[float, float]:
    """Milliseconds to have the list from the cache's file, and from what the process has read already."""
    from vnsign.evidence import cache

    kept, address = cache.Cache(folder / "cache"), "http://example.vn/long.crl"
    kept.put(address, file.read_bytes(), now=0.0)

    def have() -> object:
        return kept.get(address, now=1.0)

    return _median(have, before=cache.forget), _median(have)


def memory(file: Path) -> float:
    """Peak megabytes of a process that looks a serial number up, above those of one that only reads the file."""
    start = (
        "import sys; from vnsign.testing.pki import TestPki; from vnsign.pki.crl import crl_statement, read_crl; "
        "pki = TestPki.load(); data = open(sys.argv[1], 'rb').read(); "
    )
    use = "crl_statement(read_crl({}), pki.certificate('citizen'), pki.certificate('public-ca'))"
    return _peak(start + use.format("data"), file) - _peak(start + use.format("pki.crls()[1]"), file)


def _peak(code: str, file: Path) -> float:
    process = subprocess.Popen([sys.executable, "-c", code, str(file)])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / 1024


def _median(task: Callable[[], object], rounds: int = 7, before: Callable[[], object] = gc.collect) -> float:
    task()
    return statistics.median(_timed(task, before) for _ in range(rounds))


def _timed(task: Callable[[], object], before: Callable[[], object] = gc.collect) -> float:
    """Milliseconds of CPU time: reading from the page cache costs nothing else, and neighbours do not disturb it.

    Giving memory back is counted nowhere, neither for the list nor for the file that is only read.
    """
    before()
    start = time.process_time()
    kept = task()
    taken = (time.process_time() - start) * 1000
    del kept
    return taken


if __name__ == "__main__":
    main()
