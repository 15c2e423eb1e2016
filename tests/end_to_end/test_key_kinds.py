"""Every kind of key signs every format: key files, PEM, any key in memory, a token, a remote service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

import vnsign
from tests.unit.signing import softhsm
from tests.unit.signing.remote.support import client as csc_client
from tests.unit.signing.remote.support import signer as remote_signer
from vnsign import AsicPlacement, CmsPlacement
from vnsign.signing.pem import PemSigner
from vnsign.signing.pkcs11 import Pkcs11Signer
from vnsign.signing.signer import KeySigner, Signer
from vnsign.testing.csc import serve_csc
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

PKI = TestPki.load()
AT = datetime(2026, 3, 2, 2, 14, 7, tzinfo=UTC)
DOCUMENTS = {
    "pades": (application_pdf(), None),
    "xades": (declaration_xml(), None),
    "cades": (b"text", CmsPlacement(packaging="attached")),
    "asic": (b"text", AsicPlacement(name="a.txt")),
}


@contextmanager
def pkcs12(folder: Path) -> Iterator[Signer]:
    (folder / "k.p12").write_bytes(PKI.credential("citizen").pkcs12(b"secret"))
    yield vnsign.Pkcs12Signer.open(folder / "k.p12", lambda: "secret")


@contextmanager
def pem(folder: Path) -> Iterator[Signer]:
    certificate = PKI.certificate("citizen").x509.public_bytes(Encoding.PEM)
    (folder / "k.pem").write_bytes(PKI.credential("citizen").private_key_pem + certificate)
    yield PemSigner.open(folder / "k.pem", None, chain=None, secret=lambda: "")


@contextmanager
def memory(_: Path) -> Iterator[Signer]:
    credential = PKI.credential("citizen")
    yield KeySigner(credential.certificate, (), credential.private_key)


@contextmanager
def remote(_: Path) -> Iterator[Signer]:
    with serve_csc(PKI) as service:
        yield remote_signer(csc_client(service, "v2"))


@contextmanager
def token(folder: Path) -> Iterator[Signer]:
    softhsm.module()
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        made = softhsm.create(folder, "token", ("citizen",))
        with Pkcs11Signer.open(made.module, token=made.label, key="khóa citizen", pin=lambda: softhsm.PIN) as signer:
            yield signer


KINDS: dict[str, Callable[[Path], AbstractContextManager[Signer]]] = {
    "pkcs12": pkcs12,
    "pem": pem,
    "memory": memory,
    "remote": remote,
    "token": token,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_is_signed_at_every_level_with_it(kind: str, tmp_path: Path):
    with KINDS[kind](tmp_path) as signer:
        for name, (document, placement) in DOCUMENTS.items():
            for level in ("B", "LTA"):
                signed = vnsign.sign(
                    document,
                    signer,
                    level=level,
                    placement=placement,
                    timestamps=SimulatedTsa.of(PKI, clock=lambda: AT),
                    at=AT,
                    trust=PKI.trust_store(),
                    evidence=PKI.evidence(AT),
                )
                report = vnsign.verify(
                    signed.data, trust=PKI.trust_store(), evidence=PKI.evidence(AT), at=AT + timedelta(hours=1)
                )
                found = report.signatures[0]
                assert (found.indication, found.level) == ("TOTAL-PASSED", f"B-{level}"), (name, level)
