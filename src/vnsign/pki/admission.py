"""Which certificates of a document may take part in path building: those that verify, from the anchors down.

A document may carry a hundred certificates made up to have the same subject, and a path builder that follows names would
try every order of them. Here a certificate is admitted only when its signature verifies under a CA admitted before it, so
that whoever holds no CA key can add nothing to the search.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.pki.names import same_name
from vnsign.pki.profile import Profile, profile

SignatureParameters = padding.PSS | padding.PKCS1v15 | ec.ECDSA | None


def value_holds(
    key: PublicKeyTypes, value: bytes, signed: bytes, digest: HashAlgorithm | None, parameters: SignatureParameters
) -> bool:
    """Whether a signature value of a certificate, CRL or OCSP answer verifies under a key.

    SHA-1 and MD5 are computed like any other digest: whether they were still good enough is a matter of policy.

    Raises:
        Exception: whatever ``cryptography`` raises for a wrong value, a wrong key or an algorithm it does not know; callers
            catch it at their door.
    """
    if isinstance(key, rsa.RSAPublicKey) and digest is not None:
        rsa_padding = parameters if isinstance(parameters, padding.PSS) else padding.PKCS1v15()
        key.verify(value, signed, rsa_padding, digest)
    elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
        key.verify(value, signed, ec.ECDSA(digest))
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(value, signed)
    elif isinstance(key, dsa.DSAPublicKey) and digest is not None:
        key.verify(value, signed, digest)
    else:
        return False
    return True


@lru_cache(maxsize=1024)
def issued_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether ``issuer`` signed ``certificate``: its name is the issuer's name and its key verifies the TBS bytes.

    What is NOT checked: validity, revocation, basicConstraints, keyUsage, the strength of the algorithm.

    Args:
        certificate: the certificate whose signature is checked.
        issuer: the presumed issuer.

    Returns:
        True when both hold. False for anything else, also for bytes that are not certificates.
    """
    child, parent = profile(certificate), profile(issuer)
    if child is None or parent is None or not same_name(child.issuer, parent.subject):
        return False
    try:
        parsed = certificate.x509
        return value_holds(
            issuer.x509.public_key(),
            parsed.signature,
            parsed.tbs_certificate_bytes,
            parsed.signature_hash_algorithm,
            parsed.signature_algorithm_parameters,
        )
    # InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError: none of them is a signature that verifies.
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        return False


def key_identifiers_match(child: Profile, parent: Profile) -> bool | None:
    """Whether the child's authority key identifier names the parent's key; ``None`` where either does not say."""
    if child.authority_key_identifier is None or parent.subject_key_identifier is None:
        return None
    return child.authority_key_identifier == parent.subject_key_identifier


def by_subject(certificates: Iterable[Certificate]) -> dict[tuple[object, ...], tuple[Certificate, ...]]:
    """The certificates that can be read, by prepared subject name, each once."""
    found: dict[tuple[object, ...], list[Certificate]] = {}
    for certificate in dict.fromkeys(certificates):
        facts = profile(certificate)
        if facts is not None:
            found.setdefault(facts.subject_key, []).append(certificate)
    return {key: tuple(items) for key, items in found.items()}


def admit(embedded: Sequence[Certificate], trusted: Sequence[Certificate], limits: Limits) -> tuple[Certificate, ...]:
    """The embedded certificates that verify, top-down, under the trusted ones.

    What is NOT checked: validity periods, revocation, constraints of RFC 5280; admission only bounds the search.

    Args:
        embedded: certificates as found in the document, untrusted, in any order, hostile ones among them.
        trusted: trust anchors, and intermediates that are known to verify under them.
        limits: ``admitted_certificates`` bounds the result, ``signature_checks`` the work.

    Returns:
        Admitted certificates, those that are trusted already left out; issuers before what they issued.
    """
    known = set(trusted)
    candidates = [certificate for certificate in dict.fromkeys(embedded) if certificate not in known]
    if not candidates:
        return ()
    return _Admission(candidates, limits).run(by_subject(trusted))


class _Admission:
    """One run of the filter: the candidates by the name of their issuer, what was admitted, the checks left."""

    def __init__(self, candidates: Sequence[Certificate], limits: Limits) -> None:
        self._waiting: dict[tuple[object, ...], dict[Certificate, Profile]] = {}
        for candidate in candidates:
            facts = profile(candidate) if len(candidate.der) <= limits.certificate_bytes else None
            if facts is not None:
                self._waiting.setdefault(facts.issuer_key, {})[candidate] = facts
        self._admitted: list[Certificate] = []
        self._room = limits.admitted_certificates
        self._checks = limits.signature_checks

    def run(self, trusted: Mapping[tuple[object, ...], Sequence[Certificate]]) -> tuple[Certificate, ...]:
        authorities = deque(issuer for name in list(self._waiting) for issuer in trusted.get(name, ()))
        # What is no CA comes last: it can only explain a chain that is broken, never make one.
        others: deque[Certificate] = deque()
        while (authorities or others) and self._room > 0 and self._checks > 0:
            issuer = authorities.popleft() if authorities else others.popleft()
            for certificate, facts in self._issued(issuer):
                (authorities if facts.ca else others).append(certificate)
        return tuple(self._admitted)

    def _issued(self, issuer: Certificate) -> list[tuple[Certificate, Profile]]:
        parent = profile(issuer)
        waiting = self._waiting.get(parent.subject_key, {}) if parent else {}
        if parent is None or not waiting:
            return []
        # Key identifiers only say which to try first; anybody can write them.
        order = sorted(waiting, key=lambda item: key_identifiers_match(waiting[item], parent) is not True)
        found = []
        for certificate in order:
            if self._room == 0 or self._checks == 0:
                break
            self._checks -= 1
            if issued_by(certificate, issuer):
                self._room -= 1
                self._admitted.append(certificate)
                found.append((certificate, waiting.pop(certificate)))
        return found
