"""CAdES B-LT and B-LTA files and ASiC-E containers for the tests, put together from the bytes up."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from tests.unit.formats.asic.builder import FILES, container, manifest
from tests.unit.formats.cms.builder import CERTIFICATE_VALUES, REVOCATION_VALUES, archived, stamped, tsa, with_unsigned
from tests.unit.pki.cms_factory import (
    CONTENT,
    CONTENT_TYPE,
    ESS_V2,
    ID_DATA,
    MESSAGE_DIGEST,
    SIGNING_TIME,
    Cms,
    attribute,
    ess_v2,
    oid,
)
from vnsign.crypto import ber
from vnsign.crypto.ber import OCTET_STRING, SEQUENCE, wrap
from vnsign.testing.pki import TestPki


def cades(who: str, *, archive: bool, crls: Sequence[bytes], at: datetime) -> bytes:
    """A CMS file signed at level B-LT, or B-LTA with ``archive``, at a moment, with the CRLs of then inside."""
    data = long_term(who, CONTENT, crls, at)
    return archived(data, CONTENT, at) if archive else data


def asic(who: str, *, archive: bool, crls: Sequence[bytes], at: datetime) -> bytes:
    """An ASiC-E container with such a signature; the archive time-stamp is over an archive manifest."""
    listed = manifest("META-INF/signature001.p7s", FILES)
    signature = long_term(who, listed, crls, at, detached=True)
    files = {**FILES, "META-INF/ASiCManifest001.xml": listed, "META-INF/signature001.p7s": signature}
    if archive:
        archive_manifest = manifest("META-INF/timestamp001.tst", files)
        token = tsa(at).token("sha256", hashlib.sha256(archive_manifest).digest())
        files |= {"META-INF/ASiCArchiveManifest.xml": archive_manifest, "META-INF/timestamp001.tst": token}
    return container(files)


def long_term(who: str, content: bytes, crls: Sequence[bytes], at: datetime, *, detached: bool = False) -> bytes:
    """A CMS with signature time-stamp, certificate-values and revocation-values."""
    pki = TestPki.load()
    attributes = [
        attribute(CONTENT_TYPE, oid(ID_DATA)),
        attribute(SIGNING_TIME, wrap(ber.UTC_TIME, at.strftime("%y%m%d%H%M%SZ").encode())),
        attribute(MESSAGE_DIGEST, wrap(OCTET_STRING, hashlib.sha256(content).digest())),
        attribute(ESS_V2, ess_v2(pki.certificate(who))),
    ]
    data = stamped(Cms(signer=who, content=content, detached=detached, attributes=attributes).build(), at)
    certificates = b"".join(pki.certificate(name).der for name in ("public-ca", "public-tsa"))
    return with_unsigned(
        data,
        attribute(CERTIFICATE_VALUES, wrap(SEQUENCE, certificates)),
        attribute(REVOCATION_VALUES, wrap(SEQUENCE, wrap(0xA0, wrap(SEQUENCE, b"".join(crls))))),
    )
