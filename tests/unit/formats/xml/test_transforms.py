"""XPath transforms: the allow-list works as specified, and nothing outside it is evaluated."""

from __future__ import annotations

import time

import pytest

from tests.unit.formats.xml.builder import (
    ENVELOPED,
    EXCLUSIVE,
    FILTER2,
    XPATH,
    one,
    reference,
    rules,
    signature,
    sound,
    transform,
)
from vnsign.model.facts import CoverageScope

DSIG = 'xmlns:dsig="http://www.w3.org/2000/09/xmldsig#"'
INSIDE = '<a Id="x">1<b k="v">2</b>3</a><c>4<b>5</b></c>'


def xpath(expression: str) -> str:
    return transform(XPATH, f"<XPath {DSIG}>{expression}</XPath>")


def filters(*steps: tuple[str, str]) -> str:
    inside = "".join(f'<XPath xmlns="{FILTER2}" {DSIG} Filter="{kind}">{expression}</XPath>' for kind, expression in steps)
    return transform(FILTER2, inside)


def document(made: str) -> str:
    return f"<doc>{INSIDE}{made}</doc>"


WHOLE = f"<doc>{INSIDE}</doc>".encode()
HERE = (
    "count(ancestor-or-self::dsig:Signature | here()/ancestor::dsig:Signature[1]) &gt; count(ancestor-or-self::dsig:Signature)"
)


@pytest.mark.parametrize(
    ("expression", "octets"),
    [
        ("not(ancestor-or-self::dsig:Signature)", WHOLE),
        (" not( ancestor-or-self::dsig:Signature )\n", WHOLE),
        (HERE, WHOLE),
        ("ancestor-or-self::a", b'<a Id="x">1<b k="v">2</b>3</a>'),
        ("ancestor-or-self::b", b'<b k="v">2</b><b>5</b>'),
        ("ancestor-or-self::b[@k='v']", b'<b k="v">2</b>'),
        ("ancestor-or-self::a and not(ancestor-or-self::b)", b'<a Id="x">13</a>'),
        ("ancestor-or-self::a or ancestor-or-self::b", b'<a Id="x">1<b k="v">2</b>3</a><b>5</b>'),
        ("not(ancestor-or-self::dsig:Signature or ancestor-or-self::c)", b'<doc><a Id="x">1<b k="v">2</b>3</a></doc>'),
        ("true() and not(ancestor-or-self::dsig:Signature)", WHOLE),
    ],
)
def test_xpath_on_the_allow_list(expression: str, octets: bytes) -> None:
    facts = one(document(signature(reference("", octets, xpath(expression)))))
    assert sound(facts), (facts.digests, facts.problems)


@pytest.mark.parametrize(
    ("steps", "octets"),
    [
        ([("subtract", "/descendant::dsig:Signature")], WHOLE),
        ([("subtract", "/*/dsig:Signature")], WHOLE),
        ([("subtract", "//*[local-name()='Signature']")], WHOLE),
        ([("subtract", "here()/ancestor::dsig:Signature[1]")], WHOLE),
        ([("intersect", "id('x')")], b'<a Id="x">1<b k="v">2</b>3</a>'),
        ([("intersect", "/doc/a")], b'<a Id="x">1<b k="v">2</b>3</a>'),
        ([("intersect", "//b[@k = 'v' or not(@k)]")], b'<b k="v">2</b><b>5</b>'),
        ([("intersect", "/doc/a"), ("subtract", "//b")], b'<a Id="x">13</a>'),
        ([("intersect", "/doc/a | /doc/c"), ("subtract", "//b")], b'<a Id="x">13</a><c>4</c>'),
        ([("intersect", "/doc/a"), ("union", "/doc/c")], b'<a Id="x">1<b k="v">2</b>3</a><c>4<b>5</b></c>'),
        ([("union", "/"), ("subtract", "//dsig:Signature")], WHOLE),
        ([("intersect", "/doc/*[1]")], b'<a Id="x">1<b k="v">2</b>3</a>'),
    ],
)
def test_filter2_on_the_allow_list(steps: list[tuple[str, str]], octets: bytes) -> None:
    facts = one(document(signature(reference("", octets, filters(*steps)))))
    assert sound(facts), (facts.digests, facts.problems)


def test_what_filters_leave_out_is_said() -> None:
    facts = one(document(signature(reference("", b'<a Id="x">13</a>', filters(("intersect", "/doc/a"), ("subtract", "//b"))))))
    assert facts.coverage is CoverageScope.PARTIAL
    assert facts.digests[0].covers == "/doc[1]/a[1] without /doc[1]/a[1]/b[1]"


