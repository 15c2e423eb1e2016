"""XPath of transforms, from an allow-list: what is not on it is never evaluated.

Two forms are read: the XPath transform (XMLDSig 6.6.3) where its expression only speaks of the elements that a node is or
stands in, and XPath Filter 2.0 with location paths downwards from the root. No functions that reach outside the tree, no
variables, no numbers that could make the work grow with more than the size of the document times the expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from vnsign.formats.xml import names
from vnsign.formats.xml.faults import Fault
from vnsign.formats.xml.nodes import NodeSet, Reading

Test = Callable[[Any], bool]
_LONGEST = 1000
_DEEPEST = 8
_STEPS = 16
_BRANCHES = 8
_TOKEN = re.compile(
    r"""\s*(?:(?P<literal>"[^"]*"|'[^']*')|(?P<number>\d{1,6})
    |(?P<axis>(?:child|descendant|descendant-or-self|self|ancestor-or-self)::)
    |(?P<name>(?:[^\W\d][\w.\-·]*)(?::(?:\*|[^\W\d][\w.\-·]*))?)
    |(?P<sign>//|!=|[/\[\]()@=,|*.]))""",
    re.VERBOSE,
)
_NAME = r"(?:[\w.\-]+:)?Signature"
_HERE_ENVELOPED = re.compile(
    rf"count\(\s*ancestor-or-self::({_NAME})\s*\|\s*here\(\)/ancestor::({_NAME})\[1\]\s*\)\s*>\s*count\(\s*ancestor-or-self::({_NAME})\s*\)"
)
_HERE_SIGNATURE = re.compile(rf"here\(\)/ancestor::({_NAME})\[1\]")
_ID = re.compile(r"""id\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""")


@dataclass(frozen=True, slots=True)
class Filter:
    """A test of nodes whose outcome only changes at certain elements. ``None`` stands for the document."""

    boundaries: tuple[Any, ...]
    test: Test
    weight: int = 1


def filter_nodes(nodes: NodeSet, element: Any, signature: Any) -> NodeSet:
    """Apply one ``ds:XPath`` of an XPath transform (XMLDSig 6.6.3).

    Args:
        nodes: what comes in.
        element: the ``XPath`` element; prefixes are those in scope on it.
        signature: the ``ds:Signature`` being read, for ``here()``.

    Raises:
        Fault: ``xml.transform-unsupported`` for an expression that is not on the allow-list.
    """
    found = _boolean_filter(nodes.reading, _expression(element), element.nsmap, signature)
    return nodes.keep(found.boundaries, found.test, found.weight)


def filter2_nodes(nodes: NodeSet, elements: Sequence[Any], signature: Any) -> NodeSet:
    """Apply the ``XPath`` elements of one XPath Filter 2.0 transform: intersect, subtract and union in order.

    Raises:
        Fault: as :func:`filter_nodes`; also for a filter that is none of the three.
    """
    reading = nodes.reading
    document = NodeSet(reading, comments=nodes.comments)
    kept = document
    for element in elements:
        selected = _select(reading, _expression(element), element.nsmap, signature)
        operation = element.get("Filter")
        inside = _member_test(selected)
        if operation == "intersect":
            kept = kept.keep(selected, inside)
        elif operation == "subtract":
            kept = kept.keep(selected, _negated(inside))
        elif operation == "union":
            kept = document.keep([*kept.flags, *selected], _either(kept.includes, inside))
        else:
            raise Fault("xml.transform-unsupported", transform=f"{names.XPATH_FILTER2} Filter={operation!r}")
    return nodes.keep(tuple(kept.flags), kept.includes)


def _negated(test: Test) -> Test:
    return lambda node: not test(node)


def _either(one: Test, other: Test) -> Test:
    return lambda node: one(node) or other(node)


def _expression(element: Any) -> str:
    text = (element.xpath("string(.)") or "").strip()
    if not text or len(text) > _LONGEST:
        raise unsupported(text)
    return str(text)


def unsupported(expression: str) -> Fault:
    """The fault of an expression that is not on the allow-list."""
    return Fault("xml.transform-unsupported", transform=f"XPath {expression[:120]!r}")


def _member_test(selected: Sequence[Any]) -> Test:
    members = set(selected)
    document = None in members

    def test(node: Any) -> bool:
        while node is not None:
            if node in members:
                return True
            node = node.getparent()
        return document

    return test


def _is_ds(name: str, namespaces: Mapping[str | None, str]) -> bool:
    prefix, _, _ = name.rpartition(":")
    return namespaces.get(prefix or None) == names.DS if prefix else False


def _select(reading: Reading, expression: str, namespaces: Mapping[str | None, str], signature: Any) -> tuple[Any, ...]:
    """The elements that a location path selects; ``None`` among them is the document."""
    if expression == "/":
        return (None,)
    here = _HERE_SIGNATURE.fullmatch(expression)
    if here and _is_ds(here[1], namespaces):
        return (signature,)
    identifier = _ID.fullmatch(expression)
    if identifier:
        return reading.carriers(identifier[1] or identifier[2] or "")
    _Paths(_tokens(expression), expression).check()
    bound = {prefix: uri for prefix, uri in namespaces.items() if prefix}
    key = (expression, tuple(sorted(bound.items())))
    if key not in reading.found:
        reading.budget.run_xpath()
        try:
            found = reading.tree.xpath(expression, namespaces=bound, smart_strings=False)
        except etree.LxmlError as error:
            raise unsupported(expression) from error
        if not isinstance(found, list) or not all(isinstance(getattr(item, "tag", None), str) for item in found):
            raise unsupported(expression)
        reading.found[key] = tuple(found)
    return reading.found[key]


@dataclass(slots=True)
class _Tokens:
    items: list[tuple[str, str]]
    expression: str
    at: int = 0
    depth: int = 0

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        index = self.at + ahead
        return self.items[index] if index < len(self.items) else ("end", "")

    def take(self, text: str | None = None, kind: str | None = None) -> str:
        found_kind, found = self.peek()
        if (text is not None and found != text) or (kind is not None and found_kind != kind) or found_kind == "end":
            raise unsupported(self.expression)
        self.at += 1
        return found

    def accept(self, text: str) -> bool:
        if self.peek()[0] not in ("literal", "end") and self.peek()[1] == text:
            self.at += 1
            return True
        return False

    def enter(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise unsupported(self.expression)


def _tokens(expression: str) -> _Tokens:
    items: list[tuple[str, str]] = []
    at = 0
    while at < len(expression.rstrip()):
        match = _TOKEN.match(expression, at)
        if match is None:
            raise unsupported(expression)
        items.append((str(match.lastgroup), match.group(str(match.lastgroup))))
        at = match.end()
    return _Tokens(items, expression)


@dataclass(slots=True)
class _Paths:
    """Checks ``/a/b[...] | //c`` : absolute location paths over child and descendant axes, with simple predicates."""

    tokens: _Tokens
    expression: str
    steps: int = 0

    def check(self) -> None:
        for _ in range(_BRANCHES):
            self._path()
            if not self.tokens.accept("|"):
                break
        if self.tokens.peek()[0] != "end":
            raise unsupported(self.expression)

    def _path(self) -> None:
        jumps = 0
        if self.tokens.peek()[1] not in ("/", "//"):
            raise unsupported(self.expression)
        while self.tokens.peek()[1] in ("/", "//") and self.tokens.peek()[0] == "sign":
            jumps += self.tokens.take() == "//"
            kind, axis = self.tokens.peek()
            if kind == "axis":
                if axis == "ancestor-or-self::":
                    raise unsupported(self.expression)
                jumps += axis.startswith("descendant")
                self.tokens.take()
            self._name_test()
            while self.tokens.accept("["):
                self._or()
                self.tokens.take("]")
            self.steps += 1
            if self.steps > _STEPS or jumps > 2:
                raise unsupported(self.expression)

    def _name_test(self) -> None:
        if not self.tokens.accept("*"):
            self.tokens.take(kind="name")
            if self.tokens.peek()[1] == "(":
                raise unsupported(self.expression)

    def _or(self) -> None:
        self.tokens.enter()
        self._comparison()
        while self.tokens.accept("and") or self.tokens.accept("or"):
            self._comparison()
        self.tokens.depth -= 1

    def _comparison(self) -> None:
        self._operand()
        if self.tokens.accept("=") or self.tokens.accept("!="):
            self._operand()

    def _operand(self) -> None:
        kind, text = self.tokens.peek()
        if kind in ("literal", "number"):
            self.tokens.take()
        elif self.tokens.accept("("):
            self._or()
            self.tokens.take(")")
        elif self.tokens.accept("@"):
            self.tokens.take(kind="name")
        elif kind == "name" and self.tokens.peek(1)[1] == "(":
            self._call(text)
        else:
            raise unsupported(self.expression)

    def _call(self, name: str) -> None:
        self.tokens.take()
        self.tokens.take("(")
        if name in ("local-name", "name", "namespace-uri", "position", "last", "true", "false"):
            self.tokens.take(")")
        elif name == "not":
            self._or()
            self.tokens.take(")")
        elif name in ("starts-with", "contains"):
            self._operand()
            self.tokens.take(",")
            self._operand()
            self.tokens.take(")")
        else:
            raise unsupported(self.expression)


def _boolean_filter(reading: Reading, expression: str, namespaces: Mapping[str | None, str], signature: Any) -> Filter:
    here = _HERE_ENVELOPED.fullmatch(expression)
    if here and all(_is_ds(name, namespaces) for name in here.groups()):
        inside = _member_test([signature])
        return Filter((signature,), lambda node: not inside(node))
    parser = _Ancestry(_tokens(expression), expression, reading, namespaces)
    test = parser.parse()
    return Filter(tuple(dict.fromkeys(parser.boundaries)), test, parser.atoms + 1)


@dataclass(slots=True)
class _Ancestry:
    """Reads ``and``, ``or``, ``not()`` over ``ancestor-or-self::name[@attribute='value']``."""

    tokens: _Tokens
    expression: str
    reading: Reading
    namespaces: Mapping[str | None, str]
    boundaries: list[Any] = field(default_factory=list)
    atoms: int = 0

    def parse(self) -> Test:
        test = self._or()
        if self.tokens.peek()[0] != "end":
            raise unsupported(self.expression)
        return test

    def _or(self) -> Test:
        self.tokens.enter()
        tests = [self._and()]
        while self.tokens.accept("or"):
            tests.append(self._and())
        self.tokens.depth -= 1
        return lambda node: any(test(node) for test in tests)

    def _and(self) -> Test:
        tests = [self._atom()]
        while self.tokens.accept("and"):
            tests.append(self._atom())
        return lambda node: all(test(node) for test in tests)

    def _atom(self) -> Test:
        kind, text = self.tokens.peek()
        if self.tokens.accept("("):
            inner = self._or()
            self.tokens.take(")")
            return inner
        if kind == "name" and text in ("true", "false", "not") and self.tokens.peek(1)[1] == "(":
            return self._call(text)
        self.tokens.take("ancestor-or-self::")
        return self._ancestor()

    def _call(self, name: str) -> Test:
        self.tokens.take()
        self.tokens.take("(")
        if name == "not":
            inner = self._or()
            self.tokens.take(")")
            return lambda node: not inner(node)
        self.tokens.take(")")
        return lambda _node: name == "true"

    def _ancestor(self) -> Test:
        name = "*" if self.tokens.accept("*") else self.tokens.take(kind="name")
        attribute, value = "", ""
        if self.tokens.accept("["):
            self.tokens.take("@")
            attribute = self._clark(self.tokens.take(kind="name"))
            self.tokens.take("=")
            value = self.tokens.take(kind="literal")[1:-1]
            self.tokens.take("]")
        tag = self._clark(name)
        found = [e for e in self.reading.tree.iter(tag) if not attribute or e.get(attribute) == value]
        self.reading.budget.run_xpath()
        self.atoms += 1
        self.boundaries.extend(found)
        return _member_test(found)

    def _clark(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        if not prefix:
            return local
        uri = self.namespaces.get(prefix)
        if uri is None:
            raise unsupported(self.expression)
        return f"{{{uri}}}{local}"
