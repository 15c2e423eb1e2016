"""Fixtures of the tests of the kit."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from vnsign.testing.pki import TestPki

Openssl = Callable[..., "subprocess.CompletedProcess[bytes]"]
PemFile = Callable[..., Path]


@pytest.fixture(scope="session")
def pki() -> TestPki:
    return TestPki.load()


@pytest.fixture(scope="session")
def openssl() -> Openssl:
    """The independent reader of these tests."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")

    def run(*arguments: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([program, *map(str, arguments)], capture_output=True, timeout=30, check=False)

    return run


@pytest.fixture
def pem_file(pki: TestPki, tmp_path: Path) -> PemFile:
    """Write certificates, by name, into one PEM file."""

    def write(*names: str) -> Path:
        path = tmp_path / ("+".join(names) + ".pem")
        path.write_bytes(b"".join(pki.certificate(name).x509.public_bytes(Encoding.PEM) for name in names))
        return path

    return write


@pytest.fixture
def roots(pem_file: PemFile) -> Path:
    return pem_file("public-root", "government-root")


@pytest.fixture
def cas(pem_file: PemFile) -> Path:
    return pem_file("public-ca", "government-ca")
