"""Options about appearances: what they make of a placement, what they refuse, what is needed for which template."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from tests.unit.signing.appearance.support import drawing, serif
from vnsign._sign import sign
from vnsign._verify import Verifier
from vnsign.cli import appearance_options
from vnsign.cli.appearance_options import TEMPLATES, WantedAppearance, apply, wanted_appearance
from vnsign.errors import ConfigurationError, SigningError
from vnsign.formats.pdf.placement import PdfPlacement
from vnsign.signing.appearance import templates
from vnsign.testing.appearances import AGENCY, AT
from vnsign.testing.documents import application_pdf, result_pdf
from vnsign.testing.letters import sample_seal, sample_signature
from vnsign.testing.pki import TestPki

PKI = TestPki.load()
VERIFIER = Verifier(PKI.trust_store(), evidence=PKI.evidence(AT))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures and data, in the working directory."""
    (tmp_path / "chu-ky.png").write_bytes(sample_signature())
    (tmp_path / "con-dau.png").write_bytes(sample_seal())
    (tmp_path / "red.png").write_bytes(drawing((206, 24, 30)))
    data = {
        "kind": "ket-qua",
        "dossier": "H1",
        "procedure": "2.000635",
        "applicant": "1",
        "title": "Trích lục",
        "system": "Hệ thống",
        "published": "2026-11-24T10:39:00+07:00",
        "validity": "01 năm",
    }
    (tmp_path / "qr.json").write_text(json.dumps(data), "utf-8")
    (tmp_path / "bad.json").write_text("[1]", "utf-8")
    monkeypatch.chdir(tmp_path)


@dataclass
class Parsed:
    """What the options became."""

    wanted: WantedAppearance | None = None


