"""The test PKI as folders on disk, as ``vnsign verify --trust DIR --evidence DIR`` reads them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from vnsign.testing.pki import CRL_ISSUERS, GOVERNMENT_ROOT, PUBLIC_ROOT, TestPki

_REASON = "vnsign test PKI; its private keys are public, never add it to a real trust folder"


def write_trust(pki: TestPki, folder: Path) -> None:
    """Write a trust folder: the two test roots with ``anchors.toml``, and the issuing CAs.

    Args:
        pki: the test PKI.
        folder: made where it is missing; files of the same names are written over.
    """
    from vnsign.trust.records import FILE, AnchorRecord, dump_records

    folder.mkdir(parents=True, exist_ok=True)
    for name in (PUBLIC_ROOT, GOVERNMENT_ROOT, "public-ca", "government-ca"):
        (folder / f"{name}.crt").write_bytes(pki.certificate(name).der)
    records = {
        anchor.certificate.sha256: AnchorRecord(
            sha256=anchor.certificate.sha256,
            family=anchor.family,
            purposes=anchor.purposes,
            reason=_REASON,
            trusted_from=anchor.trusted_from,
        )
        for anchor in pki.anchors()
    }
    (folder / FILE).write_text(dump_records(records), "utf-8")


def write_evidence(pki: TestPki, folder: Path, *, at: datetime) -> None:
    """Write an evidence folder: CRLs of all four CAs, issued at a moment, that stand until the CA expires.

    Args:
        pki: the test PKI.
        folder: made where it is missing; files of the same names are written over.
        at: when the CRLs are issued, aware.
    """
    folder.mkdir(parents=True, exist_ok=True)
    moment = at.replace(microsecond=0)
    for name in CRL_ISSUERS:
        until = pki.certificate(name).x509.not_valid_after_utc
        (folder / f"{name}.crl").write_bytes(pki.crl(name, this_update=moment, next_update=until))
