"""Changes to a trust folder: adding, withdrawing, removing. Each is logged before it is made; anchors are never deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from vnsign.errors import EvidenceError, TrustStoreError
from vnsign.model.certificate import Certificate
from vnsign.model.moment import utc
from vnsign.trust import containers, files, folder, records
from vnsign.trust.files import Change
from vnsign.trust.identify import Description, describe, verified
from vnsign.trust.records import AnchorRecord
from vnsign.trust.store import Purpose, TrustAnchor, TrustFamily

SIGN_AND_STAMP = frozenset({Purpose.SIGNATURE, Purpose.TIMESTAMP})
_MIN_PREFIX = 8


class Status(StrEnum):
    """What happened to one certificate, file or address."""

    ADDED_ANCHOR = "added-anchor"
    ADDED_INTERMEDIATE = "added-intermediate"
    ADDED_LIST = "added-list"
    PRESENT = "present"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"
    REFUSED = "refused"
    FAILED = "failed"
    NO_ADDRESS = "no-address"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to one certificate, file or address.

    Attributes:
        status: what happened.
        source: the file or address.
        sha256: of the certificate; empty where there is none.
        subject: of the certificate, for people.
        code, message, hint: why it was refused or failed; empty otherwise.
    """

    status: Status
    source: str
    sha256: str = ""
    subject: str = ""
    code: str = ""
    message: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """The explicit word that makes an unpinned certificate an anchor.

    Raises:
        TrustStoreError: no reason, or no purpose.
    """

    family: TrustFamily
    reason: str
    purposes: frozenset[Purpose] = SIGN_AND_STAMP

    def __post_init__(self) -> None:
        if not self.reason.strip() or not self.purposes:
            raise TrustStoreError(
                "an anchor that is not pinned needs a family, a reason and a purpose",
                code="NO_REASON",
                hint='give --family and --reason "who vouches for it, and how it was checked"',
            )


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes a folder, and when. The time is passed in.

    Attributes:
        folder: the trust folder.
        actor: login name, for the log.
        at: the moment, aware.
    """

    folder: Path
    actor: str
    at: datetime

    def add(self, sources: Iterable[tuple[str, bytes]], grant: Grant | None = None) -> tuple[Outcome, ...]:
        """Add the certificates of files.

        Pinned ones become anchors of their family. With a grant, self-signed ones, and the only certificate of a file, become
        anchors of the grant's family. All others are kept as intermediates when they verify up to an anchor, else refused.

        Args:
            sources: name and bytes of each file, in any wrapping.
            grant: makes unpinned certificates anchors; never one that bears a pinned anchor's name.

        Returns:
            An outcome for each certificate, in order; one refused keeps no other from being added.

        Raises:
            TrustStoreError: the folder cannot be read or written.
        """
        with files.exclusive(self.folder):
            state = _State.read(self.folder)
            outcomes: list[Outcome | tuple[str, Certificate]] = []
            for name, data in sources:
                outcomes.extend(self._anchors_of(name, data, grant, state))
            waiting = [item[1] for item in outcomes if isinstance(item, tuple)]
            good = verified([*waiting, *state.certificates], state.anchors)
            return tuple(self._intermediate(*item, state, good=good) if isinstance(item, tuple) else item for item in outcomes)

    def withdraw(self, prefix: str, reason: str, since: datetime | None = None) -> tuple[Outcome, ...]:
        """End the trust in an anchor, or delete an intermediate.

        Args:
            prefix: the first digits of its SHA-256, eight or more.
            reason: why; written down.
            since: the last moment of trust; the editor's ``at`` where omitted.

        Raises:
            TrustStoreError: none or several match, no reason, already withdrawn, or the intermediate's file holds others too.
        """
        if not reason.strip():
            raise TrustStoreError("a reason is needed", code="NO_REASON", hint="give --reason")
        with files.exclusive(self.folder):
            state = _State.read(self.folder)
            certificate = _only(state.certificates, prefix)
            anchor = folder.anchor_of(certificate, state.records)
            if anchor is None:
                return self._delete(certificate, reason)
            if anchor.trusted_until is not None:
                raise TrustStoreError(f"{certificate.sha256[:16]}: withdrawn already", code="WITHDRAWN_ALREADY")
            until = utc(since or self.at)
            if until < anchor.trusted_from:
                raise TrustStoreError("trust would end before it begins", code="BAD_INTERVAL", hint="name a later moment")
            old = state.records.get(certificate.sha256, AnchorRecord(certificate.sha256))
            detail = f"trusted until {until.isoformat()}; {reason}"
            self._log("withdraw-anchor", records.FILE, certificate, detail)
            self._record(replace(old, trusted_until=until, withdrawn_reason=reason), state)
            return (_told(Status.WITHDRAWN, records.FILE, certificate),)

    def store(self, certificate: Certificate, source: str, action: str, detail: str = "") -> None:
        """Log and write one certificate. The caller holds the folder and has decided that it may be kept."""
        self._log(action, source, certificate, detail)
        files.write(self.folder / "certificates" / f"{certificate.sha256}.crt", certificate.der)

    def _anchors_of(
        self, name: str, data: bytes, grant: Grant | None, state: _State
    ) -> list[Outcome | tuple[str, Certificate]]:
        """Outcomes for the file's anchors; certificates that can only be intermediates wait until all anchors are known."""
        try:
            found = containers.read_certificates(data, name)
        except EvidenceError as error:
            return [Outcome(Status.REFUSED, name, code=error.code, message=error.message, hint=error.hint)]
        if not found:
            return [_refusal(name, None, "NO_CERTIFICATE", f"{name}: no certificate in it", "give PEM, DER or PKCS#7")]
        return [self._anchor(name, item, grant, state, alone=len(found) == 1) for item in found]

    def _anchor(
        self, name: str, certificate: Certificate, grant: Grant | None, state: _State, *, alone: bool
    ) -> Outcome | tuple[str, Certificate]:
        about = describe(certificate)
        if about is None:
            return _refusal(name, certificate, "MALFORMED", f"{name}: a certificate that cannot be parsed", "fetch it again")
        known = folder.anchor_of(certificate, state.records)
        wanted = grant if grant is not None and (alone or about.self_signed) else None
        if known is not None:
            return self._known(name, known, wanted, state)
        if about.impostor_of is not None and (about.self_signed or wanted is not None):
            return _impostor(name, certificate, about)
        if wanted is not None:
            return self._grant(name, certificate, about, wanted, state)
        if about.self_signed:
            message = f"{about.subject}: self-signed and not pinned"
            return _refusal(name, certificate, "UNPINNED_ANCHOR", message, 'give --family and --reason "..." to trust it')
        return name, certificate

    def _known(self, name: str, known: TrustAnchor, wanted: Grant | None, state: _State) -> Outcome:
        """A pinned anchor, or one that the folder's records name."""
        certificate = known.certificate
        if wanted is not None and wanted.family is not known.family:
            message = f"{certificate.sha256[:16]} is an anchor of family {known.family} ({known.source}), not {wanted.family}"
            return _refusal(name, certificate, "FAMILY_CONFLICT", message, "families are never mixed; leave out --family")
        if certificate not in state.certificates:
            self.store(certificate, name, "add-anchor", f"{known.family}; {known.source}")
            state.keep(certificate)
            return _told(Status.ADDED_ANCHOR, name, certificate)
        if known.trusted_until is not None:
            message = f"{certificate.sha256[:16]}: withdrawn, trusted until {known.trusted_until.isoformat()}"
            return _refusal(name, certificate, "WITHDRAWN", message, f"edit {records.FILE} if that was a mistake")
        return _told(Status.PRESENT, name, certificate)

    def _grant(self, name: str, certificate: Certificate, about: Description, wanted: Grant, state: _State) -> Outcome:
        record = AnchorRecord(
            certificate.sha256, wanted.family, wanted.purposes, wanted.reason.strip(), utc(self.at), about.not_before
        )
        purposes = ", ".join(sorted(wanted.purposes))
        # The record alone makes it an anchor, so that a fault in between leaves an intermediate, not a half-made anchor.
        self.store(certificate, name, "add-anchor", f"{wanted.family}; {purposes}; {record.reason}")
        self._record(record, state)
        state.keep(certificate)
        return _told(Status.ADDED_ANCHOR, name, certificate)

    def _intermediate(self, name: str, certificate: Certificate, state: _State, *, good: frozenset[Certificate]) -> Outcome:
        if certificate in state.certificates:
            return _told(Status.PRESENT, name, certificate)
        if certificate not in good:
            about = describe(certificate)
            message = f"{about.subject if about else name}: does not verify up to a trusted anchor"
            hint = "add its issuer first, up to a pinned anchor, or give --family and --reason"
            return _refusal(name, certificate, "UNVERIFIED", message, hint)
        self.store(certificate, name, "add-intermediate")
        state.keep(certificate)
        return _told(Status.ADDED_INTERMEDIATE, name, certificate)

    def _delete(self, certificate: Certificate, reason: str) -> tuple[Outcome, ...]:
        places = [item.path for item in folder.stored(self.folder) if item.certificate == certificate]
        for path in places:
            if len(folder.read_file(path)) > 1:
                raise TrustStoreError(
                    f"{path} holds other certificates too",
                    code="SHARED_FILE",
                    hint="take the certificate out of the file by hand",
                )
        for path in places:
            self._log("remove-intermediate", str(path), certificate, reason)
            files.remove(path)
        return tuple(_told(Status.REMOVED, str(path), certificate) for path in places)

    def _log(self, action: str, source: str, certificate: Certificate, detail: str) -> None:
        files.append(self.folder, Change.at(self.at, self.actor, action, source, certificate.sha256, detail))

    def _record(self, record: AnchorRecord, state: _State) -> None:
        state.records[record.sha256] = record
        files.write(self.folder / records.FILE, records.dump_records(state.records).encode("utf-8"))


