"""Evidence from folders: certificates, CRLs and OCSP answers in any wrapping, found by content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vnsign.errors import EvidenceError
from vnsign.evidence.bundle import Evidence
from vnsign.model.limits import Limits
from vnsign.pki.recent import distinct
from vnsign.trust import containers
from vnsign.trust.reading import read_bounded, regular_files


@dataclass(frozen=True, slots=True)
class EvidenceFolder:
    """What a folder tree holds.

    Attributes:
        evidence: what was found.
        skipped: files that hold none, in a stable order.
    """

    evidence: Evidence
    skipped: tuple[Path, ...]


def load_evidence(folder: Path | str, limits: Limits | None = None) -> Evidence:
    """All certificates, CRLs and OCSP answers of a folder tree. See :func:`scan_evidence`."""
    return scan_evidence(folder, limits).evidence


def scan_evidence(folder: Path | str, limits: Limits | None = None) -> EvidenceFolder:
    """All certificates, CRLs and OCSP answers of a folder tree, and the files that hold none.

    Args:
        folder: the folder; links to folders are not followed, hidden files are left out.
        limits: ``crl_bytes`` bounds a file, ``certificate_bytes`` and ``ocsp_bytes`` what is in it; the defaults where omitted.

    Raises:
        EvidenceError: no such folder; a file that cannot be read, is damaged or over a limit: its name is in the message.

    Not checked: signatures, dates, whether anything fits anything; all this is validation's.
    """
    bounds = limits or Limits()
    parts: list[containers.Contents] = []
    skipped: list[Path] = []
    for path in regular_files(Path(folder), EvidenceError):
        contents = _read(path, bounds)
        if contents:
            parts.append(contents)
        else:
            skipped.append(path)
    evidence = Evidence(
        tuple(dict.fromkeys(item for part in parts for item in part.certificates)),
        distinct(tuple(item for part in parts for item in part.crls)),
        distinct(tuple(item for part in parts for item in part.ocsps)),
    )
    return EvidenceFolder(evidence, tuple(skipped))


def load_evidence_file(path: Path | str, limits: Limits | None = None) -> Evidence:
    """All certificates, CRLs and OCSP answers of one file. Limits and errors are those of :func:`scan_evidence`.

    Raises:
        EvidenceError: also for a file that holds none.
    """
    file = Path(path)
    found = _read(file, limits or Limits())
    if not found:
        raise EvidenceError(f"{file}: holds no certificate, CRL or OCSP answer", code="MALFORMED")
    return Evidence(found.certificates, found.crls, found.ocsps)


def _read(path: Path, limits: Limits) -> containers.Contents:
    # PEM is a third larger than DER.
    data = read_bounded(path, limits.crl_bytes * 3 // 2, EvidenceError, hint="raise Limits.crl_bytes")
    contents = containers.read(data, str(path))
    for kind, sizes, bound in (
        ("certificate", [len(item.der) for item in contents.certificates], limits.certificate_bytes),
        ("CRL", [len(item) for item in contents.crls], limits.crl_bytes),
        ("OCSP answer", [len(item) for item in contents.ocsps], limits.ocsp_bytes),
    ):
        if max(sizes, default=0) > bound:
            raise EvidenceError(f"{path}: a {kind} of {max(sizes)} bytes, at most {bound} are read", code="LIMIT_EXCEEDED")
    return contents