def parsed(*arguments: str) -> WantedAppearance:
    held = Parsed()

    @click.command()
    @appearance_options.appearance_options
    def command(**found: Any) -> None:
        held.wanted = wanted_appearance(found)

    result = CliRunner().invoke(command, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    assert held.wanted is not None
    return held.wanted


def applied(
    *arguments: str, document: bytes | None = None, placement: PdfPlacement | None = None, verifier: Any = None
) -> PdfPlacement:
    wanted = parsed(*arguments)
    return apply(wanted, document or result_pdf(), placement or PdfPlacement(), at=AT, verifier=verifier)[0]


def usage(*arguments: str, code: str = "USAGE", **more: Any) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        applied(*arguments, **more)
    assert caught.value.code == code
    assert caught.value.hint
    return caught.value


def test_the_templates_are_those_of_the_library():
    assert TEMPLATES == templates.NAMES


def test_nothing_is_asked_for_by_default():
    assert not parsed().given


def test_a_signature_between_title_and_name():
    found = applied("--template", "ca-nhan", "--image", "chu-ky.png", "--corner", "bottom-right")
    assert found.appearance is not None
    assert found.box is not None
    assert found.appearance.width == pytest.approx(45 * 72 / 25.4)


def test_texts_are_looked_for_on_all_pages():
    arguments = ("--template", "ca-nhan", "--image", "chu-ky.png", "--image-mm", "30")
    found = applied(*arguments, "--at-text", "Người yêu cầu (ký số)", "--side", "below", document=application_pdf())
    assert found.page == 2
    found = applied(*arguments, "--between", "Nội dung đề nghị", "Người yêu cầu (ký số)", document=application_pdf())
    assert found.page == 2


def test_marks_of_text_stand_in_the_corner():
    serif()
    for template, said in (
        ("phu-luc", "Số: 15/QĐ; 24/11"),
        ("sao-y", "SAO Y"),
        ("sao-luc", "SAO LỤC"),
        ("trich-sao", "TRÍCH SAO"),
    ):
        found = applied("--template", template, "--number", "15/QĐ", "--agency", AGENCY)
        assert found.appearance is not None
        assert found.appearance.text.startswith(said)
        assert found.box is not None
        assert found.box[3] == pytest.approx(842 - 6 * 72 / 25.4, abs=1)


def test_the_form_of_the_time():
    serif()
    found = applied("--template", "phu-luc", "--number", "1", "--time-form", "iso-8601")
    assert found.appearance is not None
    assert found.appearance.text == "Số: 1; 2026-11-24T10:39:00+07:00"


def test_plain_text_and_codes():
    serif()
    found = applied("--template", "van-ban", "--line", "Ký bởi: A", "--line", "B", "--at-mm", "20,20")
    assert found.appearance is not None
    assert found.appearance.text == "Ký bởi: A\nB"
    found = applied("--template", "ma-qr", "--qr", "qr.json")
    assert found.appearance is not None
    assert "Thời hạn hiệu lực: 01 năm" in found.appearance.text


def test_box_and_field_of_the_other_options_are_places_too():
    arguments = ("--template", "ca-nhan", "--image", "chu-ky.png")
    assert applied(*arguments, placement=PdfPlacement(box=(10, 10, 200, 90))).box == (10, 10, 200, 90)
    found = applied(*arguments, placement=PdfPlacement(field="ChuKy", reason="Duyệt"))
    assert (found.field, found.box, found.reason) == ("ChuKy", None, "Duyệt")
    usage(*arguments, code="PDF_POSITION")


def test_a_colour_that_is_not_prescribed_is_told():
    wanted = parsed("--template", "ca-nhan", "--image", "red.png", "--corner", "top-left")
    _, warnings = apply(wanted, result_pdf(), PdfPlacement(), at=AT, verifier=None)
    assert [item.code for item in warnings] == ["IMG_COLOUR_PERSON"]


def test_the_seal_needs_a_persons_valid_signature_and_trust_to_judge_it():
    seal = ("--template", "co-quan", "--seal", "con-dau.png", "--seal-mm", "36")
    box = PdfPlacement(box=(350, 500, 450, 540))
    official = sign(result_pdf(), PKI.signer("official"), placement=box, at=AT).data
    found = applied(*seal, document=official, verifier=VERIFIER)
    assert found.box is not None
    assert found.box[2] == pytest.approx(350 + 100 / 3)
    usage(*seal, document=official)
    for document in (result_pdf(), sign(result_pdf(), PKI.signer("citizen"), placement=box, at=AT).data):
        with pytest.raises(SigningError) as caught:
            applied(*seal, document=document, verifier=VERIFIER)
        assert caught.value.code == "PERSON_FIRST"
    with pytest.raises(SigningError) as caught:
        applied(*seal, "--template", "van-ban-den-so-hoa", "--agency", AGENCY, document=official)
    assert caught.value.code == "ALREADY_SIGNED"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--image", "chu-ky.png"),
        ("--corner", "top-left"),
        ("--template", "sao-y", "--agency", "A", "--corner", "top-left", "--at-mm", "1,2"),
        ("--template", "ca-nhan"),
        ("--template", "co-quan", "--seal-mm", "36"),
        ("--template", "van-ban-den-so-hoa", "--seal", "con-dau.png", "--agency", "A"),
        ("--template", "phu-luc"),
        ("--template", "sao-luc"),
        ("--template", "ma-qr"),
        ("--template", "ma-qr", "--qr", "bad.json"),
        ("--template", "ma-qr", "--qr", "chu-ky.png"),
        ("--template", "ca-nhan", "--image", "absent.png", "--corner", "top-left"),
        ("--template", "ca-nhan", "--image", "chu-ky.png", "--at-mm", "1;2"),
    ],
)
def test_missing_and_contradictory_options_are_named(arguments):
    usage(*arguments)


def test_a_font_can_be_named():
    known = serif()
    found = applied("--template", "sao-y", "--agency", AGENCY, "--font", str(known.path))
    assert found.appearance is not None
    usage("--template", "sao-y", "--agency", AGENCY, "--font", "chu-ky.png", code="FONT_UNUSABLE")
