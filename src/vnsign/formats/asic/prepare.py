"""Two-step signing of containers: prepare, sign the octets elsewhere, finish (EN 319 162-1, baseline B-B).

A new container is made for a file or files, or a container that is there gets one more signature; of such a container no other
entry is changed. What is signed, and how it is written, is that of XAdES (:mod:`vnsign.formats.xml`) and of CAdES
(:mod:`vnsign.formats.cms`).

Not checked here: whether the certificate may sign at that time, and who issued it; :mod:`vnsign.signing` does that first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from vnsign.errors import SigningError
from vnsign.formats.asic.entry_names import uri_of
from vnsign.formats.asic.layout import Layout, extended, fresh, opened
from vnsign.formats.asic.placement import AsicPlacement, ContainerForm, ContainerKind
from vnsign.formats.asic.zip_write import with_entries
from vnsign.formats.cms.placement import CmsPackaging, CmsPlacement
from vnsign.formats.cms.prepare import PreparedCms, embed_cms, prepare_cms
from vnsign.formats.xml.prepare import PreparedXml, embed_xml
from vnsign.formats.xml.prepare_files import SignedFile, prepare_over_files
from vnsign.model.certificate import Certificate
from vnsign.model.facts import SignatureAlgorithm
from vnsign.model.limits import Limits

_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class PreparedAsic:
    """A container with everything in it but a signature value. Bytes and text only: it pickles, and fits in JSON.

    Attributes:
        container: the ZIP, all but the entry of the signature.
        entry: name of that entry.
        signature_id: what the reader will name the signature.
        xml: the XAdES signature; ``None`` for CAdES.
        cms: the CAdES signature; ``None`` for XAdES.
    """

    container: bytes = field(repr=False)
    entry: str
    signature_id: str
    xml: PreparedXml | None
    cms: PreparedCms | None

    @property
    def to_be_signed(self) -> bytes:
        """What the key signs, after its own digest."""
        return self._inner.to_be_signed

    @property
    def message_digest(self) -> bytes | None:
        """Digest of what a CAdES signature is over, which is not what the key signs; ``None`` for XAdES."""
        return None if self.cms is None else self.cms.message_digest

    @property
    def _inner(self) -> PreparedXml | PreparedCms:
        inner = self.xml if self.xml is not None else self.cms
        if inner is None:
            raise SigningError("no signature was prepared", code="NOT_PREPARED", hint="prepare the container anew")
        return inner


def is_container(document: bytes, *, limits: Limits = _LIMITS) -> bool:
    """Whether a document is a container that gets one more signature, rather than a file to be put in a new one.

    Other ZIP files are files: those of office programs, signed or not, and archives.

    Raises:
        UnreadableDocumentError: it looks like a container, and is damaged or does tricks; LimitExceededError: over a limit.
    """
    return opened(document, limits) is not None


def prepare_asic(
    document: bytes,
    *,
    certificate: Certificate,
    chain: Sequence[Certificate] = (),
    algorithm: SignatureAlgorithm,
    placement: AsicPlacement,
    at: datetime,
    digest: str = "sha256",
    limits: Limits = _LIMITS,
) -> PreparedAsic:
    """Put an unfinished signature in a container and say what the key must sign.

    Args:
        document: a file of any kind, or a container.
        certificate: the signing certificate.
        chain: further certificates to embed.
        algorithm: signature algorithm; must fit the certificate's key.
        placement: kind and form of the container, further files, names.
        at: claimed signing time, aware.
        digest: of the files and of the reference to the certificate.
        limits: bounds on the container.

    Returns:
        The value to finish with :func:`embed_asic`. The same arguments give the same value.

    Raises:
        UnreadableDocumentError: a container that cannot be read; LimitExceededError: over a limit, before or after.
        ConfigurationError: ``at`` has no zone; ``ASIC_PLACEMENT``: another kind or form than the container has.
        SigningError: weak or unfit algorithm; a container that takes no further signature (``ASIC_CLOSED``).
    """
    there = opened(document, limits)
    if there is None:
        layout = fresh(document, placement, digest, limits)
    else:
        layout = extended(document, there, placement, digest, limits)
    inner_xml: PreparedXml | None = None
    inner_cms: PreparedCms | None = None
    if layout.form is ContainerForm.XADES:
        files = [SignedFile(uri_of(file.name), file.content, file.media_type) for file in layout.files]
        inner_xml = prepare_over_files(
            layout.signatures,
            files,
            certificate=certificate,
            chain=chain,
            algorithm=algorithm,
            at=at,
            digest=digest,
            claims=placement.claims,
            limits=limits,
        )
        own = inner_xml.signature_id
    else:
        inner_cms = prepare_cms(
            layout.signatures or layout.covered,
            certificate=certificate,
            chain=chain,
            algorithm=algorithm,
            placement=_cms_placement(layout, placement),
            at=at,
            digest=digest,
            content=layout.covered,
            limits=limits,
        )
        own = inner_cms.signature_id
    return PreparedAsic(layout.container, layout.entry, f"{layout.entry}#{own}", inner_xml, inner_cms)


def embed_asic(prepared: PreparedAsic, value: bytes) -> bytes:
    """Finish the container with the signature value.

    Args:
        prepared: of :func:`prepare_asic`.
        value: the signature over ``prepared.to_be_signed``; ECDSA in DER, in XAdES also as ``r || s``.

    Raises:
        SelfCheckError: the value does not verify (XAdES; CAdES values are not verified here).
        SigningError, UnreadableDocumentError: the value is none of :func:`prepare_asic`.
    """
    if prepared.xml is not None:
        content = embed_xml(prepared.xml, value)
    elif prepared.cms is not None:
        content = embed_cms(prepared.cms, value)
    else:
        raise SigningError("no signature was prepared", code="NOT_PREPARED", hint="prepare the container anew")
    return with_entries(prepared.container, {prepared.entry: content})


def _cms_placement(layout: Layout, placement: AsicPlacement) -> CmsPlacement:
    """Detached, over the file or over the manifest; a further signer where the signature file has signers."""
    media = layout.files[0].media_type if layout.kind is ContainerKind.S else "text/xml"
    return CmsPlacement(
        packaging=CmsPackaging.DETACHED, mime_type=media, claims=placement.claims, parallel=bool(layout.signatures)
    )
