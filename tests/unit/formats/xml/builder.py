"""XML signatures made from literal canonical octets, so that no canonicaliser of the code under test is trusted in a test."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.read import read_xml
from vnsign.model.facts import DocumentFacts, SignatureFacts
from vnsign.model.limits import Limits

DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DS + "enveloped-signature"
BASE64 = DS + "base64"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER2 = "http://www.w3.org/2002/06/xmldsig-filter2"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
LIMITS = Limits()


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate(name: str = "TEST signer") -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key().public_key())
        .serial_number(7 + len(name))
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key(), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def transform(uri: str, inside: str = "") -> str:
    return f'<Transform Algorithm="{uri}">{inside}</Transform>'


def reference(uri: str | None, octets: bytes, *transforms: str, attributes: str = "", digest: str | None = None) -> str:
    """A Reference in canonical form; ``octets`` are what is digested, written out by hand."""
    value = digest if digest is not None else b64(hashlib.sha256(octets).digest())
    steps = "".join(item if item.startswith("<") else transform(item) for item in transforms)
    where = "" if uri is None else f' URI="{uri}"'
    return (
        f"<Reference{attributes}{where}>"
        + (f"<Transforms>{steps}</Transforms>" if steps else "")
        + f'<DigestMethod Algorithm="{SHA256}"></DigestMethod><DigestValue>{value}</DigestValue></Reference>'
    )


def signed_info(*references: str, method: str = RSA_SHA256, c14n: str = C14N) -> str:
    return (
        f'<SignedInfo><CanonicalizationMethod Algorithm="{c14n}"></CanonicalizationMethod>'
        f'<SignatureMethod Algorithm="{method}"></SignatureMethod>{"".join(references)}</SignedInfo>'
    )


def sign(info: str) -> str:
    canonical = info.replace("<SignedInfo>", f'<SignedInfo xmlns="{DS}">', 1)
    return b64(key().sign(canonical.encode(), padding.PKCS1v15(), hashes.SHA256()))


def key_info(*certificates: bytes) -> str:
    inside = "".join(f"<X509Certificate>{b64(item)}</X509Certificate>" for item in certificates or (certificate(),))
    return f"<KeyInfo><X509Data>{inside}</X509Data></KeyInfo>"


def signature(
    *references: str,
    objects: str = "",
    identifier: str = "S",
    info: str | None = None,
    keys: str | None = None,
    value: str = "",
) -> str:
    """A whole Signature with its namespace as default; SignedInfo takes nothing else from its context."""
    made = signed_info(*references) if info is None else info
    return (
        f'<Signature xmlns="{DS}" Id="{identifier}">{made}<SignatureValue>{value or sign(made)}</SignatureValue>'
        f"{key_info() if keys is None else keys}{objects}</Signature>"
    )


def read(document: str | bytes, external: dict[str, bytes] | None = None, limits: Limits = LIMITS) -> DocumentFacts:
    data = document.encode() if isinstance(document, str) else document
    return read_xml(DocumentSource.of(data), limits=limits, external=external or {})


def one(document: str | bytes, external: dict[str, bytes] | None = None, limits: Limits = LIMITS) -> SignatureFacts:
    (found,) = read(document, external, limits).signatures
    return found


def rules(facts: SignatureFacts) -> list[str]:
    return [item.rule for item in facts.problems]


def sound(facts: SignatureFacts) -> bool:
    """Whether every digest matches and the value verifies under the signing certificate."""
    from vnsign.crypto.values import verify_value
    from vnsign.model.verdict import CheckStatus

    if facts.signing_certificate is None or facts.signed_value is None or not facts.digests:
        return False
    value = verify_value(facts.signing_certificate, facts.signed_value)
    return value.status is CheckStatus.PASSED and all(item.matches for item in facts.digests)
