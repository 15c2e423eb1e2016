"""Signature wrapping and other published attacks on signed XML, over a SAML-like and an invoice-like document.

The signer is trusted, and the moved parts keep their octets, so that digests and value hold: position alone tells.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lxml import etree

from vnsign import XmlPlacement, sign
from vnsign.formats.xml.names import C14N_EXCLUSIVE, ENVELOPED
from vnsign.formats.xml.placement import XmlForm, XmlPackaging
from vnsign.testing.pki import TestPki

SIGNED_AT = datetime(2026, 6, 1, tzinfo=UTC)
DS = "{http://www.w3.org/2000/09/xmldsig#}"

_SAML = b"""<p:Response xmlns:p="urn:test:protocol" ID="r1"><p:Status>ok</p:Status>\
<a:Assertion xmlns:a="urn:test:assertion" ID="a1"><a:Issuer>so</a:Issuer><a:Subject>nguyen van an</a:Subject></a:Assertion>\
</p:Response>"""
_INVOICE = b"""<HDon><DLHDon Id="d1"><TTChung><SHDon>7</SHDon></TTChung><TgTTTBSo>1000</TgTTTBSo></DLHDon>\
<DSCKS><NBan/></DSCKS></HDon>"""


@dataclass(frozen=True)
class Kind:
    """A document: what is signed in it, where the signature goes, and how the attacker's element differs."""

    document: bytes
    signed: str
    identifier: str
    placement: XmlPlacement
    honest: bytes
    evil: bytes


_BOTH = (ENVELOPED, C14N_EXCLUSIVE)
_COMMON: dict[str, Any] = {"canonicalization": C14N_EXCLUSIVE, "form": XmlForm.XMLDSIG}

KINDS = {
    "assertion": Kind(
        _SAML,
        "{urn:test:assertion}Assertion",
        "ID",
        XmlPlacement(reference="#a1", parent="/Response/Assertion", transforms=_BOTH, **_COMMON),
        b"nguyen van an",
        b"ke tan cong",
    ),
    "response": Kind(
        _SAML,
        "{urn:test:protocol}Response",
        "ID",
        XmlPlacement(reference="#r1", parent="/Response", transforms=_BOTH, **_COMMON),
        b"nguyen van an",
        b"ke tan cong",
    ),
    "invoice": Kind(
        _INVOICE,
        "DLHDon",
        "Id",
        XmlPlacement(
            reference="#d1",
            parent="/HDon/DSCKS/NBan",
            packaging=XmlPackaging.DETACHED,
            transforms=(C14N_EXCLUSIVE,),
            canonicalization=C14N_EXCLUSIVE,
        ),
        b"1000",
        b"9000",
    ),
}


@cache
def good(kind: str) -> bytes:
    """The document signed by a citizen of the test PKI."""
    what = KINDS[kind]
    return sign(what.document, TestPki.load().signer("citizen"), at=SIGNED_AT, placement=what.placement).data


@dataclass
class Parts:
    """A signed document taken apart: the tree, the signed element, the signature, and a forged copy of the signed element."""

    root: Any
    signed: Any
    signature: Any
    evil: Any

    def dump(self) -> bytes:
        """The document."""
        return etree.tostring(self.root)


def parts(kind: str, *, keep_identifier: bool = False) -> Parts:
    """Take a good document apart. The evil copy has no signature in it, and another identifier unless asked for."""
    what = KINDS[kind]
    root = etree.fromstring(good(kind))
    signed = root if root.tag == what.signed else root.find(f".//{what.signed}")
    evil = etree.fromstring(etree.tostring(signed, with_tail=False).replace(what.honest, what.evil))
    if not keep_identifier:
        evil.set(what.identifier, "evil")
    for signature in evil.findall(f".//{DS}Signature"):
        signature.getparent().remove(signature)
    return Parts(root, signed, root.find(f".//{DS}Signature"), evil)


def _detached(element: Any) -> Any:
    """A copy of a signed element without the signature in it, which the enveloped-signature transform leaves out as well."""
    copied = copy.deepcopy(element)
    copied.tail = None
    for signature in copied.findall(f".//{DS}Signature"):
        signature.getparent().remove(signature)
    return copied


def _replace(old: Any, new: Any) -> None:
    old.getparent().replace(old, new)


