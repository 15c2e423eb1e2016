"""Reports as one self-contained HTML file: no scripts, nothing fetched, for screens, for paper and for reading aloud.

Everything is built of :class:`Markup`: text becomes markup only by being escaped, so that no name of a file, of a field or of a
person can be anything but text. The file also forbids itself scripts and everything from outside (Content-Security-Policy).
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from pathlib import Path

from vnsign.report.view import Badge, DocumentView, Line, Row, SignatureView, StampView, Tone


class Markup(str):
    """Markup, as against text. Only this module makes it; what is cut or joined from it is text again, and is escaped."""

    __slots__ = ()


_SHAPES = {
    "✔": "M5 13.5l4.5 4.5L19.5 7",
    "✘": "M6.5 6.5l11 11M17.5 6.5l-11 11",
    "?": "M8.5 9a3.5 3.5 0 1 1 5.6 2.8c-1.4 1-2.1 1.6-2.1 3.2M12 18.6v.2",
    "–": "M6 12h12",
}
"""What is drawn for a mark; whoever does not see it reads the word beside it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture that is shown with a document, for example a page as it was signed beside the page as it is.

    Attributes:
        caption: what is said below it, in the language of the report.
        description: what is read aloud in its place.
        png: the picture.
    """

    caption: str
    description: str
    png: bytes = field(repr=False)


def render(views: Iterable[DocumentView], *, title: str = "", figures: Mapping[str, Sequence[Figure]] | None = None) -> str:
    """Write what is shown of documents as one HTML file.

    Args:
        views: of the documents, in order; several are preceded by a summary. The first one's language is the file's.
        title: of the file; the title of such reports, with the document's name where there is one, where omitted.
        figures: pictures to be shown with documents, by ``report_id``; they become part of the file.

    Returns:
        HTML5 in UTF-8, the same for the same views. No scripts, no external resources; the technical parts are folded on
        screens and shown on paper.
    """
    shown = list(views)
    language = shown[0].language if shown else "vi"
    heading = _word(shown, "report-title")
    named = title or (f"{heading} – {shown[0].name}" if len(shown) == 1 else heading)
    page = _Page(len(shown) > 1, figures or {})
    many = (page.summary(shown),) if page.many else ()
    body = (
        _tag("header", _tag("h1", title or heading), _tag("p", _word(shown, "picture"), class_="hint"), class_="top"),
        _tag("main", *many, *(page.document(place, item) for place, item in enumerate(shown, 1))),
    )
    html = _tag("html", _head(named), _tag("body", *body), lang=language)
    return f"<!DOCTYPE html>\n{html}\n"


def _word(shown: Sequence[DocumentView], key: str) -> str:
    return shown[0].word(key) if shown else key


# --- markup -------------------------------------------------------------------------------------------------------------


def _tag(name: str, /, *children: str | Markup, **attributes: str) -> Markup:
    """An element. Children that came from here are taken as they are, all other text is escaped; so are attribute values."""
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items() if value)
    inside = "".join(child if isinstance(child, Markup) else escape(child) for child in children)
    return Markup(f"<{name}{given}>{inside}</{name}>" + ("\n" if name in _BLOCKS else ""))


_BLOCKS = frozenset({"head", "style", "header", "section", "article", "div", "p", "li", "tr", "title", "summary", "table"})


def _void(name: str, /, **attributes: str) -> Markup:
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{given}>\n")


tag = _tag
"""For other pages that are made of :class:`Markup`."""


def page(title: str, language: str, *body: Markup, more_style: str = "") -> str:
    """A page of its own in the manner of the reports: one file, no scripts, nothing fetched.

    Args:
        title: of the page.
        language: of the page, ``vi`` or ``en``.
        body: what :func:`tag` made.
        more_style: further rules for the style sheet; nothing of any document.
    """
    html = _tag("html", _head(title, more_style), _tag("body", *body), lang=language)
    return f"<!DOCTYPE html>\n{html}\n"


def _head(title: str, more_style: str = "") -> Markup:
    css = style() + more_style
    allowed = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{allowed}'; img-src data:; base-uri 'none'; form-action 'none'"
    return _tag(
        "head",
        _void("meta", charset="utf-8"),
        _void("meta", http_equiv="Content-Security-Policy", content=policy),
        _void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        _void("meta", name="color-scheme", content="light dark"),
        _void("meta", name="referrer", content="no-referrer"),
        _tag("title", title),
        Markup(f"<style>{css}</style>\n"),
    )


@lru_cache(maxsize=1)
def style() -> str:
    """The style sheet; it comes with the package and holds nothing of any document."""
    return "\n" + Path(__file__).with_name("html.css").read_text("utf-8")


def _icon(mark: str) -> Markup:
    path = _void("path", d=_SHAPES.get(mark, _SHAPES["–"]))
    return _tag("svg", path, viewBox="0 0 24 24", class_="icon", aria_hidden="true", focusable="false")


def _badge(badge: Badge) -> Markup:
    return _tag("span", _icon(badge.mark), _tag("span", badge.word), class_=f"badge {badge.tone.value}")


def _line(name: str, line: Line) -> Markup:
    code = (" ", _tag("code", line.code)) if line.code else ()
    return _tag(name, *_commands(line.text), *code, class_=_toned(line.tone))


def _commands(text: str) -> Iterable[str | Markup]:
    """The text with what stands between backticks as code: commands to be typed."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return (text,)
    return (_tag("code", part) if place % 2 else part for place, part in enumerate(parts))


