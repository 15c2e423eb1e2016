"""Options of ``vnsign sign`` about what a visible signature of a PDF looks like, and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vnsign.errors import ConfigurationError

if TYPE_CHECKING:
    from vnsign._verify import Verifier
    from vnsign.formats.pdf.placement import PdfPlacement
    from vnsign.formats.pdf.position import Position
    from vnsign.signing.appearance.images import ImageWarning
    from vnsign.signing.appearance.qr import QrData
    from vnsign.signing.appearance.templates import AnyTemplate

TEMPLATES = ("ca-nhan", "co-quan", "phu-luc", "sao-y", "sao-luc", "trich-sao", "van-ban-den-so-hoa", "van-ban", "ma-qr")
_CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")
_SIDES = ("above", "below", "left", "right", "over")
_FILE = click.Path(path_type=Path, dir_okay=False)
_MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WantedAppearance:
    """The options as given; see :data:`_OPTIONS`."""

    template: str | None
    image: Path | None
    image_mm: float | None
    seal: Path | None
    seal_mm: float | None
    agency: str
    number: str
    line: tuple[str, ...]
    qr: Path | None
    time_form: str
    font: Path | None
    corner: str | None
    at_text: str | None
    side: str
    between: tuple[str, str] | None
    occurrence: int
    at_mm: str | None
    beside: str | None

    @property
    def given(self) -> bool:
        """Whether an appearance is asked for."""
        return self.template is not None

    def check(self) -> None:
        """Refuse options that mean nothing without a template, and several places at once.

        Raises:
            ConfigurationError: ``USAGE``.
        """
        places = [self.corner, self.at_text, self.between, self.at_mm, self.beside]
        if sum(place is not None for place in places) > 1:
            raise _usage("several places are named", "choose one of --corner, --at-text, --between, --at-mm, --beside")
        others = (self.image, self.image_mm, self.seal, self.seal_mm, self.qr, self.font)
        if not self.given and (any((*places, *others, self.agency, self.number, self.line))):
            raise _usage("an option is for a template, and no template is named", f"--template {'|'.join(TEMPLATES)}")


_OPTIONS = (
    click.option("--template", type=click.Choice(TEMPLATES), help="PDF: visible signature as the rules describe it."),
    click.option("--image", type=_FILE, metavar="PNG", help="Template ca-nhan: the handwritten signature, transparent."),
    click.option("--image-mm", type=float, metavar="MM", help="Its width in millimetres."),
    click.option("--seal", type=_FILE, metavar="PNG", help="Templates co-quan, van-ban-den-so-hoa: the seal, transparent."),
    click.option("--seal-mm", type=float, metavar="MM", help="Actual width of the seal in millimetres."),
    click.option("--agency", default="", metavar="TEXT", help="Name of the agency, for copies and scanned papers."),
    click.option("--number", default="", metavar="TEXT", help="Template phu-luc: number and symbol, 15/QĐ-UBND."),
    click.option("--line", multiple=True, metavar="TEXT", help="Template van-ban: a line of text; repeatable."),
    click.option("--qr", type=_FILE, metavar="JSON", help="Template ma-qr: the data of the code."),
    click.option("--time-form", type=click.Choice(["form", "iso-8601"]), default="form", help="How the time is written."),
    click.option("--font", type=_FILE, metavar="TTF", help="Font, as wide as Times. Default: Times New Roman of the system."),
    click.option("--corner", type=click.Choice(_CORNERS), help="Place: a corner of --page."),
    click.option("--at-text", metavar="TEXT", help="Place: beside a text of the document, see --side and --occurrence."),
    click.option("--side", type=click.Choice(_SIDES), default="above", show_default=True, help="Which side of --at-text."),
    click.option("--between", nargs=2, default=None, metavar="ABOVE BELOW", help="Place: between two texts, title and name."),
    click.option("--occurrence", type=int, default=0, metavar="N", help="Which one of several: 1 the first, -1 the last."),
    click.option("--at-mm", metavar="X,Y", help="Place: lower left corner, in millimetres from that of --page."),
    click.option("--beside", metavar="FIELD", help="Place: left of the visible signature in FIELD, over a third of it."),
)


def appearance_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wanted_appearance(found: Mapping[str, Any]) -> WantedAppearance:
    """The options as one value.

    Raises:
        ConfigurationError: options that contradict one another.
    """
    wanted = WantedAppearance(**{item.name: found[item.name] for item in fields(WantedAppearance)})
    wanted.check()
    return wanted


def apply(
    wanted: WantedAppearance,
    document: bytes,
    placement: PdfPlacement,
    *,
    at: datetime,
    verifier: Verifier | None,
    password: str | None = None,
) -> tuple[PdfPlacement, tuple[ImageWarning, ...]]:
    """A placement with the appearance that the options ask for.

    For ``co-quan`` the document must hold a valid signature of a person already, which ``verifier`` says.

    Args:
        wanted: the options, with a template.
        document: the PDF that is to be signed.
        placement: of the other options; its field and box are where the picture goes when no place is named.
        at: the signing time, which marks show; sign with the same.
        verifier: needed for the template ``co-quan``.
        password: opens an encrypted document.

    Returns:
        The placement, and what is to be told about the images.

    Raises:
        ConfigurationError: ``USAGE`` for a missing option, and what templates and drawing raise.
        SigningError: ``PERSON_FIRST``, ``ALREADY_SIGNED``, and what finding the place raises.
        UnreadableDocumentError: the document cannot be read.
    """
    from vnsign.signing.appearance.fonts import open_serif
    from vnsign.signing.appearance.place import place

    template = _template(wanted, at)
    if wanted.template == "co-quan":
        _check_person(document, verifier, at)
    font = None if wanted.font is None else open_serif(wanted.font)
    position = _position(wanted, placement.page)
    found = place(template, document, position=position, placement=placement, font=font, password=password)
    return found, template.warnings()


def _check_person(document: bytes, verifier: Verifier | None, at: datetime) -> None:
    from vnsign.office import require_person_first

    if verifier is None:
        raise _usage("the agency signs what a person has validly signed, which cannot be judged", "give --trust and --evidence")
    require_person_first(document, verifier, at=at)


def _template(wanted: WantedAppearance, at: datetime) -> AnyTemplate:
    from vnsign.signing.appearance import templates
    from vnsign.signing.appearance.text import TimeForm

    form = TimeForm(wanted.time_form)
    match wanted.template:
        case "ca-nhan":
            return templates.PersonalSignature(image=_bytes(wanted.image, "--image"), width_mm=wanted.image_mm)
        case "co-quan":
            return templates.AgencySeal(seal=_bytes(wanted.seal, "--seal"), size_mm=_seal_mm(wanted), agency=wanted.agency)
        case "phu-luc":
            return templates.AttachmentMark(number=_given(wanted.number, "--number"), at=at, time_form=form)
        case "van-ban-den-so-hoa":
            seal, agency = _bytes(wanted.seal, "--seal"), _given(wanted.agency, "--agency")
            return templates.DigitisedIncoming(seal=seal, size_mm=_seal_mm(wanted), agency=agency, at=at, time_form=form)
        case "van-ban":
            return templates.TextMark(lines=wanted.line)
        case "ma-qr":
            return templates.QrMark(data=_qr(_bytes(wanted.qr, "--qr")))
        case _:
            kinds = {"sao-y": "SAO_Y", "sao-luc": "SAO_LUC", "trich-sao": "TRICH_SAO"}
            kind = templates.CopyKind[kinds[wanted.template or "sao-y"]]
            return templates.CopyMark(kind=kind, agency=_given(wanted.agency, "--agency"), at=at, time_form=form)


def _position(wanted: WantedAppearance, page: int) -> Position | None:
    """``None`` where no place is named. A text is looked for on all pages, unless ``--page`` names another than the first."""
    from vnsign.formats.pdf import position

    anywhere = 0 if page == 1 else page
    if wanted.corner is not None:
        return position.AtCorner(position.Corner(wanted.corner), page)
    if wanted.at_text is not None:
        return position.AtText(wanted.at_text, position.Side(wanted.side), page=anywhere, occurrence=wanted.occurrence)
    if wanted.between is not None:
        return position.BetweenTexts(*wanted.between, page=anywhere, occurrence=wanted.occurrence)
    if wanted.beside is not None:
        return position.BesideSignature(wanted.beside)
    if wanted.at_mm is not None:
        x, y = _pair(wanted.at_mm)
        return position.AtPoint(x, y, page)
    return None


def _pair(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise _usage(f"--at-mm {text!r} is not X,Y", "--at-mm 120,60") from None
    return x, y


def _seal_mm(wanted: WantedAppearance) -> float:
    if wanted.seal_mm is None:
        raise _usage(f"--template {wanted.template} needs --seal-mm", "measure the real seal: many are 36 mm wide")
    return wanted.seal_mm


def _given(text: str, option: str) -> str:
    if not text:
        raise _usage(f"the template needs {option}", f"{option} TEXT")
    return text


def _bytes(path: Path | None, option: str) -> bytes:
    if path is None:
        raise _usage(f"the template needs {option}", f"{option} FILE")
    try:
        with path.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise _usage(f"{option} {path}: {error.strerror or error}", "check the path") from error
    if len(data) > _MOST_BYTES:
        raise _usage(f"{option} {path}: larger than {_MOST_BYTES} bytes", "600 dpi are enough")
    return data


def _qr(data: bytes) -> QrData:
    """Data of a QR code from JSON: the names are those of ``QrData``, moments and days in ISO 8601."""
    import json

    from vnsign.model.moment import parse
    from vnsign.signing.appearance.qr import DocumentKind, QrData

    try:
        found = json.loads(data)
        given = {str(key): str(value) for key, value in found.items()}
        more: dict[str, Any] = {"published": parse(given.pop("published")), "kind": DocumentKind(given.pop("kind"))}
        if "appointment" in given:
            more["appointment"] = date.fromisoformat(given.pop("appointment"))
        return QrData(**(more | given))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _usage(f"--qr: {type(error).__name__}: {error}"[:300], "a JSON object with the names of QrData") from error


def _usage(found: str, hint: str) -> ConfigurationError:
    return ConfigurationError(found, code="USAGE", hint=hint)