# --- the eight permutations of Somorovsky et al. (2012); one and two wrap the whole message


def _wrap(kind: str, place: Callable[[Any, Any, Any], None]) -> bytes:
    """The evil copy becomes the root; ``place`` puts the signature and the honest message into it."""
    found = parts(kind)
    honest = _detached(found.signed)
    signature = copy.deepcopy(found.signature)
    place(found.evil, signature, honest)
    return etree.tostring(found.evil)


def _one(evil: Any, signature: Any, honest: Any) -> None:
    evil.append(signature)
    signature.append(honest)


def _two(evil: Any, signature: Any, honest: Any) -> None:
    evil.append(honest)
    evil.append(signature)


def _three(kind: str) -> bytes:
    """The evil element before the honest one, beside it."""
    found = parts(kind)
    found.signed.addprevious(found.evil)
    return found.dump()


def _four(kind: str) -> bytes:
    """The honest element inside the evil one."""
    found = parts(kind)
    _replace(found.signed, found.evil)
    found.evil.append(found.signed)
    return found.dump()


def _five(kind: str) -> bytes:
    """The evil element has the signature; the honest one, without it, is at the end."""
    found = parts(kind)
    honest, inside = _detached(found.signed), found.signature in list(found.signed.iter())
    signature = copy.deepcopy(found.signature)
    _replace(found.signed, found.evil)
    if inside:
        found.evil.append(signature)
    found.root.append(honest)
    return found.dump()


def _six(kind: str) -> bytes:
    """The honest element inside the signature, which the evil one or the document has."""
    found = parts(kind)
    honest, inside = _detached(found.signed), found.signature in list(found.signed.iter())
    signature = copy.deepcopy(found.signature) if inside else found.signature
    _replace(found.signed, found.evil)
    if inside:
        found.evil.append(signature)
    signature.append(honest)
    return found.dump()


def _seven(kind: str) -> bytes:
    """The evil element in an element for extensions, whose content no schema checks, before all else."""
    found = parts(kind)
    extensions = etree.Element("Extensions")
    extensions.append(found.evil)
    found.root.insert(0, extensions)
    return found.dump()


def _eight(kind: str) -> bytes:
    """The honest element in an Object of the signature."""
    found = parts(kind)
    honest, inside = _detached(found.signed), found.signature in list(found.signed.iter())
    signature = copy.deepcopy(found.signature) if inside else found.signature
    _replace(found.signed, found.evil)
    if inside:
        found.evil.append(signature)
    etree.SubElement(signature, f"{DS}Object").append(honest)
    return found.dump()


_ELEMENT_ATTACKS = {"xsw3": _three, "xsw4": _four, "xsw5": _five, "xsw6": _six, "xsw7": _seven, "xsw8": _eight}

WRAPPINGS: dict[str, Callable[[], bytes]] = {
    "response-xsw1": lambda: _wrap("response", _one),
    "response-xsw2": lambda: _wrap("response", _two),
} | {
    f"{kind}-{name}": lambda kind=kind, make=make: make(kind)
    for kind in ("assertion", "invoice")
    for name, make in _ELEMENT_ATTACKS.items()
}


# --- everything else


def _duplicate(kind: str, *, first: bool) -> bytes:
    found = parts(kind, keep_identifier=True)
    (found.signed.addprevious if first else found.signed.addnext)(found.evil)
    return found.dump()


def _edit(old: bytes, new: bytes, kind: str = "invoice") -> bytes:
    document = good(kind)
    assert document.count(old) >= 1, old
    return document.replace(old, new, 1)


def _two_signed_infos(*, first: bool) -> bytes:
    found = parts("invoice")
    honest = found.signature.find(f"{DS}SignedInfo")
    other = copy.deepcopy(honest)
    other.find(f".//{DS}DigestValue").text = "A" * 43 + "="
    (honest.addprevious if first else honest.addnext)(other)
    return found.dump()


def _reference(attributes: str, transforms: str = "") -> bytes:
    found = parts("invoice")
    info = found.signature.find(f"{DS}SignedInfo")
    text = (
        f'<Reference xmlns="{DS[1:-1]}" {attributes}>{transforms}<DigestMethod '
        'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>AAAA</DigestValue></Reference>'
    )
    info.append(etree.fromstring(text))
    return found.dump()


