"""Canonical forms written out by hand, vectors of others, and one property: cutting equals leaving out."""

from __future__ import annotations

import copy
import io
import re
import xml.etree.ElementTree as StandardTree
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from vnsign.errors import UnreadableDocumentError
from vnsign.formats.xml import names
from vnsign.formats.xml.c14n import canonicalize, standalone
from vnsign.formats.xml.parse import parse
from vnsign.formats.xml.slices import cut, slice_element
from vnsign.model.limits import Limits

LIMITS = Limits()


def tree(text: str) -> Any:
    return parse(text.encode(), LIMITS)


def test_no_false_empty_namespace_appears_two_levels_below_a_default_declared_on_an_ancestor() -> None:
    """lxml on the element itself writes ``xmlns=""`` here (seen with 4.9, 5.3 and 6.1)."""
    root = tree('<a xmlns="urn:d" xmlns:d="urn:d"><b><d:c><x xmlns="">t</x><q/></d:c></b></a>').getroot()
    assert canonicalize(root[0], names.C14N_10) == (b'<b xmlns="urn:d" xmlns:d="urn:d"><d:c><x xmlns="">t</x><q></q></d:c></b>')
    assert canonicalize(root[0][0], names.C14N_EXCLUSIVE) == (b'<d:c xmlns:d="urn:d"><x>t</x><q xmlns="urn:d"></q></d:c>')


def test_inclusive_takes_every_namespace_in_scope_and_exclusive_only_those_used() -> None:
    root = tree('<r xmlns="urn:d" xmlns:u="urn:u" xmlns:v="urn:v"><v:e a="1" u:b="2"/></r>').getroot()
    assert canonicalize(root[0], names.C14N_10) == (b'<v:e xmlns="urn:d" xmlns:u="urn:u" xmlns:v="urn:v" a="1" u:b="2"></v:e>')
    assert canonicalize(root[0], names.C14N_EXCLUSIVE) == b'<v:e xmlns:u="urn:u" xmlns:v="urn:v" a="1" u:b="2"></v:e>'


def test_prefix_list_makes_prefixes_inclusive_also_the_default() -> None:
    root = tree('<r xmlns="urn:d" xmlns:u="urn:u" xmlns:v="urn:v"><v:e><f/></v:e></r>').getroot()
    assert canonicalize(root[0], names.C14N_EXCLUSIVE, inclusive_prefixes=["u"]) == (
        b'<v:e xmlns:u="urn:u" xmlns:v="urn:v"><f xmlns="urn:d"></f></v:e>'
    )
    assert canonicalize(root[0], names.C14N_EXCLUSIVE, inclusive_prefixes=["#default", "absent"]) == (
        b'<v:e xmlns="urn:d" xmlns:v="urn:v"><f></f></v:e>'
    )


def test_xml_attributes_are_inherited_as_each_version_says() -> None:
    text = '<r xml:lang="vi" xml:base="http://a/b/" xml:id="i" xml:space="preserve"><m xml:base="c/"><e xml:lang="en"/></m></r>'
    element = tree(text).getroot()[0][0]
    assert canonicalize(element, names.C14N_10) == (b'<e xml:base="c/" xml:id="i" xml:lang="en" xml:space="preserve"></e>')
    assert canonicalize(element, names.C14N_11) == (b'<e xml:base="http://a/b/c/" xml:lang="en" xml:space="preserve"></e>')
    assert canonicalize(element, names.C14N_EXCLUSIVE) == b'<e xml:lang="en"></e>'


def test_comments_and_what_stands_beside_the_root() -> None:
    document = tree("<?p i?><!-- before --><a>x<!-- in -->y</a><!-- after -->")
    assert canonicalize(document, names.C14N_10) == b"<?p i?>\n<a>xy</a>"
    assert canonicalize(document, names.C14N_10_COMMENTS) == (b"<?p i?>\n<!-- before -->\n<a>x<!-- in -->y</a>\n<!-- after -->")
    assert canonicalize(document.getroot(), names.C14N_EXCLUSIVE_COMMENTS) == b"<a>x<!-- in -->y</a>"


