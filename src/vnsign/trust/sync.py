"""Fetching the pinned anchors from their official addresses. The caller brings the means; nothing here opens a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vnsign.errors import EvidenceError, NetworkError, VnsignError
from vnsign.model.certificate import Certificate
from vnsign.trust import containers, files, folder
from vnsign.trust.changes import Editor, Outcome, Status
from vnsign.trust.pins import Pin

Fetch = Callable[[str], bytes]


def sync(editor: Editor, wanted: Iterable[Pin], fetch: Fetch) -> tuple[Outcome, ...]:
    """Fetch each pinned anchor and keep it when its bytes are the pinned ones.

    The addresses of a pin are tried in order until one gives the pinned bytes. What the folder had is kept whatever happens.

    Args:
        editor: the folder, the actor, the moment.
        wanted: the pins to fetch.
        fetch: gives the bytes of an address or raises :class:`VnsignError`.

    Returns:
        An outcome for each address that was tried: ADDED_ANCHOR, PRESENT, REFUSED (the bytes are not the pinned ones) or
        FAILED (not to be had); NO_ADDRESS for a pin without one.

    Raises:
        TrustStoreError: the folder cannot be read or written.
    """
    # Fetched before the folder is held: a slow server keeps no other writer waiting.
    answers = [(pin, *_ask(pin, fetch)) for pin in wanted]
    outcomes: list[Outcome] = []
    with files.exclusive(editor.folder):
        present = {item.certificate.sha256 for item in folder.stored(editor.folder)}
        for pin, address, found, failures in answers:
            here = pin.sha256 in present
            outcomes.extend(failures)
            if found is not None:
                if not here:
                    editor.store(found, address, "add-anchor", f"{pin.family}; pin {pin.name}")
                outcomes.append(_told(Status.PRESENT if here else Status.ADDED_ANCHOR, address, pin))
            elif not pin.addresses:
                outcomes.append(_told(Status.PRESENT if here else Status.NO_ADDRESS, pin.name, pin))
    return tuple(outcomes)


def _ask(pin: Pin, fetch: Fetch) -> tuple[str, Certificate | None, list[Outcome]]:
    """The first address that gives the pinned bytes, those bytes, and what the addresses before it did."""
    failures: list[Outcome] = []
    for address in pin.addresses:
        try:
            return address, _pinned(pin, fetch(address), address), failures
        except VnsignError as error:
            fetched = isinstance(error, EvidenceError) and not isinstance(error, NetworkError)
            status = Status.REFUSED if fetched else Status.FAILED
            failures.append(Outcome(status, address, pin.sha256, pin.subject, error.code, error.message, error.hint))
    return "", None, failures


def _told(status: Status, source: str, pin: Pin) -> Outcome:
    return Outcome(status, source, pin.sha256, pin.subject)


def _pinned(pin: Pin, data: bytes, address: str) -> Certificate:
    """The pinned certificate among those that an address gave; what else is in the file is left."""
    found = containers.read_certificates(data, address)
    for certificate in found:
        if certificate.sha256 == pin.sha256:
            return certificate
    what = f"SHA-256 {found[0].sha256}" if found else "no certificate"
    raise EvidenceError(
        f"{address}: {what}, pinned is {pin.sha256}",
        code="NOT_PINNED",
        hint="nothing was changed; ask the issuer before trusting other bytes",
    )
