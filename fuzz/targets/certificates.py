"""Certificates: who is named in them, and the paths that they give."""

from fuzz import seeds
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.pki.identity import read_signer
from vnsign.pki.path import validate_path

SEEDS = seeds.certificates
_PKI = seeds.pki()


def target(data: bytes) -> str:
    """Build and validate a path from the certificate, and once more with it among those of the document."""
    strange = Certificate(data)
    more = {
        "anchors": _PKI.certificates("public-root"),
        "crls": _PKI.crls(),
        "ocsps": (),
        "at": seeds.AT,
        "revocation_required": True,
        "limits": Limits(),
    }
    first = validate_path(strange, embedded=(), intermediates=_PKI.intermediates, **more)
    second = validate_path(_PKI.certificate("citizen"), embedded=(strange,), intermediates=_PKI.intermediates, **more)
    third = validate_path(_PKI.certificate("citizen"), embedded=_PKI.intermediates, intermediates=(strange,), **more)
    return f"{first.status} {second.status} {third.status} {_named(strange)}"


def _named(certificate: Certificate) -> str:
    try:
        return read_signer(certificate).kind
    except ValueError:  # documented: the bytes are no certificate
        return "none"
