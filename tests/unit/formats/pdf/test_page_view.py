"""Pages as they are seen: every turn, cut and scale, there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formats.pdf.appearance_support import one_page, view
from vnsign.errors import SigningError
from vnsign.formats.pdf.page_view import PageView

SIDE = st.floats(-5_000, 5_000, allow_nan=False)
SIZE = st.floats(1, 5_000)


@given(SIDE, SIDE, SIZE, SIZE, st.sampled_from((0, 90, 180, 270)), st.sampled_from((0.5, 1.0, 2.0)), st.tuples(SIZE, SIZE))
def test_a_rectangle_as_seen_comes_back(left, bottom, width, height, rotate, unit, corner):
    page = PageView(1, (left, bottom, left + width, bottom + height), rotate, unit)
    seen = (*corner, corner[0] + 7, corner[1] + 11)
    assert page.seen(page.own(seen)) == pytest.approx(seen, abs=1e-6)


@pytest.mark.parametrize(
    ("rotate", "size", "own"),
    [
        (0, (300, 200), (100, 50, 110, 70)),
        (90, (200, 300), (380, 50, 400, 60)),
        (180, (300, 200), (390, 230, 400, 250)),
        (270, (200, 300), (100, 240, 120, 250)),
    ],
)
def test_the_corner_as_seen_is_where_viewers_show_it(rotate, size, own):
    """The lower left corner as seen, 10 wide and 20 high; a page turned by 90 has its top edge at the right."""
    page = view(one_page(f"/MediaBox [100 50 400 250] /Rotate {rotate}"))
    assert (page.width, page.height) == size
    assert page.own((0, 0, 10, 20)) == own


def test_what_is_inherited_counts_and_the_page_itself_counts_more():
    page = view(one_page("/CropBox [10 10 90 190]", above="/MediaBox [0 0 100 200] /Rotate 90"))
    assert (page.crop, page.rotate) == ((10, 10, 90, 190), 90)
    assert view(one_page("/Rotate 0", above="/MediaBox [0 0 100 200] /Rotate 90")).rotate == 0


def test_only_what_lies_on_the_medium_is_seen():
    assert view(one_page("/MediaBox [0 0 100 200] /CropBox [-50 20 500 150]")).crop == (0, 20, 100, 150)
    assert view(one_page("/MediaBox [100 200 0 0]")).crop == (0, 0, 100, 200)


def test_user_units_make_pages_larger():
    page = view(one_page("/MediaBox [0 0 100 200] /UserUnit 2"))
    assert (page.width, page.height) == (200, 400)
    assert page.own((0, 0, 20, 40)) == (0, 0, 10, 20)


@pytest.mark.parametrize(
    "entries",
    [
        "/MediaBox [0 0 0 0]",
        "/MediaBox [(a) (b) (c) (d)]",
        "/MediaBox 7",
        "/MediaBox [0 0 612]",
        "",
        "/Rotate (x) /UserUnit -3",
        "/Rotate 45 /UserUnit [1]",
    ],
)
def test_damaged_pages_have_some_geometry(entries):
    page = view(one_page(entries))
    assert (page.crop, page.rotate, page.unit) == ((0, 0, 612, 792), 0, 1.0)


def test_pages_are_counted_from_both_ends():
    document = one_page(pages=3)
    assert [view(document, number).number for number in (1, 3, -1, -3)] == [1, 3, 3, 1]
    for number in (0, 4, -4):
        with pytest.raises(SigningError) as caught:
            view(document, number)
        assert caught.value.code == "NO_SUCH_PAGE"