def test_characters_are_escaped_as_the_recommendation_says() -> None:
    root = tree("<a b='&#9;&#10;&#13;&quot;&lt;>&amp;'>&#13;&gt;&lt;&amp;<![CDATA[<c>]]>\r\nnext</a>")
    assert canonicalize(root, names.C14N_10) == (
        b'<a b="&#x9;&#xA;&#xD;&quot;&lt;>&amp;">&#xD;&gt;&lt;&amp;&lt;c&gt;\nnext</a>'
    )
    inner = tree("<r><a b='&#9;&#10;&#13;'>&#13;x</a>tail</r>").getroot()[0]
    assert canonicalize(inner, names.C14N_10) == b'<a b="&#x9;&#xA;&#xD;">&#xD;x</a>'


@pytest.mark.parametrize("method", sorted(names.C14N_METHODS))
def test_a_relative_namespace_fails_and_gives_no_octets(method: str) -> None:
    document = tree('<a xmlns="relative"><b/></a>')
    for node in (document, document.getroot(), document.getroot()[0]):
        with pytest.raises(UnreadableDocumentError) as caught:
            canonicalize(node, method)
        assert caught.value.code == "XML_CANONICALISATION"


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(UnreadableDocumentError):
        canonicalize(tree("<a/>"), "http://www.w3.org/TR/1999/REC-xslt-19991116")


def test_the_tree_is_not_changed() -> None:
    document = tree('<a xmlns="urn:d" xml:lang="vi"><b><c/></b>tail</a>')
    before = etree.tostring(document)
    for method in names.C14N_METHODS:
        canonicalize(document.getroot()[0], method)
    assert etree.tostring(document) == before


# --- properties ---------------------------------------------------------------------------------------------------

_names = st.sampled_from(["a", "b", "p:a", "p:b", "q:a"])
_declared = st.sampled_from(["", ' xmlns="urn:1"', ' xmlns="urn:2"', ' xmlns=""', ' xmlns:p="urn:2"', ' xmlns:q="urn:1"'])
_aside = st.sampled_from(["", "t", " ", "<!-- <a> c -->", "<?p <a>?>", "&lt;a>", "<![CDATA[</b>]]>"])


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda name, declared, attribute, inside: f"<{name}{declared}{attribute}>{''.join(inside)}</{name}>",
        _names,
        _declared,
        st.sampled_from(["", ' k="&lt;a >"', ' p:k="1"', ' xml:lang="vi"']),
        st.lists(_aside | children, max_size=4),
    )


def _single(text: str) -> str:
    """One prefix for each namespace: the standard library keeps no prefixes, it makes them up from the namespace."""
    for prefix, letter in (("xmlns:p", "p"), ("xmlns:q", "q")):
        text = re.sub(rf'{prefix}="urn:(\d)"', rf'{prefix}="urn:{letter}\1"', text)
    # It also escapes inside processing instructions, and declares xmlns="" for attributes without prefix.
    return text.replace("<?p <a>?>", "<?p a?>").replace(' k="&lt;a >"', "")


_documents = st.builds(
    lambda inside: f'<r xmlns="urn:1" xmlns:p="urn:1" xmlns:q="urn:3">{"".join(inside)}</r>',
    st.lists(st.recursive(_element(_aside), _element, max_leaves=8), min_size=1, max_size=3),
)


@settings(max_examples=150, deadline=None)
@given(_documents, st.sampled_from(sorted(names.C14N_METHODS)), st.data())
def test_cutting_an_element_out_equals_canonicalising_without_it(text: str, method: str, data: st.DataObject) -> None:
    document = tree(text)
    elements = [e for e in document.getroot().iter() if isinstance(e.tag, str)][1:]
    chosen = data.draw(st.lists(st.sampled_from(elements), min_size=1, max_size=2, unique=True))
    got = cut(canonicalize(document, method), document.getroot(), chosen)
    twin = copy.deepcopy(document)
    same = [e for e in twin.getroot().iter() if isinstance(e.tag, str)][1:]
    for element in [same[elements.index(item)] for item in chosen]:
        _remove(element)
    assert got == canonicalize(twin, method)


@settings(max_examples=150, deadline=None)
@given(_documents, st.sampled_from(sorted(names.C14N_METHODS - names.C14N_EXCLUSIVES)), st.data())
def test_slicing_an_element_equals_canonicalising_it(text: str, method: str, data: st.DataObject) -> None:
    document = tree(text)
    element = data.draw(st.sampled_from([e for e in document.getroot().iter() if isinstance(e.tag, str)][1:]))
    written = etree.tostring(element, encoding="utf-8", with_tail=False)
    assert slice_element(canonicalize(document, method), element, method, written) == canonicalize(element, method)


