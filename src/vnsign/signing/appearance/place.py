"""A template drawn and put where the rules say, as a placement for :func:`vnsign.sign`."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

from vnsign.errors import ConfigurationError, SigningError
from vnsign.formats.pdf.placement import PdfPlacement
from vnsign.formats.pdf.position import AtCorner, BesideSignature, Corner, InField, Position, placed
from vnsign.model.limits import Limits
from vnsign.signing.appearance.draw import draw_appearance
from vnsign.signing.appearance.fonts import SerifFont
from vnsign.signing.appearance.templates import AgencySeal, AnyTemplate, DigitisedIncoming, PersonalSignature, QrMark, TextMark


def usual_position(template: AnyTemplate) -> Position | None:
    """Where the rules put a template; ``None`` where that depends on the document.

    The seal beside the person's signature; marks of attachments, copies and scanned papers in the top right corner of the first
    page; a QR code in the top left one.
    """
    match template:
        case PersonalSignature() | TextMark():
            return None
        case AgencySeal():
            return BesideSignature()
        case QrMark():
            return AtCorner(Corner.TOP_LEFT, across=5, down=5)
        case _:
            return AtCorner(Corner.TOP_RIGHT)


def place(
    template: AnyTemplate,
    document: bytes,
    *,
    position: Position | None = None,
    placement: PdfPlacement | None = None,
    font: SerifFont | None = None,
    password: str | None = None,
    limits: Limits | None = None,
) -> PdfPlacement:
    """Draw a template and place it.

    Args:
        template: what is drawn.
        document: the PDF that is to be signed.
        position: where; ``None``: :func:`usual_position`, or the rectangle or field that ``placement`` has.
        placement: everything else about the signature.
        font: to draw with; ``None``: Times New Roman or Liberation Serif of this machine.
        password: opens an encrypted document.
        limits: for reading the document.

    Returns:
        The placement.

    Raises:
        ConfigurationError: no position is known, and what drawing raises.
        SigningError: ``ALREADY_SIGNED``: the mark of a scanned paper on a document that is signed; and what finding the
            position raises.
        UnreadableDocumentError: the document cannot be read.
    """
    if isinstance(template, DigitisedIncoming):
        refuse_signed(document, password=password, limits=limits)
    appearance = draw_appearance(template, font=font)
    base = placement or PdfPlacement()
    if position is None and (base.box is not None or base.field):
        if base.box is not None:
            return replace(base, appearance=appearance)
        position = InField(base.field)
    chosen = position or usual_position(template)
    if chosen is None:
        raise ConfigurationError(
            f"where does {template.name} go?",
            code="PDF_POSITION",
            hint="name a text beside which it goes, a field, a corner or coordinates",
        )
    return placed(base, document, appearance, chosen, password=password, limits=limits)


def refuse_signed(document: bytes, *, password: str | None = None, limits: Limits | None = None) -> None:
    """Refuse a document that is signed already: it did not come on paper (Circular 01 of 2019, Article 6).

    Raises:
        SigningError: ``ALREADY_SIGNED``.
        UnreadableDocumentError: the document cannot be read.
    """
    from vnsign.formats.pdf.fields import signature_fields
    from vnsign.formats.pdf.pyhanko_adapter import open_pdf

    bounds = limits or Limits()
    filled = signature_fields(open_pdf(BytesIO(document), bounds, password), bounds).filled
    if filled:
        raise SigningError(
            f"the document is signed already ({filled[0].names[0]}): it is no scanned paper",
            code="ALREADY_SIGNED",
            hint="an incoming electronic document is verified and registered, and not signed again",
        )
