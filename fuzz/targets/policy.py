"""Validation policies in TOML."""

from pathlib import Path

from fuzz import seeds  # noqa: F401 - as every target: the shared inputs
from vnsign.validation import policies


def SEEDS() -> list[bytes]:  # noqa: N802 - named as in the other targets
    """The built-in policies."""
    return [path.read_bytes() for path in sorted(Path(policies.__file__).parent.glob("*.toml"))]


def target(data: bytes) -> str:
    """Build a policy."""
    return str(len(policies.parse(data.decode("utf-8", "replace"), "fuzz").levels))
