"""Trusted lists (TS 119 612): with their signature, and as if it held, for what a believed operator may write."""

from unittest import mock

from fuzz import seeds
from vnsign.errors import VnsignError
from vnsign.lists import read
from vnsign.lists.signature import SignedList

SEEDS = seeds.lists
_SIGNER = seeds.pki().certificate("public-root")


def target(data: bytes) -> str:
    """Read a list whose signature is judged, then one whose signature is taken for good."""
    try:
        read.read_pinned(data, pins=(), at=seeds.AT)
    except VnsignError as error:
        judged = error.code
    else:
        judged = "believed"
    with mock.patch.object(read, "verify_list", lambda octets, *_: SignedList(octets, _SIGNER, "")):
        found = read.read_pinned(data, pins=(), at=seeds.AT)
    return f"{judged} {found.version} {len(found.services)}"
