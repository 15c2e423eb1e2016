"""A placed picture: upright in its own size whatever the page, nothing in it that acts, and every signature still verifies."""

from __future__ import annotations

import re
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.unit.formats.pdf.appearance_support import one_page, picture
from tests.unit.formats.pdf.signing_support import KINDS, PASSWORD, pdfsig, prepared, rewritten, signed, with_empty_field
from tests.unit.signing.appearance.support import program, rendered, said, serif
from vnsign.errors import ConfigurationError, SigningError
from vnsign.formats.pdf import position as at
from vnsign.formats.pdf.appearance import Appearance
from vnsign.formats.pdf.placement import PdfPlacement
from vnsign.formats.pdf.position import placed
from vnsign.formats.pdf.read import read_pdf
from vnsign.formats.source import DocumentSource
from vnsign.model.facts import ChangeKind
from vnsign.model.limits import Limits
from vnsign.signing.appearance.draw import draw_appearance
from vnsign.signing.appearance.templates import CopyKind, CopyMark
from vnsign.testing.appearances import AGENCY, AT

BOX = (100, 200, 160, 230)


def last_field(document: bytes) -> Any:
    reader = PdfFileReader(BytesIO(document))
    if reader.encrypted:
        reader.decrypt(PASSWORD)
    return reader.root["/AcroForm"]["/Fields"][-1].get_object()


def refused(placement: PdfPlacement, document: bytes, code: str) -> Exception:
    with pytest.raises((SigningError, ConfigurationError)) as caught:
        prepared(document, placement=placement)
    assert caught.value.code == code
    return caught.value


def mark() -> Appearance:
    return draw_appearance(CopyMark(kind=CopyKind.SAO_Y, agency=AGENCY, at=AT), font=serif())


def test_the_picture_is_a_form_in_a_form_with_its_text():
    field = last_field(signed(one_page(), placement=PdfPlacement(box=BOX, appearance=picture(text="Chữ ký"))))
    outer = field["/AP"]["/N"]
    assert field["/TU"] == "Chữ ký"
    assert "/Contents" not in field
    assert [float(side) for side in outer["/BBox"]] == [0, 0, 60, 30]
    assert outer["/Resources"]["/XObject"]["/Picture"]["/Subtype"] == "/Form"
    said_text = ("\ufeff" + "Chữ ký").encode("utf-16-be").hex().upper()
    assert f"/Alt <{said_text}>".encode() in outer.data
    assert b"1.000000 0 0 1.000000 0.0000 0.0000 cm /Picture Do" in outer.data


def test_without_a_picture_there_is_a_plain_frame():
    field = last_field(signed(one_page(), placement=PdfPlacement(box=BOX)))
    assert b" re S" in field["/AP"]["/N"].data
    assert "/TU" not in field


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("more", ["", "/UserUnit 2", "/CropBox [40 30 290 390]"])
def test_the_picture_stands_upright_where_it_should(tmp_path, turn, more):
    """Rendered: red at the left, blue at the right, grey around, whatever turn and scale the page has."""
    document = one_page(f"/MediaBox [0 0 300 400] /Rotate {turn} {more}")
    placement = placed(PdfPlacement(), document, picture(90, 30), at.AtPoint(50, 70, unit=at.Unit.POINT))
    image = rendered(signed(document, placement=placement), tmp_path, 72)

    def colour(x: float, up: float) -> tuple[int, int, int]:
        found = image.getpixel((round(x), round(image.height - up)))
        assert isinstance(found, tuple)
        return found[0], found[1], found[2]

    scale = 1.0
    if "UserUnit" in more and image.width in (300, 400):
        scale = 0.5  # some versions of Poppler do not know UserUnit
    points = {(55, 75): "red", (77, 97): "red", (84, 85): "blue", (137, 97): "blue", (45, 85): "grey", (145, 85): "grey"}
    points |= {(100, 65): "grey", (100, 105): "grey"}
    seen = {"red": (255, 0, 0), "blue": (0, 0, 255), "grey": (230, 230, 230)}
    for (x, up), name in points.items():
        assert colour(x * scale, up * scale) == pytest.approx(seen[name], abs=3), (x, up, name)


