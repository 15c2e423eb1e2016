"""Where a signature goes in a PDF, and what its dictionary says: one frozen value, checked when it is built."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from vnsign.errors import ConfigurationError
from vnsign.formats.pdf.appearance import Appearance
from vnsign.model.claims import NO_CLAIMS, Claims

_MOST_POINTS = 14_400
_LONGEST_TEXT = 1_000


class Certification(IntEnum):
    """What a certification signature allows afterwards (DocMDP, ISO 32000-2, table 257)."""

    NO_CHANGES = 1
    FILL_FORMS = 2
    ANNOTATE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfPlacement:
    """Field, place and texts of a PDF signature.

    Attributes:
        field: name of an empty signature field, or of a new one; empty: ``Signature1`` or the next number that is free.
        page: page of a visible signature, from 1; negative numbers count from the end.
        box: lower left and upper right corner, ``(x1, y1, x2, y2)`` in points (1/72 inch) of the page's own coordinates;
            ``None``: invisible, or the rectangle that an existing field has.
        reason, location, name, contact: ``Reason``, ``Location``, ``Name``, ``ContactInfo`` of the dictionary; empty: left
            out. They are what the signer says; nothing checks them.
        certification: make a certification signature, which must be the first of the document.
        appearance: the picture of a visible signature; ``None``: a plain frame.
        claims: what the signer says beyond signing: commitment types, signature policy, roles; the place is written as
            ``Location`` where that is empty. Commitment types exclude a reason (EN 319 142-1, 6.3).

    A visible signature is a plain frame with the signer's name: a placeholder, not one of the appearances that the law
    asks for. Its letters are those of Helvetica, without diacritics; the true name is its ``ActualText``.

    Raises:
        ConfigurationError: an empty or enormous box, page 0, a text that is too long.
    """

    field: str = ""
    page: int = 1
    box: tuple[float, float, float, float] | None = None
    reason: str = ""
    location: str = ""
    name: str = ""
    contact: str = ""
    certification: Certification | None = None
    appearance: Appearance | None = None
    claims: Claims = NO_CLAIMS

    def __post_init__(self) -> None:
        if self.page == 0:
            raise _refused("page 0", "pages are numbered from 1")
        if self.box is not None:
            self._check_box(self.box)
        for text in (self.field, self.reason, self.location, self.name, self.contact):
            if len(text) > _LONGEST_TEXT or "\0" in text:
                raise _refused(f"a text of {len(text)} characters", f"at most {_LONGEST_TEXT}, without NUL")
        if self.claims.commitments and self.reason:
            raise _refused("a reason and commitment types", "say it with one of the two")

    @property
    def place(self) -> str:
        """What is written as ``Location``."""
        claimed = (self.claims.city, self.claims.province, self.claims.postal_code, self.claims.country)
        return self.location or ", ".join(item for item in claimed if item)

    @staticmethod
    def _check_box(box: tuple[float, float, float, float]) -> None:
        if not all(-_MOST_POINTS <= side <= _MOST_POINTS for side in box):
            raise _refused(f"box {box}", "four numbers x1, y1, x2, y2 in points")
        if box[2] - box[0] < 1 or box[3] - box[1] < 1:
            raise _refused(
                f"box {box}", "lower left corner first, then upper right; leave the box out for an invisible signature"
            )


def _refused(found: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"PDF placement: {found}", code="PDF_PLACEMENT", hint=hint)
