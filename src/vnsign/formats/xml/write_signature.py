"""The text of a signature: ``ds:Signature`` with its XAdES properties, as strings cut where bytes are filled in later.

A signature is written as text, not as a tree, so that a document's own bytes stay as they are around it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import NamedTuple

from asn1crypto import tsp as asn1_tsp
from asn1crypto import x509 as asn1_x509

from vnsign.crypto import algorithms, digests
from vnsign.errors import CertificateNotFitError
from vnsign.formats.xml import names
from vnsign.formats.xml.placement import KeyInfoContent, XmlForm, XmlPackaging, XmlPlacement
from vnsign.formats.xml.write_claims import commitments, signature_claims
from vnsign.model.certificate import Certificate
from vnsign.model.moment import VIETNAM, utc

XADES_PREFIX = "xades"


@dataclass(frozen=True, slots=True)
class WrittenReference:
    """One ``ds:Reference``.

    Attributes:
        uri: as written.
        id: ``Id`` of the reference, empty for none.
        type: ``Type`` attribute, empty for none.
        transforms: URIs in order.
        value: base64 of the digest; empty while not known.
        mime_type: of the data; empty for the signature's own objects.
    """

    uri: str
    id: str = ""
    type: str = ""
    transforms: tuple[str, ...] = ()
    value: str = ""
    mime_type: str = ""


@dataclass(frozen=True, slots=True)
class SignatureSpec:
    """What the text of one signature is made of; ``signature_id`` is settled, ``algorithm_uri`` and ``digest`` allowed."""

    placement: XmlPlacement
    signature_id: str
    algorithm_uri: str
    digest: str
    certificate: Certificate
    chain: tuple[Certificate, ...]
    at: datetime

    @property
    def value_id(self) -> str:
        """``Id`` of ``ds:SignatureValue``."""
        return f"{self.signature_id}-value"

    @property
    def properties_id(self) -> str:
        """``Id`` of ``xades:SignedProperties``."""
        return f"{self.signature_id}-signed-properties"

    @property
    def time_id(self) -> str:
        """``Id`` of the object that holds ``SigningTime``."""
        return f"SigningTime-{self.signature_id}"

    @property
    def object_id(self) -> str:
        """``Id`` of the object that holds enveloped data."""
        return f"{self.signature_id}-object"

    @property
    def tag(self) -> str:
        """Prefix of XML-DSig names with its colon, or nothing."""
        return f"{self.placement.prefix}:" if self.placement.prefix else ""


class SignatureText(NamedTuple):
    """A signature's text in order, cut at the value, before the unsigned properties, and around enveloped data."""

    to_value: str
    to_unsigned: str
    to_data: str
    rest: str


def own_references(spec: SignatureSpec) -> tuple[WrittenReference, ...]:
    """References to the signature's own objects: SignedProperties, or the time object."""
    transforms = spec.placement.object_transforms
    if spec.placement.form is XmlForm.XADES:
        return (WrittenReference(f"#{spec.properties_id}", type=names.TYPE_SIGNED_PROPERTIES, transforms=transforms),)
    if spec.placement.time_object:
        return (WrittenReference(f"#{spec.time_id}", type=names.TYPE_SIGNATURE_PROPERTIES, transforms=transforms),)
    return ()


