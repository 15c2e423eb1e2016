"""The one module that uses pyhanko-certvalidator: the path validation algorithm of RFC 5280, clause 6.1, on one given chain.

What it is trusted with: signatures, name chaining, basicConstraints, keyUsage of CAs, path length, name constraints, policies,
unknown critical extensions. What it is not trusted with, and why:

- path building: it follows names, and a handful of planted certificates costs it minutes; chains come from ``pki.path``;
- revocation: it looks at no revocation data once a certificate has expired, and its tolerant modes ignore a CRL that names
  the certificate; ``pki.revocation`` judges CRLs and OCSP answers at any moment, so checks are switched off here;
- time: a validity period is compared by ``pki.path``, so that what is found here holds at every moment and can be kept;
- the strength of algorithms: a policy with dates judges them, so all are allowed here.

``tests/unit/pki/test_adapter.py`` is the contract: it names what is relied on, to be run against each new release.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from vnsign.model.certificate import Certificate
from vnsign.pki.der import children
from vnsign.pki.profile import NAME_CONSTRAINTS, SUBJECT_ALTERNATIVE_NAME, profile

if TYPE_CHECKING:
    from asn1crypto import x509
    from pyhanko_certvalidator.authority import CertTrustAnchor
    from pyhanko_certvalidator.context import ValidationContext

# A moment and a tolerance that together span all years a certificate can name: time is compared elsewhere.
_ANY_MOMENT = datetime(5000, 1, 1, tzinfo=UTC)
_ANY_TOLERANCE = timedelta(days=365 * 4990)
_REASON_LENGTH = 400
# The library compares every name with every constraint, some 15 µs a pair: 2 000 of each would take a minute.
_MAX_COMPARISONS = 4096
_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class ConstraintResult:
    """What RFC 5280 says of a chain, time and revocation apart.

    Attributes:
        holds: every check passed.
        failing: index in the chain (leaf first) of the certificate that failed; ``None`` when it holds or is not known.
        detail: what failed, for people who know the standard.
    """

    holds: bool
    failing: int | None = None
    detail: str = ""


def check_constraints(chain: tuple[Certificate, ...]) -> ConstraintResult:
    """Apply RFC 5280, 6.1 to a chain, time and revocation apart; kept by content, as the outcome never changes.

    The anchor's own path length and name constraints are applied too (RFC 5937), its policies are not.

    What is NOT checked: validity periods, revocation, the strength of algorithms, the purpose of the leaf (key usage,
    extended key usage).

    Args:
        chain: leaf first, anchor last; a chain of one certificate is an anchor by itself and holds.

    Returns:
        The outcome; what the library cannot process does not hold.
    """
    if len(chain) < 2:
        return ConstraintResult(holds=bool(chain))
    try:
        return _checked(chain)
    # The door to foreign bytes: the library lets ValueError, KeyError, TypeError, AttributeError and others through. They
    # may come of the moment (recursion, memory), so they are not kept.
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001
        return ConstraintResult(False, None, f"{type(error).__name__}: {error}"[:_REASON_LENGTH])


def _comparisons(chain: tuple[Certificate, ...]) -> int:
    """How many comparisons of names with name constraints the chain asks for, at most."""
    names, constraints = 1, 0
    for certificate in chain:
        facts = profile(certificate)
        extensions = facts.extensions if facts else {}
        if SUBJECT_ALTERNATIVE_NAME in extensions:
            names += len(children(extensions[SUBJECT_ALTERNATIVE_NAME].value))
        if NAME_CONSTRAINTS in extensions:
            subtrees = children(extensions[NAME_CONSTRAINTS].value)
            constraints += sum(len(children(whole, tag)) for tag, _, whole in subtrees)
    # Constraints of several CAs are compared among themselves too.
    return (names + constraints) * constraints


@lru_cache(maxsize=512)
def _checked(chain: tuple[Certificate, ...]) -> ConstraintResult:
    from pyhanko_certvalidator._state import ValProcState
    from pyhanko_certvalidator.errors import PathValidationError
    from pyhanko_certvalidator.path import ValidationPath
    from pyhanko_certvalidator.util import ConsList
    from pyhanko_certvalidator.validate import intl_validate_path

    if _comparisons(chain) > _MAX_COMPARISONS:
        return ConstraintResult(False, None, "the chain has too many names and name constraints to compare")
    # asn1crypto parses while it is read, which two threads must not do on one object.
    with _LOCK:
        leaf, *intermediates, root = (_parsed(certificate) for certificate in chain)
        path = ValidationPath(_anchor(root), interm=list(reversed(intermediates)), leaf=leaf)
        state = ValProcState(cert_path_stack=ConsList.sing(path))
        try:
            run_to_end(intl_validate_path(_context(), path, proc_state=state))
        except PathValidationError as error:
            # The state counts from the anchor, 0, down to the leaf.
            return ConstraintResult(False, len(chain) - 1 - state.index, str(error)[:_REASON_LENGTH])
    return ConstraintResult(True)


@lru_cache(maxsize=1024)
def _parsed(certificate: Certificate) -> x509.Certificate:
    from asn1crypto import x509

    return x509.Certificate.load(certificate.der, strict=True)


def run_to_end(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never waits, without an event loop, hence also inside one that is running.

    Raises:
        RuntimeError: when it waits for something: then it would reach for the network, which it must not.
    """
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise RuntimeError("path validation waits for something outside")


def _anchor(root: x509.Certificate) -> CertTrustAnchor:
    from pyhanko_certvalidator.authority import CertTrustAnchor, TrustQualifiers, derive_quals_from_cert
    from pyhanko_certvalidator.policy_decl import PKIXValidationParams

    derived = derive_quals_from_cert(root).standard_parameters
    constraints = PKIXValidationParams(
        initial_permitted_subtrees=derived.initial_permitted_subtrees if derived else None,
        initial_excluded_subtrees=derived.initial_excluded_subtrees if derived else None,
    )
    # The library subtracts from the second length whenever the first is given, so both are given.
    qualifiers = TrustQualifiers(
        standard_parameters=constraints, max_path_length=root.max_path_length, max_aa_path_length=root.max_path_length
    )
    return CertTrustAnchor(root, qualifiers)


def _context() -> ValidationContext:
    from pyhanko_certvalidator.context import ValidationContext
    from pyhanko_certvalidator.policy_decl import (
        AcceptAllAlgorithms,
        CertRevTrustPolicy,
        RevocationCheckingPolicy,
        RevocationCheckingRule,
    )

    no_check = RevocationCheckingRule.NO_CHECK
    return ValidationContext(
        trust_roots=[],
        moment=_ANY_MOMENT,
        time_tolerance=_ANY_TOLERANCE,
        allow_fetching=False,
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(no_check, no_check)),
        algorithm_usage_policy=AcceptAllAlgorithms(),
    )
