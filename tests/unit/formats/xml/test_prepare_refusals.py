"""What signing XML refuses, each with its code and, where something can be done, a hint."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.unit.formats.xml.signing_support import AT, algorithm, holder, prepare, sign
from vnsign.errors import (
    CertificateNotFitError,
    ConfigurationError,
    LimitExceededError,
    SigningError,
    UnreadableDocumentError,
    VnsignError,
)
from vnsign.formats.xml.names import C14N_10, C14N_EXCLUSIVE, ENVELOPED
from vnsign.formats.xml.placement import XmlForm, XmlPackaging, XmlPlacement
from vnsign.formats.xml.prepare import embed_timestamp_xml, prepare_xml, timestamp_data
from vnsign.formats.xml.write_position import encoding_of, find_parent, span_of
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.model.limits import Limits

DOCUMENT = b'<r><a Id="a"><b id="b"/></a><c/><c/><d ID="twice"/><d Id="twice"/><e Id="sig"/></r>'


@pytest.mark.parametrize(
    ("document", "placement", "code"),
    [
        (b"<!DOCTYPE r><r/>", XmlPlacement(), "XML_DOCTYPE"),
        (b'<!DOCTYPE r [<!ENTITY e "x">]><r>&e;</r>', XmlPlacement(), "XML_DOCTYPE"),
        (b"<r>", XmlPlacement(), "XML_NOT_WELL_FORMED"),
        (b"", XmlPlacement(), "XML_NOT_WELL_FORMED"),
        (b"%PDF-1.7", XmlPlacement(), "XML_NOT_WELL_FORMED"),
        (DOCUMENT, XmlPlacement(parent="/r/x"), "XML_PARENT_NOT_FOUND"),
        (DOCUMENT, XmlPlacement(parent="/x"), "XML_PARENT_NOT_FOUND"),
        (DOCUMENT, XmlPlacement(parent="/r/c[3]"), "XML_PARENT_NOT_FOUND"),
        (DOCUMENT, XmlPlacement(parent="/r/{urn:x}c"), "XML_PARENT_NOT_FOUND"),
        (DOCUMENT, XmlPlacement(parent="/r/p:c"), "XML_PARENT_NOT_FOUND"),
        (DOCUMENT, XmlPlacement(parent="/r/c"), "XML_PARENT_AMBIGUOUS"),
        (DOCUMENT, XmlPlacement(parent="//d"), "XML_PARENT_AMBIGUOUS"),
        (DOCUMENT, XmlPlacement(reference="#none"), "XML_REFERENCE_NOT_FOUND"),
        (DOCUMENT, XmlPlacement(reference="#b", id_attribute="Id"), "XML_REFERENCE_NOT_FOUND"),
        (DOCUMENT, XmlPlacement(reference="#twice"), "XML_DUPLICATE_ID"),
        (DOCUMENT, XmlPlacement(reference="#twice", id_attribute="Id"), "XML_DUPLICATE_ID"),
        (DOCUMENT, XmlPlacement(signature_id="sig"), "XML_ID_COLLISION"),
        (DOCUMENT.replace(b"twice", b"s-value"), XmlPlacement(signature_id="s"), "XML_ID_COLLISION"),
        (DOCUMENT, XmlPlacement.xades_detached("#a", parent="/r/a/b"), "XML_SIGNS_ITSELF"),
        (DOCUMENT, XmlPlacement.xades_detached("#a", parent="/r/a"), "XML_SIGNS_ITSELF"),
        (DOCUMENT, XmlPlacement(transforms=(C14N_10,)), "XML_SIGNS_ITSELF"),
        (b'<r xmlns:p="relative"><a/></r>', XmlPlacement(), "XML_CANONICALISATION"),
        (b'<?xml version="1.0" encoding="UTF-7"?><r/>', XmlPlacement(), "XML_ENCODING"),
    ],
)
def test_documents_that_cannot_be_signed_so(document: bytes, placement: XmlPlacement, code: str) -> None:
    with pytest.raises((SigningError, UnreadableDocumentError)) as caught:
        prepare(document, placement)
    assert caught.value.code == code
    assert isinstance(caught.value, SigningError) == (
        code not in ("XML_DOCTYPE", "XML_NOT_WELL_FORMED", "XML_CANONICALISATION")
    )


@pytest.mark.parametrize(
    ("how", "digest"),
    [
        (SignatureAlgorithm("rsa", "sha1", "pkcs1v15"), "sha256"),
        (SignatureAlgorithm("rsa", "md5", "pkcs1v15"), "sha256"),
        (SignatureAlgorithm("rsa", "sha224", "pkcs1v15"), "sha256"),
        (SignatureAlgorithm("rsa", None, "pkcs1v15"), "sha256"),
        (SignatureAlgorithm("rsa", "sha256", "pkcs1v15"), "sha1"),
        (SignatureAlgorithm("rsa", "sha256", "pkcs1v15"), "no-digest"),
    ],
)
def test_weak_digests_are_not_used_for_new_signatures(how: SignatureAlgorithm, digest: str) -> None:
    with pytest.raises(SigningError) as caught:
        prepare(DOCUMENT, XmlPlacement(), how=how, digest=digest)
    assert caught.value.code == "WEAK_ALGORITHM"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (SignatureAlgorithm("hmac", "sha256"), "XML_ALGORITHM"),
        (SignatureAlgorithm("dsa", "sha256"), "XML_ALGORITHM"),
        (SignatureAlgorithm("unknown"), "XML_ALGORITHM"),
        (SignatureAlgorithm("ecdsa", "sha256"), "KEY_MISMATCH"),
        (SignatureAlgorithm("rsa", "sha256", "pss", "sha512", 32), "XML_ALGORITHM"),
        (SignatureAlgorithm("rsa", "sha256", "pss", "sha256", 20), "XML_ALGORITHM"),
        (SignatureAlgorithm("rsa", "sha3_256", "pkcs1v15"), "NO_ALGORITHM_IDENTIFIER"),
    ],
)
def test_algorithms_that_xml_cannot_say_or_the_key_cannot_do(how: SignatureAlgorithm, code: str) -> None:
    with pytest.raises(VnsignError) as caught:
        prepare(DOCUMENT, XmlPlacement(), how=how)
    assert caught.value.code == code


def test_a_certificate_that_is_none_is_refused() -> None:
    with pytest.raises(CertificateNotFitError):
        prepare_xml(DOCUMENT, certificate=Certificate(b"x"), algorithm=algorithm(), placement=XmlPlacement(), at=AT)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        prepare_xml(
            DOCUMENT,
            certificate=holder().certificate,
            algorithm=algorithm(),
            placement=XmlPlacement(),
            at=datetime(2026, 1, 1),  # noqa: DTZ001 - the point
        )


def test_limits_are_held() -> None:
    with pytest.raises(LimitExceededError):
        prepare_xml(
            DOCUMENT,
            certificate=holder().certificate,
            algorithm=algorithm(),
            placement=XmlPlacement(),
            at=AT,
            limits=Limits(xml_bytes=10),
        )


@pytest.mark.parametrize(
    "options",
    [
        {"parent": "HDon"},
        {"parent": "/a//b"},
        {"parent": "/a[0]"},
        {"parent": "/a[last()]"},
        {"reference": "#"},
        {"reference": "#xpointer(/)"},
        {"reference": "#a b"},
        {"reference": "a.pdf"},
        {"packaging": XmlPackaging.DETACHED},
        {"packaging": XmlPackaging.DETACHED, "reference": "a.pdf", "parent": "/r"},
        {"packaging": XmlPackaging.DETACHED, "reference": "a.pdf", "transforms": (C14N_10,)},
        {"packaging": XmlPackaging.DETACHED, "reference": "a.pdf", "more_references": ("#a",)},
        {"packaging": XmlPackaging.DETACHED, "reference": "#a", "transforms": (ENVELOPED,)},
        {"packaging": XmlPackaging.ENVELOPING, "reference": "#a"},
        {"packaging": XmlPackaging.ENVELOPING, "parent": "/r"},
        {"packaging": XmlPackaging.ENVELOPING, "prefix": ""},
        {"more_references": ("a.pdf",)},
        {"reference": "#a", "more_references": ("#a",)},
        {"transforms": (C14N_10, ENVELOPED)},
        {"transforms": (C14N_10, C14N_EXCLUSIVE)},
        {"transforms": ("http://www.w3.org/TR/1999/REC-xslt-19991116",)},
        {"canonicalization": "urn:c14n"},
        {"signature_id": "1"},
        {"signature_id": 'a"b'},
        {"prefix": "xmlns"},
        {"prefix": "xades"},
        {"id_attribute": "name"},
        {"mime_type": "text"},
        {"time_object": True},
    ],
)
def test_contradictory_placements_cannot_be_built(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        XmlPlacement(**options)
    assert caught.value.code == "XML_PLACEMENT"
    assert caught.value.hint


def test_a_timestamp_goes_into_the_finished_xades_form_alone() -> None:
    signed, prepared = sign(DOCUMENT, XmlPlacement(form=XmlForm.XMLDSIG))
    with pytest.raises(SigningError) as caught:
        embed_timestamp_xml(signed, prepared, b"token")
    assert caught.value.code == "XML_TIMESTAMP_FORM"
    signed, prepared = sign(DOCUMENT, XmlPlacement())
    for other in (DOCUMENT, signed + b" ", prepared.before + prepared.middle + prepared.after, b""):
        with pytest.raises(SigningError) as caught:
            timestamp_data(other, prepared)
        assert caught.value.code == "XML_NOT_PREPARED"


_NAMES = st.sampled_from(["a", "b", "a-b", "p:a", "ôn"])
_TEXT = st.sampled_from(["", "x", " > ", "<!-- <a> -->", "<![CDATA[</a>]]>", "<?a </b>?>", "&lt;a&gt;", "Ánh", "\r\n"])


def _element(name: str, attribute: str, inner: str, *, short: bool) -> str:
    space = " " if attribute else ""
    return f"<{name}{space}{attribute}/>" if short else f"<{name}{space}{attribute}>{inner}</{name} >"


_TREES = st.recursive(
    st.builds(_element, _NAMES, st.sampled_from(["", "x='/>'", 'y = "a>b"']), _TEXT, short=st.booleans()),
    lambda inner: st.builds(
        lambda name, parts, text: _element(name, "", text + text.join(parts), short=False),
        _NAMES,
        st.lists(inner, max_size=4),
        _TEXT,
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(_TREES, st.data(), st.sampled_from(["utf-8", "utf-16-le", "windows-1258"]))
def test_every_element_is_found_in_the_bytes(text: str, data: st.DataObject, codec: str) -> None:
    """The bytes from start to end of a span, parsed alone, are the element."""
    whole = f'<root xmlns:p="urn:p">{text}</root>'
    declared = {"utf-8": "", "utf-16-le": "", "windows-1258": '<?xml version="1.0" encoding="windows-1258"?>'}[codec]
    document = (b"\xff\xfe" if codec == "utf-16-le" else b"") + (declared + whole).encode(codec, "ignore")
    root = etree.fromstring(document)
    found = encoding_of(document, root.getroottree().docinfo.encoding)
    element = data.draw(st.sampled_from([e for e in root.iter() if isinstance(e.tag, str)]))
    span = span_of(document, found, element)
    piece = document[span.start : span.end].decode(found)
    again = etree.fromstring(f'<root xmlns:p="urn:p">{piece}</root>')[0]
    assert etree.tostring(again, with_tail=False) == etree.tostring(element, with_tail=False)
    assert span.empty == piece.endswith("/>") or not span.empty
    if not span.empty:
        assert document[span.end_tag : span.end].decode(found).startswith(f"</{span.name}")


def test_parents_are_found_by_local_prefixed_and_full_names_and_by_position() -> None:
    root = etree.fromstring('<q:r xmlns:q="urn:q"><a xmlns="urn:a"><b/><b i="2"/></a><ôn/></q:r>')
    for path, tag in {
        "": "{urn:q}r",
        "/r": "{urn:q}r",
        "/q:r": "{urn:q}r",
        "/{urn:q}r/{urn:a}a": "{urn:a}a",
        "//a": "{urn:a}a",
        "/r/a/b[1]": "{urn:a}b",
        "/r/ôn": "ôn",
    }.items():
        assert find_parent(root, path).tag == tag
    assert find_parent(root, "//b[2]").get("i") == "2"
