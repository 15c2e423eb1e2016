"""XML documents: parsing, references, transforms, XAdES properties."""

from fuzz import outcome, seeds
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.read import read_xml
from vnsign.model.limits import Limits

SEEDS = seeds.xml


def target(data: bytes) -> str:
    """Read an XML document."""
    return outcome.of_facts(read_xml(DocumentSource.of(data), limits=Limits()))
