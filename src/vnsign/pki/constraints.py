"""What RFC 5280, 6.1 says of a chain, time and revocation apart: plain chains here, all others by the library.

Nearly every chain is plain: names as written chain up, every certificate has a signature of a common kind, and its few
extensions are of the common kinds and well formed. That such a chain holds is found here in microseconds. Nothing is ever
refused here: whatever is not plain, or does not hold, goes to ``certvalidator_adapter``, which alone says that a chain does
not hold and why. Names, policies and extensions are taken as plain only where the library's outcome is certain;
``tests/unit/pki/test_constraints.py`` compares both over all chains of the corpora.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PSS

from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.pki import der
from vnsign.pki.admission import issued_by
from vnsign.pki.certvalidator_adapter import ConstraintResult
from vnsign.pki.certvalidator_adapter import check_constraints as check_any
from vnsign.pki.names import attributes
from vnsign.pki.profile import (
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    CRL_DISTRIBUTION_POINTS,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    SUBJECT_ALTERNATIVE_NAME,
    SUBJECT_KEY_IDENTIFIER,
    Profile,
    profile,
)

_TBS = [0xA0, der.INTEGER, *(der.SEQUENCE,) * 5, 0xA3]
_POLICIES = "2.5.29.32"
_AUTHORITY_INFORMATION = "1.3.6.1.5.5.7.1.1"
_PLAIN = frozenset(
    {
        BASIC_CONSTRAINTS,
        KEY_USAGE,
        EXTENDED_KEY_USAGE,
        SUBJECT_KEY_IDENTIFIER,
        AUTHORITY_KEY_IDENTIFIER,
        SUBJECT_ALTERNATIVE_NAME,
        CRL_DISTRIBUTION_POINTS,
        _POLICIES,
        _AUTHORITY_INFORMATION,
    }
)
_DIGESTS = frozenset({"sha224", "sha256", "sha384", "sha512"})
_CERT_SIGN = 0x04
_MOST_POLICIES = 8
_YEARS = range(1951, 9000)
_UTF8, _PRINTABLE, _IA5 = 0x0C, 0x13, 0x16
# characters that every version of the preparation of names (RFC 4518) keeps or folds, Vietnamese among them
_TEXT = re.compile("[ -~\u00a1-\u00ac\u00ae-\u0217\u0300-\u033f\u1e00-\u1e9b\u1ea0-\u1ef9]+")
_ADDRESS = re.compile("[A-Za-z0-9._-]+(?:@[A-Za-z0-9-]+(?:[.][A-Za-z0-9-]+)*)?")
_RFC822_NAME, _DNS_NAME = 0x81, 0x82


def check_constraints(chain: tuple[Certificate, ...]) -> ConstraintResult:
    """Apply RFC 5280, 6.1 to a chain, time and revocation apart.

    See :func:`vnsign.pki.certvalidator_adapter.check_constraints`, whose outcome this is, for arguments and for what is not
    checked.
    """
    return ConstraintResult(True) if plainly_holds(chain) else check_any(chain)


@lru_cache(maxsize=512)
def plainly_holds(chain: tuple[Certificate, ...]) -> bool:
    """Whether a chain is plain and holds; ``False`` says only that this was not found.

    Args:
        chain: leaf first, anchor last, of two certificates or more.
    """
    if len(chain) < 2 or not all(map(_is_plain, chain)):
        return False
    facts = [found for found in map(profile, chain) if found is not None]
    links = zip(pairwise(chain), pairwise(facts), strict=True)
    linked = all(child.issuer == parent.subject and _signed(*pair) for pair, (child, parent) in links)
    return linked and _authorities(facts)


def _signed(certificate: Certificate, issuer: Certificate) -> bool:
    """The signature verifies, with an algorithm for which the library has no conditions of its own."""
    parsed, key = certificate.x509, issuer.x509.public_key()
    digest = parsed.signature_hash_algorithm
    if digest is None or digest.name not in _DIGESTS or isinstance(parsed.signature_algorithm_parameters, PSS):
        return False
    return isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) and issued_by(certificate, issuer)


def _authorities(facts: list[Profile]) -> bool:
    """Steps (k) to (n) of 6.1.4 for every CA below the anchor; the anchor's own path length counts (RFC 5937)."""
    anchor, authorities = facts[-1], facts[-2:0:-1]
    own = _path_length(anchor)
    left = len(facts) - 1 if own is None else own
    for item in authorities:
        if not item.ca or BASIC_CONSTRAINTS not in item.extensions or item.subject == item.issuer or left == 0:
            return False
        usage = item.extensions.get(KEY_USAGE)
        if usage is not None and not _bits(usage.value) & _CERT_SIGN:
            return False
        said = _path_length(item)
        left = left - 1 if said is None else min(left - 1, said)
    return True


