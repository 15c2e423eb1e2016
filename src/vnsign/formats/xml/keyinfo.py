"""``ds:KeyInfo``: embedded certificates and CRLs, and which certificate is the signer's (XMLDSig 4.5). Nothing is trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vnsign.formats.xml import names
from vnsign.formats.xml.faults import Fault, problem
from vnsign.formats.xml.text import base64_of, text_of
from vnsign.model.certificate import Certificate
from vnsign.model.facts import CertificateReference, Problem
from vnsign.model.limits import Limits
from vnsign.pki.profile import profile

_MOST_RETRIEVED = 4


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What ``KeyInfo`` holds.

    Attributes:
        certificates: in the order found, each once.
        crls: DER.
        serials, key_identifiers: hints at the signer's certificate: serial numbers and subject key identifiers.
        problems: faults.
    """

    certificates: tuple[Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    serials: frozenset[int] = frozenset()
    key_identifiers: frozenset[bytes] = frozenset()
    problems: tuple[Problem, ...] = ()


def read_key_info(element: Any, limits: Limits) -> KeyInfo:
    """Read the ``X509Data`` of a ``KeyInfo`` (``None``: nothing), those that it points at in the document among them.

    Faults are listed, the rest is still read. What is NOT followed: a ``RetrievalMethod`` out of the document, with transforms,
    or of another type (XMLDSig 4.5.3).
    """
    if element is None:
        return KeyInfo()
    data = [*element.findall(names.X509_DATA), *_retrieved(element)]
    certificates, problems = read_certificates([c for d in data for c in d.findall(names.X509_CERTIFICATE)], limits)
    crls: list[bytes] = []
    for item in [c for d in data for c in d.findall(names.X509_CRL)][: limits.certificates]:
        try:
            crls.append(base64_of(item, limits.crl_bytes))
        except Fault as fault:
            problems.append(_malformed(fault))
    serials, identifiers = set(), set()
    for item in data:
        for number in item.iterfind(f"{names.X509_ISSUER_SERIAL}/{names.X509_SERIAL_NUMBER}"):
            text = text_of(number)
            if text.lstrip("-").isdecimal() and len(text) < 64:
                serials.add(int(text))
        for identifier in item.findall(names.X509_SKI):
            try:
                identifiers.add(base64_of(identifier, 1024))
            except Fault as fault:
                problems.append(_malformed(fault))
    return KeyInfo(certificates, tuple(crls), frozenset(serials), frozenset(identifiers), tuple(problems))


def _retrieved(element: Any) -> list[Any]:
    """The ``X509Data`` elsewhere in the document that a ``RetrievalMethod`` names by an identifier that no other has."""
    wanted = [
        item.get("URI", "")[1:]
        for item in element.findall(names.RETRIEVAL_METHOD)[:_MOST_RETRIEVED]
        if item.get("Type") == names.TYPE_X509_DATA and item.get("URI", "").startswith("#") and not len(item)
    ]
    if not wanted:
        return []
    held = [item for item in element.getroottree().getroot().iter(names.X509_DATA) if item.get("Id") in wanted]
    return [item for item in held if sum(other.get("Id") == item.get("Id") for other in held) == 1]


def read_certificates(elements: Sequence[Any], limits: Limits) -> tuple[tuple[Certificate, ...], list[Problem]]:
    """Certificates of elements with base64 DER; what is no certificate is named and left out."""
    problems: list[Problem] = []
    found: dict[bytes, Certificate] = {}
    if len(elements) > limits.certificates:
        problems.append(problem("xml.limit", what="certificates", found=len(elements), limit=limits.certificates))
    for element in elements[: limits.certificates]:
        try:
            certificate = Certificate(base64_of(element, limits.certificate_bytes))
            _ = certificate.x509
            found.setdefault(certificate.der, certificate)
        except Fault as fault:
            problems.append(_malformed(fault))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - the parser of certificates is the door for hostile DER; any failure means the same
            problems.append(problem("xml.key-info-malformed", found=f"X509Certificate: {error}"))
    return tuple(found.values()), problems


def _malformed(fault: Fault) -> Problem:
    return problem("xml.key-info-malformed", found=", ".join(value for _, value in fault.problem.parameters))


def signing_certificate(key_info: KeyInfo, references: Sequence[CertificateReference]) -> Certificate | None:
    """The certificate that the structure points at.

    In this order: the one that ``X509IssuerSerial`` or ``X509SKI`` names, where exactly one fits; the one with the digest of
    a signed reference; the first that issued none of the others. Whether the value verifies under it is judged elsewhere.
    """
    certificates = key_info.certificates
    hinted = [c for c in certificates if _hinted(c, key_info)]
    if len(hinted) == 1:
        return hinted[0]
    for reference in references:
        for certificate in certificates:
            if _has_digest(certificate, reference):
                return certificate
    issuers = {_name(c, "issuer") for c in certificates if _name(c, "issuer") != _name(c, "subject")}
    leaves = [c for c in certificates if _name(c, "subject") not in issuers]
    return next(iter(leaves or certificates), None)


def _hinted(certificate: Certificate, key_info: KeyInfo) -> bool:
    facts = profile(certificate)
    if facts is None:
        return False
    return facts.serial_number in key_info.serials or facts.subject_key_identifier in key_info.key_identifiers


def _has_digest(certificate: Certificate, reference: CertificateReference) -> bool:
    try:
        return hashlib.new(reference.digest_algorithm, certificate.der).digest() == reference.digest
    except ValueError:
        return False


def _name(certificate: Certificate, which: str) -> bytes:
    facts = profile(certificate)
    if facts is None:
        return certificate.der
    return facts.issuer if which == "issuer" else facts.subject
