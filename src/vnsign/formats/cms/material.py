"""Where validation material goes in a CMS file (EN 319 122-1, 5.4.2, 5.5.3 and 6.3)."""

from __future__ import annotations

from collections.abc import Iterator

from vnsign.crypto import ber
from vnsign.errors import EvidenceError, LimitExceededError
from vnsign.formats.cms.archive import ARCHIVE
from vnsign.formats.cms.edit import Path, Token, signer_at, take_apart, tokens_of, with_elements, with_signer, with_token
from vnsign.formats.cms.frozen import check_open, has_legacy_archive, would_break
from vnsign.formats.material import Material
from vnsign.model.facts import TimestampKind
from vnsign.model.limits import Limits
from vnsign.pki import cms_attributes as attrs
from vnsign.pki.cms_structure import ocsp_response, read_signer_info
from vnsign.pki.cms_write import Parts, ocsp_in_crls, put_together
from vnsign.pki.tsp import read_token


def with_material(parts: Parts, path: Path, material: Material, limits: Limits) -> Parts:
    """The parts with the material that the signature does not have yet; the same object where it has everything.

    Args:
        parts: the file.
        path: the signature.
        material: for it.
        limits: bounds that the result must keep.

    Raises:
        SigningError: it has no place that may be changed (``ARCHIVE_TIMESTAMP_WOULD_BREAK``).
        LimitExceededError: over a limit. EvidenceError: malformed.
    """
    _check_sizes(material, limits)
    signer = signer_at(parts, path)
    there = set(_held(parts, signer))
    certificates = tuple(item for item in dict.fromkeys(material.certificates) if item not in there)
    answers = (ocsp_in_crls(item) for item in material.ocsps)
    revocation = tuple(item for item in dict.fromkeys((*material.crls, *answers)) if item not in there)
    if not certificates and not revocation:
        return parts
    check_open(parts)
    if has_legacy_archive(parts):
        return _in_last_archive(parts, path, certificates, revocation, limits)
    return _added(parts, certificates, revocation, limits)


def _added(parts: Parts, certificates: tuple[bytes, ...], revocation: tuple[bytes, ...], limits: Limits) -> Parts:
    made = with_elements(parts, certificates, revocation)
    if len(made.certificates) > limits.certificates:
        raise LimitExceededError(
            f"{len(made.certificates)} certificates in one file, at most {limits.certificates} are read",
            hint="raise Limits.certificates",
        )
    return made


def _held(parts: Parts, signer: bytes) -> Iterator[bytes]:
    """Every certificate, CRL and OCSP answer that a reader of the signature sees, in the form of the fields."""
    yield from parts.certificates
    yield from _revocation(parts)
    unsigned = read_signer_info(ber.element(signer)).unsigned_attributes
    yield from (item.encoding for item in attrs.certificate_values(unsigned))
    found = attrs.revocation_values((), unsigned)
    yield from (*found.crls, *map(ocsp_in_crls, found.ocsps))
    for token in tokens_of(signer, ARCHIVE | {attrs.SIGNATURE_TIMESTAMP}):
        try:
            inner = take_apart(token.der)
        except EvidenceError:
            continue  # what is no token holds nothing
        yield from (*inner.certificates, *_revocation(inner))


def _revocation(parts: Parts) -> Iterator[bytes]:
    for item in parts.revocation:
        answer = ocsp_response(ber.element(item))
        yield item if answer is None else ocsp_in_crls(answer)


def _in_last_archive(
    parts: Parts, path: Path, certificates: tuple[bytes, ...], revocation: tuple[bytes, ...], limits: Limits
) -> Parts:
    """With the material in the signature's last archive time-stamp, the one that nothing is over yet (5.5.3)."""
    found = tokens_of(signer_at(parts, path), ARCHIVE)
    if not found or len(path) > 1:
        raise would_break()
    last = max(found, key=lambda item: (_gen_time(item, limits), item.attribute, item.value))
    made = put_together(_added(take_apart(last.der), certificates, revocation, limits))
    if len(made) > limits.timestamp_bytes:
        raise LimitExceededError(
            f"the last archive time-stamp would have {len(made)} bytes, at most {limits.timestamp_bytes} are read",
            hint="raise Limits.timestamp_bytes, or embed OCSP answers in the place of CRLs",
        )
    return with_signer(parts, path, lambda signer: with_token(signer, last, made))


def _gen_time(token: Token, limits: Limits) -> float:
    facts = read_token(
        token.der,
        id_="archive-timestamp",
        kind=TimestampKind.ARCHIVE,
        computed=lambda _: None,
        covers="",
        limits=limits,
    )
    return facts.gen_time.timestamp()


def _check_sizes(material: Material, limits: Limits) -> None:
    for what, items, limit in (
        ("certificate", material.certificates, limits.certificate_bytes),
        ("CRL", material.crls, limits.crl_bytes),
        ("OCSP answer", material.ocsps, limits.ocsp_bytes),
    ):
        largest = max(map(len, items), default=0)
        if largest > limit:
            raise LimitExceededError(f"a {what} of {largest} bytes, at most {limit} are read")