REFUSED = [
    "",
    "1 div 0",
    "self::text()",
    "@*",
    "ancestor::a",
    "parent::a",
    "count(//*) > 1",
    "string-length(.) > 0",
    "document('file:///etc/passwd')",
    "re:test(., 'a+')",
    "php:function('x')",
    "$v",
    "ancestor-or-self::nope:a",
    "not(" * 20 + "ancestor-or-self::a" + ")" * 20,
    "ancestor-or-self::a or " * 60 + "ancestor-or-self::a",
    "ancestor-or-self::a]",
    "ancestor-or-self::node()",
    "here()",
]


@pytest.mark.parametrize("expression", REFUSED)
def test_xpath_outside_the_allow_list_is_refused(expression: str) -> None:
    escaped = expression.replace(">", "&gt;")
    facts = one(document(signature(reference("", WHOLE, xpath(escaped)))))
    assert rules(facts) == ["xml.transform-unsupported"]
    assert facts.digests[0].computed is None


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "a",
        ".",
        "//text()",
        "//@k",
        "//node()",
        "//a/..",
        "//a/ancestor::*",
        "//a/following::*",
        "//*[//*[//*]]",
        "//*[.//b]",
        "//*[count(.//*) > 1]",
        "//a//b//c//d",
        "/*" * 20,
        "document('x')//a",
        "//a | document('x')",
        "//*[starts-with(document('x'), 'a')]",
        "//*[$v]",
        "//undeclared:a",
        "id(id('x'))",
        "/doc/a[",
        "//*[string-length(.) = 3]",
        "//comment()",
        "//processing-instruction()",
        "//namespace::*",
    ],
)
def test_filter2_outside_the_allow_list_is_refused(expression: str) -> None:
    escaped = expression.replace(">", "&gt;")
    facts = one(document(signature(reference("", WHOLE, filters(("subtract", escaped))))))
    assert rules(facts) == ["xml.transform-unsupported"]
    assert facts.digests[0].computed is None


def test_filter2_must_say_which_set_operation() -> None:
    facts = one(document(signature(reference("", WHOLE, filters(("xor", "//a"))))))
    assert rules(facts) == ["xml.transform-unsupported"]


@pytest.mark.parametrize(
    "uri",
    [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/2001/04/decrypt#",
        "http://schemas.openxmlformats.org/package/2006/RelationshipTransform",
        "urn:anything",
        "",
    ],
)
def test_other_transforms_are_named_and_never_run(uri: str) -> None:
    facts = one(document(signature(reference("", WHOLE, ENVELOPED, transform(uri)))))
    assert rules(facts) == ["xml.transform-unsupported"]
    assert facts.digests[0].computed is None


def test_a_filter_that_leaves_nothing_gives_no_empty_digest() -> None:
    empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    for step in (xpath("ancestor-or-self::absent"), filters(("intersect", "//absent"))):
        facts = one(document(signature(reference("", b"", step, digest=empty))))
        assert rules(facts) == ["xml.canonicalisation-failed"]
        assert facts.digests[0].computed is None


def test_parts_taken_in_again_inside_parts_left_out_are_refused() -> None:
    steps = filters(("intersect", "/doc"), ("subtract", "/doc/a"), ("union", "//b"))
    facts = one(document(signature(reference("", WHOLE, steps))))
    assert rules(facts) == ["xml.transform-unsupported"]


def test_a_filter_keeps_namespaces_and_xml_attributes_of_what_it_leaves_out() -> None:
    octets = b'<a xmlns="urn:d" xmlns:u="urn:u" xml:lang="vi">t</a>'
    step = transform(XPATH, '<XPath xmlns:d="urn:d">ancestor-or-self::d:a</XPath>')
    made = signature(reference("", octets, step))
    assert sound(one(f'<doc xmlns="urn:d"><w xmlns:u="urn:u" xml:lang="vi"><a>t</a></w>{made}</doc>'))


def test_filters_work_on_parsed_external_data() -> None:
    made = signature(reference("f.xml", b"<r><a></a></r>", filters(("subtract", "//b")), EXCLUSIVE))
    assert sound(one(made, {"f.xml": b"<r><a/><b/></r>"}))
    refused = one(made, {"f.xml": b"<!DOCTYPE r><r><a/><b/></r>"})
    assert rules(refused) == ["xml.transform-failed"]


def test_many_filters_over_a_large_document_stay_within_bounds() -> None:
    inside = "<e><f k='1'/></e>" * 20_000
    steps = filters(*[("subtract", f"//e/f[@k='{number}']") for number in range(2, 10)])
    made = signature(*[reference("", b"", steps)] * 64)
    start = time.perf_counter()
    one(f"<doc>{inside}{made}</doc>")
    assert time.perf_counter() - start < 20
