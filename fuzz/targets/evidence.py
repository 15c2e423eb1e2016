"""Saved evidence."""

from fuzz import seeds
from vnsign.evidence import bundle


def SEEDS() -> list[bytes]:  # noqa: N802 - named as in the other targets
    """The evidence of the test PKI."""
    given = seeds.pki().evidence()
    return [bundle.dumps(bundle.SavedEvidence(seeds.AT, "a", "1", "0" * 64, "0" * 64, given, (("0" * 64, given),)))]


def target(data: bytes) -> str:
    """Read it back."""
    return str(len(bundle.loads(data).given.crls))
