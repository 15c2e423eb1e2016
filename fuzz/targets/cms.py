"""CMS documents: CAdES attached and detached, archive time-stamps, counter-signatures."""

from fuzz import outcome, seeds
from vnsign.formats.cms.read import read_cms
from vnsign.formats.source import DocumentSource
from vnsign.model.limits import Limits

SEEDS = seeds.cms


def target(data: bytes) -> str:
    """Read a CMS document, with content given for a detached one."""
    return outcome.of_facts(read_cms(DocumentSource.of(data), limits=Limits(), external={"": b"content"}))
