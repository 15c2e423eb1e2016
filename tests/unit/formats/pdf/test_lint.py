"""The lint of PDFs: each finding in a document that has it, and its absence in one that is like it and has not."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.formats.pdf.lint_support import (
    CONTENT,
    DESCRIPTOR,
    FONT,
    FREE,
    PAGE,
    annotations,
    codes,
    composite,
    found,
    pdf,
    scan,
    stream,
    to_unicode,
    widget,
    with_action,
    with_widgets,
)
from vnsign.errors import LimitExceededError, SigningError, UnreadableDocumentError, VnsignError
from vnsign.formats.pdf.lint import CODES, LintProfile, LintWeight, lint_pdf, refuse_findings
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits
from vnsign.report.catalogue import entry
from vnsign.testing.documents import application_pdf

DIGITISED = LintProfile.DIGITISED
SIMPLE = b"<< /Type /Font /Subtype /%s /BaseFont /AAAAAA+Sans %s /FontDescriptor %d 0 R >>"
FILE = b"<< /Type /Filespec /F (x.bin) /EF << /F %d 0 R >> >>" % (FREE + 1)
LAYERS = b"/OCProperties << /OCGs [%d 0 R] /D << %%s >> >>" % FREE
GROUP = b"<< /Type /OCG /Name (Ban nhap) %s >>"


def simple_font(kind: bytes, entries: bytes, said: dict[int, str] | None = None) -> bytes:
    objects = {FONT: SIMPLE % (kind, entries + (b" /ToUnicode %d 0 R" % FREE if said else b""), DESCRIPTOR)}
    if said:
        objects[FREE] = to_unicode(said)
    return pdf(objects)


def layered(default: bytes, usage: bytes = b"") -> bytes:
    return pdf({FREE: GROUP % usage}, catalog=LAYERS % default)


def embedded(catalog: bytes = b"", page: bytes = b"") -> bytes:
    return pdf({FREE: FILE, FREE + 1: stream(b"x", b"/Type /EmbeddedFile")}, catalog=catalog, page=page)


NAMES = b"/Names << /EmbeddedFiles << /Names [(x) %d 0 R] >> >>" % FREE
SCRIPT = b"<< /S /JavaScript /JS (app.alert) >>"
PRINT_ONLY = b"/Usage << /View << /ViewState /OFF >> /Print << /PrintState /ON >> >>"

PAIRS: dict[str, list[tuple[bytes, bytes]]] = {
    "PDF_SCRIPT": [
        (with_action(SCRIPT), with_action(b"<< /S /GoTo /D [%d 0 R /Fit] >>" % PAGE)),
        (with_action(SCRIPT, "open"), with_action(b"[%d 0 R /Fit]" % PAGE, "open")),
        (with_action(SCRIPT, "page"), pdf(page=b"/AA << >>")),
        (
            pdf({FREE: SCRIPT}, catalog=b"/Names << /JavaScript << /Names [(a) %d 0 R] >> >>" % FREE),
            pdf(catalog=b"/Names << >>"),
        ),
        (with_action(b"<< /S /GoTo /D [%d 0 R /Fit] /Next %s >>" % (PAGE, SCRIPT)), pdf()),
        (with_action(b"<< /S /Rendition /JS (x) >>"), pdf()),
    ],
    "PDF_LAUNCH": [(with_action(b"<< /S /Launch /F (calc.exe) >>"), pdf())],
    "PDF_SUBMIT": [
        (with_action(b"<< /S /SubmitForm /F (http://x.vn) >>"), pdf()),
        (with_action(b"<< /S /ImportData /F (x.fdf) >>"), pdf()),
    ],
    "PDF_ACTION": [
        (with_action(b"<< /S /GoToR /F (other.pdf) /D [0 /Fit] >>"), pdf()),
        (with_action(b"<< /S /Hide /T (field) >>"), pdf()),
        (with_action(b"<< /S /SetOCGState /State [/OFF] >>"), pdf()),
        (with_action(b"<< /S /Named /N /Print >>"), with_action(b"<< /S /Named /N /NextPage >>")),
    ],
    "PDF_URI": [
        (
            with_action(b"<< /S /URI /URI (https://dichvucong.gov.vn) >>"),
            pdf({FREE: b"<< /S /URI >>"}, page=b"/X %d 0 R" % FREE),
        ),
    ],
    "PDF_MULTIMEDIA": [
        (pdf(page=b"/Annots [<< /Type /Annot /Subtype /RichMedia /Rect [0 0 9 9] >>]"), pdf(page=b"/Annots []")),
        (with_action(b"<< /S /Movie >>"), pdf()),
    ],
    "PDF_XFA": [(pdf(catalog=b"/AcroForm << /Fields [] /XFA (x) >>"), pdf(catalog=b"/AcroForm << /Fields [] >>"))],
    "PDF_NEED_APPEARANCES": [
        (
            with_widgets(widget("a", (60, 600, 160, 620)), form=b"/NeedAppearances true"),
            with_widgets(widget("a", (60, 600, 160, 620)), form=b"/NeedAppearances false"),
        )
    ],
    "PDF_HIDDEN_LAYER": [
        (layered(b"/OFF [%d 0 R]" % FREE), layered(b"/ON [%d 0 R]" % FREE)),
        (layered(b"/BaseState /OFF"), layered(b"/BaseState /OFF /ON [%d 0 R]" % FREE)),
        (layered(b"/AS [<< /Event /Print >>]", PRINT_ONLY), layered(b"/AS []", PRINT_ONLY)),
    ],
    "PDF_WIDGET_OVERLAP": [
        (
            with_widgets(widget("amount", (60, 600, 160, 620)), widget("cover", (50, 590, 170, 630))),
            with_widgets(widget("amount", (60, 600, 160, 620)), widget("below", (60, 570, 160, 600.5))),
        ),
        (
            with_widgets(widget("amount", (60, 600, 160, 620)), widget("s", (100, 590, 170, 630), b"/Sig")),
            with_widgets(widget("seal", (60, 600, 160, 620), b"/Sig"), widget("s", (100, 590, 170, 630), b"/Sig")),
        ),
    ],
    "PDF_WIDGET_HIDDEN": [
        (
            with_widgets(widget("a", (60, 600, 160, 620), more=b"/F 2")),
            with_widgets(widget("a", (60, 600, 160, 620), more=b"/F 4")),
        ),
        (with_widgets(widget("a", (0, 0, 0, 0))), with_widgets(widget("s", (0, 0, 0, 0), b"/Sig"))),
        (with_widgets(widget("a", (700, 10, 800, 30))), with_widgets(widget("a", (500, 10, 590, 30)))),
    ],
    "PDF_FONT_REMAPPED": [
        (composite({1: "7"}, {ord("1"): 1}), composite({1: "1"}, {ord("1"): 1})),
        (composite({1: "7"}, {ord("1"): 1}, format=12), composite({1: "1"}, {ord("1"): 1}, format=12)),
        (
            simple_font(b"TrueType", b"/Encoding /WinAnsiEncoding", {49: "7"}),
            simple_font(b"TrueType", b"/Encoding /WinAnsiEncoding", {49: "1"}),
        ),
        (
            simple_font(b"Type1", b"/Encoding << /Differences [1 /one /uni1EA1] >>", {1: "1", 2: "a"}),
            simple_font(b"Type1", b"/Encoding << /Differences [1 /one /uni1EA1] >>", {1: "1", 2: "a\u0323"}),
        ),
    ],
    "PDF_FONT_NO_UNICODE": [
        (composite(None, {65: 1}), composite({1: "A"}, {65: 1})),
        (composite({1: "\ue001"}, {65: 1}), composite({1: "A", 2: "\ue001"}, {65: 1})),
        (
            simple_font(b"Type1", b"/Encoding << /Differences [1 /g1 /g2] >>"),
            simple_font(b"Type1", b"/Encoding << /Differences [1 /A /b] >>"),
        ),
    ],
    "PDF_FONT_NOT_EMBEDDED": [(pdf({DESCRIPTOR: b"<< /Type /FontDescriptor /Flags 32 >>"}), pdf())],
    "PDF_EXTERNAL_STREAM": [
        (pdf({CONTENT: stream(b"", b"/F (elsewhere.bin)")}), pdf({CONTENT: stream(b"", b"/F null")})),
        (pdf({FREE: stream(b"", b"/Subtype /Form /Ref << >>")}, page=b"/X %d 0 R" % FREE), pdf()),
    ],
    "PDF_EMBEDDED_FILE": [
        (embedded(NAMES), pdf(catalog=b"/Names << /EmbeddedFiles << /Names [] >> >>")),
        (
            embedded(page=b"/Annots [<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS %d 0 R >>]" % FREE),
            pdf({FREE: b"<< /Type /Filespec /F (x) >>"}, page=b"/X %d 0 R" % FREE),
        ),
    ],
    "PDF_VERSION_OLD": [(pdf(version=b"1.3"), pdf(version=b"1.4"))],
    "PDF_LINT_INCOMPLETE": [
        (pdf({CONTENT: b"<< /Length 9999 /X (", FREE: b"null"}), pdf()),
        (
            pdf(
                {
                    FONT: SIMPLE % (b"Type1", b"/ToUnicode %d 0 R" % FREE, DESCRIPTOR),
                    FREE: stream(b"no zlib", b"/Filter /FlateDecode"),
                }
            ),
            pdf(),
        ),
    ],
    "SCAN_MISSING": [(pdf(), scan())],
    "SCAN_DPI_LOW": [
        (scan(1240, 1754), scan(1654, 2339)),
        (scan(1654, 1240), scan(2480, 3508)),
        (
            scan(draw=b"0.5 0 0 0.5 0 0 cm q 1190 0 0 1683 0 0 cm BT (\\)Tj) Tj ET /Im0 Do Q", width=1240),
            scan(draw=b"595.28 0 0 841.89 0 0 cm/Im0 Do"),
        ),
    ],
    "SCAN_NOT_COLOUR": [
        (scan(space=b"/DeviceGray"), scan(space=b"/DeviceCMYK")),
        (scan(space=b"[/Indexed /DeviceGray 1 <00FF>]"), scan(space=b"[/Indexed /DeviceRGB 1 <000000FFFFFF>]")),
        (scan(space=b"[/ICCBased << /N 1 >>]"), scan(space=b"[/CalRGB << >>]")),
        (scan(space=b"", more=b"/ImageMask true"), scan(space=b"/DeviceRGB")),
    ],
    "SCAN_PAGE_SIZE": [
        (scan(box=b"[0 0 612 792]"), scan(box=b"[0 0 841.89 595.28]")),
        (scan(box=b"[0 0 595.28 850]"), scan(box=b"[0 0 597 843]")),
    ],
}
CASES = [
    pytest.param(code, bad, good, id=f"{code}-{number}")
    for code, pairs in PAIRS.items()
    for number, (bad, good) in enumerate(pairs, 1)
]


@pytest.mark.parametrize(("code", "bad", "good"), CASES)
def test_each_finding_is_made_where_it_should_be_and_nowhere_else(code: str, bad: bytes, good: bytes) -> None:
    assert code in codes(bad, DIGITISED)
    assert code not in codes(good, DIGITISED)


def test_every_code_has_a_case_and_sentences_in_both_languages() -> None:
    assert set(PAIRS) == CODES
    for language in ("vi", "en"):
        for code in CODES | {"PDF_LINT"}:
            assert set(entry(language, f"codes.{code}")) == {"meaning", "action"}


def test_a_plain_document_has_no_findings() -> None:
    assert found(pdf()) == []
    assert found(scan(), DIGITISED) == []


@pytest.mark.parametrize("profile", LintProfile)
def test_profiles_weigh_and_only_strict_ones_refuse(profile: LintProfile) -> None:
    findings = found(with_action(SCRIPT), profile)
    if profile is LintProfile.STANDARD:
        assert [item.weight for item in findings] == [LintWeight.WARNED]
        refuse_findings(findings)
        return
    with pytest.raises(SigningError) as caught:
        refuse_findings(findings)
    assert caught.value.code == "PDF_LINT"
    assert "PDF_SCRIPT" in caught.value.message


def test_scans_are_looked_at_under_their_profile_alone() -> None:
    assert found(scan(100, 100, space=b"/DeviceGray")) == []
    assert codes(scan(100, 100, space=b"/DeviceGray"), DIGITISED) == {"SCAN_DPI_LOW", "SCAN_NOT_COLOUR"}


def test_a_finding_says_where_and_what() -> None:
    item = next(item for item in found(scan(1240, 1754), DIGITISED) if item.code == "SCAN_DPI_LOW")
    assert (item.page, item.found) == (1, "150 dpi")
    item = found(with_action(b"<< /S /URI /URI (https://dichvucong.gov.vn) >>"))[0]
    assert (item.page, item.weight, item.found) == (1, LintWeight.WARNED, "URI https://dichvucong.gov.vn")
    item = found(composite({1: "7"}, {ord("1"): 1}))[0]
    assert item.found == "AAAAAA+Sans: shows 1 says 7"


def test_the_weightiest_come_first_and_each_code_is_bounded() -> None:
    links = [b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (x%d) >> >>" % place for place in range(80)]
    objects, page = annotations(*links, b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A %s >>" % SCRIPT)
    findings = found(pdf(objects, page=page))
    assert findings[0].code == "PDF_SCRIPT"
    assert len(findings) == 51


def test_compressed_objects_and_inherited_resources_are_looked_at() -> None:
    data = zlib.compress(b"q 595.28 0 0 841.89 0 0 cm /Im0 Do Q")
    picture = b"/Type /XObject /Subtype /Image /Width 100 /Height 100 /ColorSpace /CS0"
    resources = b"/Resources << /XObject << /Im0 %d 0 R >> /ColorSpace << /CS0 /DeviceGray >> >>" % FREE
    document = pdf(
        {
            FREE: stream(b"", picture),
            CONTENT: stream(data, b"/Filter /FlateDecode"),
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595.28 841.89] %s >>" % resources,
            PAGE: b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R >>" % CONTENT,
        },
        page=b"/Resources",
    )
    assert codes(document, DIGITISED) == {"SCAN_DPI_LOW", "SCAN_NOT_COLOUR"}


def test_pictures_in_forms_inline_and_in_strips_are_measured() -> None:
    entries = b"/Type /XObject /Subtype /Form /Matrix [595.28 0 0 841.89 0 0]"
    form = stream(b"/Im0 Do", entries + b" /Resources << /XObject << /Im0 %d 0 R >> >>" % FREE)
    image = stream(b"", b"/Type /XObject /Subtype /Image /Width 1654 /Height 2339 /ColorSpace /DeviceRGB")
    resources = b"/Resources << /XObject << /Fm0 %d 0 R >> >>" % (FREE + 1)
    document = pdf({FREE: image, FREE + 1: form}, page=resources, content=b"/Fm0 Do")
    assert codes(document, DIGITISED) == set()
    inline = b"q 595.28 0 0 841.89 0 0 cm BI /W 1654 /H 100 /CS /RGB ID \x00EI\x01 EI Q"
    assert codes(pdf(content=inline), DIGITISED) == {"SCAN_DPI_LOW"}
    strips = b"q 595.28 0 0 421 0 0 cm /Im0 Do Q q 595.28 0 0 421 0 421 cm /Im0 Do Q"
    assert codes(scan(1654, 1170, draw=strips), DIGITISED) == set()
    assert codes(scan(1654, 500, draw=strips), DIGITISED) == {"SCAN_DPI_LOW"}


def test_jpeg_2000_says_its_colours_itself() -> None:
    head = b"\xff\x4f\xff\x51" + bytes(36)
    for count, wanted in ((3, set()), (1, {"SCAN_NOT_COLOUR"})):
        data = head + count.to_bytes(2, "big")
        entries = b"/Type /XObject /Subtype /Image /Width 1654 /Height 2339 /Filter /JPXDecode"
        page = b"/Resources << /XObject << /Im0 %d 0 R >> >>" % FREE
        document = pdf({FREE: stream(data, entries)}, page=page, content=b"595.28 0 0 841.89 0 0 cm /Im0 Do")
        assert codes(document, DIGITISED) == wanted


def test_fonts_of_annotations_are_looked_at_and_those_of_the_form_alone_are_not() -> None:
    look = stream(b"", b"/Type /XObject /Subtype /Form /Resources << /Font << /Helv %d 0 R >> >>" % (FREE + 1))
    plain = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    stamp = b"/Annots [<< /Type /Annot /Subtype /Stamp /Rect [0 0 9 9] /AP << /N %d 0 R >> >>]" % FREE
    drawn = pdf({FREE: look, FREE + 1: plain}, page=stamp)
    assert codes(drawn) == {"PDF_FONT_NOT_EMBEDDED"}
    form = pdf({FREE: plain}, catalog=b"/AcroForm << /Fields [] /DR << /Font << /Helv %d 0 R >> >> >>" % FREE)
    assert codes(form) == set()


def test_a_glyph_map_of_its_own_is_followed() -> None:
    table = b"\0\0\0\5"  # code 1 is glyph 5
    for said, wanted in (("A", set()), ("B", {"PDF_FONT_REMAPPED"})):
        document = composite({1: said}, {65: 5, 66: 1}, mapping=b"%d 0 R" % (FREE + 2))
        with_table = pdf(
            {
                FREE: to_unicode({1: said}, 4),
                FREE + 2: stream(table),
                **_objects_of(document),
            }
        )
        assert codes(with_table) == wanted


def _objects_of(document: bytes) -> dict[int, bytes]:
    import re

    return {
        int(number): body
        for number, body in re.findall(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", document, re.DOTALL)
        if int(number) in (FONT, FREE + 1, 7)
    }


# --- What is hostile -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\3\4", pdf()[:200], pdf().replace(b"/Catalog", b"/Catalo")[:300]])
def test_what_is_no_pdf_is_an_unreadable_document(data: bytes) -> None:
    with pytest.raises(UnreadableDocumentError):
        lint_pdf(data)


def test_limits_hold() -> None:
    with pytest.raises(LimitExceededError):
        lint_pdf(pdf(), limits=Limits(document_bytes=100))
    resources = b"/Resources << /XObject << /Fm0 %d 0 R >> >>" % FREE
    form = stream(b"/Fm0 Do", b"/Type /XObject /Subtype /Form " + resources)
    loop = pdf({FREE: form}, page=resources, content=b"/Fm0 Do")
    assert "PDF_LINT_INCOMPLETE" in codes(loop, DIGITISED)


def test_references_in_circles_end() -> None:
    circle = {FREE: b"<< /Next %d 0 R /S /GoTo >>" % (FREE + 1), FREE + 1: b"<< /Next %d 0 R >>" % FREE}
    assert codes(pdf(circle, catalog=b"/OpenAction %d 0 R" % FREE)) == set()


WHOLE = pdf({FREE: GROUP % b""}, catalog=LAYERS % b"/OFF [8 0 R]", page=b"/AA << /O %s >>" % SCRIPT)


@given(place=st.integers(0, len(WHOLE) - 1), value=st.binary(min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_damaged_documents_give_our_errors_alone(place: int, value: bytes) -> None:
    damaged = WHOLE[:place] + value + WHOLE[place + len(value) :]
    try:
        lint_pdf(damaged, profile=DIGITISED)
    except VnsignError:
        return


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_content_stream_is_walked_to_its_end(data: bytes) -> None:
    try:
        lint_pdf(pdf(content=data), profile=DIGITISED)
    except VnsignError:
        return


def test_the_library_takes_paths_and_passwords(tmp_path: Path) -> None:
    from pyhanko.pdf_utils.crypt import StandardSecurityHandler
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(with_action(SCRIPT))))
    writer._assign_security_handler(StandardSecurityHandler.build_from_pw("owner", "user"))
    path = tmp_path / "locked.pdf"
    with path.open("wb") as out:
        writer.write(out)
    with pytest.raises(UnreadableDocumentError) as caught:
        lint_pdf(DocumentSource.of(path))
    assert caught.value.code == "PDF_ENCRYPTED"
    assert "PDF_SCRIPT" in {item.code for item in lint_pdf(DocumentSource.of(path), password="user")}


def test_the_documents_of_the_kit_lack_nothing_but_the_font() -> None:
    assert codes(application_pdf()) == {"PDF_FONT_NOT_EMBEDDED"}


@pytest.mark.corpus
def test_documents_of_others_are_looked_over_or_refused_and_few_fonts_are_suspected(shared_data: Path) -> None:
    suspected = looked = 0
    for path in sorted((shared_data / "corpora").rglob("*.pdf"))[::6]:
        if path.stat().st_size > 2_000_000:
            continue
        try:
            findings = lint_pdf(path.read_bytes(), profile=DIGITISED)
        except VnsignError:
            continue
        looked += 1
        suspected += any(item.code == "PDF_FONT_REMAPPED" for item in findings)
    assert looked > 30
    assert suspected * 50 <= looked
