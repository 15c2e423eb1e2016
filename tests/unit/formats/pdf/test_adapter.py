"""The contract with pyHanko: what the adapter relies on, so that a new version that moves it fails here first."""

from __future__ import annotations

import ast
import inspect
import io
from pathlib import Path

import pyhanko.version
from pyhanko.pdf_utils import crypt, generic, reader, xref

import vnsign.formats.pdf
from vnsign.formats.pdf import pyhanko_adapter as pdf
from vnsign.formats.pdf.pyhanko_difference import difference
from vnsign.model.limits import Limits

from .reading_support import plain_pdf, signed, updated


def test_the_minor_version_is_the_one_the_contract_was_written_for() -> None:
    """0.38 brought the decode limits; a newer minor version may move internals."""
    assert pyhanko.version.__version__.startswith("0.38.")


def test_only_named_modules_import_pyhanko() -> None:
    """Reading touches pyHanko in ``pyhanko_*``, writing in ``write_*`` and ``prepare``."""
    folder = Path(vnsign.formats.pdf.__file__).parent
    importing = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "pyhanko" for name in names):
                importing.add(path.stem)
    assert {name for name in importing if not name.startswith(("pyhanko_", "write_", "prepare"))} == set()


def test_the_replaced_constructor_sets_what_the_original_sets() -> None:
    """``BoundedReader`` does not call its parent's constructor; every attribute set there must be set here."""
    original = reader.PdfFileReader(io.BytesIO(plain_pdf()), strict=False)
    ours = pdf.open_pdf(io.BytesIO(plain_pdf()), Limits(), None).reader
    assert set(vars(original)) <= set(vars(ours))
    assert list(inspect.signature(reader.PdfFileReader.__init__).parameters) == ["self", "stream", "strict", "decode_limits"]


def test_the_overridden_methods_exist_with_their_parameters() -> None:
    """Overrides that no one calls any more would silently lose their bounds."""
    assert list(inspect.signature(xref.XRefBuilder._read_xref_stream).parameters) == ["self", "declared_startxref"]
    assert list(inspect.signature(xref.XRefBuilder._read_xref_table).parameters) == ["self", "declared_startxref"]
    assert list(inspect.signature(xref.XRefBuilder._read_xref_stream_object).parameters) == ["self"]
    parameters = inspect.signature(reader.PdfFileReader._get_object_from_stream).parameters
    assert list(parameters) == ["self", "idnum", "stmnum", "idx"]
    assert list(inspect.signature(reader.HistoricalResolver.get_object).parameters) == ["self", "ref", "as_metadata_stream"]
    assert list(inspect.signature(xref.read_object_header).parameters) == ["stream", "strict"]
    assert hasattr(crypt.AuthStatus, "FAILED")


def test_sections_revisions_and_history_are_as_relied_on() -> None:
    """Cross-reference sections count from the oldest; each knows what it wrote, and what an object was then."""
    pdf_bytes = updated(plain_pdf(), {3: b"<</Type/Page/Parent 2 0 R/Rotate 90>>", 40: b"(new)"})
    document = pdf.open_pdf(io.BytesIO(pdf_bytes), Limits(), None)
    assert len(document.sections) == 2
    assert document.written_in(1) == {(3, 0), (40, 0)}
    assert document.freed_in(1) == frozenset()
    assert (document.defined_at((40, 0), 0), document.defined_at((40, 0), 1)) == (False, True)
    assert document.last_change((3, 0)) == 1
    assert "/Rotate" not in document.object_at((3, 0), 0)
    assert document.object_at((3, 0))["/Rotate"] == 90
    assert [document.number(index) for index in range(2)] == [1, 2]
    assert pdf_bytes[document.sections[1].startxref :].startswith(b"xref")


def test_the_contents_are_found_without_reading_their_digits_one_by_one() -> None:
    """The place of the string is that of the byte range's gap, and the value that of pyHanko."""
    data = signed(plain_pdf())
    document = pdf.open_pdf(io.BytesIO(data), Limits(), None)
    field = document.root()["/AcroForm"]["/Fields"][0].get_object()
    found = document.signature_dictionary(field.raw_get("/V"))
    assert found is not None
    assert found.token is not None
    start, end = found.token
    numbers = [int(n) for n in found.entries["/ByteRange"]]
    assert (start, end) == (numbers[1], numbers[2])
    assert found.contents == bytes.fromhex(data[start + 1 : end - 1].decode())
    plain = reader.PdfFileReader(io.BytesIO(data)).embedded_signatures[0]
    assert plain.pkcs7_content == found.contents
    cached = document.object_at(pdf.ref_of(field.raw_get("/V")) or (0, 0))
    assert isinstance(cached.raw_get("/Contents"), generic.ByteStringObject)


def test_the_difference_analysis_tells_harmless_from_suspicious() -> None:
    """Levels 1 and 2 are what signing and form filling may do; 4 is anything else, with a reason."""
    one = signed(plain_pdf())
    document = pdf.open_pdf(io.BytesIO(signed(one, "Signature2")), Limits(), None)
    assert difference(document, 1, 2, None, None).level == 2
    changed = updated(one, {5: b"<</Length 2>>stream\nBT\nendstream"})
    document = pdf.open_pdf(io.BytesIO(changed), Limits(), None)
    result = difference(document, 1, 2, None, None)
    assert (result.level, result.unreadable) == (4, False)
    assert result.reason
