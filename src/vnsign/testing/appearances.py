"""A signed document for every template of appearances, for the documentation and for tests of what they look like."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from vnsign._sign import sign
from vnsign.formats.pdf.position import AtText, BetweenTexts, Position, Side
from vnsign.signing.appearance import templates
from vnsign.signing.appearance.fonts import SerifFont
from vnsign.signing.appearance.model import points
from vnsign.signing.appearance.place import place
from vnsign.signing.appearance.qr import DocumentKind, QrData
from vnsign.testing.letters import NAME, TITLE, decision_pdf, sample_seal, sample_signature
from vnsign.testing.pki import TestPki

AT = datetime(2026, 11, 24, 3, 39, 0, tzinfo=UTC)
"""10:39:00 in Vietnam."""
AGENCY = "Ủy ban nhân dân xã Thử Nghiệm"
SEAL_MM = 36.0
Region = tuple[float, float, float, float]
"""Left, top, width and height on the first page, in millimetres from its upper left corner."""

_HEAD: Region = (0.0, 0.0, 210.0, 46.0)
_FOOT: Region = (80.0, 95.0, 115.0, 48.0)


@dataclass(frozen=True, slots=True)
class Sample:
    """A signed document and the part of its first page that shows the appearance.

    Attributes:
        name: of the template.
        document: the PDF.
        region: the part.
    """

    name: str
    document: bytes = field(repr=False)
    region: Region


def qr_data() -> QrData:
    """Data of a made-up receipt."""
    return QrData(
        kind=DocumentKind.RECEIPT,
        dossier="H00.01-261124-0001",
        procedure="2.000635",
        applicant="000000000001",
        title="Giấy tiếp nhận hồ sơ và hẹn trả kết quả",
        system="Hệ thống thông tin giải quyết thủ tục hành chính (mẫu thử)",
        published=AT,
        appointment=date(2026, 12, 1),
    )


def samples(font: SerifFont | None = None) -> tuple[Sample, ...]:
    """Every template on the sample decision, signed by the test PKI. The same bytes each time, where the font is the same.

    Args:
        font: to draw with; ``None``: the one that this machine has.

    Raises:
        ConfigurationError: no such font, or the extra ``report`` is not installed.
    """
    paper = decision_pdf(font)
    seal = sample_seal()
    person = _signed(paper, templates.PersonalSignature(image=sample_signature(), person=NAME), "official", font, _NAMED)
    agency = _signed(person, templates.AgencySeal(seal=seal, size_mm=SEAL_MM, agency=AGENCY), "agency", font)
    scan = templates.DigitisedIncoming(seal=seal, size_mm=SEAL_MM, agency=AGENCY, at=AT)
    text = templates.TextMark(lines=(f"Ký bởi: {NAME}", "Thời gian ký: 24/11/2026 10:39:00 +07:00"))
    top: tuple[templates.AnyTemplate, ...] = (
        templates.AttachmentMark(number="15/QĐ-UBND", at=AT),
        *(templates.CopyMark(kind=kind, agency=AGENCY, at=AT) for kind in templates.CopyKind),
        scan,
        templates.QrMark(data=qr_data()),
    )
    return (
        Sample("ca-nhan", person, _FOOT),
        Sample("co-quan", agency, _FOOT),
        *(Sample(mark.name, _signed(paper, mark, "agency", font), _HEAD) for mark in top),
        Sample("van-ban", _signed(paper, text, "official", font, AtText(TITLE, Side.BELOW, gap=4)), _FOOT),
    )


_NAMED = BetweenTexts(TITLE, NAME)


def _signed(
    document: bytes,
    template: templates.AnyTemplate,
    who: str,
    font: SerifFont | None,
    position: Position | None = None,
) -> bytes:
    placement = place(template, document, position=position, font=font)
    return sign(document, TestPki.load().signer(who), placement=placement, at=AT).data


def pixels(region: Region, dpi: int) -> tuple[int, int, int, int]:
    """A region in pixels at a resolution: left, top, width, height."""
    left, top, width, height = (round(points(side) / 72 * dpi) for side in region)
    return left, top, width, height
