"""Which format a document has."""

from fuzz import seeds
from vnsign.formats.detect import detect

SEEDS = seeds.everything


def target(data: bytes) -> str:
    """Detect the format."""
    return str(detect(data[:1024]))
