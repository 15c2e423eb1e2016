"""Certificate policies (RFC 5280, 4.2.1.4): under which rules a certificate was issued, and where they can be read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.pki.names import clean
from vnsign.pki.profile import profile

CERTIFICATE_POLICIES = "2.5.29.32"


@dataclass(frozen=True, slots=True)
class CertificatePolicy:
    """One policy of a certificate.

    Attributes:
        oid: of the policy, dotted.
        statements: addresses of certification practice statements.
        notices: texts of user notices, safe to show; scope and liability may stand there.
    """

    oid: str
    statements: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@lru_cache(maxsize=512)
def certificate_policies(certificate: Certificate) -> tuple[CertificatePolicy, ...]:
    """The policies that a certificate states; empty where it states none.

    What is NOT checked: that an address exists or leads anywhere; nothing is fetched.

    Raises:
        EvidenceError: the extension cannot be read.
    """
    facts = profile(certificate)
    extension = None if facts is None else facts.extensions.get(CERTIFICATE_POLICIES)
    if extension is None:
        return ()
    from asn1crypto import x509

    try:
        found = x509.CertificatePolicies.load(extension.value, strict=True)
        return tuple(_policy(item) for item in found)
    # The door to foreign bytes: asn1crypto raises ValueError, TypeError, KeyError, RecursionError and more.
    except MemoryError:
        raise
    except Exception as error:
        raise EvidenceError(f"certificate policies cannot be read: {error}", code="BAD_CERTIFICATE") from error


def _policy(item: object) -> CertificatePolicy:
    from asn1crypto import x509

    if not isinstance(item, x509.PolicyInformation):
        raise TypeError("not a PolicyInformation")
    statements, notices = [], []
    for qualifier in item["policy_qualifiers"] or ():
        kind = qualifier["policy_qualifier_id"].native
        if kind == "certification_practice_statement":
            statements.append(clean(str(qualifier["qualifier"].native)))
        elif kind == "user_notice" and qualifier["qualifier"]["explicit_text"].native:
            notices.append(clean(str(qualifier["qualifier"]["explicit_text"].native)))
    return CertificatePolicy(item["policy_identifier"].dotted, tuple(statements), tuple(notices))
