"""Sessions of two-step signing, stored between two requests."""

from fuzz import seeds
from vnsign import SigningSession, prepare
from vnsign.testing.documents import application_pdf, declaration_xml


def SEEDS() -> list[bytes]:  # noqa: N802 - named as in the other targets
    """A session for each format."""
    signer = seeds.pki().credential("citizen")
    documents = (application_pdf(), declaration_xml())
    return [prepare(item, signer.certificate, chain=signer.chain[:-1], at=seeds.AT).to_bytes() for item in documents]


def target(data: bytes) -> str:
    """Read a session back."""
    return str(len(SigningSession.from_bytes(data).to_be_signed))
