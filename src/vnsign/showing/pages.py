"""The pages that differ between two states of a PDF: rendered in a worker that can be killed; its answer is not believed."""

from __future__ import annotations

import base64
import importlib.util
import json
import math
import pickle
from typing import Any

from vnsign.errors import ConfigurationError, UnreadableDocumentError
from vnsign.isolation.process import End, Lost, Worker
from vnsign.showing.comparison import Comparison, PageChange, PageDifference
from vnsign.showing.limits import RenderLimits
from vnsign.showing.request import Captions, Request

_WORKER = "vnsign.showing.worker"
_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_MOST_PAGES = 10_000_000
_MOST_REGIONS = 50
_HINT = "treat the file as hostile until it was looked at"


def compare_pages(
    signed: bytes,
    now: bytes,
    *,
    password: str | None = None,
    language: str = "vi",
    broken: bool = False,
    limits: RenderLimits | None = None,
) -> Comparison:
    """Render the pages of two states of a PDF and say which differ to the eye.

    Pages are compared by number: after an inserted page all further ones differ. Rendered with annotations and form fields, by
    PDFium, in a process of its own with bounds on time, memory, pages and pixels; no script of a document is run.

    Args:
        signed: the signed revision (:func:`~vnsign.showing.signed_revision`).
        now: the file as it is.
        password: of an encrypted PDF.
        language: of the captions in the pictures.
        broken: the signature does not hold, so the first state is not what was signed; the pictures then say so.
        limits: what it may cost.

    Raises:
        ConfigurationError: ``EXTRA_MISSING``: pypdfium2 or Pillow is not installed.
        UnreadableDocumentError: ``RENDER_TIMEOUT``, ``RENDER_MEMORY``, ``RENDER_DIED``: the worker gave no answer;
            ``RENDER_FAILED``: PDFium opens one of the two not.

    Not checked: what no rendering shows, such as text that is selected or read aloud, layers that are off, attachments.
    """
    if importlib.util.find_spec("pypdfium2") is None or importlib.util.find_spec("PIL") is None:
        raise ConfigurationError("comparing pages needs pypdfium2", code="EXTRA_MISSING", hint="pip install 'vnsign[report]'")
    bounds = limits or RenderLimits()
    request = Request(signed, now, password, captions(language, broken=broken), bounds)
    worker = Worker.start(bounds.worker(), _WORKER)
    try:
        answer = worker.ask(pickle.dumps(request, pickle.HIGHEST_PROTOCOL))
    finally:
        worker.close()
    if isinstance(answer, Lost):
        raise _loss(answer)
    return _read(answer, bounds)


def captions(language: str, *, broken: bool = False) -> Captions:
    """What is written into pictures, in a language; with a font that has the letters where this machine has one."""
    from vnsign.report.catalogue import word
    from vnsign.signing.appearance.fonts import find_serif

    try:
        font = str(find_serif().path)
    except ConfigurationError:
        font = ""
    said = {key: word(language, "show.picture", key) for key in ("page", "left", "left-broken", "right", "missing")}
    return Captions(said["page"], said["left-broken" if broken else "left"], said["right"], said["missing"], font)


def _loss(lost: Lost) -> UnreadableDocumentError:
    if lost.end is End.TIMEOUT:
        return UnreadableDocumentError(
            f"the pages were not rendered in time ({lost.detail})", code="RENDER_TIMEOUT", hint=_HINT
        )
    return UnreadableDocumentError(f"the process that rendered the pages died ({lost.detail})", code="RENDER_DIED", hint=_HINT)


def _read(answer: bytearray, limits: RenderLimits) -> Comparison:
    try:
        said = json.loads(answer)
        if said.get("memory") is True:
            raise UnreadableDocumentError("rendering needs more memory than it may have", code="RENDER_MEMORY", hint=_HINT)
        if "unreadable" in said or "defect" in said:
            found = str(said.get("unreadable") or said.get("defect"))[:200]
            raise UnreadableDocumentError(f"the pages cannot be rendered: {found}", code="RENDER_FAILED", hint=_HINT)
        differences = tuple(_difference(item, limits) for item in said["differences"][: limits.pages])
        signed, now, compared = (_count(said[key], _MOST_PAGES) for key in ("signed", "now", "compared"))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise UnreadableDocumentError(
            "the process that rendered the pages answered what is no comparison", code="RENDER_DIED", hint=_HINT
        ) from error
    return Comparison(signed, now, compared, differences)


def _difference(said: Any, limits: RenderLimits) -> PageDifference:
    regions = tuple(_region(item) for item in said["regions"][:_MOST_REGIONS])
    png = base64.b64decode(said.get("png", ""), validate=True)
    if png and (not png.startswith(_PNG) or not _within(png, limits)):
        raise ValueError("no such picture")
    return PageDifference(_count(said["page"], limits.pages), PageChange(said["change"]), regions, png)


def _within(png: bytes, limits: RenderLimits) -> bool:
    """Whether the picture is as large as two pages with their captions may be: whoever opens it must not be surprised."""
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    longest = 8 * math.isqrt(limits.pixels) + 1000
    return 0 < width <= longest and 0 < height <= longest and width * height <= 20 * limits.pixels + 4_000_000


def _region(said: Any) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(value) for value in said)
    if not 0 <= left <= right <= 1 or not 0 <= top <= bottom <= 1:
        raise ValueError("no such region")
    return left, top, right, bottom


def _count(value: Any, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError("no such number")
    return value
