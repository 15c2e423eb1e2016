"""PKCS #12 files."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from fuzz import seeds
from vnsign.signing.pkcs12 import Pkcs12Signer

SEEDS = seeds.pkcs12


def target(data: bytes) -> str:
    """Open a file."""
    with NamedTemporaryFile(suffix=".p12") as file:
        Path(file.name).write_bytes(data)
        return str(len(Pkcs12Signer.open(file.name, secret=lambda: "mat khau").chain))
