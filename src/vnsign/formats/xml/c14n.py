"""Canonical XML 1.0, 1.1 and Exclusive 1.0, of documents and of elements with all they contain.

libxml2 canonicalises a whole document rightly. Of an element inside a document it does not: lxml hands it a detached
copy whose children still point at declarations of lost ancestors, and a false ``xmlns=""`` may come out. So an element
is first written out with every namespace in scope and parsed again as a document of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from vnsign.errors import UnreadableDocumentError
from vnsign.formats.xml import names
from vnsign.formats.xml.parse import reparse

_XML_PREFIX = f"{{{names.XML}}}"
_XML_BASE = _XML_PREFIX + "base"
_INHERITABLE_11 = frozenset({_XML_PREFIX + "lang", _XML_PREFIX + "space"})
_WRITTEN_TAG = re.compile(rb'(<[^\s/>]+(?: [^\s=<>]+="[^"<]*")*)/?>')
_EXCLUSIVE = names.C14N_EXCLUSIVES
_VERSION_11 = frozenset({names.C14N_11, names.C14N_11_COMMENTS})
_WITH_COMMENTS = frozenset({names.C14N_10_COMMENTS, names.C14N_11_COMMENTS, names.C14N_EXCLUSIVE_COMMENTS})


def canonicalize(
    node: etree._Element | etree._ElementTree, algorithm_uri: str, *, inclusive_prefixes: Sequence[str] = ()
) -> bytes:
    """Canonical form of a whole document or of an element with all its descendants.

    Args:
        node: a tree (the document, with what stands beside its root) or an element (its tail is left out).
        algorithm_uri: one of :data:`names.C14N_METHODS`.
        inclusive_prefixes: ``InclusiveNamespaces/@PrefixList`` of exclusive canonicalisation; ``#default`` may be among them.

    Returns:
        The octets (UTF-8). Never empty.

    Raises:
        UnreadableDocumentError: ``XML_CANONICALISATION``: unknown method, relative namespace URI, nothing to write.
    """
    if algorithm_uri not in names.C14N_METHODS:
        raise _failed(f"unknown method {algorithm_uri}")
    part: Any = node
    if not hasattr(node, "getroot") and (algorithm_uri not in _EXCLUSIVE or inclusive_prefixes or part.getparent() is None):
        # In exclusive form an element declares what its name and attributes use, which lxml's detached copy still knows.
        part = standalone(part, algorithm_uri)
    prefixes = list(inclusive_prefixes)
    if "#default" in prefixes:
        # lxml drops prefixes that its dictionary of names does not hold. No XML name is "#default", but an HTML attribute
        # may be called so, and its parser shares the dictionary. A test holds this; without it the digest would differ.
        etree.fromstring(b"<p #default=''>", etree.HTMLParser(no_network=True))
    try:
        octets: bytes = etree.tostring(
            part,
            method="c14n",
            with_tail=False,
            exclusive=algorithm_uri in _EXCLUSIVE,
            with_comments=algorithm_uri in _WITH_COMMENTS,
            inclusive_ns_prefixes=prefixes or None,
        )
    except (etree.LxmlError, ValueError, TypeError) as error:
        raise _failed(str(error)) from error
    if not octets:
        raise _failed("nothing was written")
    return octets


def standalone(element: etree._Element, algorithm_uri: str) -> etree._ElementTree:
    """Copy of an element as the root of a tree of its own, with the namespaces and ``xml:`` attributes of its context.

    Args:
        element: of any tree; not changed.
        algorithm_uri: which ``xml:`` attributes are inherited depends on the method (C14N 1.0, 2.4; C14N 1.1, 2.4; none in
            exclusive canonicalisation).

    Raises:
        UnreadableDocumentError: ``XML_CANONICALISATION`` when it cannot be written out and read again.
    """
    return _in_context(etree.tostring(element, encoding="utf-8", with_tail=False), element, algorithm_uri)


def start_tag(element: etree._Element, algorithm_uri: str, written: bytes) -> bytes | None:
    """The start tag of an element's canonical form, by an inclusive method.

    Args:
        element: of any tree; not changed.
        algorithm_uri: an inclusive method.
        written: the element as lxml writes it, with every namespace in scope on its start tag.

    Returns:
        The tag, or ``None`` where it is written so oddly that the whole element must be canonicalised.

    Raises:
        UnreadableDocumentError: as :func:`canonicalize`.
    """
    tag = _WRITTEN_TAG.match(written)
    if tag is None:
        return None
    octets = canonicalize(_in_context(tag[1] + b"/>", element, algorithm_uri), algorithm_uri)
    return octets[: octets.rindex(b"</")]


def _in_context(written: bytes, element: etree._Element, algorithm_uri: str) -> etree._ElementTree:
    try:
        root = reparse(written)
    except (etree.LxmlError, ValueError) as error:
        raise _failed(str(error)) from error
    if algorithm_uri not in _EXCLUSIVE:
        for name, value in _inherited(element, algorithm_uri):
            root.set(name, value)
    tree: etree._ElementTree = root.getroottree()
    return tree


def _inherited(element: Any, algorithm_uri: str) -> list[tuple[str, str]]:
    """The ``xml:`` attributes that an element whose ancestors are left out takes from them."""
    found: dict[str, str] = {}
    bases: list[str] = []
    for ancestor in element.iterancestors():
        for name, value in ancestor.items():
            if name.startswith(_XML_PREFIX):
                found.setdefault(name, value)
            if name == _XML_BASE:
                bases.append(value)
    own = {name: value for name, value in found.items() if name not in element.attrib}
    if algorithm_uri not in _VERSION_11:
        return list(own.items())
    inherited = [(name, value) for name, value in own.items() if name in _INHERITABLE_11]
    if bases:
        inherited.append((_XML_BASE, _join_bases([*reversed(bases), element.get(_XML_BASE, "")])))
    return inherited


def _join_bases(bases: list[str]) -> str:
    """Outermost first (C14N 1.1, 2.4: the fix-up of ``xml:base``)."""
    joined = ""
    for base in bases:
        joined = urljoin(joined, base) if base else joined
    return joined


def _failed(said: str) -> UnreadableDocumentError:
    return UnreadableDocumentError(f"cannot be canonicalised: {said[:200]}", code="XML_CANONICALISATION")
