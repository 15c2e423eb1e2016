"""Time-stamp tokens (RFC 3161)."""

from fuzz import outcome, seeds
from vnsign.model.facts import TimestampKind
from vnsign.model.limits import Limits
from vnsign.pki.tsp import read_token

SEEDS = seeds.cms


def target(data: bytes) -> str:
    """Read a token."""
    found = read_token(
        data, id_="t", kind=TimestampKind.SIGNATURE, computed=lambda _: bytes(32), covers="value", limits=Limits()
    )
    return outcome.of_signature(found.token)
