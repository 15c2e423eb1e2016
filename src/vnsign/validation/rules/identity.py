"""Identification of the signing certificate (EN 319 102-1, 5.2.3) and context (5.2.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from vnsign.model.certificate import Certificate
from vnsign.model.facts import CertificateReference
from vnsign.model.verdict import SubIndication
from vnsign.validation.case import Case, Role
from vnsign.validation.registry import Block, Citation, Result, failed, indeterminate, not_applicable, passed, rule

_ISC = (Citation("ETSI EN 319 102-1 V1.4.1, 5.2.3"),)


@rule(
    "identity.signing-certificate",
    block=Block.IDENTIFICATION,
    cites=_ISC,
    on_fail=SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
)
def signing_certificate(case: Case) -> Result:
    """The signature leads to exactly one certificate."""
    if not case.facts.supported:
        return not_applicable()
    if case.certificate is None:
        return indeterminate()
    return passed(sha256=case.certificate.sha256)


def reference_holds(references: Sequence[CertificateReference], certificate: Certificate) -> bool:
    """Whether signed references name the certificate.

    ESS puts the signing certificate first, and a later entry that matches does not make a wrong first one right; XAdES leaves
    the order open.
    """
    if references[0].source.startswith("xades"):
        return any(_reference_matches(item, certificate.der) for item in references)
    return _reference_matches(references[0], certificate.der)


def _reference_matches(reference: CertificateReference, der: bytes) -> bool:
    try:
        return hashlib.new(reference.digest_algorithm, der).digest() == reference.digest
    except ValueError:
        return False


@rule(
    "identity.certificate-reference",
    block=Block.IDENTIFICATION,
    cites=(*_ISC, Citation("RFC 5035, 5.4"), Citation("ETSI EN 319 132-1 V1.2.1, 5.2.2")),
    on_fail=SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
)
def certificate_reference(case: Case) -> Result:
    """The signed reference to the signing certificate, where there is one, has the digest of the certificate used."""
    references = case.facts.certificate_references
    if case.certificate is None or not references:
        return not_applicable()
    source = references[0].source
    return passed(source=source) if reference_holds(references, case.certificate) else indeterminate(source=source)


@rule(
    "identity.certificate-protected",
    block=Block.IDENTIFICATION,
    cites=(
        Citation("ETSI EN 319 142-1 V1.2.1, 6.3"),
        Citation("ETSI EN 319 132-1 V1.2.1, 6.3"),
    ),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
def certificate_protected(case: Case) -> Result:
    """A signed reference names the signing certificate, so that no other certificate of the same key can take its place."""
    if case.role is Role.TIMESTAMP or case.certificate is None or not case.facts.supported:
        return not_applicable()
    return passed() if case.facts.certificate_references else failed(format=case.facts.format.value)


@rule(
    "context.kind-supported",
    block=Block.CONTEXT_INITIALISATION,
    cites=(Citation("ETSI EN 319 102-1 V1.4.1, 5.2.4"),),
    on_fail=SubIndication.SIG_CONSTRAINTS_FAILURE,
)
def kind_supported(case: Case) -> Result:
    """The kind of signature is one that can be judged."""
    return passed() if case.facts.supported else indeterminate(format=case.facts.format.value, location=case.facts.location)
