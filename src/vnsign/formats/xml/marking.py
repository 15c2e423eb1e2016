"""An XML document as text in pieces, each with whether a signature covers it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from lxml import etree

from vnsign.formats.source import DocumentSource
from vnsign.formats.xml import names
from vnsign.formats.xml.coverage import marks_of
from vnsign.formats.xml.parse import parse
from vnsign.formats.xml.read import read_one, reading_of
from vnsign.formats.xml.references import Resolved
from vnsign.model.facts import DigestRole
from vnsign.model.limits import Limits

_NOTHING: Mapping[str, bytes] = MappingProxyType({})
_COMMENT = re.compile(rb"<!--(.*?)-->", re.DOTALL)
_ESCAPES: dict[str, str | int | None] = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_IN_ATTRIBUTES: dict[str, str | int | None] = {**_ESCAPES, '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_PLUMBING = frozenset(f"{{{names.DS}}}{local}" for local in ("SignedInfo", "SignatureValue", "KeyInfo"))
_DATA = (DigestRole.DATA, DigestRole.MANIFEST)


class Mark(StrEnum):
    """How a piece of the document stands to the signature."""

    COVERED = "covered"
    NOT_COVERED = "not-covered"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the document's text with one mark."""

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Marked:
    """A document in pieces.

    Attributes:
        pieces: neighbours have different marks; together they are the document as it was parsed.
        cut: the document is longer than what was asked for.
    """

    pieces: tuple[Piece, ...]
    cut: bool


def marked(
    source: DocumentSource,
    *,
    limits: Limits,
    signature_id: str,
    external: Mapping[str, bytes] = _NOTHING,
    most: int = 2_000_000,
) -> Marked:
    """The document with what one signature covers.

    Only references whose digests match count: what was changed after signing is not covered. A comment counts where it was
    digested itself, which the common canonicalisations do not. Quotes, the order of namespace declarations and empty-element
    tags are written in one form, not as in the file.

    Args:
        source: the document.
        limits: bounds on hostile input.
        signature_id: as in the facts.
        external: detached data by URI.
        most: characters of the text that are given.

    Raises:
        ConfigurationError: no such signature. UnreadableDocumentError: as ``read_xml``.

    Not checked: the signature value.
    """
    data = source.read(limits)
    reading = reading_of(parse(data, limits), limits, external, len(data))
    found = read_one(reading, signature_id)
    intact = [item for item in found.resolved if item.intact and item.covered is not None and item.facts.role in _DATA]
    whole = any(item.covered is not None and item.covered.whole_document for item in intact)
    walk = _Walk(marks_of([intact]), found.element, _comments(intact), whole)
    pieces: list[tuple[list[str], Mark]] = []
    left = most
    for text, mark in walk.of(reading.root):
        if left <= 0:
            return Marked(_joined(pieces), True)
        if pieces and pieces[-1][1] is mark:
            pieces[-1][0].append(text[:left])
        else:
            pieces.append(([text[:left]], mark))
        left -= len(text)
    return Marked(_joined(pieces), left < 0)


def _joined(pieces: Sequence[tuple[list[str], Mark]]) -> tuple[Piece, ...]:
    return tuple(Piece("".join(texts), mark) for texts, mark in pieces)


def _comments(resolved: Sequence[Resolved]) -> frozenset[bytes]:
    return frozenset(text for item in resolved if item.octets is not None for text in _COMMENT.findall(item.octets))


@dataclass(frozen=True, slots=True)
class _Walk:
    """Through the tree without recursion: hostile documents are deep."""

    marks: Mapping[Any, bool]
    signature: Any
    comments: frozenset[bytes]
    whole: bool

    def of(self, root: Any) -> Iterator[tuple[str, Mark]]:
        beside = Mark.COVERED if self.whole else Mark.NOT_COVERED
        for node in reversed(list(root.itersiblings(preceding=True))):
            yield _with_line(self._other(node, beside))
        states = [Mark.NOT_COVERED]
        for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if event == "start":
                state = self._state(node, states[-1])
                states.append(state)
                yield _start_tag(node) + _escaped(node.text or ""), state
            elif event == "end":
                yield f"</{_name(node)}>", states.pop()
                yield from self._tail(node, root, states[-1])
            else:
                yield self._other(node, states[-1])
                yield from self._tail(node, root, states[-1])
        for node in root.itersiblings():
            yield _with_line(self._other(node, beside), before=True)

    def _state(self, element: Any, around: Mark) -> Mark:
        if element in self.marks:
            around = Mark.COVERED if self.marks[element] else Mark.NOT_COVERED
        if element is self.signature and around is not Mark.COVERED:
            return Mark.SIGNATURE
        if around is Mark.SIGNATURE and element.getparent() is self.signature and not _is_plumbing(element):
            return Mark.NOT_COVERED
        return around

    def _tail(self, node: Any, root: Any, state: Mark) -> Iterator[tuple[str, Mark]]:
        if node is not root and node.tail:
            yield _escaped(node.tail), state

    def _other(self, node: Any, state: Mark) -> tuple[str, Mark]:
        text = str(node.text or "")
        if node.tag is etree.Comment:
            digested = text.encode("utf-8", "replace") in self.comments
            return f"<!--{text}-->", Mark.NOT_COVERED if state is Mark.COVERED and not digested else state
        return f"<?{node.target} {text}?>", state


def _is_plumbing(part: Any) -> bool:
    """Whether a part of a signature is no content: all but an ``Object`` that holds more than properties, and foreign parts."""
    if part.tag != names.OBJECT:
        return isinstance(part.tag, str) and part.tag in _PLUMBING
    texts = [part.text, *(child.tail for child in part)]
    local = [str(child.tag).rpartition("}")[2] for child in part]
    return set(local) == {"QualifyingProperties"} and not any(text and text.strip() for text in texts)


def _with_line(said: tuple[str, Mark], *, before: bool = False) -> tuple[str, Mark]:
    """What stands beside the root element on a line of its own."""
    text, mark = said
    return f"\n{text}" if before else f"{text}\n", mark


def _start_tag(element: Any) -> str:
    parent = element.getparent()
    around = {} if parent is None else parent.nsmap
    declared = [(prefix, uri) for prefix, uri in element.nsmap.items() if around.get(prefix) != uri]
    shown = [f'xmlns:{prefix}="{_value(uri)}"' if prefix else f'xmlns="{_value(uri)}"' for prefix, uri in declared]
    prefixes = {uri: prefix for prefix, uri in element.nsmap.items() if prefix}
    shown += [f'{_attribute(name, prefixes)}="{_value(value)}"' for name, value in element.attrib.items()]
    return f"<{' '.join((_name(element), *shown))}>"


def _name(element: Any) -> str:
    local = str(element.tag).rpartition("}")[2]
    return f"{element.prefix}:{local}" if element.prefix else local


def _attribute(name: str, prefixes: Mapping[str, str]) -> str:
    if not name.startswith("{"):
        return name
    uri, _, local = name[1:].partition("}")
    return f"{'xml' if uri == 'http://www.w3.org/XML/1998/namespace' else prefixes.get(uri, '?')}:{local}"


def _escaped(text: str) -> str:
    return text.translate(str.maketrans(_ESCAPES))


def _value(text: str) -> str:
    return text.translate(str.maketrans(_IN_ATTRIBUTES))
