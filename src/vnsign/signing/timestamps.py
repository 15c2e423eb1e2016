"""Where time-stamp tokens come from: a protocol, so that an authority may be on the network, in a device or in a test."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from vnsign.crypto.values import verify_value
from vnsign.errors import EvidenceError, TimestampUnavailableError, VnsignError
from vnsign.model.certificate import Certificate
from vnsign.model.facts import TimestampFacts, TimestampKind
from vnsign.model.limits import Limits
from vnsign.model.verdict import CheckStatus
from vnsign.pki.tsp import read_token

if TYPE_CHECKING:
    from cryptography import x509

LARGEST_SKEW = timedelta(hours=24)
"""How far a token's time may be from the present moment. Beyond that one of the two clocks is wrong."""

_TIME_STAMPING = "1.3.6.1.5.5.7.3.8"


class TimestampAuthority(Protocol):
    """Gives time-stamp tokens (RFC 3161)."""

    def token(self, algorithm: str, imprint: bytes) -> bytes:
        """A time-stamp token over an imprint.

        Args:
            algorithm: digest of the imprint, ``sha256`` and the like.
            imprint: the digest of the data to be time-stamped.

        Returns:
            DER of the token (CMS ContentInfo with TSTInfo).

        Raises:
            VnsignError: no token was had.
        """
        ...


def obtain_token(authority: TimestampAuthority, data: bytes, *, algorithm: str, now: datetime | None) -> bytes:
    """A time-stamp token over data, read and checked before it is used. See :func:`obtain_token_over`."""
    return obtain_token_over(authority, hashlib.new(algorithm, data).digest(), algorithm=algorithm, now=now)


def obtain_token_over(authority: TimestampAuthority, imprint: bytes, *, algorithm: str, now: datetime | None) -> bytes:
    """A time-stamp token over an imprint, read and checked before it is used.

    Args:
        authority: asked once; nothing is retried here.
        imprint: the digest of what the token must protect.
        algorithm: name of that digest.
        now: the present moment, aware; ``None``: the token's time is not compared with it.

    Returns:
        DER of the token.

    Raises:
        TimestampUnavailableError: the authority did not answer, or its token is about other data, is not signed by the
            certificate it names, is not by a time-stamping certificate inside its validity, or is more than
            :data:`LARGEST_SKEW` away from ``now``.

    Not checked: whether the authority is trusted; that is the verifier's to judge.
    """
    try:
        token = authority.token(algorithm, imprint)
    except VnsignError as error:
        raise TimestampUnavailableError(
            f"the time-stamping authority gave no token: {error.message}", hint=error.hint or _TRY_AGAIN
        ) from error
    except (OSError, ValueError, RuntimeError) as error:
        # an authority is the caller's own object: what it throws must not end in a traceback
        raise TimestampUnavailableError(f"the time-stamping authority failed: {error}", hint=_TRY_AGAIN) from error
    try:
        facts = read_token(
            token,
            id_="signature-timestamp-1",
            kind=TimestampKind.SIGNATURE,
            computed=lambda name: imprint if name == algorithm else None,
            covers="signature value",
            limits=Limits(),
        )
    except EvidenceError as error:
        raise TimestampUnavailableError(f"the answer is no time-stamp token: {error.message}", hint=_ASK_OPERATOR) from error
    _check_token(facts, now)
    return token


def compared_with(now: datetime, at: datetime | None) -> datetime | None:
    """The moment that a token's time must be near: the present one, unless the caller chose a signing time of another day.

    Args:
        now: the present moment, aware.
        at: the signing time that the caller chose, aware; ``None``: none.
    """
    return now if at is None or abs(now - at) < LARGEST_SKEW else None


@runtime_checkable
class Reachable(Protocol):
    """An authority that can be asked whether it is there, without a token being made."""

    def check(self) -> None:
        """Raise when the authority cannot be reached now.

        Raises:
            VnsignError: it cannot.
        """
        ...


def check_reachable(authority: TimestampAuthority) -> None:
    """Ask an authority whether it is there, before a key is touched. One that cannot be asked is taken to be there.

    Raises:
        TimestampUnavailableError: it is not.
    """
    if not isinstance(authority, Reachable):
        return
    try:
        authority.check()
    except VnsignError as error:
        raise TimestampUnavailableError(
            f"the time-stamping authority cannot be reached: {error.message}", hint=error.hint or _TRY_AGAIN
        ) from error


_TRY_AGAIN = "try again when the authority is up; nothing was signed"
_ASK_OPERATOR = "ask the authority's operator; nothing was signed"


def _check_token(facts: TimestampFacts, now: datetime | None) -> None:
    if not facts.imprint.matches:
        raise _unusable("its imprint is of other data")
    if facts.token.problems:
        raise _unusable(f"its structure is damaged ({facts.token.problems[0].rule})")
    if not facts.token.digests or not all(item.matches for item in facts.token.digests):
        raise _unusable("its message digest does not match")
    certificate, signed = facts.token.signing_certificate, facts.token.signed_value
    if certificate is None or signed is None:
        raise _unusable("it does not carry its certificate")
    if verify_value(certificate, signed).status is not CheckStatus.PASSED:
        raise _unusable("its signature does not verify")
    _check_certificate(certificate, facts.gen_time)
    if now is not None and abs(facts.gen_time - now) > LARGEST_SKEW:
        raise _unusable(f"its time {facts.gen_time.isoformat()} is far from the present moment, {now.isoformat()}")


def _check_certificate(certificate: Certificate, gen_time: datetime) -> None:
    try:
        parsed = certificate.x509
        usages = _usages(parsed)
    except ValueError as error:
        raise _unusable(f"its certificate cannot be read: {error}") from error
    if usages != {_TIME_STAMPING}:
        raise _unusable("its certificate is not for time-stamping alone (RFC 3161, 2.3)")
    if not parsed.not_valid_before_utc <= gen_time <= parsed.not_valid_after_utc:
        raise _unusable("its certificate was not valid at the token's time")


def _usages(parsed: x509.Certificate) -> set[str]:
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound

    try:
        return {item.dotted_string for item in parsed.extensions.get_extension_for_class(ExtendedKeyUsage).value}
    except ExtensionNotFound:
        return set()


def _unusable(why: str) -> TimestampUnavailableError:
    return TimestampUnavailableError(f"the time-stamp token cannot be used: {why}", hint=_ASK_OPERATOR)
