"""One strict door: what is refused, and that nothing but documented errors comes out."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnsign.errors import LimitExceededError, UnreadableDocumentError
from vnsign.formats.xml.parse import parse, parse_unbound
from vnsign.model.limits import Limits

LIMITS = Limits()
DTD = '<!DOCTYPE a [<!ENTITY e "x"><!ATTLIST a Id ID "forged">]><a>&e;</a>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("before", ["", '<?xml version="1.0"?>\n', "<!-- c --><?p i?> "])
def test_a_doctype_is_refused_in_every_encoding(encoding: str, before: str) -> None:
    with pytest.raises(UnreadableDocumentError) as caught:
        parse((before + DTD).encode(encoding), LIMITS)
    assert caught.value.code in ("XML_DOCTYPE", "XML_NOT_WELL_FORMED")
    if encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert caught.value.code == "XML_DOCTYPE"


def test_entities_are_never_expanded_before_the_doctype_is_refused() -> None:
    bomb = (
        "<!DOCTYPE a [<!ENTITY a0 'xxxxxxxxxx'>"
        + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
        + "]><a b='&a11;'/>"
    )
    with pytest.raises(UnreadableDocumentError) as caught:
        parse(bomb.encode(), LIMITS)
    assert caught.value.code == "XML_DOCTYPE"


def test_the_word_doctype_in_text_is_no_doctype() -> None:
    assert parse(b"<a><!-- <!DOCTYPE b> --><![CDATA[<!DOCTYPE b>]]></a>", LIMITS).getroot().tag == "a"


@pytest.mark.parametrize(
    "data", [b"", b" ", b"<a>", b"<a></b>", b"<a b='1' b='2'/>", b"\x00", b"%PDF-1.7", b"<a>&e;</a>", b"<a/><b/>"]
)
def test_what_is_not_well_formed_is_named(data: bytes) -> None:
    with pytest.raises(UnreadableDocumentError) as caught:
        parse(data, LIMITS)
    assert caught.value.code == "XML_NOT_WELL_FORMED"


def test_line_and_column_are_told() -> None:
    with pytest.raises(UnreadableDocumentError, match="line 2, column"):
        parse(b"<a>\n<b></a>", LIMITS)


def test_an_unbound_prefix_has_a_code_of_its_own_and_a_tree_on_request() -> None:
    data = b"<a><b x:href='1'/></a>"
    with pytest.raises(UnreadableDocumentError) as caught:
        parse(data, LIMITS)
    assert caught.value.code == "XML_NAMESPACE"
    assert parse_unbound(data, LIMITS).getroot().tag == "a"
    with pytest.raises(UnreadableDocumentError):
        parse_unbound(b"<a><b x:href='1'></a>", LIMITS)
    with pytest.raises(UnreadableDocumentError):
        parse_unbound(b"<!DOCTYPE a><a x:b=''/>", LIMITS)


@pytest.mark.parametrize(
    ("limits", "data"),
    [
        (replace(LIMITS, xml_depth=5), b"<a>" * 6 + b"</a>" * 6),
        (replace(LIMITS, xml_nodes=10), b"<a>" + b"<b/>" * 30 + b"</a>"),
        (replace(LIMITS, xml_bytes=10), b"<a>" + b"x" * 10 + b"</a>"),
    ],
)
def test_limits_are_held(limits: Limits, data: bytes) -> None:
    with pytest.raises(LimitExceededError):
        parse(data, limits)


def test_the_limit_of_depth_is_inclusive() -> None:
    assert parse(b"<a>" * 5 + b"</a>" * 5, replace(LIMITS, xml_depth=5)) is not None


def test_a_text_above_ten_megabytes_is_read() -> None:
    assert len(parse(b"<a>" + b"x" * 10_500_000 + b"</a>", LIMITS).getroot().text or "") == 10_500_000


@given(st.binary(max_size=200) | st.text(alphabet="<>/ab ='\"!-[]&;?x:", max_size=80).map(str.encode))
def test_nothing_but_documented_errors_comes_out(data: bytes) -> None:
    with contextlib.suppress(UnreadableDocumentError):
        parse(data, LIMITS)