def _toned(tone: Tone) -> str:
    return "" if tone is Tone.PLAIN else f"is-{tone.value}"


def _rows(rows: Iterable[Row], class_: str = "") -> Markup:
    return _tag("dl", *(_row(row) for row in rows), class_=f"rows {class_}".strip())


def _row(row: Row) -> Markup:
    value = _tag("span", row.value, class_=_toned(row.tone))
    more = (_tag("ul", *(_line("li", line) for line in row.more), class_="more"),) if row.more else ()
    return _tag("div", _tag("dt", row.label), _tag("dd", value, *more), class_=f"row row-{row.key}" if row.key else "row")


def _lines(heading: str, lines: Sequence[Line], class_: str, level: str = "h4") -> Iterable[Markup]:
    if lines:
        listed = _tag("ul", *(_line("li", line) for line in lines))
        yield _tag("section", _tag(level, heading), listed, class_=f"lines {class_}")


def _figure(figure: Figure) -> Markup:
    source = f"data:image/png;base64,{base64.b64encode(figure.png).decode()}"
    picture = _void("img", src=source, alt=figure.description)
    return _tag("figure", picture, _tag("figcaption", figure.caption), class_="card")


def _folded(heading: str, *inside: Markup) -> Markup:
    return _tag("details", _tag("summary", heading), *inside)


# --- the page -----------------------------------------------------------------------------------------------------------


