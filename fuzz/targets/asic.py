"""ASiC containers: the archive, manifests, signatures and time-stamps in it."""

from fuzz import outcome, seeds
from vnsign.formats.asic.read import read_asic
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits

SEEDS = seeds.asic


def target(data: bytes) -> str:
    """Read a container."""
    return outcome.of_facts(read_asic(DocumentSource.of(data), limits=Limits()))
