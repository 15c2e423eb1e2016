"""What this library signs: form x level x key and algorithm, each cell made through the public API with the test services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from interop.own import SIGNED_AT, Case
from vnsign import AsicPlacement, CmsPlacement, Evidence, XmlPlacement, sign
from vnsign.formats.asic.placement import ContainerForm, ContainerKind
from vnsign.formats.cms.placement import CmsPackaging
from vnsign.testing.documents import application_pdf, declaration_xml
from vnsign.testing.pki import TestPki
from vnsign.testing.tsa import SimulatedTsa

LEVELS = ("B", "T", "LT", "LTA")
SOON = SIGNED_AT + timedelta(days=2)
TEXT = "Đơn đề nghị cấp bản sao trích lục\n".encode()
NAME = "don.txt"


@dataclass(frozen=True, slots=True)
class Form:
    """A form of signature.

    Attributes:
        name: as in the table.
        document: what is signed.
        placement: how; ``None``: the default of the document's format.
        external: detached data that a verifier needs.
    """

    name: str
    document: bytes
    placement: Any = None
    external: Mapping[str, bytes] | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key and how it signs."""

    name: str
    who: str
    options: Mapping[str, str]


def _asic(container: ContainerKind, form: ContainerForm) -> AsicPlacement:
    return AsicPlacement(container=container, form=form, name=NAME)


FORMS = (
    Form("PAdES", application_pdf()),
    Form("XAdES enveloped", declaration_xml(), XmlPlacement.xades_enveloped()),
    Form("XAdES enveloping", declaration_xml(), XmlPlacement.xades_enveloping()),
    Form("XAdES detached", declaration_xml(), XmlPlacement.xades_detached("#data", parent="/ToKhai/ChuKySo")),
    Form("XAdES external", TEXT, XmlPlacement.xades_detached(NAME), {NAME: TEXT}),
    Form("CAdES attached", TEXT, CmsPlacement(packaging=CmsPackaging.ATTACHED)),
    Form("CAdES detached", TEXT, CmsPlacement(packaging=CmsPackaging.DETACHED), {NAME: TEXT}),
    Form("ASiC-S XAdES", TEXT, _asic(ContainerKind.S, ContainerForm.XADES)),
    Form("ASiC-S CAdES", TEXT, _asic(ContainerKind.S, ContainerForm.CADES)),
    Form("ASiC-E XAdES", TEXT, _asic(ContainerKind.E, ContainerForm.XADES)),
    Form("ASiC-E CAdES", TEXT, _asic(ContainerKind.E, ContainerForm.CADES)),
)
KEYS = (
    Key("RSA 2048, PKCS#1 v1.5, SHA-256", "citizen", {}),
    Key("RSA 2048, PSS, SHA-256", "citizen", {"padding": "pss"}),
    Key("RSA 3072, PKCS#1 v1.5, SHA-512", "citizen-rsa3072", {"digest": "sha512"}),
    Key("ECDSA P-256, SHA-256", "citizen-p256", {}),
    Key("ECDSA P-384, SHA-384", "citizen-p384", {"digest": "sha384"}),
    Key("Ed25519", "citizen-ed25519", {}),
)


@cache
def cell(form: str, level: str, key: str) -> bytes:
    """The signed document of one cell."""
    pki = TestPki.load()
    made, how = next(item for item in FORMS if item.name == form), next(item for item in KEYS if item.name == key)
    tsa = None if level == "B" else SimulatedTsa.of(pki, clock=lambda: SIGNED_AT)
    evidence = Evidence(crls=pki.crls(SIGNED_AT))
    return sign(
        made.document,
        pki.signer(how.who),
        level=level,
        timestamps=tsa,
        placement=made.placement,
        at=SIGNED_AT,
        trust=pki.trust_store(),
        evidence=evidence,
        **how.options,
    ).data


def matrix(levels: tuple[str, ...] = LEVELS) -> Iterator[Case]:
    """Every cell as a case to be judged soon after signing. What LT and LTA carry is not given from outside."""
    pki = TestPki.load()
    for form in FORMS:
        for level in levels:
            for key in KEYS:
                given = Evidence() if level in ("LT", "LTA") else Evidence(crls=pki.crls(SIGNED_AT + timedelta(days=1)))
                name = f"{form.name}/{level}/{key.name}"
                yield Case(name, cell(form.name, level, key.name), pki.trust_store(), given, SOON, form.external or {})