@dataclass(slots=True)
class _State:
    """What a folder holds while it is being changed."""

    records: dict[str, AnchorRecord]
    certificates: dict[Certificate, None]

    @classmethod
    def read(cls, place: Path) -> _State:
        return cls(records.read_records(place), dict.fromkeys(item.certificate for item in folder.stored(place)))

    @property
    def anchors(self) -> Sequence[Certificate]:
        return [item for item in self.certificates if folder.anchor_of(item, self.records) is not None]

    def keep(self, certificate: Certificate) -> None:
        self.certificates[certificate] = None


def _only(certificates: Iterable[Certificate], prefix: str) -> Certificate:
    wanted = prefix.strip().lower().replace(":", "")
    if len(wanted) < _MIN_PREFIX or set(wanted) - set("0123456789abcdef"):
        hint = "give at least eight hexadecimal digits from `vnsign trust list`"
        raise TrustStoreError(f"{prefix!r} is no SHA-256 prefix", code="BAD_PREFIX", hint=hint)
    found = [item for item in certificates if item.sha256.startswith(wanted)]
    if len(found) != 1:
        said = "no certificate" if not found else f"{len(found)} certificates"
        raise TrustStoreError(
            f"{said} with SHA-256 {wanted}…", code="NO_SUCH_CERTIFICATE", hint="see `vnsign trust list --all`"
        )
    return found[0]


def _told(status: Status, source: str, certificate: Certificate) -> Outcome:
    about = describe(certificate)
    return Outcome(status, source, certificate.sha256, about.subject if about else "")


def _refusal(source: str, certificate: Certificate | None, code: str, message: str, hint: str) -> Outcome:
    about = None if certificate is None else describe(certificate)
    sha256 = "" if certificate is None else certificate.sha256
    return Outcome(Status.REFUSED, source, sha256, about.subject if about else "", code, message, hint)


def _impostor(source: str, certificate: Certificate, about: Description) -> Outcome:
    pin = about.impostor_of
    message = f"{about.subject}: bears the name of the pinned anchor {pin.name if pin else ''} with other bytes"
    return _refusal(source, certificate, "IMPOSTOR", message, "do not trust it; find out where the file came from")
