"""A document and what is appended to it read and grow as one file would, and the document is never written to."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnsign.formats.appended import Appended, AppendingStream


@given(st.binary(max_size=40), st.binary(max_size=40), st.lists(st.tuples(st.integers(0, 90), st.integers(-1, 90)), max_size=8))
def test_it_reads_as_one_stream(document: bytes, update: bytes, steps: list[tuple[int, int]]):
    both = Appended(document, update)
    one, other = io.BytesIO(document + update), both.open()
    assert both.join() == document + update and len(both) == len(document) + len(update)
    for offset, count in steps:
        assert one.seek(offset) == other.seek(offset)
        assert one.read(count) == other.read(count)
        assert one.tell() == other.tell()
    assert one.seek(0, os.SEEK_END) == other.seek(0, os.SEEK_END)


@given(st.binary(max_size=20), st.lists(st.tuples(st.integers(0, 30), st.binary(max_size=9)), max_size=6))
def test_it_grows_as_one_stream(document: bytes, steps: list[tuple[int, bytes]]):
    one, other = io.BytesIO(document), AppendingStream(document)
    for offset, data in steps:
        for stream in (one, other):
            stream.seek(len(document) + offset)
            stream.write(data)
    one.seek(0)
    other.seek(0)
    assert other.read() == one.read() == document + other.appended()


def test_the_document_itself_is_not_written_to():
    stream = AppendingStream(b"signed")
    stream.seek(3)
    with pytest.raises(OSError, match="not written to"):
        stream.write(b"x")
    with pytest.raises(ValueError, match="negative"):
        stream.seek(-1)


def test_repr_shows_no_octets():
    assert "secret" not in repr(Appended(b"secret", b"secret"))


LARGE = """
import resource, sys
from pathlib import Path
from vnsign import sign
from vnsign.testing.documents import application_pdf
from vnsign.testing.pki import TestPki

signer = TestPki.load().signer("citizen")
sign(application_pdf(), signer)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sign(Path(sys.argv[1]), signer).save(sys.argv[2])
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) * 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux")
def test_a_large_pdf_is_signed_and_written_with_half_as_much_again_of_memory(tmp_path):
    """The document is in memory once, whatever the steps; the bound leaves room for what the allocator keeps."""
    from bench.documents import scanned_pdf

    source, target = tmp_path / "large.pdf", tmp_path / "signed.pdf"
    source.write_bytes(scanned_pdf(40 << 20))
    done = subprocess.run(
        [sys.executable, "-c", LARGE, str(source), str(target)], capture_output=True, text=True, check=True, timeout=120
    )
    assert int(done.stdout) < 1.5 * source.stat().st_size
    with target.open("rb") as stream:
        assert stream.read(1000) == source.read_bytes()[:1000]