@settings(max_examples=150, deadline=None)
@given(_documents, st.sampled_from(sorted(names.C14N_EXCLUSIVES)), st.data())
def test_the_exclusive_form_of_an_element_is_that_of_its_copy(text: str, method: str, data: st.DataObject) -> None:
    document = tree(text)
    element = data.draw(st.sampled_from([e for e in document.getroot().iter() if isinstance(e.tag, str)]))
    assert canonicalize(element, method) == canonicalize(standalone(element, method), method)


def _remove(element: Any) -> None:
    parent = element.getparent()
    if parent is None:
        return
    previous = element.getprevious()
    if previous is None:
        parent.text = (parent.text or "") + (element.tail or "")
    else:
        previous.tail = (previous.tail or "") + (element.tail or "")
    parent.remove(element)


@settings(max_examples=150, deadline=None)
@given(_documents, st.data())
def test_exclusive_forms_agree_with_the_standard_library(text: str, data: st.DataObject) -> None:
    """Canonical XML 2.0 without options declares namespaces where they are used, as exclusive canonicalisation does."""
    document = tree(_single(text))
    element = data.draw(st.sampled_from([e for e in document.getroot().iter() if isinstance(e.tag, str)]))
    exclusive = canonicalize(element, names.C14N_EXCLUSIVE)
    out = io.StringIO()
    StandardTree.canonicalize(etree.tostring(element, encoding="unicode", with_tail=False), out=out)
    assert exclusive.decode() == out.getvalue()


@settings(max_examples=150, deadline=None)
@given(_documents, st.sampled_from(sorted(names.C14N_METHODS)), st.data())
def test_a_canonical_form_is_its_own_canonical_form(text: str, method: str, data: st.DataObject) -> None:
    document = tree(text)
    element = data.draw(st.sampled_from([e for e in document.getroot().iter() if isinstance(e.tag, str)]))
    once = canonicalize(element, method)
    assert canonicalize(parse(once, LIMITS), method) == once


_VECTORS = (
    ("in/31_input.xml", "in/31_c14n.xml", None, names.C14N_10),
    ("in/32_input.xml", "in/32_c14n.xml", None, names.C14N_10),
    ("in/33_input.xml", "in/33_c14n.xml", None, names.C14N_10),
    ("in/34_input.xml", "in/34_c14n.xml", None, names.C14N_10),
    ("in/36_input.xml", "in/36_c14n.xml", None, names.C14N_10),
    ("in/38_input.xml", "in/38_c14n.xml", None, names.C14N_10),
    ("in/default_ns_redefinition_input.xml", "in/default_ns_redefinition_c14n.xml", names.OBJECT, names.C14N_10),
    ("inExcl/example2_2_1.xml", "inExcl/example2_2_1_c14nized.xml", "{http://example.net}elem2", names.C14N_10),
    ("inExcl/example2_2_2.xml", "inExcl/example2_2_2_c14nized.xml", "{http://example.net}elem2", names.C14N_10),
    ("inExcl/example2_2_1.xml", "inExcl/example2_2_c14nized_exclusive.xml", "{http://example.net}elem2", names.C14N_EXCLUSIVE),
    ("inExcl/example2_2_2.xml", "inExcl/example2_2_c14nized_exclusive.xml", "{http://example.net}elem2", names.C14N_EXCLUSIVE),
    ("inExcl/example2_2_3.xml", "inExcl/example2_2_3_c14nized_exclusive.xml", "p", names.C14N_EXCLUSIVE),
    ("inExcl/example2_4.xml", "inExcl/example2_4_c14nized.xml", "{http://example.net}elem2", names.C14N_EXCLUSIVE),
)


@pytest.mark.corpus
def test_vectors_of_another_project(shared_data: Path) -> None:
    """Those with a DOCTYPE cannot be read here; the others must give the same octets."""
    folder = shared_data / "corpora/c14n-vectors/santuario-xml-security-java/org/apache/xml/security/c14n"
    compared = 0
    for source, expected, tag, method in _VECTORS:
        try:
            document = parse((folder / source).read_bytes(), LIMITS)
        except UnreadableDocumentError as error:
            assert error.code == "XML_DOCTYPE"
            continue
        node = document if tag is None else next(iter(document.iter(tag)))
        assert canonicalize(node, method) == (folder / expected).read_bytes(), source
        compared += 1
    assert compared >= 8
