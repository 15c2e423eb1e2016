"""Fetching the pinned anchors from their official addresses. The caller brings the means; nothing here opens a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from vnsign.errors import EvidenceError, VnsignError
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
    outcomes: list[Outcome] = []
    with files.exclusive(editor.folder):
        present = {item.certificate.sha256 for item in folder.stored(editor.folder)}
        for pin in wanted:
            outcomes.extend(_one(editor, pin, fetch, here=pin.sha256 in present))
    return tuple(outcomes)


def _one(editor: Editor, pin: Pin, fetch: Fetch, *, here: bool) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for address in pin.addresses:
        try:
            found = _pinned(pin, fetch(address), address)
        except EvidenceError as error:
            status = Status.FAILED if error.code.startswith("NETWORK") else Status.REFUSED
            outcomes.append(Outcome(status, address, pin.sha256, pin.subject, error.code, error.message, error.hint))
            continue
        except VnsignError as error:
            outcomes.append(Outcome(Status.FAILED, address, pin.sha256, pin.subject, error.code, error.message, error.hint))
            continue
        if not here:
            editor.store(found, address, "add-anchor", f"{pin.family}; pin {pin.name}")
        outcomes.append(Outcome(Status.PRESENT if here else Status.ADDED_ANCHOR, address, pin.sha256, pin.subject))
        return outcomes
    if not pin.addresses:
        status = Status.PRESENT if here else Status.NO_ADDRESS
        outcomes.append(Outcome(status, pin.name, pin.sha256, pin.subject))
    return outcomes


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
