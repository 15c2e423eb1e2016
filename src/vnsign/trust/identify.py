"""What a certificate of a trust folder is, for people and for the decision whether it may be kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.pki.admission import admit, issued_by
from vnsign.pki.names import one_line, values
from vnsign.pki.profile import profile
from vnsign.trust.pins import Pin, pins

_COMMON_NAME = "2.5.4.3"


@dataclass(frozen=True, slots=True)
class Description:
    """A certificate in words.

    Attributes:
        subject: for people.
        not_before, not_after: validity, UTC.
        self_signed: its own key verifies it.
        impostor_of: the pin whose common name it bears with other bytes; ``None`` for all others.
    """

    subject: str
    not_before: datetime
    not_after: datetime
    self_signed: bool
    impostor_of: Pin | None


def describe(certificate: Certificate) -> Description | None:
    """A certificate in words; ``None`` when its bytes cannot be parsed."""
    facts = profile(certificate)
    if facts is None:
        return None
    impostor = None
    if certificate.sha256 not in pins():
        named = {_folded(name) for name in values(facts.subject, _COMMON_NAME)}
        impostor = next((pin for pin in pins().values() if _folded(pin.common_name) in named), None)
    self_signed = facts.subject_key == facts.issuer_key and issued_by(certificate, certificate)
    return Description(one_line(facts.subject), facts.not_before, facts.not_after, self_signed, impostor)


def verified(certificates: Iterable[Certificate], anchors: Iterable[Certificate]) -> frozenset[Certificate]:
    """Those certificates whose signatures verify, step by step, up to an anchor. Validity is not looked at."""
    found = list(dict.fromkeys(certificates))
    roots = list(anchors)
    checks = max(1, len(found) * (len(found) + len(roots)))
    limits = replace(Limits(), admitted_certificates=max(1, len(found)), signature_checks=checks)
    return frozenset(admit(found, roots, limits)) | (frozenset(found) & frozenset(roots))


def _folded(text: str) -> str:
    """Names that look alike: compatibility forms, case and spaces folded."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
