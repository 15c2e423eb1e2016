"""A second reading of a signature just made, by an independent program: ``signxml``.

Where its profile reaches, it must agree, or nothing is handed out. Where it does not reach, that is said with the reason.
It reads mathematics and structure only: the certificate is the caller's, judged elsewhere, and time plays no part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lxml import etree

from vnsign.errors import SelfCheckError
from vnsign.formats.xml import names
from vnsign.formats.xml.parse import parse
from vnsign.formats.xml.placement import same_document_canonicalization
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits

_LARGEST = 8 * 1024 * 1024
"""Bytes: it writes out and parses the document once more for every reference, and refuses longer text nodes."""
_EXCLUSIVE = frozenset({names.C14N_EXCLUSIVE, names.C14N_EXCLUSIVE_COMMENTS})
_NO_DATA: Mapping[str, bytes] = {}


class SecondReadingStatus(StrEnum):
    """What the second reading said; a disagreement is an exception."""

    AGREED = "agreed"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class SecondReading:
    """The outcome, and for one that is not applicable, why."""

    status: SecondReadingStatus
    reason: str = ""


def second_reading(
    signed: bytes,
    signature_id: str,
    certificate: Certificate,
    *,
    external: Mapping[str, bytes] = _NO_DATA,
    limits: Limits | None = None,
) -> SecondReading:
    """Have a signature verified by ``signxml``.

    Args:
        signed: the signed document.
        signature_id: ``Id`` of the signature to read; others are left alone.
        certificate: the signing certificate; its key is what the value is verified with.
        external: external data by URI.
        limits: bounds on the document.

    Returns:
        ``agreed``, or ``not-applicable`` with the reason.

    Raises:
        SelfCheckError: ``SECOND_READING``: it reaches this signature and does not verify it.
        UnreadableDocumentError: the document cannot be parsed.
    """
    root = parse(signed, limits or Limits()).getroot()
    found = [element for element in root.iter(names.SIGNATURE) if element.get("Id") == signature_id]
    if len(found) != 1:
        raise SelfCheckError(f"{len(found)} signatures {signature_id!r}, one is wanted", code="SECOND_READING")
    signature: Any = found[0]
    reason = next(_out_of_reach(signed, root, signature), "")
    if reason:
        return SecondReading(SecondReadingStatus.NOT_APPLICABLE, reason)
    count = len(signature.find(names.SIGNED_INFO).findall(names.REFERENCE))
    try:
        results = _verify(signed, signature, count, certificate, external)
    except Exception as error:  # whatever it throws, it did not agree
        raise SelfCheckError(
            f"signxml does not verify the signature {signature_id!r}: {type(error).__name__}: {error}",
            code="SECOND_READING",
            hint="please report this document: two readings of one signature differ",
        ) from error
    if len(results) != count or any(result.signature_xml.get("Id") != signature_id for result in results):
        raise SelfCheckError("signxml read another signature than the one asked for", code="SECOND_READING")
    return SecondReading(SecondReadingStatus.AGREED)


def _verify(signed: bytes, signature: Any, count: int, certificate: Certificate, external: Mapping[str, bytes]) -> list[Any]:
    from signxml.algorithms import CanonicalizationMethod
    from signxml.verifier import SignatureConfiguration, XMLVerifier
    from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

    xades = signature.find(f".//{names.xades('SignedProperties')}") is not None
    signature_id = signature.get("Id")

    class Verifier(XAdESVerifier if xades else XMLVerifier):  # type: ignore[misc]  # chosen at run time, untyped
        def _get_signature(self, root: Any) -> Any:
            # By its identifier rather than by its place, as one element may hold several.
            return next(e for e in root.iter(names.SIGNATURE) if e.get("Id") == signature_id)

        def _c14n(self, nodes: Any, *arguments: Any, **options: Any) -> Any:
            # lxml writes false xmlns="" into an element whose default namespace is declared above it; signxml copies data
            # for that reason, but not SignedInfo.
            if isinstance(nodes, etree._Element) and nodes.getparent() is not None:  # noqa: SLF001 - the class has no other name
                nodes = self._fromstring(self._tostring(nodes, with_tail=False))
            return super()._c14n(nodes, *arguments, **options)

    loaded = certificate.x509
    configuration = (XAdESSignatureConfiguration if xades else SignatureConfiguration)(
        expect_references=count if count > 1 else True,
        # The caller judges the certificate at its own time; here only its key counts.
        verification_time=loaded.not_valid_before_utc,
        default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
    )
    # SigningTime in the XML-DSig namespace is the authorities' practice and no part of the schema.
    schema = signature.find(f".//{names.ds('SigningTime')}") is None
    results: list[Any] = Verifier().verify(
        signed, x509_cert=loaded, expect_config=configuration, validate_schema=schema, uri_resolver=external.get
    )
    return results


def _out_of_reach(signed: bytes, root: Any, signature: Any) -> Iterator[str]:
    from signxml.algorithms import SignatureMethod

    if len(signed) > _LARGEST:
        yield f"documents over {_LARGEST} bytes are not read twice"
    info = signature.find(names.SIGNED_INFO)
    method = info.find(names.SIGNATURE_METHOD).get("Algorithm")
    if method not in {known.value for known in SignatureMethod}:
        yield f"signature method {method} is not known to it"
    if _inherits(signature) and info.find(names.CANONICALIZATION_METHOD).get("Algorithm") not in _EXCLUSIVE:
        yield "xml: attributes inherited by SignedInfo are lost to it"
    for reference in info.findall(names.REFERENCE):
        yield from _reference_out_of_reach(root, reference)


def _reference_out_of_reach(root: Any, reference: Any) -> Iterator[str]:
    from signxml.algorithms import DigestAlgorithm

    method = reference.find(names.DIGEST_METHOD).get("Algorithm")
    if method not in {known.value for known in DigestAlgorithm}:
        yield f"digest {method} is not known to it"
    transforms = tuple(t.get("Algorithm") for t in reference.iter(names.TRANSFORM))
    if any(uri != names.ENVELOPED and uri not in names.C14N_METHODS for uri in transforms):
        yield "a transform other than enveloped-signature and canonicalisation"
    uri = reference.get("URI")
    if uri and not uri.startswith("#"):
        return
    target = _target(root, uri)
    if target is None:
        yield f"reference {uri!r} is not one element to it"
        return
    for reason, holds in _QUIRKS:
        if holds(target, transforms):
            yield f"{reason} (reference {uri!r})"


def _target(root: Any, uri: str) -> Any:
    if not uri:
        return root
    found = root.xpath("//*[@*[local-name()='Id' or local-name()='ID' or local-name()='id']=$value]", value=uri[1:])
    return found[0] if len(found) == 1 else None


def _keeps_comments(target: Any, transforms: tuple[str, ...]) -> bool:
    named = [uri for uri in transforms if uri != names.ENVELOPED]
    kept = bool(named) and same_document_canonicalization(transforms) != named[-1]
    return kept and next(target.iter(etree.Comment), None) is not None


def _loses_attributes(target: Any, transforms: tuple[str, ...]) -> bool:
    return same_document_canonicalization(transforms) not in _EXCLUSIVE and _inherits(target)


def _has_tail(target: Any, _: tuple[str, ...]) -> bool:
    return bool((target.tail or "").strip())


def _beside_root(target: Any, _: tuple[str, ...]) -> bool:
    if target.getparent() is not None:
        return False
    siblings = [*target.itersiblings(), *target.itersiblings(preceding=True)]
    return any(sibling.tag is etree.ProcessingInstruction for sibling in siblings)


_QUIRKS: tuple[tuple[str, Callable[[Any, tuple[str, ...]], bool]], ...] = (
    ("it keeps comments that a same-document reference leaves out", _keeps_comments),
    ("it loses xml: attributes inherited by the data", _loses_attributes),
    ("it cannot read an element followed by text", _has_tail),
    ("it leaves out processing instructions beside the root", _beside_root),
)


def _inherits(element: Any) -> bool:
    stem = f"{{{names.XML}}}"
    return any(name.startswith(stem) for ancestor in element.iterancestors() for name in ancestor.keys())  # noqa: SIM118
