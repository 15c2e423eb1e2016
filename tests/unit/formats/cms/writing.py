"""Help for the tests of CMS writing: sign with the test PKI, raise with its authority."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from tests.unit.formats.cms.builder import AT, tsa
from vnsign.formats.cms.augment import add_material, begin_archive_timestamp, begin_signature_timestamp
from vnsign.formats.cms.placement import CmsPackaging, CmsPlacement
from vnsign.formats.cms.prepare import PreparedCms, embed_cms, prepare_cms
from vnsign.formats.material import Material
from vnsign.formats.pending import PendingTimestamp
from vnsign.signing.profile import Padding, choose_algorithm
from vnsign.testing.pki import TestPki

PKI = TestPki.load()
CONTENT = "Tờ khai đăng ký hộ tịch\n".encode()
ATTACHED = CmsPlacement(packaging=CmsPackaging.ATTACHED)
DETACHED = CmsPlacement(packaging=CmsPackaging.DETACHED)
BESIDE = {"a": CONTENT}


def prepared(
    document: bytes = CONTENT,
    who: str = "citizen",
    placement: CmsPlacement = ATTACHED,
    *,
    padding: str = "pkcs1v15",
    digest: str = "sha256",
    content: bytes | None = None,
    at: datetime = AT,
) -> PreparedCms:
    item = PKI.credential(who)
    algorithm = choose_algorithm(item.certificate, digest=digest, padding=Padding(padding), plain_ecdsa=False)
    return prepare_cms(
        document,
        certificate=item.certificate,
        chain=item.chain[:-1],
        algorithm=algorithm,
        placement=placement,
        at=at,
        digest=digest,
        content=content,
    )


def finished(found: PreparedCms, who: str = "citizen") -> bytes:
    return embed_cms(found, PKI.signer(who).sign([found.to_be_signed], found.algorithm)[0])


def signed(document: bytes = CONTENT, who: str = "citizen", placement: CmsPlacement = ATTACHED, **more: object) -> bytes:
    return finished(prepared(document, who, placement, **more), who)  # type: ignore[arg-type]  # passed on


def embedded(pending: PendingTimestamp, at: datetime = AT) -> bytes:
    return pending.embed(tsa(at).token(pending.digest, pending.imprint))


def material(who: str = "citizen") -> Material:
    """Issuers, CRLs and one OCSP answer; the root's own certificate is left to the trust store.

    The same each time, though an OCSP answer says the second in which it was made.
    """
    return _material(who)


@cache
def _material(who: str) -> Material:
    issuers = (*PKI.chain(who)[:-1], *PKI.chain("public-tsa")[:-1])
    return Material(tuple(item.der for item in issuers), PKI.crls(AT)[:2], (PKI.ocsp(who, at=AT),))


def level_t(data: bytes, signature_id: str = "signer-1") -> bytes:
    return embedded(begin_signature_timestamp(data, signature_id))


def level_lt(data: bytes, signature_id: str = "signer-1", who: str = "citizen") -> bytes:
    return add_material(level_t(data, signature_id), signature_id, material(who))


def archive(data: bytes, signature_id: str = "signer-1", *, days: int = 1, digest: str = "sha256") -> bytes:
    pending = begin_archive_timestamp(data, signature_id, digest=digest, content=CONTENT)
    return embedded(pending, AT + timedelta(days=days))
