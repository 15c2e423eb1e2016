"""Where a certificate says that its issuer and its revocation status are to be had (RFC 5280, 4.2.1.13 and 4.2.2.1)."""

from __future__ import annotations

from dataclasses import dataclass

from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.pki import der
from vnsign.pki.profile import CRL_DISTRIBUTION_POINTS, profile

_AUTHORITY_INFORMATION_ACCESS = "1.3.6.1.5.5.7.1.1"
_OCSP, _CA_ISSUERS = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"
_URI, _FULL_NAME, _POINT_NAME = 0x86, 0xA0, 0xA0
_MAX_URI = 2048
_MAX_POINTERS = 8


@dataclass(frozen=True, slots=True)
class Pointers:
    """Addresses as written, http and https alone, each once, at most eight of a kind.

    Attributes:
        issuers: of the issuer's certificate (caIssuers).
        responders: of OCSP responders.
        crls: of CRLs.
    """

    issuers: tuple[str, ...] = ()
    responders: tuple[str, ...] = ()
    crls: tuple[str, ...] = ()


def pointers(certificate: Certificate) -> Pointers:
    """The addresses that a certificate names; none where an extension cannot be read.

    Args:
        certificate: the certificate; nothing about it has been verified, so whoever made it chose the addresses.
    """
    facts = profile(certificate)
    if facts is None:
        return Pointers()
    access = facts.extensions.get(_AUTHORITY_INFORMATION_ACCESS)
    points = facts.extensions.get(CRL_DISTRIBUTION_POINTS)
    return Pointers(
        issuers=_accesses(access, _CA_ISSUERS), responders=_accesses(access, _OCSP), crls=_distribution_points(points)
    )


def _accesses(extension: der.Extension | None, method: str) -> tuple[str, ...]:
    found: list[bytes] = []
    try:
        for _, _, whole in der.children(extension.value) if extension else ():
            parts = der.children(whole)
            if len(parts) == 2 and parts[1][0] == _URI and der.oid_text(parts[0][1]) == method:
                found.append(parts[1][1])
    except EvidenceError:
        return ()
    return _usable(found)


def _distribution_points(extension: der.Extension | None) -> tuple[str, ...]:
    found: list[bytes] = []
    try:
        for _, _, whole in der.children(extension.value) if extension else ():
            for tag, content, _ in der.children(whole):
                if tag == _POINT_NAME and content[:1] == bytes((_FULL_NAME,)):
                    found.extend(item for kind, item, _ in der.children(content, _FULL_NAME) if kind == _URI)
    except EvidenceError:
        return ()
    return _usable(found)


def _usable(raw: list[bytes]) -> tuple[str, ...]:
    texts = (item.decode("utf-8", "replace").strip() for item in raw if len(item) <= _MAX_URI)
    web = (item for item in texts if item.lower().startswith(("http://", "https://")))
    return tuple(dict.fromkeys(web))[:_MAX_POINTERS]
