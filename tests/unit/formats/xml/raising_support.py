"""Raising XAdES signatures in tests: an authority, material, and a small reading of time-stamps of the tests' own."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from lxml import etree

from tests.unit.formats.xml.signing_support import DS, NAMESPACES, XADES, canonical, find_signature
from vnsign.formats.material import Material
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.augment import add_material, begin_archive_timestamp, begin_signature_timestamp
from vnsign.formats.xml.read import read_xml
from vnsign.model.facts import SignatureFacts
from vnsign.model.limits import Limits
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

STAMPED_AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
XADES_141 = "http://uri.etsi.org/01903/v1.4.1#"
_NOTHING: Mapping[str, bytes] = {}


def token(imprint: bytes, digest: str = "sha256", at: datetime = STAMPED_AT) -> bytes:
    return SimulatedTsa.of(TestPki.load(), clock=lambda: at).token(digest, imprint)


@cache
def material() -> Material:
    """What proves the test authority: its chain and two lists."""
    pki = TestPki.load()
    names = ("public-ca", "public-root", "public-tsa")
    crls = (pki.crl("public-root", this_update=STAMPED_AT), pki.crl("public-ca", this_update=STAMPED_AT))
    return Material(tuple(pki.certificate(name).der for name in names), crls, (pki.ocsp("citizen", at=STAMPED_AT),))


def stamped(document: bytes, signature_id: str, *, digest: str = "sha256") -> bytes:
    pending = begin_signature_timestamp(document, signature_id, digest=digest)
    return pending.embed(token(pending.imprint, digest))


def archived(
    document: bytes,
    signature_id: str,
    *,
    digest: str = "sha256",
    external: Mapping[str, bytes] = _NOTHING,
    at: datetime = STAMPED_AT,
) -> bytes:
    pending = begin_archive_timestamp(document, signature_id, digest=digest, external=external)
    return pending.embed(token(pending.imprint, digest, at))


def raised(document: bytes, signature_id: str, *, external: Mapping[str, bytes] = _NOTHING) -> bytes:
    """To B-LTA."""
    with_material = add_material(stamped(document, signature_id), signature_id, material(), external=external)
    return archived(with_material, signature_id, external=external)


def facts_of(document: bytes, signature_id: str, external: Mapping[str, bytes] = _NOTHING) -> SignatureFacts:
    found = read_xml(DocumentSource("document", data=document), limits=Limits(), external=external).signatures
    return next(item for item in found if item.id == signature_id)


def put_in(before: bytes, after: bytes) -> bytes:
    """The one run of bytes by which a document grew; fails where anything else changed."""
    assert len(after) > len(before)
    start = next((i for i, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), len(before))
    rest = len(before) - start
    assert after[len(after) - rest :] == before[start:], "something else changed"
    return after[start : len(after) - rest]


def unsigned(document: bytes, signature_id: str) -> list[Any]:
    path = f"ds:Object/xades:QualifyingProperties/xades:UnsignedProperties/{{{XADES}}}UnsignedSignatureProperties/*"
    found: list[Any] = find_signature(document, signature_id).findall(path, NAMESPACES)
    return found


def archive_imprint(document: bytes, signature_id: str, index: int, data: list[bytes]) -> bytes:
    """SHA-256 of what the archive time-stamp at a place among the unsigned properties is over, computed by the tests' own.

    Args:
        document: the document.
        signature_id: of the signature.
        index: of the time-stamp among the unsigned properties.
        data: the octets of the references, in order.
    """
    signature = find_signature(document, signature_id)
    properties = unsigned(document, signature_id)
    method = properties[index].find(f"{{{DS}}}CanonicalizationMethod").get("Algorithm")
    parts = [signature.find(f"ds:{name}", NAMESPACES) for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
    parts += properties[:index]
    parts += [item for item in signature.findall("ds:Object", NAMESPACES) if item.find("xades:*", NAMESPACES) is None]
    octets = [canonical(part, method) for part in parts if part is not None]
    return hashlib.sha256(b"".join([*data, *octets])).digest()


def imprint_in(stamp: Any) -> bytes:
    """The digest in the token of a time-stamp property, read with asn1crypto."""
    from asn1crypto import cms, tsp

    der = b64decode(stamp.findtext(f"{{{XADES}}}EncapsulatedTimeStamp"))
    content = cms.ContentInfo.load(der)["content"]["encap_content_info"]["content"]
    info = tsp.TSTInfo.load(content.contents if content.tag == 4 else content.parsed.dump())
    found: bytes = info["message_imprint"]["hashed_message"].native
    return found


def schema() -> etree.XMLSchema:
    """The schema of XAdES 1.4.1 with that of 1.3.2 and of XML-DSig, as another library carries it."""
    import importlib.resources

    folder = importlib.resources.files("signxml") / "xades" / "schemas"
    return etree.XMLSchema(etree.parse(str(folder / "XAdES01903v141-201601.xsd")))