def signature_text(spec: SignatureSpec, references: Sequence[WrittenReference]) -> SignatureText:
    """Write the signature; digests still unknown are left empty."""
    t = spec.tag
    declaration = f"xmlns:{spec.placement.prefix}" if spec.placement.prefix else "xmlns"
    value_id = f' Id="{spec.value_id}"' if spec.placement.form is XmlForm.XADES else ""
    to_value = (
        f'<{t}Signature {declaration}="{names.DS}" Id="{spec.signature_id}">{signed_info_text(spec, references)}'
        f"<{t}SignatureValue{value_id}>"
    )
    to_unsigned = f"</{t}SignatureValue>{_key_info(spec)}"
    to_data = ""
    if spec.placement.form is XmlForm.XADES:
        to_unsigned += f"<{t}Object>{_qualifying_properties(spec, references)}"
        to_data = f"</{XADES_PREFIX}:QualifyingProperties></{t}Object>"
    elif spec.placement.time_object:
        to_unsigned += _time_object(spec)
    rest = f"</{t}Signature>"
    if spec.placement.packaging is XmlPackaging.ENVELOPING:
        to_data += f'<{t}Object Id="{spec.object_id}">'
        rest = f"</{t}Object>{rest}"
    return SignatureText(to_value, to_unsigned, to_data, rest)


def signed_info_text(spec: SignatureSpec, references: Sequence[WrittenReference]) -> str:
    """``ds:SignedInfo`` with its references in order."""
    t = spec.tag
    method = algorithms.digest_to_xml(spec.digest)
    return (
        f'<{t}SignedInfo><{t}CanonicalizationMethod Algorithm="{spec.placement.canonicalization}"/>'
        f'<{t}SignatureMethod Algorithm="{spec.algorithm_uri}"/>'
        + "".join(_reference(t, reference, method) for reference in references)
        + f"</{t}SignedInfo>"
    )


def timestamp_text(spec_tag: str, signature_id: str, canonicalization: str, token: bytes) -> str:
    """``xades:UnsignedProperties`` with one ``SignatureTimeStamp`` (EN 319 132-1, 5.3)."""
    x = XADES_PREFIX
    return (
        f'<{x}:UnsignedProperties><{x}:UnsignedSignatureProperties><{x}:SignatureTimeStamp Id="{signature_id}-timestamp">'
        f'<{spec_tag}CanonicalizationMethod Algorithm="{canonicalization}"/>'
        f"<{x}:EncapsulatedTimeStamp>{base64_text(token)}</{x}:EncapsulatedTimeStamp>"
        f"</{x}:SignatureTimeStamp></{x}:UnsignedSignatureProperties></{x}:UnsignedProperties>"
    )


def base64_text(data: bytes) -> str:
    """Base64 in one line."""
    return b64encode(data).decode("ascii")


def _reference(t: str, reference: WrittenReference, method: str) -> str:
    identifier = f' Id="{reference.id}"' if reference.id else ""
    kind = f' Type="{reference.type}"' if reference.type else ""
    each = "".join(f'<{t}Transform Algorithm="{uri}"/>' for uri in reference.transforms)
    transforms = f"<{t}Transforms>{each}</{t}Transforms>" if each else ""
    return (
        f'<{t}Reference{identifier}{kind} URI="{escape(reference.uri)}">{transforms}<{t}DigestMethod Algorithm="{method}"/>'
        f"<{t}DigestValue>{reference.value}</{t}DigestValue></{t}Reference>"
    )


def _key_info(spec: SignatureSpec) -> str:
    t = spec.tag
    subject = ""
    certificates: tuple[Certificate, ...] = (spec.certificate,)
    if spec.placement.key_info is KeyInfoContent.LEAF_WITH_SUBJECT:
        subject = f"<{t}X509SubjectName>{_subject_text(spec.certificate)}</{t}X509SubjectName>"
    else:
        certificates += tuple(c for c in spec.chain if c != spec.certificate)
    each = "".join(f"<{t}X509Certificate>{base64_text(c.der)}</{t}X509Certificate>" for c in certificates)
    return f"<{t}KeyInfo><{t}X509Data>{subject}{each}</{t}X509Data></{t}KeyInfo>"


