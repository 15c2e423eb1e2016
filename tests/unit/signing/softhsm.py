"""A SoftHSM token with keys of the test PKI, for tests of PKCS #11."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.unit.signing.support import PKI

PIN = "648219"
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)


@dataclass(frozen=True)
class Token:
    """A token that exists for one test run."""

    module: str
    label: str


def module() -> str:
    """The module; without it the test is skipped, and fails where CI=true."""
    found = next((item for item in MODULES if Path(item).is_file()), None)
    if found is not None and shutil.which("softhsm2-util") and importlib.util.find_spec("pkcs11"):
        return found
    reason = "SoftHSM 2 (package softhsm2) and python-pkcs11 are needed"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def create(folder: Path, label: str, names: Iterable[str]) -> Token:
    """Make a token with keys and certificates: each pair has its own CKA_ID and label. ``SOFTHSM2_CONF`` must be set."""
    from pkcs11 import Attribute, ObjectClass, lib
    from pkcs11.constants import CertificateType

    library = module()
    run("--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "12345678")
    for number, name in enumerate(names, start=1):
        file = folder / f"{name}.pem"
        key = PKI.credential(name).private_key
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        run("--import", str(file), "--token", label, "--label", f"khóa {name}", "--id", f"{number:02x}", "--pin", PIN)
        file.unlink()
    loaded = lib(library)
    loaded.reinitialize()  # another process made the token
    with loaded.get_token(token_label=label).open(rw=True, user_pin=PIN) as session:
        issuers = {item for name in names for item in PKI.chain(name)}
        certificates = [(bytes([number]), PKI.certificate(name)) for number, name in enumerate(names, start=1)]
        for identifier, certificate in [*certificates, *((b"", item) for item in issuers)]:
            session.create_object(
                {
                    Attribute.CLASS: ObjectClass.CERTIFICATE,
                    Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                    Attribute.TOKEN: True,
                    Attribute.SUBJECT: certificate.x509.subject.public_bytes(),
                    Attribute.VALUE: certificate.der,
                    Attribute.ID: identifier,
                    Attribute.LABEL: "chứng thư",
                }
            )
    return Token(library, label)


def run(*arguments: str) -> str:
    """Run ``softhsm2-util``."""
    done = subprocess.run(["softhsm2-util", *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
