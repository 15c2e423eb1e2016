"""XML documents to facts: every ``ds:Signature``, and the bytes that were really signed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from vnsign.errors import ConfigurationError, LimitExceededError, UnreadableDocumentError
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml import names
from vnsign.formats.xml.coverage import Coverage, judge_coverage, marks_of
from vnsign.formats.xml.evidence_records import with_evidence_records
from vnsign.formats.xml.faults import Fault, problem
from vnsign.formats.xml.nodes import Budget, Reading
from vnsign.formats.xml.parse import parse, parse_unbound
from vnsign.formats.xml.positions import position
from vnsign.formats.xml.signature import ReadSignature, read_signature
from vnsign.model.facts import (
    CoverageScope,
    DigestRole,
    DocumentFacts,
    Problem,
    SignatureFacts,
    SignatureFormat,
    SignatureKind,
)
from vnsign.model.limits import Limits

_NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SignedDataItem:
    """Bytes that one reference digested, with the digest expected.

    Attributes:
        position: where they are in the document, for people.
        name: the URI of the reference.
        data: the octets after all transforms: read your data from these, never from the document.
    """

    position: str
    name: str
    data: bytes = field(repr=False)


def read_xml(source: DocumentSource, *, limits: Limits, external: Mapping[str, bytes] = _NOTHING) -> DocumentFacts:
    """Read every signature of an XML document.

    Args:
        source: the document.
        limits: bounds on hostile input; what is over a limit of one signature is a problem of that signature.
        external: detached data by URI; the data of a reference without URI under the empty name. Nothing is ever fetched.

    Returns:
        Facts; ``details`` has ``root`` and ``encoding``.

    Raises:
        UnreadableDocumentError: not well-formed, a DOCTYPE. LimitExceededError: over a limit of the document.

    Not checked: signature values, trust, time: facts only.
    """
    data = source.read(limits)
    try:
        tree = parse(data, limits)
        read = _signatures(reading_of(tree, limits, external, len(data)))
        found = with_evidence_records([(item.element, item.facts) for item in read], limits)
    except UnreadableDocumentError as error:
        if error.code != "XML_NAMESPACE":
            raise
        tree = parse_unbound(data, limits)
        broken = problem("xml.structure", found=error.message)
        found = tuple(_not_judged(element, id_, broken) for element, id_ in _with_ids(_elements(tree, limits)))
    details = (("root", str(tree.getroot().tag)[:200]), ("encoding", str(tree.docinfo.encoding or "UTF-8")))
    return DocumentFacts("xml", hashlib.sha256(data).hexdigest(), found, details)


def signed_data(
    source: DocumentSource, *, limits: Limits, signature_id: str, external: Mapping[str, bytes] = _NOTHING
) -> tuple[SignedDataItem, ...]:
    """The data that a signature covers and whose digests match, in the order of its references.

    Raises:
        ConfigurationError: no such signature.
        UnreadableDocumentError: as :func:`read_xml`.

    Not checked: the signature value. Ask only for a signature whose report says that it holds.
    """
    data = source.read(limits)
    reading = reading_of(parse(data, limits), limits, external, len(data))
    return tuple(
        SignedDataItem(one.facts.covers, one.facts.name, one.octets)
        for one in read_one(reading, signature_id).resolved
        if one.octets is not None and one.intact and one.facts.role is not DigestRole.MANIFEST_ENTRY
    )


def read_one(reading: Reading, signature_id: str) -> ReadSignature:
    """The signature that has this id in the facts of the document, with its references.

    Raises:
        ConfigurationError: no such signature. LimitExceededError: too many signatures.
    """
    found = next((item for item in _signatures(reading) if item.facts.id == signature_id), None)
    if found is None:
        raise _no_signature(signature_id)
    return found


def find_signature(reading: Reading, signature_id: str) -> Any:
    """The ``Signature`` element that has this id in the facts of the document.

    Raises:
        ConfigurationError: no such signature. LimitExceededError: too many signatures.
    """
    for element, id_ in _with_ids(_elements(reading.tree, reading.limits)):
        if id_ == signature_id:
            return element
    raise _no_signature(signature_id)


def _no_signature(signature_id: str) -> ConfigurationError:
    return ConfigurationError(f"no signature {signature_id!r}", code="NO_SUCH_SIGNATURE")


def reading_of(tree: Any, limits: Limits, external: Mapping[str, bytes], size: int) -> Reading:
    """A parsed document of so many bytes, to read signatures in, on a budget of its own."""
    return Reading(tree, limits, external, Budget(limits.xml_reference_bytes), size)


def _elements(tree: Any, limits: Limits) -> list[Any]:
    """Every ``ds:Signature``, and what has its shape in another namespace: left out of the list, it would look unsigned."""
    found = [
        element
        for element in tree.iter("{*}Signature")
        if element.tag == names.SIGNATURE or {"SignedInfo", "SignatureValue"} <= {_local(child) for child in element}
    ]
    if len(found) > limits.signatures:
        raise LimitExceededError(f"{len(found)} signatures, at most {limits.signatures} are read")
    return found


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _signatures(reading: Reading) -> tuple[ReadSignature, ...]:
    found = [_read(element, id_, reading) for element, id_ in _with_ids(_elements(reading.tree, reading.limits))]
    marks = marks_of(item.resolved for item in found)
    return tuple(_with_coverage(item, marks, reading) for item in found)


def _read(element: Any, id_: str, reading: Reading) -> ReadSignature:
    if element.tag == names.SIGNATURE:
        return read_signature(element, id_, reading)
    namespace = element.tag.rpartition("}")[0].lstrip("{") or "none"
    broken = problem("xml.structure", found=f"Signature in the namespace {namespace}, not in that of XMLDSig")
    return ReadSignature(_not_judged(element, id_, broken), element)


def _not_judged(element: Any, id_: str, broken: Problem) -> SignatureFacts:
    return SignatureFacts(
        id_,
        SignatureKind.SIGNATURE,
        SignatureFormat.XML_OTHER,
        location=position(element),
        coverage=CoverageScope.NOTHING,
        problems=(broken,),
    )


def _with_coverage(item: ReadSignature, marks: dict[Any, bool], reading: Reading) -> ReadSignature:
    if not item.resolved:
        return replace(item, facts=replace(item.facts, coverage=CoverageScope.NOTHING))
    try:
        coverage = judge_coverage(item.element, item.resolved, marks, reading)
    except Fault as fault:
        coverage = Coverage(CoverageScope.UNKNOWN, (), (fault.problem,))
    problems = (*item.facts.problems, *coverage.problems)
    return replace(item, facts=replace(item.facts, coverage=coverage.scope, covered=coverage.covered, problems=problems))


def _with_ids(elements: Sequence[Any]) -> list[tuple[Any, str]]:
    """Each with its ``Id`` where that is given, once only and no imitation of a position, else with its position."""
    given = Counter(element.get("Id") or "" for element in elements)
    names_ = (element.get("Id") or "" for element in elements)
    ids = [
        id_ if id_ and given[id_] == 1 and "/" not in id_ else position(element)
        for id_, element in zip(names_, elements, strict=True)
    ]
    return list(zip(elements, ids, strict=True))
