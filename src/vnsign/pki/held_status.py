"""Whether revocation data at hand speak of a certificate at all: what the level of a signature is read from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeVar

from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureFacts, TimestampKind
from vnsign.pki.crl import read_crl
from vnsign.pki.names import same_name
from vnsign.pki.ocsp import OcspAnswer, read_ocsp
from vnsign.pki.profile import Profile, profile

_Item = TypeVar("_Item", bytes, Certificate)
_MAX_ITEMS = 256
_MAX_ANSWERS = 64


def earned_level(
    level: str,
    facts: SignatureFacts,
    certificates: Iterable[Certificate] = (),
    crls: Iterable[bytes] = (),
    ocsps: Iterable[bytes] = (),
) -> str:
    """The level that a structure claims, B-T at most where it does not hold the status of the certificates it rests on.

    Long-term material holds the status of the signing certificate and of those that signed its signature time-stamps
    (EN 319 122-1, 132-1 and 142-1, 6.3, level B-LT): data about one of them alone do not make that level.

    Args:
        level: ``B-B`` to ``B-LTA`` by the properties that are there, or ``""`` for forms without levels.
        facts: the signature with its time-stamps.
        certificates: what else belongs to it: of a document's store, for example.
        crls: DER of further CRLs that belong to it.
        ocsps: DER of further OCSP answers.

    What is NOT checked: as for :func:`speaks_of`; whole paths, whose anchors a reader does not know.
    """
    if level not in ("B-LT", "B-LTA"):
        return level
    stamps = [item.token for item in facts.timestamps if item.kind is TimestampKind.SIGNATURE]
    tokens = [item.token for item in facts.timestamps]
    known = (*facts.certificates, *certificates, *(held for token in tokens for held in token.certificates))
    lists = (*facts.crls, *crls, *(held for token in tokens for held in token.crls))
    answers = (*facts.ocsps, *ocsps, *(held for token in tokens for held in token.ocsps))
    signers = dict.fromkeys(item.signing_certificate for item in (facts, *stamps))
    return level if all(speaks_of(item, known, lists, answers) for item in signers) else "B-T"


def speaks_of(
    certificate: Certificate | None, known: Iterable[Certificate], crls: Iterable[bytes], ocsps: Iterable[bytes]
) -> bool:
    """Whether any of these CRLs and OCSP answers names a certificate's issuer, an answer its serial number as well.

    Args:
        certificate: the certificate asked about; ``None`` when the signature points at none.
        known: certificates at hand; the issuer must be among them, or no statement about the certificate can be verified.
        crls: DER of CRLs.
        ocsps: DER of OCSP answers.

    Returns:
        True also for a certificate that issued itself: nobody states its status. False for one that cannot be read.

    What is NOT checked: signatures, times, what is said of the certificate. Nothing is judged by it.
    """
    facts = None if certificate is None else profile(certificate)
    if facts is None:
        return False
    if same_name(facts.subject, facts.issuer):
        return True
    if not any(same_name(item.subject, facts.issuer) for item in map(profile, _first(known)) if item is not None):
        return False
    if any(_answers(answer, facts) for answer in map(read_ocsp, _first(ocsps)) if answer is not None):
        return True
    return any(same_name(crl.issuer, facts.issuer) for crl in map(read_crl, _first(crls)) if crl is not None)


def _first(items: Iterable[_Item]) -> list[_Item]:
    return [item for item, _ in zip(dict.fromkeys(items), range(_MAX_ITEMS), strict=False)]


def _answers(answer: OcspAnswer, facts: Profile) -> bool:
    try:
        for single, _ in zip(answer.parsed.responses, range(_MAX_ANSWERS), strict=False):
            named = hashlib.new(single.hash_algorithm.name, facts.issuer).digest() == single.issuer_name_hash
            if named and single.serial_number == facts.serial_number:
                return True
    except MemoryError:
        raise
    # The door to foreign bytes: parts of an answer are parsed when they are looked at.
    except Exception:  # noqa: BLE001
        return False
    return False
