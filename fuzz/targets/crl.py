"""Certificate revocation lists."""

from fuzz import seeds
from vnsign.model.limits import Limits
from vnsign.pki.revocation import RevocationData, revocation_status

SEEDS = seeds.crls
_PKI = seeds.pki()


def target(data: bytes) -> str:
    """Ask a CRL for the status of a certificate."""
    read = RevocationData.of((data,), (), Limits())
    issuer = _PKI.certificate("public-ca")
    return " ".join(
        f"{found.status} {found.source}"
        for name in ("citizen", "citizen-revoked")
        for found in [revocation_status(_PKI.certificate(name), issuer, seeds.AT, read)]
    )
