"""The one door from bytes to an XML tree. One parse, one tree: what is verified is what is read.

No DTD is ever processed: a document type declaration is refused for the whole document, so there are no entities, no
attribute defaults and nothing external (XML 1.0, 2.8; W3C XML Signature Best Practices, 2.1).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from lxml import etree

from vnsign.errors import LimitExceededError, UnreadableDocumentError
from vnsign.model.limits import Limits

_TEXT_NODE_BYTES = 10_000_000
"""libxml2 refuses a text node above this size unless ``huge_tree`` is set."""
_PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_PLACE = re.compile(r", line \d+, column \d+.*")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_BARE_UTF16 = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))


def parse(data: bytes, limits: Limits) -> etree._ElementTree:
    """Parse a document into a tree.

    Args:
        data: the whole document, in any encoding that libxml2 knows.
        limits: ``xml_bytes``, ``xml_nodes`` (elements, comments and processing instructions) and ``xml_depth`` are held.

    Returns:
        The tree, with comments, processing instructions and white space as written. CDATA sections are text.

    Raises:
        UnreadableDocumentError: ``XML_NOT_WELL_FORMED`` with line and column, ``XML_NAMESPACE`` where prefixes are not bound
            and nothing else is wrong, or ``XML_DOCTYPE``.
        LimitExceededError: larger, deeper or more numerous than the limits allow.
    """
    _check_before(data, limits)
    parser = etree.XMLParser(huge_tree=len(data) > _TEXT_NODE_BYTES, recover=False, **_STRICT)
    try:
        tree = etree.fromstring(data, parser).getroottree()
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _not_well_formed(error, unbound=_only_namespaces(parser.error_log)) from error
    return _checked(tree, limits)


def parse_unbound(data: bytes, limits: Limits) -> etree._ElementTree:
    """Parse a document in which :func:`parse` found unbound prefixes and nothing else: a tree to list signatures in.

    Such a document has no canonical form, so no signature in it can hold. Raises as :func:`parse` does.
    """
    _check_before(data, limits)
    parser = etree.XMLParser(huge_tree=len(data) > _TEXT_NODE_BYTES, recover=True, **_STRICT)
    try:
        root: Any = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _not_well_formed(error, unbound=False) from error
    # libxml2 recovers from anything: what it made is only taken where nothing but namespaces was wrong.
    if not _only_namespaces(parser.error_log):
        raise UnreadableDocumentError("not well-formed XML", code="XML_NOT_WELL_FORMED")
    tree: etree._ElementTree = root.getroottree()
    return _checked(tree, limits)


_STRICT: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "collect_ids": False,
}


def _check_before(data: bytes, limits: Limits) -> None:
    if len(data) > limits.xml_bytes:
        raise LimitExceededError(f"XML of {len(data)} bytes, at most {limits.xml_bytes} are read")
    if _declares_doctype(data):
        raise _doctype()
    # Every element takes one "<" for its start tag and, unless empty, one for its end tag.
    if data.count(b"<") > 2 * limits.xml_nodes:
        raise LimitExceededError(f"XML of more than {limits.xml_nodes} nodes")


def _checked(tree: etree._ElementTree, limits: Limits) -> etree._ElementTree:
    info: Any = tree.docinfo
    if info.internalDTD is not None or info.externalDTD is not None or info.doctype:
        raise _doctype()
    if _deeper(tree, limits.xml_depth):
        raise LimitExceededError(f"XML nested deeper than {limits.xml_depth} elements")
    return tree


def _only_namespaces(log: Any) -> bool:
    errors = [entry for entry in log if entry.level >= etree.ErrorLevels.ERROR]
    return bool(errors) and all(entry.domain == etree.ErrorDomains.NAMESPACE for entry in errors)


def reparse(data: bytes) -> Any:
    """Parse what was serialised from a tree of :func:`parse`: no limits are checked again.

    Returns:
        The root element of a tree of its own.
    """
    return etree.fromstring(data, _TRUSTED)


_TRUSTED = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, collect_ids=False)


def _deeper(tree: etree._ElementTree, depth: int) -> bool:
    # A child step for each level visits every node once; counting ancestors would visit each depth times.
    return bool(_test_of_depth(depth)(tree))


@lru_cache(maxsize=4)
def _test_of_depth(depth: int) -> Any:
    return etree.XPath("boolean(" + "/*" * (depth + 1) + ")")


def _declares_doctype(data: bytes) -> bool:
    """Look at the prolog before libxml2 does, so that no internal subset is ever processed.

    Encodings that are neither a superset of ASCII nor UTF-16 escape this look; the check after parsing holds for all.
    """
    for bom, encoding in _BOMS + _BARE_UTF16:
        if data.startswith(bom):
            data = data.decode(encoding, "replace").lstrip("\ufeff").encode("utf-8", "replace")
            break
    prolog = _PROLOG.match(data)
    return data.startswith(b"<!DOCTYPE", prolog.end() if prolog else 0)


def _doctype() -> UnreadableDocumentError:
    return UnreadableDocumentError(
        "the document carries a document type declaration (DOCTYPE), which is refused",
        code="XML_DOCTYPE",
        hint="ask for the document without a DOCTYPE: entities and defaults could change what is read after signing",
    )


def _not_well_formed(error: Exception, *, unbound: bool) -> UnreadableDocumentError:
    line, column = getattr(error, "position", None) or (0, 0)
    where = f" at line {line}, column {column}" if line else ""
    said = str(getattr(error, "msg", "") or str(error) or "empty document").splitlines()[0][:200]
    said = _PLACE.sub("", said)
    if unbound:
        return UnreadableDocumentError(
            f"namespace prefix that is not bound{where}: {said}",
            code="XML_NAMESPACE",
            hint="the software that wrote the file is at fault: such a document has no canonical form and cannot be signed",
        )
    return UnreadableDocumentError(
        f"not well-formed XML{where}: {said}", code="XML_NOT_WELL_FORMED", hint="the file is damaged or is no XML document"
    )
