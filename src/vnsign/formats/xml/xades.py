"""XAdES qualifying properties (EN 319 132-1; older namespaces read), found only through the signed reference to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vnsign.crypto.algorithms import digest_from_xml
from vnsign.formats.xml import names
from vnsign.formats.xml.faults import Fault, problem
from vnsign.formats.xml.keyinfo import read_certificates
from vnsign.formats.xml.nodes import Reading
from vnsign.formats.xml.references import Resolved
from vnsign.formats.xml.text import base64_of, moment_of, text_of
from vnsign.formats.xml.xades_policy import read_policy
from vnsign.formats.xml.xades_timestamps import read_timestamps
from vnsign.model.certificate import Certificate
from vnsign.model.facts import CertificateReference, DigestRole, Problem, TimestampFacts
from vnsign.model.signature_policy import PolicyReference


@dataclass(frozen=True, slots=True)
class Properties:
    """What the qualifying properties of one signature say.

    Attributes:
        present: whether signed properties were found through a reference.
        level: ``B-B`` and upwards by the properties that are there, whatever they hold; ``""`` without signed properties.
        signing_time: aware, and whether its zone was assumed.
        references: signed references to certificates, the signer's among them.
        certificates, crls, ocsps: unsigned values for validation, untrusted.
        policy: the signature policy that the signer names; ``None`` for none.
        timestamps: time-stamps on the content, the signature, the references, the archive.
        problems: faults.
    """

    present: bool = False
    level: str = ""
    signing_time: tuple[datetime, bool] | None = None
    references: tuple[CertificateReference, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    timestamps: tuple[TimestampFacts, ...] = ()
    policy: PolicyReference | None = None
    problems: tuple[Problem, ...] = field(default=())


def qualifying_properties(signature: Any) -> list[Any]:
    """Every ``QualifyingProperties`` directly inside the ``ds:Object`` elements of a signature."""
    tags = {names.xades("QualifyingProperties", namespace) for namespace in names.XADES_NAMESPACES}
    return [child for item in signature.findall(names.OBJECT) for child in item if child.tag in tags]


def read_properties(
    signature: Any, id_: str, resolved: Sequence[Resolved], reading: Reading, certificates: Sequence[Certificate] = ()
) -> Properties:
    """Read the properties that a reference of this signature covers whole; what is not covered is named and not used.

    Args:
        signature: the ``ds:Signature``.
        id_: its id in the report.
        resolved: its references.
        reading: the document.
        certificates: those of its KeyInfo.
    """
    holders = qualifying_properties(signature)
    problems: list[Problem] = []
    holder, signed = _signed_properties(holders, resolved, problems)
    if signed is None:
        if any(_children(item, "SignedProperties") for item in holders):
            problems.append(problem("xml.signed-properties-unreferenced"))
        return Properties(problems=tuple(problems))
    if len(holders) > 1:
        problems.append(problem("xml.qualifying-properties", found=f"{len(holders)} QualifyingProperties"))
    target, identifier = holder.get("Target"), signature.get("Id")
    if identifier is None or (target or "").lstrip("#") != identifier:
        problems.append(problem("xml.qualifying-properties-target", target=target or "none", id=identifier or "none"))
    found = _read(holder, signed, reading, problems)
    groups = _children(holder, "UnsignedProperties", "UnsignedSignatureProperties")
    unsigned = [item for group in groups for item in group if isinstance(item.tag, str)]  # comments between are no properties
    known = (*certificates, *found.certificates)
    timestamps, faults = read_timestamps(signature, id_, resolved, signed, unsigned, reading, known)
    return replace(found, timestamps=timestamps, problems=(*found.problems, *faults))


def _signed_properties(holders: Sequence[Any], resolved: Sequence[Resolved], problems: list[Problem]) -> tuple[Any, Any]:
    found = [
        item
        for item in resolved
        if item.facts.role is DigestRole.SIGNED_PROPERTIES and item.covered is not None and item.base.tag != names.OBJECT
    ]
    own = []
    for item in found:
        parent = item.base.getparent()
        if not any(parent is holder for holder in holders):
            problems.append(problem("xml.signed-properties-misplaced", reference=item.facts.name, covered=item.facts.covers))
        elif item.covered is not None and item.covered.includes(item.base) and not item.covered.holes():
            own.append((parent, item.base))
    if len(own) > 1:
        problems.append(problem("xml.qualifying-properties", found=f"{len(own)} references to SignedProperties"))
    if len(own) == 1:
        return own[0]
    wanted = [item for item in resolved if (item.element.get("Type") or "") == names.TYPE_SIGNED_PROPERTIES]
    if not own and wanted and not found:
        problems.append(
            problem("xml.signed-properties-misplaced", reference=wanted[0].facts.name, covered=wanted[0].facts.covers)
        )
    return None, None


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _children(element: Any, *local: str) -> list[Any]:
    """Children in any XAdES namespace, by path of local names."""
    found = [element]
    for name in local:
        tags = {names.xades(name, namespace) for namespace in (*names.XADES_NAMESPACES, names.XADES_141)}
        found = [child for parent in found for child in parent if child.tag in tags]
    return found


def _read(holder: Any, signed: Any, reading: Reading, problems: list[Problem]) -> Properties:
    times = _children(signed, "SignedSignatureProperties", "SigningTime")
    moment = moment_of(text_of(times[0])) if len(times) == 1 else None
    if times and moment is None:
        problems.append(problem("xml.qualifying-properties", found="SigningTime cannot be read"))
    references = _certificate_references(signed, problems)
    unsigned = _children(holder, "UnsignedProperties", "UnsignedSignatureProperties")
    certificates, crls, ocsps = _values(unsigned, reading, problems)
    policies = _children(signed, "SignedSignatureProperties", "SignaturePolicyIdentifier")
    stores = [item for parent in unsigned for item in _children(parent, "SignaturePolicyStore")]
    return Properties(
        present=True,
        level=_level(unsigned),
        signing_time=moment,
        references=references,
        certificates=certificates,
        crls=crls,
        ocsps=ocsps,
        policy=read_policy(policies, stores, reading.limits),
        problems=tuple(problems),
    )


def _level(unsigned: Sequence[Any]) -> str:
    held = {_local(child) for parent in unsigned for child in parent}
    if "SignatureTimeStamp" not in held:
        return "B-B"
    if "ArchiveTimeStamp" in held:
        return "B-LTA"
    return "B-LT" if held & {"RevocationValues", "TimeStampValidationData", "AnyValidationData"} else "B-T"


def _certificate_references(signed: Any, problems: list[Problem]) -> tuple[CertificateReference, ...]:
    found: list[CertificateReference] = []
    for name, source in (("SigningCertificateV2", "xades-v2"), ("SigningCertificate", "xades-v1")):
        for cert in _children(signed, "SignedSignatureProperties", name, "Cert")[:32]:
            try:
                found.append(_certificate_reference(cert, source))
            except Fault as fault:
                problems.append(fault.problem)
    return tuple(found)


def _certificate_reference(cert: Any, source: str) -> CertificateReference:
    digest = next(iter(_children(cert, "CertDigest")), None)
    # XAdES 1.1.1 had DigestMethod and DigestValue in its own namespace.
    method = None if digest is None else digest.find("{*}DigestMethod")
    value = None if digest is None else digest.find("{*}DigestValue")
    if method is None or value is None:
        raise Fault("xml.qualifying-properties", found="Cert without CertDigest")
    uri = method.get("Algorithm") or ""
    issuer, serial = None, None
    for number in cert.iterfind(f"{{*}}IssuerSerial/{names.X509_SERIAL_NUMBER}"):
        text = text_of(number)
        serial = int(text) if text.lstrip("-").isdecimal() and len(text) < 64 else None
    for item in _children(cert, "IssuerSerialV2"):
        issuer, serial = _issuer_serial(base64_of(item, 16 * 1024))
    return CertificateReference(digest_from_xml(uri) or uri, base64_of(value, 1024), issuer, serial, source)


def _issuer_serial(der: bytes) -> tuple[bytes | None, int | None]:
    from asn1crypto.tsp import IssuerSerial

    try:
        parsed = IssuerSerial.load(der, strict=True)
        names_ = [name.chosen.untag().dump() for name in parsed["issuer"] if name.name == "directory_name"]
        serial = int(parsed["serial_number"].native)
    except MemoryError:
        raise
    except Exception as error:  # asn1crypto throws many kinds on hostile DER; all mean that it cannot be read
        raise Fault("xml.qualifying-properties", found=f"IssuerSerialV2: {error}") from error
    return (names_[0] if names_ else None), serial


def _values(
    unsigned: Sequence[Any], reading: Reading, problems: list[Problem]
) -> tuple[tuple[Certificate, ...], tuple[bytes, ...], tuple[bytes, ...]]:
    """``CertificateValues``, ``RevocationValues`` and the same inside ``TimeStampValidationData``."""
    limits = reading.limits
    holders = [*unsigned, *(item for parent in unsigned for item in _children(parent, "TimeStampValidationData"))]
    encapsulated = [
        item for parent in holders for item in _children(parent, "CertificateValues", "EncapsulatedX509Certificate")
    ]
    certificates, faults = read_certificates(encapsulated, limits)
    problems.extend(faults)
    values: list[list[bytes]] = [[], []]
    kinds = (
        ("CRLValues", "EncapsulatedCRLValue", limits.crl_bytes),
        ("OCSPValues", "EncapsulatedOCSPValue", limits.ocsp_bytes),
    )
    for into, (list_name, name, limit) in zip(values, kinds, strict=True):
        items = [item for parent in holders for item in _children(parent, "RevocationValues", list_name, name)]
        for item in items[: limits.certificates]:
            try:
                into.append(base64_of(item, limit))
            except Fault as fault:
                problems.append(problem("xml.key-info-malformed", found=f"{name}: {fault.problem.parameters}"))
    return certificates, tuple(values[0]), tuple(values[1])
