"""XML documents whose first signature is raised: time-stamp, material, archive time-stamp, place of a counter-signature."""

from functools import cache

from fuzz import seeds
from vnsign.errors import VnsignError
from vnsign.formats.material import Material
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.augment import add_material, begin_archive_timestamp, begin_signature_timestamp
from vnsign.formats.xml.read import read_xml
from vnsign.formats.xml.write_counter import counter_place
from vnsign.model.limits import Limits
from vnsign.testing.tsa import SimulatedTsa

SEEDS = seeds.xml


@cache
def _material() -> Material:
    pki = seeds.pki()
    return Material((pki.certificate("public-ca").der,), pki.crls()[:1], (pki.ocsp("citizen"),))


def _token(imprint: bytes) -> bytes:
    return SimulatedTsa.of(seeds.pki(), clock=lambda: seeds.AT).token("sha256", imprint)


def target(data: bytes) -> str:
    """Take each step on the result of the one before; one that is refused is left out."""
    found = read_xml(DocumentSource.of(data), limits=Limits()).signatures
    if not found:
        return "no signature"
    id_, said = found[0].id, []
    for step in (_timestamped, _with_material, _archived, _with_place):
        try:
            data = step(data, id_)
        except VnsignError as error:
            said.append(error.code)
        else:
            said.append("raised")
    return " ".join(said)


def _timestamped(data: bytes, id_: str) -> bytes:
    pending = begin_signature_timestamp(data, id_)
    return pending.embed(_token(pending.imprint))


def _with_material(data: bytes, id_: str) -> bytes:
    return add_material(data, id_, _material())


def _archived(data: bytes, id_: str) -> bytes:
    pending = begin_archive_timestamp(data, id_)
    return pending.embed(_token(pending.imprint))


def _with_place(data: bytes, id_: str) -> bytes:
    place = counter_place(data, id_, Limits())
    return place.head + place.tail