def test_a_picture_is_centred_in_a_larger_field_and_never_made_larger():
    document = signed(with_empty_field(one_page(), "F"), placement=PdfPlacement(field="F", appearance=picture(60, 30)))
    assert b"1.000000 0 0 1.000000 70.0000 5.0000 cm" in last_field(document)["/AP"]["/N"].data


def test_a_prescribed_size_is_not_made_smaller_and_others_are():
    document = with_empty_field(one_page(), "F")
    error = refused(PdfPlacement(field="F", appearance=picture(300, 30)), document, "APPEARANCE_TOO_LARGE")
    assert "105.8 x 10.6 mm" in str(error)
    made = signed(document, placement=PdfPlacement(field="F", appearance=picture(400, 30, scalable=True)))
    assert b"0.500000 0 0 0.500000 0.0000 12.5000 cm" in last_field(made)["/AP"]["/N"].data


def test_rounding_is_no_reason_to_refuse():
    signed(one_page(), placement=PdfPlacement(box=(10, 10, 69.6, 39.6), appearance=picture(60, 30)))
    refused(PdfPlacement(box=(10, 10, 69.4, 40), appearance=picture(60, 30)), one_page(), "APPEARANCE_TOO_LARGE")


def test_an_appearance_needs_a_place():
    refused(PdfPlacement(appearance=picture()), one_page(), "APPEARANCE_INVISIBLE")


@pytest.mark.parametrize(
    "resources",
    [
        "/Resources << /XObject << /X << /JS (app.alert) >> >> >>",
        "/Resources << /Properties << /A << /OC 3 0 R >> >> >>",
        "/Resources << /XObject << /X << /Subtype /PS >> >> >>",
        "/Resources << /Pattern [ << /AA << >> >> ] >>",
    ],
)
def test_a_picture_that_could_act_is_refused(resources):
    refused(PdfPlacement(box=BOX, appearance=picture(entries=resources)), one_page(), "APPEARANCE_PAGE")


@pytest.mark.parametrize(
    "appearance",
    [
        Appearance(b"", 60, 30),
        Appearance(b"%PDF-1.7 nothing", 60, 30),
        Appearance(one_page("/MediaBox [0 0 60 30]", pages=2), 60, 30),
        Appearance(one_page("/MediaBox [0 0 61 30]"), 60, 30),
        Appearance(one_page("/MediaBox [5 0 65 30]"), 60, 30),
    ],
)
def test_a_picture_that_is_not_what_it_says_is_refused(appearance):
    refused(PdfPlacement(box=BOX, appearance=appearance), one_page(), "APPEARANCE_PAGE")


def test_annotations_and_actions_of_the_picture_stay_behind():
    entries = (
        "/Annots [<< /Type /Annot /Subtype /Link /A << /S /URI /URI (http://x.test) >> >>] /AA << /O << /S /JavaScript >> >>"
    )
    document = signed(one_page(), placement=PdfPlacement(box=BOX, appearance=picture(entries=entries)))
    assert b"/URI" not in document
    assert b"/JavaScript" not in document


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_document_is_signed_and_holds(tmp_path, kind):
    password = PASSWORD if "encrypted" in kind else None
    placement = PdfPlacement(box=(60, 300, 400, 340), appearance=mark())
    document = signed(KINDS[kind], placement=placement, password=password)
    if password is None:
        assert document.startswith(KINDS[kind])
    assert "Signature is Valid." in pdfsig(document, tmp_path, password)
    facts = read_pdf(DocumentSource.of(document), limits=Limits(), password=password)
    (found,) = facts.signatures
    assert not found.problems
    fonts = said("pdffonts", *(["-upw", password] if password else []), data=document, folder=tmp_path).splitlines()[2:]
    added = [row.split() for row in fonts if "+" in row]
    assert len(added) == 1
    assert added[0][-5:-2] == ["yes", "yes", "yes"], "embedded, subset, with Unicode"
    assert f"SAO Y; {AGENCY}; 24/11/2026; 10:39:00 +07:00" in text_by_pdftotext(document, tmp_path, password)
    assert b"Helvetica" not in document[len(KINDS[kind]) :] or password is not None


