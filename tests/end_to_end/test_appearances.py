"""Every template as it is seen: rendered and compared with the committed picture; and each signed sample verifies."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.oracles.programs import pdfsig_accepts, pyhanko_accepts
from tests.unit.signing.appearance.support import rendered, serif
from vnsign._verify import Verifier
from vnsign.model.verdict import Indication
from vnsign.testing.appearances import AT, Sample, pixels, samples
from vnsign.testing.pki import TestPki

PICTURES = Path(__file__).parents[2] / "docs" / "_static" / "appearances"
DPI = 100
NAMES = ("ca-nhan", "co-quan", "phu-luc", "sao-y", "sao-luc", "trich-sao", "van-ban-den-so-hoa", "ma-qr", "van-ban")
_MEAN, _FAR, _SHARE = 2.0, 96, 0.004
"""Mean difference, and share of pixels that differ by a lot: edges are smoothed differently by versions of Poppler."""


@cache
def made() -> dict[str, Sample]:
    return {sample.name: sample for sample in samples(serif())}


def sample(name: str) -> Sample:
    serif()
    return made()[name]


def difference(first: Image.Image, second: Image.Image) -> tuple[float, float]:
    grey = ImageChops.difference(first, second).convert("L")
    far = sum(grey.histogram()[_FAR:]) / (grey.width * grey.height)
    return ImageStat.Stat(grey).mean[0], far


@pytest.mark.parametrize("name", NAMES)
def test_a_template_looks_like_its_picture(tmp_path, name):
    found = sample(name)
    if serif().family != "Liberation Serif":
        pytest.skip("the pictures are drawn with Liberation Serif")
    left, top, width, height = pixels(found.region, DPI)
    seen = rendered(found.document, tmp_path, DPI).crop((left, top, left + width, top + height))
    with Image.open(PICTURES / f"{name}.png") as picture:
        kept = picture.convert("RGB")
    assert seen.size == kept.size
    mean, far = difference(seen, kept)
    assert mean <= _MEAN
    assert far <= _SHARE


def test_the_comparison_sees_a_shift_and_another_template(tmp_path):
    """The tolerance is not so wide that nothing fails."""
    serif()
    with Image.open(PICTURES / "co-quan.png") as one, Image.open(PICTURES / "ca-nhan.png") as other:
        first, second = one.convert("RGB"), other.convert("RGB")
    assert difference(first, second)[1] > _SHARE
    assert difference(first, ImageChops.offset(first, 3, 0))[1] > _SHARE
    with Image.open(PICTURES / "sao-y.png") as one, Image.open(PICTURES / "sao-luc.png") as other:
        assert difference(one.convert("RGB"), other.convert("RGB"))[0] > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_signed_sample_verifies(name):
    pki = TestPki.load()
    report = Verifier(pki.trust_store(), evidence=pki.evidence(AT)).verify(sample(name).document, at=AT)
    assert [item.indication for item in report.signatures] == [Indication.TOTAL_PASSED] * (2 if name == "co-quan" else 1)
    assert all(change.allowed for item in report.signatures for change in item.changes_after)


@pytest.mark.oracle
@pytest.mark.parametrize("name", NAMES)
def test_other_programs_accept_a_signed_sample(tmp_path, name):
    pki = TestPki.load()
    document = sample(name).document
    assert pdfsig_accepts(document, tmp_path)
    assert pyhanko_accepts(document, pki, pki.crls(AT), AT)


def test_every_template_has_a_picture_in_the_documentation():
    assert sorted(path.stem for path in PICTURES.glob("*.png")) == sorted(NAMES)
    page = (PICTURES.parents[1] / "how-to" / "appearances.md").read_text("utf-8")
    assert all(f"/_static/appearances/{name}.png" in page for name in NAMES)
