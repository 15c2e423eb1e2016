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


def test_verifying_a_small_pdf_loads_neither_pyhanko_nor_an_event_loop(tmp_path):
    """A command is started anew for every file: what it loads is what it costs (ADR 0004)."""
    from datetime import UTC, datetime

    from vnsign.signing.profile import Padding
    from vnsign.testing.documents import application_pdf
    from vnsign.testing.folders import write_evidence, write_trust
    from vnsign.testing.pki import TestPki

    pki = TestPki.load()
    document = tmp_path / "signed.pdf"
    at = datetime(2026, 6, 1, tzinfo=UTC)
    document.write_bytes(vnsign.sign(application_pdf(), pki.signer("citizen"), at=at, padding=Padding.PKCS1V15).data)
    write_trust(pki, tmp_path / "trust")
    write_evidence(pki, tmp_path / "evidence", at=at)
    arguments = ["verify", "--trust", str(tmp_path / "trust"), "--evidence", str(tmp_path / "evidence")]
    arguments += ["--at", "2026-06-01", str(document)]
    code = f"""
import contextlib, io, sys
from vnsign.cli.main import main
sys.argv = ["vnsign", *{arguments!r}]
with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
    main()
assert "[TOTAL-PASSED]" in said.getvalue(), said.getvalue()
"""
    heavy = ("pyhanko", "pyhanko_certvalidator", "lxml", "asyncio", "ssl", "aiohttp", "asn1crypto", "reportlab", "signxml")
    assert loaded_after(code).isdisjoint(heavy)
