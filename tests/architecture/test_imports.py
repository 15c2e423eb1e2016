"""What is loaded when, and which names are public."""

from __future__ import annotations

import subprocess
import sys

import vnsign

HEAVY = ("lxml", "aiohttp", "pyhanko", "reportlab", "asn1crypto", "cryptography", "typer", "signxml")


def loaded_after(code: str) -> set[str]:
    """Top-level names of the modules loaded by a fresh interpreter that runs ``code``."""
    script = f"{code}\nimport sys\nprint(' '.join({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_library_loads_no_heavy_library():
    assert loaded_after("import vnsign").isdisjoint(HEAVY)


def test_naming_the_verifier_loads_no_format_and_no_network_library():
    assert loaded_after("import vnsign; vnsign.Verifier").isdisjoint(("lxml", "aiohttp", "pyhanko", "reportlab", "signxml"))


def test_public_names_are_few_resolve_and_are_listed_once():
    # Verifying, signing in one step and two, one document and many, raising: what users import, and nothing else.
    assert len(vnsign.__all__) <= 40
    assert sorted(vnsign.__all__) == vnsign.__all__
    for name in vnsign.__all__:
        assert getattr(vnsign, name) is not None