def _transform(algorithm: str, inside: str = "") -> bytes:
    steps = f'<Transforms><Transform Algorithm="{algorithm}">{inside}</Transform></Transforms>'
    return _reference('URI="#d1"', steps)


def _thousand_references() -> bytes:
    found = parts("invoice")
    info = found.signature.find(f"{DS}SignedInfo")
    reference = info.find(f"{DS}Reference")
    for _ in range(1000):
        info.append(copy.deepcopy(reference))
    return found.dump()


def _deep(depth: int) -> bytes:
    return _edit(b"<TTChung>", b"<TTChung>" + b"<a>" * depth + b"</a>" * depth)


def _entities(subset: bytes) -> bytes:
    return b"<!DOCTYPE HDon [" + subset + b"]>" + good("invoice").replace(b"1000", b"&e;", 1)


_LAUGHS = (
    b'<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(3))
    + b'<!ENTITY e "&d;&d;&d;">'
)
_SQUARE = b'<!ENTITY a "' + b"A" * 50_000 + b'"><!ENTITY e "' + b"&a;" * 5000 + b'">'
_XSLT = '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/"/></x:stylesheet>'
_XPATH = "<XPath>count(//*//*//*//*//*//*//*) > 0</XPath>"

OTHERS: dict[str, Callable[[], bytes]] = {
    "duplicate-id-before": lambda: _duplicate("invoice", first=True),
    "duplicate-id-after": lambda: _duplicate("invoice", first=False),
    "duplicate-id-of-the-assertion": lambda: _duplicate("assertion", first=True),
    "two-signed-infos-evil-first": lambda: _two_signed_infos(first=True),
    "two-signed-infos-evil-last": lambda: _two_signed_infos(first=False),
    "comment-in-digest-value": lambda: _edit(b"<ds:DigestValue>", b"<ds:DigestValue><!--AAAA-->"),
    "comment-in-signature-value": lambda: _edit(b"</ds:SignatureValue>", b"<!--AAAA--></ds:SignatureValue>"),
    "instruction-in-digest-value": lambda: _edit(b"<ds:DigestValue>", b"<ds:DigestValue><?p?>"),
    "comment-in-a-name": lambda: _edit(b"nguyen van an", b"nguyen van<!-- --> an", "assertion"),
    "instruction-in-a-name": lambda: _edit(b"nguyen van an", b"nguyen van<?p?> an", "assertion"),
    "transform-xslt": lambda: _transform("http://www.w3.org/TR/1999/REC-xslt-19991116", _XSLT),
    "transform-xpath": lambda: _transform("http://www.w3.org/TR/1999/REC-xpath-19991116", _XPATH),
    "transform-base64-loop": lambda: _reference(
        'URI="#d1"',
        "<Transforms>" + '<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/>' * 200 + "</Transforms>",
    ),
    "transform-unknown": lambda: _transform("urn:attacker"),
    "external-file": lambda: _reference('URI="file:///etc/hostname"'),
    "external-address": lambda: _reference('URI="http://127.0.0.1:9/"'),
    "thousand-references": _thousand_references,
    "depth-bomb": lambda: _deep(200_000),
    "depth-just-over": lambda: _deep(130),
    "entity-laughs": lambda: _entities(_LAUGHS),
    "entity-square": lambda: _entities(_SQUARE),
    "entity-external": lambda: _entities(b'<!ENTITY e SYSTEM "file:///etc/hostname">'),
    "entity-parameter": lambda: _entities(b'<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;'),
    "hmac-with-the-public-key": lambda: _edit(
        b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", b"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
    ),
    "canonicalisation-that-fails": lambda: _edit(b"<TTChung>", b'<TTChung xmlns:n="relative">'),
}


def properties_of_another(kind: str = "invoice") -> bytes:
    """Qualifying properties of the attacker before those that the reference names (EN 319 132-1, 4.3.1)."""
    found = parts(kind)
    qualifying = found.signature.find("{*}Object/{*}QualifyingProperties")
    other = copy.deepcopy(qualifying)
    for element in other.iter():
        if "Id" in element.attrib:
            element.set("Id", element.get("Id") + "-x")
    qualifying.getparent().insert(0, other)
    return found.dump()


OTHERS["properties-of-another"] = properties_of_another
