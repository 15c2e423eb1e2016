"""Checking a trust folder: everything is read and hashed anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from vnsign.errors import TrustStoreError
from vnsign.model.certificate import Certificate
from vnsign.model.moment import utc
from vnsign.trust import folder, records
from vnsign.trust.identify import describe, verified
from vnsign.trust.pins import pins
from vnsign.trust.reading import regular_files
from vnsign.trust.records import AnchorRecord


class Matter(StrEnum):
    """What was found. The first seven fail the check, the others are to be known."""

    UNREADABLE = "unreadable"
    ALTERED = "altered"
    IMPOSTOR = "impostor"
    UNPINNED = "unpinned"
    UNVERIFIED = "unverified"
    LOST = "lost"
    NO_ANCHOR = "no-anchor"
    MISSING_PIN = "missing-pin"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    WITHDRAWN = "withdrawn"

    @property
    def fails(self) -> bool:
        """Whether the check fails for it."""
        return self not in (Matter.MISSING_PIN, Matter.EXPIRED, Matter.NOT_YET_VALID, Matter.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing found.

    Attributes:
        matter: what.
        source: the file, or the pin's name.
        sha256: of the certificate, where there is one.
        subject: for people.
        detail: the date, the error, the hash found.
    """

    matter: Matter
    source: str
    sha256: str = ""
    subject: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """Outcome of a check: how many certificates were read, and what there is to say."""

    certificates: int
    anchors: int
    remarks: tuple[Remark, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found that fails the check."""
        return not any(remark.matter.fails for remark in self.remarks)


def check(place: Path, at: datetime) -> Checked:
    """Read and hash every certificate of a folder anew and say what is amiss.

    Args:
        place: the trust folder.
        at: the moment for validity, aware.

    Raises:
        TrustStoreError: no such folder.
    """
    moment = utc(at)
    remarks: list[Remark] = []
    found: dict[Certificate, Path] = {}
    known = _records(place, remarks)
    for path in regular_files(place, TrustStoreError):
        if folder.is_own(path, place) and not folder.is_nested(path, place):
            continue
        for certificate in _certificates(path, remarks):
            found.setdefault(certificate, path)
    anchors = [item for item in found if _is_anchor(item, known)]
    good = verified(found, anchors)
    for certificate, path in found.items():
        remarks.extend(_about(certificate, path, known, good, moment))
    remarks.extend(_absent({item.sha256 for item in found}, known))
    if not anchors:
        remarks.append(Remark(Matter.NO_ANCHOR, str(place)))
    return Checked(len(found), len(anchors), tuple(remarks))


def _records(place: Path, remarks: list[Remark]) -> dict[str, AnchorRecord]:
    try:
        return records.read_records(place)
    except TrustStoreError as error:
        remarks.append(Remark(Matter.UNREADABLE, str(place / records.FILE), detail=error.message))
        return {}


def _certificates(path: Path, remarks: list[Remark]) -> tuple[Certificate, ...]:
    if path.name in (records.FILE, folder.LISTS_FILE):
        remarks.append(Remark(Matter.UNREADABLE, str(path), detail="a trust folder within a trust folder"))
        return ()
    try:
        found = folder.read_file(path)
    except TrustStoreError as error:
        remarks.append(Remark(Matter.UNREADABLE, str(path), detail=error.message))
        return ()
    # A file that this program wrote is named by the hash of what it held then.
    if len(path.stem) == 64 and path.suffix == ".crt" and [item.sha256 for item in found] != [path.stem]:
        detail = ", ".join(item.sha256 for item in found) or "no certificate"
        remarks.append(Remark(Matter.ALTERED, str(path), path.stem, detail=detail))
    return found


def _is_anchor(certificate: Certificate, known: dict[str, AnchorRecord]) -> bool:
    try:
        return folder.anchor_of(certificate, known) is not None
    except TrustStoreError:
        return False


def _about(
    certificate: Certificate, path: Path, known: dict[str, AnchorRecord], good: frozenset[Certificate], at: datetime
) -> Iterator[Remark]:
    sha256, source = certificate.sha256, str(path)
    about = describe(certificate)
    if about is None:
        yield Remark(Matter.UNREADABLE, source, sha256, detail="cannot be parsed")
        return
    anchor = _is_anchor(certificate, known)
    if not anchor and about.self_signed:
        matter = Matter.IMPOSTOR if about.impostor_of is not None else Matter.UNPINNED
        yield Remark(matter, source, sha256, about.subject, about.impostor_of.sha256 if about.impostor_of else "")
    elif not anchor and certificate not in good:
        yield Remark(Matter.UNVERIFIED, source, sha256, about.subject)
    if about.not_after < at:
        yield Remark(Matter.EXPIRED, source, sha256, about.subject, about.not_after.date().isoformat())
    elif about.not_before > at:
        yield Remark(Matter.NOT_YET_VALID, source, sha256, about.subject, about.not_before.date().isoformat())
    record = known.get(sha256)
    if record is not None and record.trusted_until is not None:
        yield Remark(Matter.WITHDRAWN, source, sha256, about.subject, record.trusted_until.date().isoformat())


def _absent(present: set[str], known: dict[str, AnchorRecord]) -> Iterator[Remark]:
    for pin in pins().values():
        if pin.sha256 not in present:
            yield Remark(Matter.MISSING_PIN, pin.name, pin.sha256, pin.subject)
    for sha256, record in known.items():
        if sha256 not in present and record.family is not None:
            yield Remark(Matter.LOST, records.FILE, sha256, detail=record.reason)