def _qualifying_properties(spec: SignatureSpec, references: Sequence[WrittenReference]) -> str:
    """Up to the end of ``SignedProperties`` (EN 319 132-1, 4.3 and 5.2); what is unsigned follows there."""
    x, t = XADES_PREFIX, spec.tag
    method = algorithms.digest_to_xml(spec.digest)
    digest = base64_text(digests.digest(spec.digest, spec.certificate.der))
    claims = signature_claims(spec.placement.claims, f"{x}:", t, implied_policy=spec.placement.implied_policy)
    return (
        f'<{x}:QualifyingProperties xmlns:{x}="{names.XADES_132}" Target="#{spec.signature_id}">'
        f'<{x}:SignedProperties Id="{spec.properties_id}"><{x}:SignedSignatureProperties>'
        f"<{x}:SigningTime>{utc(spec.at).strftime('%Y-%m-%dT%H:%M:%SZ')}</{x}:SigningTime>"
        f"<{x}:SigningCertificateV2><{x}:Cert><{x}:CertDigest>"
        f'<{t}DigestMethod Algorithm="{method}"/><{t}DigestValue>{digest}</{t}DigestValue></{x}:CertDigest>'
        f"<{x}:IssuerSerialV2>{base64_text(_issuer_serial(spec.certificate.der))}</{x}:IssuerSerialV2>"
        f"</{x}:Cert></{x}:SigningCertificateV2>{claims}</{x}:SignedSignatureProperties>"
        f"{_data_object_properties(spec, references)}</{x}:SignedProperties>"
    )


def _data_object_properties(spec: SignatureSpec, references: Sequence[WrittenReference]) -> str:
    """Formats of the data and commitments; a counter-signature says nothing of the format of a value."""
    x = XADES_PREFIX
    inside = "".join(
        f'<{x}:DataObjectFormat ObjectReference="#{reference.id}"><{x}:MimeType>{escape(reference.mime_type)}</{x}:MimeType>'
        f"</{x}:DataObjectFormat>"
        for reference in references
        if reference.mime_type
    )
    inside += commitments(spec.placement.claims, f"{x}:")
    return f"<{x}:SignedDataObjectProperties>{inside}</{x}:SignedDataObjectProperties>" if inside else ""


def _time_object(spec: SignatureSpec) -> str:
    # SigningTime stands in the XML-DSig namespace, as the tax authority's own messages have it.
    t = spec.tag
    local = spec.at.astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M:%S")
    return (
        f'<{t}Object Id="{spec.time_id}"><{t}SignatureProperties><{t}SignatureProperty Target="#{spec.signature_id}">'
        f"<{t}SigningTime>{local}</{t}SigningTime></{t}SignatureProperty></{t}SignatureProperties></{t}Object>"
    )


@lru_cache(maxsize=256)
def _issuer_serial(der: bytes) -> bytes:
    """DER of ``IssuerSerial`` (RFC 5035), with the issuer's name as it is encoded in the certificate."""
    try:
        body = asn1_x509.Certificate.load(der, strict=True)["tbs_certificate"]
        issuer = asn1_x509.GeneralName("directory_name", body["issuer"])
        serial = asn1_tsp.IssuerSerial({"issuer": [issuer], "serial_number": body["serial_number"]})
        written: bytes = serial.dump()
    except Exception as error:  # asn1crypto throws many kinds for a malformed certificate
        raise _unreadable(error) from error
    return written


def _subject_text(certificate: Certificate) -> str:
    try:
        subject = certificate.x509.subject.rfc4514_string()
    except ValueError as error:
        raise _unreadable(error) from error
    # RFC 4514, 2.4: what XML cannot hold is written as the hexadecimal of its octets.
    return escape("".join(_xml_character(c) for c in subject), quote=False)


def _xml_character(character: str) -> str:
    allowed = character >= " " and character not in "\x7f\ufffe\uffff" and not "\ud800" <= character <= "\udfff"
    return character if allowed else "".join(f"\\{octet:02X}" for octet in character.encode("utf-8", "surrogatepass"))


def _unreadable(error: Exception) -> CertificateNotFitError:
    return CertificateNotFitError(
        f"the signing certificate cannot be read: {error}", code="CERT_UNREADABLE", hint="give the signer's own certificate"
    )
