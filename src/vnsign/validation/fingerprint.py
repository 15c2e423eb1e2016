"""Fingerprints of what judges: they tell, when saved evidence is judged again, whether rules or trust are still the same."""

from __future__ import annotations

import hashlib

from vnsign._version import __version__
from vnsign.trust.store import TrustStore
from vnsign.validation import policies
from vnsign.validation.registry import rules


def rules_fingerprint() -> str:
    """Version of the program and a hash over every rule (id, window in force, outcome) and every built-in policy."""
    known = [f"{item.id} {item.on_fail} {item.since} {item.until}" for _, item in sorted(rules().items())]
    built_in = [repr(policies.load(name)) for name in policies.BUILT_IN]
    return f"{__version__} {_hash([*known, *built_in])}"


def trust_fingerprint(trust: TrustStore) -> str:
    """A hash over the anchors, what they are trusted for, and the intermediates."""
    anchors = [
        f"{item.certificate.sha256} {item.family} {sorted(item.purposes)} {item.trusted_from} {item.trusted_until}"
        for item in trust.anchors
    ]
    return _hash([*sorted(anchors), *sorted(item.sha256 for item in trust.intermediates)])


def _hash(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
