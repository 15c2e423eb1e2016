"""Two states of a document, page by page: values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class PageChange(StrEnum):
    """What became of a page after signing."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    NOT_RENDERED = "not-rendered"


@dataclass(frozen=True, slots=True)
class PageDifference:
    """A page that is not the same, or of which that cannot be said.

    Attributes:
        page: number from 1.
        change: what became of it.
        regions: where it differs: left, top, right, bottom as parts of the page's width and height, 0 to 1; at most 50.
        png: the page as signed (left) and as it is (right); empty where no picture was made.
    """

    page: int
    change: PageChange
    regions: tuple[tuple[float, float, float, float], ...] = ()
    png: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs to the eye between the signed revision and the file.

    Attributes:
        pages_signed: pages of the signed revision.
        pages_now: pages of the file.
        compared: pages that were compared, from the first; fewer than there are where a limit was reached.
        differences: in page order.
    """

    pages_signed: int
    pages_now: int
    compared: int
    differences: tuple[PageDifference, ...]

    @property
    def complete(self) -> bool:
        """Whether every page was compared."""
        return self.compared >= max(self.pages_signed, self.pages_now)

    @property
    def same(self) -> bool:
        """Whether every page was compared and looks the same. It says nothing of what no rendering shows."""
        return self.complete and not self.differences
