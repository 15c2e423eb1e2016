"""References: from a URI over its transforms to a digest, and what of the document that covers (XMLDSig 4.4.3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from vnsign.crypto import digests
from vnsign.crypto.algorithms import digest_from_xml
from vnsign.errors import ConfigurationError
from vnsign.formats.xml import names, transforms
from vnsign.formats.xml.faults import Fault, problem
from vnsign.formats.xml.nodes import NodeSet, Reading
from vnsign.formats.xml.positions import position
from vnsign.formats.xml.text import base64_of
from vnsign.model.facts import DigestFacts, DigestRole, Problem

_XPOINTER_ID = re.compile(r"""#xpointer\(\s*id\(\s*(?:'([^']*)'|"([^"]*)")\s*\)\s*\)""")
_DIGEST_BYTES = 1024
_SIGNING_TIME = "SigningTime"


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """One reference after processing.

    Attributes:
        facts: the digests, for the report.
        element: the ``ds:Reference``.
        base: the element that the URI points at; ``None`` for the document, for external data, for what was not found.
        covered: the nodes of the document that were digested; ``None`` for external data and after a fault.
        octets: what was digested.
        problems: faults.
    """

    facts: DigestFacts
    element: Any
    base: Any = None
    covered: NodeSet | None = None
    octets: bytes | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def intact(self) -> bool:
        """Whether the data are there and have the expected digest."""
        return self.facts.matches


def resolve_all(parent: Any, signature: Any, reading: Reading, role: DigestRole | None = None) -> tuple[Resolved, ...]:
    """Process every ``ds:Reference`` of ``SignedInfo`` or of a ``Manifest``, in order.

    Args:
        parent: the element with the references.
        signature: the ``ds:Signature`` being read.
        reading: the document.
        role: what the digests protect; learnt from what is referenced where omitted.

    Raises:
        Fault: ``xml.limit`` for more references than ``limits.xml_references``.
    """
    elements = parent.findall(names.REFERENCE)
    if len(elements) > reading.limits.xml_references:
        raise Fault("xml.limit", what="references", found=len(elements), limit=reading.limits.xml_references)
    reading.look_up([uri[1:] for uri in (e.get("URI") or "" for e in elements) if uri.startswith("#") and "(" not in uri])
    return tuple(_resolve(element, signature, reading, role) for element in elements)


def _resolve(element: Any, signature: Any, reading: Reading, role: DigestRole | None) -> Resolved:
    uri = element.get("URI")
    name = "" if uri is None else uri
    algorithm, expected, problems = _expectation(element)
    base, covered, octets, computed = None, None, None, None
    covers = "" if uri is None else f"external data {uri}"
    try:
        reading.budget.spend(0)  # once it is used up nothing more is begun
        data, base = _dereference(uri, reading)
        if isinstance(data, NodeSet):
            covers = _covers(data, base)
        if data is not None:
            made, covered = transforms.apply(data, element.find(names.TRANSFORMS), signature, reading)
            covers = _covers(covered, base) if covered is not None else covers
            octets = transforms.octets(made, reading)
            computed = digests.digest(algorithm, octets) if not problems else None
    except Fault as fault:
        problems.append(_about(fault.problem, name))
    except ConfigurationError:
        problems.append(problem("xml.algorithm-unsupported", algorithm=algorithm, reference=name))
    if role is DigestRole.MANIFEST_ENTRY:
        # Core validation does not ask for the entries, so what is wrong with one does not break the signature.
        problems = [problem("xml.manifest-entry", reference=name, found=found.rule) for found in problems]
    size = None if octets is None else len(octets)
    facts = DigestFacts(name, algorithm, expected, computed, covers, role or role_of(base), size)
    return Resolved(facts, element, base, covered, octets if computed is not None else None, tuple(problems))


def _about(found: Problem, name: str) -> Problem:
    return Problem(found.rule, (*found.parameters, ("reference", name[:300])))


