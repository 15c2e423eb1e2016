"""Keys, certificates and signing for the tests of XML signing: made once, at fixed times."""

from __future__ import annotations

import hashlib
import subprocess
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from vnsign.crypto.algorithms import from_xml
from vnsign.crypto.values import verify_value
from vnsign.errors import UnreadableDocumentError
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.placement import XmlPlacement
from vnsign.formats.xml.prepare import PreparedXml, embed_xml, prepare_xml
from vnsign.formats.xml.read import read_xml
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm, SignedValue
from vnsign.model.limits import Limits
from vnsign.model.verdict import CheckStatus

AT = datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)
DS = "http://www.w3.org/2000/09/xmldsig#"
_NOTHING: Mapping[str, bytes] = {}
_REMARKS = {"xml.comment-in-text", "xml.signature-position", "xml.unsigned-twin"}
"""What the document itself brings, or asks of the signer by its shape: worth a remark, no fault of the signature."""
XADES = "http://uri.etsi.org/01903/v1.3.2#"
NAMESPACES = {"ds": DS, "xades": XADES}


@dataclass(frozen=True)
class Holder:
    key: Any
    certificate: Certificate


def _make_key(kind: str) -> Any:
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key({"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}[kind])


def holder(kind: str = "rsa", number: int = 0) -> Holder:
    """The same key and certificate each time for the same kind and number."""
    return _holder(kind, number)


@cache
def _holder(kind: str, number: int) -> Holder:
    """A self-signed certificate whose name holds what XML must escape, and Vietnamese letters in NFD."""
    key = _make_key(kind)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "CÔNG TY <TEST> & CON, TRÁCH NHIỆM"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Nguye\u0302\u0303n Thị Thử {number}"),
            x509.NameAttribute(NameOID.USER_ID, "MST:0102030405"),
        ]
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1000 + number)
        .not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2030, 1, 1, tzinfo=UTC))
        .sign(key, None if kind == "ed25519" else hashes.SHA256())
    )
    return Holder(key, Certificate(built.public_bytes(Encoding.DER)))


def algorithm(kind: str = "rsa", digest: str = "sha256", padding_: str = "pkcs1v15") -> SignatureAlgorithm:
    if kind == "rsa":
        if padding_ == "pss":
            return SignatureAlgorithm("rsa", digest, "pss", digest, _hash(digest).digest_size)
        return SignatureAlgorithm("rsa", digest, "pkcs1v15")
    if kind == "ed25519":
        return SignatureAlgorithm("ed25519")
    return SignatureAlgorithm("ecdsa", digest)


def _hash(name: str) -> hashes.HashAlgorithm:
    found: hashes.HashAlgorithm = getattr(hashes, name.upper())()
    return found


def sign_value(who: Holder, how: SignatureAlgorithm, data: bytes) -> bytes:
    """The raw value; ECDSA as DER, as most signers give it."""
    value: bytes
    if how.key == "rsa":
        hash_ = _hash(how.digest or "")
        mode: Any = padding.PKCS1v15() if how.padding == "pkcs1v15" else padding.PSS(padding.MGF1(hash_), hash_.digest_size)
        value = who.key.sign(data, mode, hash_)
    elif how.key == "ecdsa":
        value = who.key.sign(data, ec.ECDSA(_hash(how.digest or "")))
    else:
        value = who.key.sign(data)
    return value


def prepare(
    document: bytes,
    placement: XmlPlacement,
    *,
    kind: str = "rsa",
    number: int = 0,
    how: SignatureAlgorithm | None = None,
    digest: str = "sha256",
) -> PreparedXml:
    who = holder(kind, number)
    return prepare_xml(
        document,
        certificate=who.certificate,
        algorithm=how or algorithm(kind),
        placement=placement,
        at=AT,
        digest=digest,
    )


def sign(
    document: bytes,
    placement: XmlPlacement,
    *,
    kind: str = "rsa",
    number: int = 0,
    how: SignatureAlgorithm | None = None,
    digest: str = "sha256",
) -> tuple[bytes, PreparedXml]:
    prepared = prepare(document, placement, kind=kind, number=number, how=how, digest=digest)
    value = sign_value(holder(kind, number), how or algorithm(kind), prepared.to_be_signed)
    return embed_xml(prepared, value), prepared


