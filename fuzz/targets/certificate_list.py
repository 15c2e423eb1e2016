"""The JSON list of certificates of the civil service (``gca.ctl``)."""

import base64
import json

from fuzz import seeds
from vnsign.lists.ctl import read_ctl


def SEEDS() -> list[bytes]:  # noqa: N802 - named as in the other targets
    """Lists made of test certificates."""
    texts = [base64.b64encode(item.certificate.der).decode() for item in seeds.pki().credentials[:6]]
    head = {"version": "1", "listIdentifier": "x", "sequenceNumber": 7, "thisUpdate": "2026-01-01", "nextUpdate": None}
    entries = [{"name": "a", "content": text} for text in texts]
    return [json.dumps(head | {"certificates": found}).encode() for found in (texts, entries)]


def target(data: bytes) -> str:
    """Read the list."""
    found = read_ctl(data)
    return f"{len(found.certificates)} {found.left_out}"
