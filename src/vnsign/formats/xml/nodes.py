"""Node sets of XMLDSig over one tree: a document or an element, less what filters take away.

Only sets made of whole subtrees are held: an element stands for its attributes, namespaces, text and descendants up to the
next *flagged* element. Every transform of the allow-list yields such sets.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from vnsign.errors import UnreadableDocumentError
from vnsign.formats.xml import names
from vnsign.formats.xml.c14n import canonicalize
from vnsign.formats.xml.faults import Fault
from vnsign.formats.xml.parse import parse
from vnsign.formats.xml.slices import cut, slice_element
from vnsign.model.limits import Limits

_WITHOUT_COMMENTS = {
    names.C14N_10_COMMENTS: names.C14N_10,
    names.C14N_11_COMMENTS: names.C14N_11,
    names.C14N_EXCLUSIVE_COMMENTS: names.C14N_EXCLUSIVE,
}
_LARGE = 256 * 1024
"""From this size on, in bytes, a large element is sliced out of the canonical document, not copied."""
_MAX_PARTS = 1000
_PRICE_OF_A_WALK = 1000
"""In octets of the budget: walking up from an element costs about as much as digesting so many."""
_MAX_XPATH_RUNS = 256


@dataclass(slots=True)
class Budget:
    """What one document may still cost: octets digested and XPath expressions run, over all its signatures."""

    octets: int
    xpath_runs: int = _MAX_XPATH_RUNS

    def spend(self, octets: int) -> None:
        """Take octets off. Raises Fault ``xml.limit`` when too many were asked for."""
        self.octets -= octets
        if self.octets < 0:
            raise Fault("xml.limit", what="digested bytes")

    def run_xpath(self) -> None:
        """Count one evaluation over the tree."""
        self.xpath_runs -= 1
        if self.xpath_runs < 0:
            raise Fault("xml.limit", what="XPath expressions")


@dataclass(slots=True)
class Reading:
    """One parsed document with what was computed from it: canonical forms, found identifiers, filters."""

    tree: Any
    limits: Limits
    external: Mapping[str, bytes]
    budget: Budget
    size: int = 0
    canonical: dict[tuple[Any, str, tuple[str, ...]], bytes] = field(default_factory=dict)
    ids: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    found: dict[object, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def root(self) -> Any:
        """The root element."""
        return self.tree.getroot()

    def look_up(self, values: Sequence[str]) -> None:
        """Find the carriers of several identifiers in one walk over the tree."""
        unknown = [value for value in dict.fromkeys(values) if value not in self.ids]
        for start in range(0, len(unknown), 16):
            some = unknown[start : start + 16]
            test = " or ".join(f".=$v{index}" for index in range(len(some)))
            found = self.tree.xpath(f"//@*[{test}]/..", **{f"v{index}": value for index, value in enumerate(some)})
            for value in some:
                self.ids[value] = tuple(element for element in found if _carries(element, value))

    def carriers(self, value: str) -> tuple[Any, ...]:
        """Every element that carries the identifier under any of the names read as identifiers."""
        if value not in self.ids:
            self.look_up([value])
        return self.ids[value]

    def canonicalize(self, node: Any, method: str, prefixes: tuple[str, ...]) -> bytes:
        """Canonical form of the document or of an element, made once. Raises Fault ``xml.canonicalisation-failed``."""
        key = (node, method, prefixes)
        if key not in self.canonical:
            try:
                self.canonical[key] = self._canonicalize(node, method, prefixes)
            except UnreadableDocumentError as error:
                raise Fault("xml.canonicalisation-failed", method=method, found=error.message) from error
        return self.canonical[key]

    def _canonicalize(self, node: Any, method: str, prefixes: tuple[str, ...]) -> bytes:
        if self.size < _LARGE or method in names.C14N_EXCLUSIVES or node is self.tree or node is self.root:
            return canonicalize(node, method, inclusive_prefixes=prefixes)
        written: bytes = etree.tostring(node, encoding="utf-8", with_tail=False)
        sliced = None
        if 4 * len(written) > self.size:
            sliced = slice_element(self.canonicalize(self.tree, method, ()), node, method, written)
        return canonicalize(node, method) if sliced is None else sliced


def _carries(element: Any, value: str) -> bool:
    return any(element.get(name) == value for name in names.ID_NAMES)


@dataclass(frozen=True, slots=True, eq=False)
class NodeSet:
    """A set of nodes of one tree.

    Attributes:
        reading: the tree.
        base: the element it starts from; ``None``: the document.
        flags: elements from which on, downwards, nodes are in or out.
        included: whether what no flag speaks of is in.
        comments: whether comments are in.
        known: the borders, once they were asked for.
    """

    reading: Reading
    base: Any = None
    flags: Mapping[Any, bool] = field(default_factory=dict)
    included: bool = True
    comments: bool = False
    known: list[tuple[tuple[Any, bool], ...]] = field(default_factory=list)

    def includes(self, element: Any) -> bool:
        """Whether an element is in the set; ``None`` asks for the document itself."""
        while element is not None:
            if element in self.flags:
                return self.flags[element]
            if element is self.base:
                return self.included
            element = element.getparent()
        return self.base is None and self.included

    def keep(self, boundaries: Sequence[Any], test: Callable[[Any], bool], weight: int = 1) -> NodeSet:
        """The nodes that also pass a test whose outcome changes only at the boundaries; ``weight``: walks up that it takes."""
        elements = dict.fromkeys([*self.flags, *(element for element in boundaries if element is not None)])
        self.reading.budget.spend(_PRICE_OF_A_WALK * weight * len(elements))
        flags = {element: self.includes(element) and test(element) for element in elements}
        if self.base is not None:
            flags.setdefault(self.base, self.included and test(self.base))
            return NodeSet(self.reading, self.base, flags, False, self.comments)
        return NodeSet(self.reading, None, flags, self.included and test(None), self.comments)

    def without(self, element: Any) -> NodeSet:
        """The set less an element and all it contains; itself when the element is not in it.

        A part of the element that is in the set without the element itself stays: Vietnamese e-invoices reference an object
        inside the signature through ``enveloped-signature`` and digest all of it.
        """
        if element.getroottree().getroot() is not self.reading.root or not self.includes(element):
            return self
        return NodeSet(self.reading, self.base, {**self.flags, element: False}, self.included, self.comments)

    def borders(self) -> tuple[tuple[Any, bool], ...]:
        """The elements at which the set begins (True) or stops (False); a document that is in has no border of its own."""
        if not self.known:
            self.known.append(tuple(self._borders()))
        return self.known[0]

    def _borders(self) -> Iterator[tuple[Any, bool]]:
        if self.base is not None and self.base not in self.flags and self.included:
            yield self.base, True
        for element, flag in self.flags.items():
            outside = element is self.base or not self.includes(element.getparent())
            if flag == outside:
                yield element, flag

    @property
    def whole_document(self) -> bool:
        """Whether the document node itself is in, with what stands beside the root element."""
        return self.base is None and self.included

    def tops(self) -> tuple[Any, ...]:
        """The elements at which the set begins, in document order; the root element where the document is in."""
        if self.whole_document:
            return (self.reading.root,) if self.includes(self.reading.root) else ()
        begins = [element for element, flag in self.borders() if flag]
        if len(begins) < 2:
            return tuple(begins)
        self.reading.budget.spend(self.reading.size)
        wanted = set(begins)
        return tuple(element for element in self.reading.tree.iter(*{item.tag for item in begins}) if element in wanted)

    def holes(self) -> tuple[Any, ...]:
        """The elements that are left out of what the set otherwise contains."""
        return tuple(element for element, flag in self.borders() if not flag)

    def octets(self, method: str, prefixes: tuple[str, ...] = ()) -> bytes:
        """Canonical octets of the set.

        Raises:
            Fault: ``xml.canonicalisation-failed`` for an empty set; ``xml.transform-unsupported`` where what was left out
                contains parts that are in again.
        """
        if not self.comments:
            method = _WITHOUT_COMMENTS.get(method, method)
        borders = self.borders()
        begins = {element for element, flag in borders if flag}
        if len(begins) > _MAX_PARTS:
            raise Fault("xml.limit", what="parts of one reference")
        if (self.whole_document and begins) or any(_inside(element, begins) is not None for element in begins):
            raise Fault("xml.transform-unsupported", transform="filter that leaves parts out and takes parts of these in again")
        holes: dict[Any, list[Any]] = {}
        for hole in (element for element, flag in borders if not flag):
            holes.setdefault(_inside(hole, begins), []).append(hole)
        tops: Sequence[Any] = (None,) if self.whole_document else self.tops()
        octets = b"".join(self._part(top, holes.get(top, ()), method, prefixes) for top in tops)
        if not octets:
            raise Fault("xml.canonicalisation-failed", method=method, found="the set of nodes is empty")
        return octets

    def _part(self, top: Any, holes: Sequence[Any], method: str, prefixes: tuple[str, ...]) -> bytes:
        octets = self.reading.canonicalize(self.reading.tree if top is None else top, method, prefixes)
        if not holes:
            return octets
        self.reading.budget.spend(len(octets))
        return cut(octets, self.reading.root if top is None else top, holes)

    def text(self) -> bytes:
        """The text of the set alone, in document order (XMLDSig 6.6.2, base64), UTF-8."""
        parts: list[str] = []
        for top in self.tops():
            for node in top.iter():
                self.reading.budget.spend(_PRICE_OF_A_WALK)
                is_element = isinstance(node.tag, str)
                if is_element and self.includes(node) and node.text:
                    parts.append(node.text)
                if node is not top and node.tail and self.includes(node.getparent()):
                    parts.append(node.tail)
        return "".join(parts).encode("utf-8", "surrogatepass")


def _inside(element: Any, others: Collection[Any]) -> Any:
    """The nearest ancestor that is one of the others."""
    return next((ancestor for ancestor in element.iterancestors() if ancestor in others), None)


def parse_octets(octets: bytes, reading: Reading) -> Reading:
    """Parse what a transform made, on the same budget. Raises Fault ``xml.transform-failed``."""
    reading.budget.spend(len(octets))
    try:
        tree = parse(octets, reading.limits)
    except UnreadableDocumentError as error:
        raise Fault("xml.transform-failed", transform="parse", found=error.message) from error
    return Reading(tree, reading.limits, {}, reading.budget, len(octets))