class _Page:
    """Writes documents; ``many`` says that several share the file."""

    def __init__(self, many: bool, figures: Mapping[str, Sequence[Figure]]) -> None:
        self.many = many
        self.figures = figures

    def summary(self, shown: Sequence[DocumentView]) -> Markup:
        """How many there are of each verdict, and a table of all with what to do."""
        first = shown[0]
        counted = Counter(item.badge for item in shown)
        counts = (_tag("li", _badge(badge), f" {count}") for badge, count in counted.items())
        keys = ("order", "document", "verdict", "signers", "to-do")
        head = _tag("thead", _tag("tr", *(_tag("th", first.word(key), scope="col") for key in keys)))
        body = _tag("tbody", *(self._entry(place, item) for place, item in enumerate(shown, 1)))
        caption = _tag("h2", f"{first.word('summary')} ({len(shown)})", id="summary")
        table = _tag("div", _tag("table", head, body), class_="scroll", tabindex="0", role="region", aria_labelledby="summary")
        return _tag("section", caption, _tag("ul", *counts, class_="counts"), table, class_="summary")

    @staticmethod
    def _entry(place: int, item: DocumentView) -> Markup:
        link = _tag("a", item.name, href=f"#document-{place}")
        signers = (_tag("li", signature.title) for signature in item.signatures)
        actions = (_tag("li", *_commands(line.text)) for line in item.actions)
        return _tag(
            "tr",
            _tag("td", str(place)),
            _tag("th", link, scope="row"),
            _tag("td", _badge(item.badge)),
            _tag("td", *((_tag("ul", *signers),) if item.signatures else ("–",))),
            _tag("td", _tag("ul", *actions) if item.actions else "–"),
        )

    def document(self, place: int, shown: DocumentView) -> Markup:
        """One document: verdict, people, what to do, what it rests on."""
        prefix = f"document-{place}"
        rows = (_tag("section", _rows(shown.rows), class_="card"),) if shown.rows else ()
        signatures = (self.signature(f"{prefix}-{item.number}", item, shown) for item in shown.signatures)
        basis = (
            *shown.technical,
            Row(shown.word("report-id"), shown.report_id, key="report-id"),
        )
        return _tag(
            "article",
            self._verdict(prefix, shown),
            *rows,
            *signatures,
            *(_figure(item) for item in self.figures.get(shown.report_id, ())),
            *_lines(shown.word("to-do"), shown.actions, f"todo {shown.badge.tone.value}", "h3"),
            _tag("section", _tag("h3", shown.word("basis")), _rows(basis, "small"), class_="card basis"),
            id=prefix,
            class_="document",
            aria_labelledby=f"{prefix}-name",
        )

    @staticmethod
    def _verdict(prefix: str, shown: DocumentView) -> Markup:
        said = (_tag("p", text) for text in (shown.headline, shown.statement) if text)
        word = _tag("p", shown.badge.word, class_="word")
        code = (_tag("code", shown.badge.code),) if shown.badge.code else ()
        words = _tag("div", word, *said, *code, class_="said")
        name = _tag("h2", shown.name, id=f"{prefix}-name")
        return _tag("header", name, _tag("div", _icon(shown.badge.mark), words, class_=f"verdict {shown.badge.tone.value}"))

    def signature(self, prefix: str, item: SignatureView, shown: DocumentView) -> Markup:
        """One signature as a card."""
        title = _tag("h3", f"{item.number}. {item.title}", id=prefix)
        subtitle = (_tag("p", item.subtitle, class_="subtitle"),) if item.subtitle else ()
        code = _tag("code", item.badge.code)
        head = _tag("header", _tag("div", title, *subtitle), _tag("div", _badge(item.badge), code, class_="mark"))
        several = item.actions if len(shown.signatures) > 1 else ()
        return _tag(
            "article",
            head,
            *_lines(shown.word("why"), item.reasons, f"why {item.badge.tone.value}"),
            _rows(item.main),
            *self._stamps(item.stamps, shown),
            *_lines(shown.word("note"), item.notes, "note"),
            *_lines(shown.word("action"), several, "action"),
            _folded(shown.word("fields"), _rows(item.fields, "small")),
            _folded(shown.word("technical"), _rows(item.technical, "small technical")),
            class_=f"card signature {item.badge.tone.value}",
            aria_labelledby=prefix,
        )

    @staticmethod
    def _stamps(stamps: Sequence[StampView], shown: DocumentView) -> Iterable[Markup]:
        if not stamps:
            return
        listed = (
            _tag(
                "li",
                _tag(
                    "p",
                    _badge(stamp.badge),
                    " ",
                    _tag("span", stamp.title, class_="who"),
                    " ",
                    _tag("code", stamp.badge.code),
                    class_="stamp-head",
                ),
                _rows(stamp.rows, "small"),
                *(_line("p", line) for line in stamp.notes),
            )
            for stamp in stamps
        )
        yield _tag("section", _tag("h4", shown.word("stamps")), _tag("ul", *listed, class_="stamps"), class_="stamp-list")