def text_by_pdftotext(document: bytes, folder: Path, password: str | None = None) -> str:
    (folder / "signed.pdf").write_bytes(document)
    secret = [] if password is None else ["-upw", password]
    command = [program("pdftotext"), *secret, str(folder / "signed.pdf"), "-"]
    return " ".join(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode().split())


def test_the_text_of_a_signed_document_has_the_mark_word_for_word(tmp_path):
    document = signed(one_page(), placement=PdfPlacement(box=(60, 300, 400, 340), appearance=mark()))
    assert text_by_pdftotext(document, tmp_path) == f"SAO Y; {AGENCY}; 24/11/2026; 10:39:00 +07:00"


@pytest.mark.parametrize("how", ["new field", "empty field"])
def test_a_further_signature_leaves_the_first_whole(tmp_path, how):
    """Nobody sees a change but one more signature: this library without, pyHanko with its difference analysis."""
    base = with_empty_field(one_page(), "Seal") if how == "empty field" else one_page()
    first = signed(base, "official", placement=PdfPlacement(field="Person", box=BOX, appearance=picture()))
    placement = PdfPlacement(box=(60, 300, 400, 340), appearance=mark(), field="Stamp")
    if how == "empty field":
        placement = PdfPlacement(field="Seal", appearance=picture(60, 30))
    both = signed(first, "agency", placement=placement)
    assert pdfsig(both, tmp_path).count("Signature is Valid.") == 2
    facts = read_pdf(DocumentSource.of(both), limits=Limits())
    person = next(item for item in facts.signatures if item.id == "Person")
    assert [change.kind for change in person.changes] == [ChangeKind.SIGNATURE_ADDED]
    assert all(change.allowed for change in person.changes)
    assert pyhanko_levels(both) <= {"NONE", "LTA_UPDATES", "FORM_FILLING"}


def pyhanko_levels(document: bytes) -> set[str]:
    found = set()
    for signature in PdfFileReader(BytesIO(document)).embedded_signatures:
        signature.compute_integrity_info()
        level = signature.diff_result
        assert level is None or hasattr(level, "modification_level"), level
        if level is not None:
            found.add(level.modification_level.name)
    return found


def test_an_empty_field_of_a_signed_document_gains_no_entry_but_its_picture():
    base = signed(with_empty_field(one_page(), "Seal"), "official")
    both = signed(base, "agency", placement=PdfPlacement(field="Seal", appearance=picture()))
    fields = {
        str(item.get_object()["/T"]): item.get_object() for item in PdfFileReader(BytesIO(both)).root["/AcroForm"]["/Fields"]
    }
    assert "/TU" not in fields["Seal"]
    assert b"/Alt" in fields["Seal"]["/AP"]["/N"].data


def test_a_widget_that_names_no_page_is_found_by_the_page_that_lists_it():
    base = with_empty_field(one_page("/MediaBox [0 0 595 842] /Rotate 90"), "F")
    nameless = re.sub(rb"/P \d+ 0 R", lambda found: b"/Q" + b" " * (len(found[0]) - 3) + b"0", base)
    assert nameless != base
    document = signed(nameless, placement=PdfPlacement(field="F", appearance=picture(30, 60)))
    matrix = [float(side) for side in last_field(document)["/AP"]["/N"]["/Matrix"]]
    assert matrix[:4] == [0, 1, -1, 0]


def test_preparing_twice_gives_the_same():
    placement = PdfPlacement(box=BOX, appearance=picture())
    assert prepared(one_page(), placement=placement) == prepared(one_page(), placement=placement)


def test_a_signed_document_is_not_changed_by_the_picture():
    base = rewritten(one_page(), compressed=True)
    assert signed(base, placement=PdfPlacement(box=(60, 300, 400, 340), appearance=mark())).startswith(base)
