"""CMS SignedData as it stands in PDF signatures and on its own."""

import hashlib

from fuzz import outcome, seeds
from vnsign.model.facts import SignatureFormat, SignatureKind
from vnsign.model.limits import Limits
from vnsign.pki.signed_data import read_signed_data

SEEDS = seeds.cms


def target(data: bytes) -> str:
    """Read a SignedData over external and over encapsulated content; promised not to raise at all."""
    found = [
        read_signed_data(
            data,
            id_="a",
            kind=SignatureKind.SIGNATURE,
            format_=SignatureFormat.CADES,
            detached_digest=digest,
            covers="content",
            limits=Limits(),
        )
        for digest in (None, lambda name: hashlib.new("sha256", name.encode()).digest())
    ]
    return " ".join(outcome.of_signature(item.facts) for item in found)
