"""OCSP responses."""

from fuzz import seeds
from vnsign.model.limits import Limits
from vnsign.pki.revocation import RevocationData, revocation_status

SEEDS = seeds.ocsps
_PKI = seeds.pki()


def target(data: bytes) -> str:
    """Ask an OCSP response for the status of a certificate."""
    read = RevocationData.of((), (data,), Limits())
    issuer = _PKI.certificate("public-ca")
    found = revocation_status(_PKI.certificate("citizen"), issuer, seeds.AT, read)
    return f"{len(read.answers)} {found.status} {found.source}"