def _expectation(element: Any) -> tuple[str, bytes, list[Problem]]:
    """Name of the digest, its expected value, and what is wrong with them."""
    methods, values = element.findall(names.DIGEST_METHOD), element.findall(names.DIGEST_VALUE)
    name = element.get("URI") or ""
    if len(methods) != 1 or len(values) != 1:
        return (
            "",
            b"",
            [problem("xml.structure", found="Reference without one DigestMethod and one DigestValue", reference=name)],
        )
    uri = methods[0].get("Algorithm") or ""
    algorithm = digest_from_xml(uri)
    try:
        expected = base64_of(values[0], _DIGEST_BYTES)
    except Fault as fault:
        return algorithm or uri, b"", [_about(fault.problem, name)]
    if algorithm is None:
        return uri, expected, [problem("xml.algorithm-unsupported", algorithm=uri, reference=name)]
    return algorithm, expected, []


def _dereference(uri: str | None, reading: Reading) -> tuple[transforms.Data | None, Any]:
    """The data of a URI and the element it points at. Same-document references leave comments out (XMLDSig 4.4.3.3)."""
    if uri is None:
        # The application knows the data of the one reference without URI: they are supplied under the empty name.
        return reading.external.get(""), None
    if uri == "":
        return NodeSet(reading), None
    if uri == "#xpointer(/)":
        return NodeSet(reading, comments=True), None
    pointer = _XPOINTER_ID.fullmatch(uri)
    if pointer:
        base = _one(pointer[1] or pointer[2] or "", reading)
        return (None, None) if base is None else (NodeSet(reading, base, comments=True), base)
    if uri.startswith("#"):
        if "(" in uri:
            raise Fault("xml.reference-unsupported", uri=uri)
        base = _one(uri[1:], reading)
        return (None, None) if base is None else (NodeSet(reading, base), base)
    found = reading.external.get(uri)
    return (reading.external.get(unquote(uri)) if found is None else found), None


def _one(value: str, reading: Reading) -> Any:
    carriers = reading.carriers(value) or (reading.carriers(unquote(value)) if "%" in value else ())
    if len(carriers) > 1:
        raise Fault(
            "xml.duplicate-id",
            id=value,
            count=len(carriers),
            positions=", ".join(position(element) for element in carriers[:4]),
        )
    return carriers[0] if carriers else None


def _covers(covered: NodeSet, base: Any) -> str:
    """Where the digested nodes are, for people."""
    if covered.whole_document or (base is not None and covered.includes(base)):
        where = position(base)
    else:
        where = " | ".join(position(top) for top in covered.tops()[:8]) or "nothing"
    holes = [position(hole) for hole in covered.holes()[:8]]
    return f"{where} without {', '.join(holes)}" if holes else where


def role_of(base: Any) -> DigestRole:
    """What a reference to this element protects."""
    if base is None:
        return DigestRole.DATA
    local = _local(base)
    if local == "SignedProperties" and base.tag in {names.xades(local, ns) for ns in names.XADES_NAMESPACES}:
        return DigestRole.SIGNED_PROPERTIES
    if _object_holds(base, ("QualifyingProperties",)):
        return DigestRole.SIGNED_PROPERTIES
    if base.tag == names.KEY_INFO:
        return DigestRole.KEY_INFO
    if base.tag == names.MANIFEST:
        return DigestRole.MANIFEST
    if _holds_properties(base):
        return DigestRole.SIGNING_TIME
    return DigestRole.DATA


def _holds_properties(base: Any) -> bool:
    """Whether nothing but signature properties (the time of signing) is inside."""
    if _local(base) in ("SignatureProperties", "SignatureProperty", _SIGNING_TIME):
        return True
    return _object_holds(base, ("SignatureProperties", _SIGNING_TIME))


def _object_holds(base: Any, local_names: Sequence[str]) -> bool:
    """Whether it is a ``ds:Object`` with nothing but elements of these names."""
    if base.tag != names.OBJECT or (base.text or "").strip():
        return False
    children = [child for child in base if isinstance(child.tag, str)]
    return bool(children) and all(_local(child) in local_names for child in children)


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def signing_time_elements(resolved: Sequence[Resolved]) -> tuple[Any, ...]:
    """The ``SigningTime`` elements that references of plain XMLDSig cover."""
    covering = [item for item in resolved if item.facts.role is DigestRole.SIGNING_TIME and item.covered is not None]
    return tuple(
        element
        for item in covering
        for element in item.base.iter(f"{{*}}{_SIGNING_TIME}")
        if item.covered is not None and item.covered.includes(element)
    )
