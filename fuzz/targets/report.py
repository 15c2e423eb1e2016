"""Reports in JSON."""

from fuzz import seeds
from vnsign import Verifier
from vnsign.report.json import dumps, loads


def SEEDS() -> list[bytes]:  # noqa: N802 - named as in the other targets
    """Reports of a dossier."""
    verifier = Verifier(seeds.pki().trust_store(), evidence=seeds.pki().evidence())
    documents = (seeds.dossier().application, seeds.dossier().tampered, b"nothing")
    return [dumps([verifier.report(item, at=seeds.AT)]).encode() for item in documents]


def target(data: bytes) -> str:
    """Read reports back."""
    return str(len(loads(data.decode("utf-8", "replace"))))