def _path_length(facts: Profile) -> int | None:
    extension = facts.extensions.get(BASIC_CONSTRAINTS)
    parts = der.children(extension.value) if extension is not None and facts.ca else []
    return int.from_bytes(parts[1][1], "big", signed=True) if len(parts) == 2 else None


def _bits(value: bytes) -> int:
    content = der.content_of(value, der.BIT_STRING)
    return content[1] if len(content) > 1 else 0


@lru_cache(maxsize=1024)
def _is_plain(certificate: Certificate) -> bool:
    facts = profile(certificate)
    try:
        return facts is not None and _layout(certificate) and _plain_names(facts) and _plain_extensions(certificate, facts)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 # the door to foreign bytes: what cannot be read is not plain, and the library decides
        return False


def _layout(certificate: Certificate) -> bool:
    """Version 3 without unique identifiers, the same algorithm inside and out, validity in years that can be reckoned with."""
    parts = der.children(certificate.der)
    tbs = der.children(parts[0][2])
    parsed = certificate.x509
    years = parsed.not_valid_before_utc.year in _YEARS and (
        parsed.not_valid_after_utc.year in _YEARS or parsed.not_valid_after_utc.year == 9999
    )
    tags = [tag for tag, _, _ in tbs]
    return len(parts) == 3 and tags == _TBS and tbs[2][2] == parts[1][2] and years


def _plain_names(facts: Profile) -> bool:
    return all(_plain_value(item.der) for name in (facts.subject, facts.issuer) for item in attributes(name))


def _plain_value(value: bytes) -> bool:
    tag, start, end = der.element(value, 0)
    text = value[start:end].decode("utf-8" if tag == _UTF8 else "ascii")
    if tag == _IA5:
        return _ADDRESS.fullmatch(text) is not None
    return tag in (_UTF8, _PRINTABLE) and _TEXT.fullmatch(text) is not None


def _plain_extensions(certificate: Certificate, facts: Profile) -> bool:
    if not set(facts.extensions) <= _PLAIN | {oid for oid, item in facts.extensions.items() if _may_be_ignored(oid, item)}:
        return False
    # cryptography reads every extension that it knows whole, and refuses what is malformed in any depth
    parsed = list(certificate.x509.extensions)
    return len(parsed) == len(facts.extensions) and _plain_forms(facts)


def _may_be_ignored(oid: str, item: der.Extension) -> bool:
    """Neither critical nor of the arcs in which the library knows more than is plain here."""
    return not item.critical and not oid.startswith(("2.5.29.", "1.3.6.1.5.5.7.1.", "2.16.840.1.113730."))


def _plain_forms(facts: Profile) -> bool:
    basic, policies, names = (facts.extensions.get(oid) for oid in (BASIC_CONSTRAINTS, _POLICIES, SUBJECT_ALTERNATIVE_NAME))
    if basic is not None and [tag for tag, _, _ in der.children(basic.value)] not in ([], [1], [1, 2]):
        return False
    if policies is not None and not _plain_policies(policies.value):
        return False
    return names is None or all(
        tag in (_RFC822_NAME, _DNS_NAME) and _ADDRESS.fullmatch(content.decode("ascii")) is not None
        for tag, content, _ in der.children(names.value)
    )


def _plain_policies(value: bytes) -> bool:
    """Few policies, each once: then no chain without policy constraints fails for them (6.1.3 (d) to (f))."""
    try:
        found = [der.children(whole)[0][1] for _, _, whole in der.children(value)]
    except (EvidenceError, IndexError):
        return False
    return 0 < len(found) <= _MOST_POLICIES and len(set(found)) == len(found)