def xmlsec_verify(folder: Path, signed: bytes, prepared: PreparedXml, *ids: str) -> subprocess.CompletedProcess[str]:
    """Run ``xmlsec1 --verify`` on one signature; ``ids`` are ``attribute:element`` pairs besides those we write."""
    document = folder / "signed.xml"
    document.write_bytes(signed)
    pem = folder / "cert.pem"
    pem.write_bytes(Certificate(prepared.certificate).x509.public_bytes(Encoding.PEM))
    ours = (f"Id:{DS}:Signature", f"Id:{DS}:Object", f"Id:{XADES}:SignedProperties")
    options = [f"--id-attr:{pair.split(':', 1)[0]}" for pair in (*ours, *ids)]
    named = [pair.split(":", 1)[1] for pair in (*ours, *ids)]
    arguments = [part for pair in zip(options, named, strict=True) for part in pair]
    return subprocess.run(
        ["xmlsec1", "--verify", "--pubkey-cert-pem", str(pem), "--node-id", prepared.signature_id, *arguments, str(document)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=30,
    )


def find_signature(signed: bytes, signature_id: str) -> Any:
    (found,) = [e for e in etree.fromstring(signed).iter(f"{{{DS}}}Signature") if e.get("Id") == signature_id]
    return found


def canonical(node: Any, uri: str) -> bytes:
    # Written out and parsed again, so that what is canonicalised is a document: a reading of its own, not the library's.
    copy = etree.fromstring(etree.tostring(node, with_tail=False)) if isinstance(node, etree._Element) else node
    octets: bytes = etree.tostring(copy, method="c14n", exclusive="exc-c14n" in uri, with_comments=False)
    return octets


_DIGESTS = {
    "http://www.w3.org/2001/04/xmlenc#sha256": hashlib.sha256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashlib.sha384,
    "http://www.w3.org/2001/04/xmlenc#sha512": hashlib.sha512,
    "http://www.w3.org/2007/05/xmldsig-more#sha3-256": hashlib.sha3_256,
}


def holds(signed: bytes, prepared: PreparedXml, external: bytes = b"") -> bool:
    """Whether every digest and the value of one signature hold, read by a small verifier of the tests' own."""
    try:
        return _holds(signed, prepared, external)
    except (etree.LxmlError, ValueError, AttributeError, KeyError, TypeError):
        return False  # no signature any more


def _holds(signed: bytes, prepared: PreparedXml, external: bytes) -> bool:
    signature = find_signature(signed, prepared.signature_id)
    certificate = Certificate(prepared.certificate)
    info = signature.find("ds:SignedInfo", NAMESPACES)
    octets = canonical(info, info.find("ds:CanonicalizationMethod", NAMESPACES).get("Algorithm"))
    how = from_xml(info.find("ds:SignatureMethod", NAMESPACES).get("Algorithm"), None)
    value = b64decode(signature.findtext("ds:SignatureValue", "", NAMESPACES), validate=True)
    if verify_value(certificate, SignedValue(octets, how, value)).status is not CheckStatus.PASSED:
        return False
    references = info.findall("ds:Reference", NAMESPACES)
    return all(_reference_holds(signed, prepared, reference, external) for reference in references)


def reads_back(signed: bytes, prepared: PreparedXml, external: Mapping[str, bytes] = _NOTHING) -> bool:
    """Whether the library's own reader finds the signature whole: no problem, every digest, the value."""
    try:
        facts = read_xml(DocumentSource("signed", data=signed), limits=Limits(), external=external)
    except UnreadableDocumentError:
        return False
    for signature in facts.signatures:
        if signature.id == prepared.signature_id and signature.signed_value is not None:
            value = verify_value(Certificate(prepared.certificate), signature.signed_value)
            whole = bool(signature.digests) and all(digest.matches for digest in signature.digests)
            problems = [problem for problem in signature.problems if problem.rule not in _REMARKS]
            return whole and value.status is CheckStatus.PASSED and not problems
    return False


def _reference_holds(signed: bytes, prepared: PreparedXml, reference: Any, external: bytes) -> bool:
    signature = find_signature(signed, prepared.signature_id)
    root = signature.getroottree().getroot()
    uri = reference.get("URI")
    transforms = [t.get("Algorithm") for t in reference.iter(f"{{{DS}}}Transform")]
    kind = _DIGESTS[reference.find("ds:DigestMethod", NAMESPACES).get("Algorithm")]
    expected = b64decode(reference.findtext("ds:DigestValue", "", NAMESPACES))
    if uri and not uri.startswith("#"):
        return kind(external).digest() == expected
    node: Any = root.getroottree()
    if uri:
        found = root.xpath("//*[@Id=$v or @id=$v or @ID=$v]", v=uri[1:])
        if len(found) != 1:
            return False
        node = found[0]
    if transforms[:1] == [f"{DS}enveloped-signature"]:
        before, above = signature.getprevious(), signature.getparent()
        if before is not None:
            before.tail = (before.tail or "") + (signature.tail or "")
        else:
            above.text = (above.text or "") + (signature.tail or "")
        above.remove(signature)
    method = transforms[-1] if transforms else ""
    return kind(canonical(node, method)).digest() == expected
