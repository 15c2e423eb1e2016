"""CMS documents that are raised: a signature time-stamp, material, an archive time-stamp, with content for a detached one."""

from functools import cache

from fuzz import seeds
from vnsign.errors import VnsignError
from vnsign.formats.cms.augment import add_material, begin_archive_timestamp, begin_signature_timestamp
from vnsign.formats.material import Material

SEEDS = seeds.cms


@cache
def _material() -> Material:
    pki = seeds.pki()
    return Material((pki.certificate("public-ca").der,), pki.crls()[:1], (pki.ocsp("citizen"),))


def target(data: bytes) -> str:
    """Take each step on the result of the one before; one that is refused is left out."""
    said = []
    for step in (
        lambda document: begin_signature_timestamp(document, "signer-1").embed(seeds.token()),
        lambda document: add_material(document, "signer-1", _material()),
        lambda document: begin_archive_timestamp(document, "signer-1", content=b"content").embed(seeds.token()),
    ):
        try:
            data = step(data)
        except VnsignError as error:
            said.append(error.code)
        else:
            said.append("raised")
    return " ".join(said)
