"""The attributes of a CMS signature: ESS references, times, revocation data, the rules on their number and kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vnsign.crypto import algorithms, ber
from vnsign.crypto.ber import Element
from vnsign.errors import EvidenceError
from vnsign.model.facts import CertificateReference
from vnsign.pki.cms_structure import Attribute, as_response

CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
CONTENT_TIMESTAMP = "1.2.840.113549.1.9.16.2.20"
CERTIFICATE_VALUES = "1.2.840.113549.1.9.16.2.23"
REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"
SIGNATURE_POLICY = "1.2.840.113549.1.9.16.2.15"
REVOCATION_INFO_ARCHIVAL = "1.2.840.113583.1.1.8"
SIGNATURE_POLICY_STORE = "0.4.0.19122.1.3"

NAMES = {
    CONTENT_TYPE: "content-type",
    MESSAGE_DIGEST: "message-digest",
    SIGNING_TIME: "signing-time",
    ALGORITHM_PROTECTION: "cms-algorithm-protection",
    SIGNING_CERTIFICATE: "signing-certificate",
    SIGNING_CERTIFICATE_V2: "signing-certificate-v2",
}
"""Attributes of which a signature has at most one, with one value (RFC 5652, 11; RFC 5035, 3; RFC 6211, 2)."""


@dataclass(frozen=True, slots=True)
class RevocationValues:
    """Revocation data found in attributes: encodings of CRLs and of OCSPResponses."""

    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()


def values(attributes: Sequence[Attribute], oid: str) -> tuple[Element, ...]:
    """All values of all attributes of a kind."""
    return tuple(value for item in attributes if item.oid == oid for value in item.values)


def not_unique(attributes: Sequence[Attribute]) -> tuple[tuple[str, int], ...]:
    """Attributes that must be single and are not: name and number of values."""
    counts: dict[str, int] = {}
    for item in attributes:
        if item.oid in NAMES:
            # An attribute without a value counts as much as one too many.
            counts[item.oid] = counts.get(item.oid, 0) + (len(item.values) or 2)
    return tuple((NAMES[oid], count) for oid, count in counts.items() if count != 1)


def single(attributes: Sequence[Attribute], oid: str) -> Element | None:
    """The first value of an attribute; ``None`` when there is none."""
    found = values(attributes, oid)
    return found[0] if found else None


def certificate_references(attributes: Sequence[Attribute]) -> tuple[CertificateReference, ...]:
    """The references to the signing certificate: the first entry of each ESS attribute (RFC 5035, 3).

    Raises:
        EvidenceError: malformed.
    """
    references = [_reference(item, "ess-v2") for item in values(attributes, SIGNING_CERTIFICATE_V2)]
    references += [_reference(item, "ess-v1") for item in values(attributes, SIGNING_CERTIFICATE)]
    return tuple(references)


def _reference(found: Element, source: str) -> CertificateReference:
    parts = ber.children(ber.expect(found, ber.SEQUENCE, "SigningCertificate"))
    entries = ber.children(ber.expect(parts[0], ber.SEQUENCE, "certs")) if parts else []
    if not entries:
        raise ber.malformed("an empty SigningCertificate", found.start)
    fields = ber.children(ber.expect(entries[0], ber.SEQUENCE, "ESSCertID"))
    digest = "sha1" if source == "ess-v1" else "sha256"
    if source == "ess-v2" and fields and fields[0].tag == ber.SEQUENCE:
        digest = algorithms.digest_name(fields.pop(0).encoding)
    if not fields:
        raise ber.malformed("an ESSCertID without digest", entries[0].start)
    hashed = ber.octet_string(fields[0], "certHash")
    issuer, serial = _issuer_serial(fields[1]) if len(fields) > 1 else (None, None)
    return CertificateReference(digest, hashed, issuer, serial, source)


def _issuer_serial(found: Element) -> tuple[bytes | None, int | None]:
    """IssuerSerial (RFC 5035, 5.4): the Name when the GeneralNames have one, and the serial number."""
    parts = ber.children(ber.expect(found, ber.SEQUENCE, "IssuerSerial"))
    if len(parts) != 2:
        raise ber.malformed("a broken IssuerSerial", found.start)
    for name in ber.children(ber.expect(parts[0], ber.SEQUENCE, "GeneralNames")):
        if name.tag == 0xA4:
            inner = ber.children(name)
            if len(inner) == 1:
                return ber.to_der(inner[0]), ber.integer(parts[1])
    return None, ber.integer(parts[1])


def read_time(found: Element) -> datetime:
    """A UTCTime or GeneralizedTime, UTC; fractions of a second to the microsecond, offsets (BER) taken into account.

    Raises:
        EvidenceError: it is none, or has no zone, or is no moment of the calendar.
    """
    try:
        text = ber.octets(found).decode("ascii")
        if found.tag & ~0x20 == ber.UTC_TIME:
            return _utc_time(text)
        if found.tag & ~0x20 == ber.GENERALIZED_TIME:
            return _generalized_time(text)
    except (ValueError, OverflowError) as error:
        raise ber.malformed("an impossible time", found.start) from error
    raise ber.malformed("no time", found.start)


def _utc_time(text: str) -> datetime:
    digits, offset = _split_zone(text)
    if len(digits) not in (10, 12) or not digits.isdigit():
        raise ValueError(text)
    year = int(digits[:2])
    century = "20" if year < 50 else "19"  # RFC 5280, 4.1.2.5.1
    return _moment(century + digits.ljust(12, "0")) - offset


def _moment(digits: str) -> datetime:
    month, day, hour, minute, second = (int(digits[place : place + 2]) for place in range(4, 14, 2))
    return datetime(int(digits[:4]), month, day, hour, minute, second, tzinfo=UTC)


def _generalized_time(text: str) -> datetime:
    digits, offset = _split_zone(text)
    whole, _, fraction = digits.replace(",", ".").partition(".")
    if len(whole) not in (12, 14) or not whole.isdigit() or (fraction and not fraction.isdigit()):
        raise ValueError(text)
    return _moment(whole.ljust(14, "0")) + timedelta(microseconds=int(fraction[:6].ljust(6, "0")) if fraction else 0) - offset


def _split_zone(text: str) -> tuple[str, timedelta]:
    if text.endswith("Z"):
        return text[:-1], timedelta()
    digits, sign, zone = text[:-5], text[-5:-4], text[-4:]
    if sign not in ("+", "-") or not zone.isdigit():
        raise ValueError(text)
    offset = timedelta(hours=int(zone[:2]), minutes=int(zone[2:]))
    return digits, offset if sign == "+" else -offset


def revocation_values(signed: Sequence[Attribute], unsigned: Sequence[Attribute]) -> RevocationValues:
    """Revocation data in attributes: adbe-revocationInfoArchival (ISO 32000) and revocation-values (EN 319 122-1, A.1.3).

    Raises:
        EvidenceError: malformed.
    """
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    for found in values((*signed, *unsigned), REVOCATION_INFO_ARCHIVAL):
        for field in ber.iterate(ber.expect(found, ber.SEQUENCE, "RevocationInfoArchival")):
            kept = {0xA0: crls, 0xA1: ocsps}.get(field.tag)
            if kept is not None:
                kept.extend(item.encoding for wrapped in ber.iterate(field) for item in ber.iterate(wrapped))
    for found in values(unsigned, REVOCATION_VALUES):
        for field in ber.iterate(ber.expect(found, ber.SEQUENCE, "RevocationValues")):
            for item in (item for wrapped in ber.iterate(field) for item in ber.iterate(wrapped)):
                if field.tag == 0xA0:
                    crls.append(item.encoding)
                elif field.tag == 0xA1:
                    ocsps.append(as_response(item.encoding))
    return RevocationValues(tuple(crls), tuple(ocsps))


def certificate_values(unsigned: Sequence[Attribute]) -> tuple[Element, ...]:
    """Certificates in the attribute certificate-values (EN 319 122-1, A.1.1.2).

    Raises:
        EvidenceError: malformed.
    """
    return tuple(
        item
        for found in values(unsigned, CERTIFICATE_VALUES)
        for item in ber.iterate(ber.expect(found, ber.SEQUENCE, "CertificateValues"))
        if item.tag == ber.SEQUENCE
    )


def protection_mismatch(attributes: Sequence[Attribute], digest_algorithm: bytes, signature_algorithm: bytes) -> bool:
    """Whether a CMSAlgorithmProtection (RFC 6211) names other algorithms than the SignerInfo.

    Raises:
        EvidenceError: malformed.
    """
    found = single(attributes, ALGORITHM_PROTECTION)
    if found is None:
        return False
    fields = ber.children(ber.expect(found, ber.SEQUENCE, "CMSAlgorithmProtection"))
    if len(fields) != 2 or fields[1].tag != 0xA1:
        return True
    try:
        same_digest = algorithms.digest_name(fields[0].encoding) == algorithms.digest_name(digest_algorithm)
    except EvidenceError:
        return True
    return not same_digest or fields[1].content != ber.element(signature_algorithm).content
