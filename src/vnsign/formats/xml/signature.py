"""One ``ds:Signature`` becomes facts. Whatever is broken in it is a problem of this signature alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from vnsign.crypto.algorithms import PssParameters, digest_from_xml, from_xml
from vnsign.formats.xml import names, transforms
from vnsign.formats.xml.faults import Fault, problem
from vnsign.formats.xml.keyinfo import KeyInfo, read_key_info, signing_certificate
from vnsign.formats.xml.nodes import NodeSet, Reading
from vnsign.formats.xml.positions import position
from vnsign.formats.xml.references import Resolved, resolve_all, signing_time_elements
from vnsign.formats.xml.text import base64_of, has_asides, moment_of, text_of
from vnsign.formats.xml.xades import Properties, read_properties
from vnsign.model.facts import (
    DigestRole,
    Problem,
    SignatureAlgorithm,
    SignatureFacts,
    SignatureFormat,
    SignatureKind,
    SignedValue,
    TimeSource,
)
from vnsign.pki.held_status import earned_level

_ETSI = "{http://uri.etsi.org/01903/"
_PSS = "http://www.w3.org/2007/05/xmldsig-more#"
_CHILDREN = (names.SIGNED_INFO, names.SIGNATURE_VALUE, names.KEY_INFO)


@dataclass(frozen=True, slots=True, eq=False)
class ReadSignature:
    """A signature as read, with what its references resolved to."""

    facts: SignatureFacts
    element: Any
    resolved: tuple[Resolved, ...] = ()


def read_signature(element: Any, id_: str, reading: Reading) -> ReadSignature:
    """Read one signature. Never raises on what a document says.

    Args:
        element: a ``ds:Signature``.
        id_: its id within the document.
        reading: the document.

    Not set: coverage, which takes what all signatures cover (:func:`vnsign.formats.xml.coverage.judge_coverage`).
    """
    where, kind = position(element), _kind(element)
    try:
        signed_info, value = _structure(element, reading)
        problems = _asides(element, signed_info, value)
        resolved = resolve_all(signed_info, element, reading)
        resolved = (*resolved, *_manifest_entries(resolved, element, reading))
    except Fault as fault:
        facts = SignatureFacts(id_, kind, SignatureFormat.XML_OTHER, location=where, problems=(fault.problem,))
        return ReadSignature(facts, element)
    if any(item.element.get("Type") == names.TYPE_COUNTER_SIGNATURE for item in resolved):
        kind = SignatureKind.COUNTER_SIGNATURE
    problems.extend(found for item in resolved for found in item.problems)
    if kind is SignatureKind.COUNTER_SIGNATURE:
        problems.extend(_counter_signature_faults(element, resolved))
    signed_value = _signed_value(signed_info, value, reading, problems)
    key_info = read_key_info(element.find(names.KEY_INFO), reading.limits)
    properties = read_properties(element, id_, resolved, reading, key_info.certificates)
    time, source = _claimed_time(element, resolved, properties, problems)
    facts = SignatureFacts(
        id=id_,
        kind=kind,
        format=SignatureFormat.XADES if properties.present else SignatureFormat.XMLDSIG,
        level=properties.level,
        location=where,
        claimed_time=None if time is None else time[0],
        claimed_time_source=source,
        claimed_time_zone_assumed=time is not None and time[1],
        digests=tuple(item.facts for item in resolved),
        signed_value=signed_value,
        signing_certificate=_signer(key_info, properties),
        certificate_references=properties.references,
        certificates=tuple(dict.fromkeys((*key_info.certificates, *properties.certificates))),
        crls=(*key_info.crls, *properties.crls),
        ocsps=properties.ocsps,
        timestamps=properties.timestamps,
        signature_policy=properties.policy,
        problems=(*problems, *properties.problems, *key_info.problems),
    )
    return ReadSignature(replace(facts, level=earned_level(facts.level, facts)), element, resolved)


def _counter_signature_faults(element: Any, resolved: Sequence[Resolved]) -> list[Problem]:
    """A counter-signature signs the whole value of the signature that holds it, whatever else it signs (5.2.7.2)."""
    holder = next(element.iterancestors(names.SIGNATURE), None)
    values = [] if holder is None else holder.findall(names.SIGNATURE_VALUE)
    for item in resolved:
        signs_value = item.base is not None and item.base.tag == names.SIGNATURE_VALUE
        # Outside any signature the Type of the reference says what it is, and any other signature's value will do.
        expected = not values or any(item.base is value for value in values)
        whole = item.covered is not None and item.covered.includes(item.base) and not item.covered.holes()
        if signs_value and expected and whole:
            return []
    return [problem("xml.counter-signature", covered=", ".join(item.facts.covers for item in resolved)[:300])]


def _kind(element: Any) -> SignatureKind:
    parent = element.getparent()
    tags = {names.xades("CounterSignature", namespace) for namespace in names.XADES_NAMESPACES}
    return SignatureKind.COUNTER_SIGNATURE if parent is not None and parent.tag in tags else SignatureKind.SIGNATURE


def _structure(element: Any, reading: Reading) -> tuple[Any, Any]:
    """``SignedInfo`` and ``SignatureValue``: one each, first, and after them only what the schema has (XMLDSig 4.1)."""
    children = [child for child in element if isinstance(child.tag, str)]
    tags = [child.tag for child in children]
    if tags[:2] != [names.SIGNED_INFO, names.SIGNATURE_VALUE]:
        raise Fault("xml.structure", found=f"Signature begins with {', '.join(_local(tag) for tag in tags[:2]) or 'nothing'}")
    for name in _CHILDREN:
        if tags.count(name) > 1:
            raise Fault("xml.structure", found=f"{tags.count(name)} {_local(name)} elements")
    foreign = [tag for tag in tags if tag not in _CHILDREN and tag != names.OBJECT]
    if foreign:
        raise Fault("xml.structure", found=f"{_local(foreign[0])} inside Signature")
    signed_info = children[0]
    inside = [child.tag for child in signed_info if isinstance(child.tag, str)]
    if inside[:2] != [names.CANONICALIZATION_METHOD, names.SIGNATURE_METHOD]:
        raise Fault("xml.structure", found="SignedInfo without CanonicalizationMethod and SignatureMethod")
    if not inside[2:] or any(tag != names.REFERENCE for tag in inside[2:]):
        raise Fault("xml.structure", found="SignedInfo without Reference, or with something else")
    if len(inside) - 2 > reading.limits.xml_references:
        raise Fault("xml.limit", what="references", found=len(inside) - 2, limit=reading.limits.xml_references)
    return signed_info, children[1]


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _asides(element: Any, signed_info: Any, value: Any) -> list[Problem]:
    """Comments and processing instructions where text is compared: a reader that stops at them sees another value."""
    key_info = element.find(names.KEY_INFO)
    certificates = [] if key_info is None else list(key_info.iter(names.X509_CERTIFICATE))
    places = (("SignedInfo", [signed_info]), ("SignatureValue", [value]), ("X509Certificate", certificates))
    return [problem("xml.comment-in-signature", element=name) for name, elements in places if has_asides(elements)]


def _manifest_entries(resolved: Sequence[Resolved], signature: Any, reading: Reading) -> tuple[Resolved, ...]:
    """The entries of the manifests that are covered whole; core validation does not ask for them (XMLDSig 5.1)."""
    entries: list[Resolved] = []
    for item in resolved:
        if item.facts.role is not DigestRole.MANIFEST or item.covered is None or item.covered.holes():
            continue
        entries.extend(resolve_all(item.base, signature, reading, DigestRole.MANIFEST_ENTRY))
    return tuple(entries)


def _signed_value(signed_info: Any, value: Any, reading: Reading, problems: list[Problem]) -> SignedValue | None:
    """Canonical ``SignedInfo`` in its context, algorithm and value; ``None`` with a problem where these cannot be had."""
    canonical = signed_info.find(names.CANONICALIZATION_METHOD)
    method = canonical.get("Algorithm") or ""
    algorithm = _algorithm(signed_info.find(names.SIGNATURE_METHOD))
    if algorithm.key == "hmac":
        problems.append(problem("xml.hmac", algorithm=algorithm.identifier))
    elif algorithm.key == "unknown":
        problems.append(problem("xml.algorithm-unsupported", algorithm=algorithm.identifier))
    if method not in names.C14N_METHODS:
        problems.append(problem("xml.algorithm-unsupported", algorithm=method))
        return None
    try:
        octets = NodeSet(reading, signed_info, comments=True).octets(method, transforms.inclusive_prefixes(canonical))
        return SignedValue(octets, algorithm, base64_of(value, reading.limits.signature_bytes))
    except Fault as fault:
        problems.append(fault.problem)
        return None


def _algorithm(method: Any) -> SignatureAlgorithm:
    """The signature algorithm with the parameters of RSASSA-PSS (RFC 9231, 2.3.9)."""
    uri = method.get("Algorithm") or ""
    given = method.find(f"{{{_PSS}}}RSAPSSParams")
    if given is None:
        return from_xml(uri)
    unknown = SignatureAlgorithm(key="unknown", identifier=uri)
    digest = _digest_name(given.find(names.DIGEST_METHOD), "sha256")
    mask = given.find(f"{{{_PSS}}}MaskGenerationFunction")
    mgf_digest = None if mask is None else _digest_name(mask.find(names.DIGEST_METHOD), digest)
    if mask is not None and not (mask.get("Algorithm") or "").endswith("#MGF1"):
        return unknown
    try:
        salt = given.find(f"{{{_PSS}}}SaltLength")
        trailer = given.find(f"{{{_PSS}}}TrailerField")
        return from_xml(
            uri,
            PssParameters(
                digest,
                mgf_digest,
                None if salt is None else int(text_of(salt)[:9]),
                1 if trailer is None else int(text_of(trailer)[:9]),
            ),
        )
    except ValueError:
        return unknown


def _digest_name(method: Any, default: str) -> str:
    if method is None:
        return default
    uri = method.get("Algorithm") or ""
    return digest_from_xml(uri) or uri


def _signer(key_info: KeyInfo, properties: Properties) -> Any:
    found = signing_certificate(key_info, properties.references)
    if found is None and properties.certificates and properties.references:
        held = KeyInfo(certificates=properties.certificates)
        found = signing_certificate(held, properties.references)
    return found


def _claimed_time(
    element: Any, resolved: Sequence[Resolved], properties: Properties, problems: list[Problem]
) -> tuple[tuple[datetime, bool] | None, TimeSource | None]:
    """The time the signer asserts; only a time that is covered by a reference counts."""
    if properties.signing_time is not None:
        return properties.signing_time, TimeSource.XADES
    covered = signing_time_elements(resolved)
    moments = [moment for moment in (moment_of(text_of(item)) for item in covered) if moment is not None]
    if len(covered) > 1 or (covered and not moments):
        problems.append(problem("xml.signing-time", found=", ".join(text_of(item)[:40] for item in covered[:4])))
    if len(covered) == 1 and moments:
        return moments[0], TimeSource.XML_OBJECT
    if not covered and not properties.present:
        times = (time for item in element.findall(names.OBJECT) for time in item.iter("{*}SigningTime"))
        loose = [time for time in times if not time.tag.startswith(_ETSI)]  # XAdES has a finding of its own
        if loose:
            problems.append(problem("xml.signing-time-unsigned", found=text_of(loose[0])[:40]))
    return None, None
