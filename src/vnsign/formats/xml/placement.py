"""What an XML signature looks like and where it goes: one frozen value, and the ready profiles.

The value knows no document: it is checked for contradictions when it is built, and against a document by
:func:`vnsign.formats.xml.prepare.prepare_xml`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from vnsign.errors import ConfigurationError
from vnsign.formats.xml.names import C14N_10, C14N_10_COMMENTS, C14N_EXCLUSIVE, C14N_METHODS, ENVELOPED
from vnsign.formats.xml.write_claims import check_claims
from vnsign.model.claims import NO_CLAIMS, Claims

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
_URI = re.compile(r"[^\s\"'<>\\^`{|}\x00-\x20\x7f]+")
_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+\-]+/[A-Za-z0-9!#$&^_.+\-]+")
_PATH = re.compile(r"/?(?:/(?:\{[^{}]*\})?[^\s/{}\[\]]+(?:\[[1-9][0-9]*\])?)+")
_ID_ATTRIBUTES = ("", "Id", "id", "ID")


class XmlForm(StrEnum):
    """The form of the signature."""

    XADES = "XAdES"
    XMLDSIG = "XML-DSig"


class XmlPackaging(StrEnum):
    """Where the signature stands towards the data (XMLDSig core, section 2)."""

    ENVELOPED = "enveloped"
    ENVELOPING = "enveloping"
    DETACHED = "detached"


class KeyInfoContent(StrEnum):
    """What ``ds:KeyInfo`` says of the signer."""

    CERTIFICATES = "certificates"
    """One ``X509Certificate`` each for the signing certificate and for the chain given."""
    LEAF_WITH_SUBJECT = "leaf-with-subject"
    """``X509SubjectName`` and the signing certificate alone, as e-invoices and tax returns carry it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlPlacement:
    """Form and place of an XML signature.

    Attributes:
        form: XAdES (EN 319 132-1, baseline) or plain XML-DSig.
        packaging: enveloped (``enveloped-signature`` transform), enveloping (the document's root moves into a
            ``ds:Object``), or detached (an element elsewhere in the document by ``#id``, or external data by URI: then the
            "document" to be signed is those data, as they are, and the result is a document with the signature alone).
        parent: path of the element that receives the signature as its last child: ``/HDon/DSCKS/NBan`` from the root or
            ``//DSCKS/NBan`` from anywhere; steps are local names, ``prefix:name`` as written in the document,
            ``{namespace}name``, each with an optional position ``[2]`` among its like. It must exist, once. Empty: the root.
        reference: what is signed: ``""`` the whole document, ``#id`` an element, another URI external data.
        more_references: further ``#id`` elements signed in the same way.
        signature_id: ``Id`` of the signature; empty: derived from document, certificate and time.
        id_attribute: the attribute that ``#id`` looks in; empty: ``Id``, ``id`` and ``ID``.
        canonicalization: ``CanonicalizationMethod`` and, unless ``transforms`` says otherwise, last transform.
        transforms: transforms of the data references; ``None``: what the packaging needs, then ``canonicalization``.
            Only ``enveloped-signature`` and canonicalisations are written.
        prefix: prefix of the XML-DSig namespace; empty: the signature declares it as default namespace.
        key_info: what ``KeyInfo`` holds.
        time_object: plain XML-DSig only: sign a ``SigningTime`` object, Vietnam's local time without zone.
        mime_type: ``MimeType`` of the data (XAdES ``DataObjectFormat``).
        claims: what the signer says beyond signing (XAdES).
        implied_policy: say that a signature policy holds which the context names (XAdES ``SignaturePolicyImplied``).
        counter_signs: id of the signature whose value is signed (XAdES ``CounterSignature``, EN 319 132-1, 5.2.7.2); it goes
            into that signature's unsigned properties, and nothing else says what is signed or where.
    """

    form: XmlForm = XmlForm.XADES
    packaging: XmlPackaging = XmlPackaging.ENVELOPED
    parent: str = ""
    reference: str = ""
    more_references: tuple[str, ...] = ()
    signature_id: str = ""
    id_attribute: str = ""
    canonicalization: str = C14N_10
    transforms: tuple[str, ...] | None = None
    prefix: str = "ds"
    key_info: KeyInfoContent = KeyInfoContent.CERTIFICATES
    time_object: bool = False
    mime_type: str = "text/xml"
    claims: Claims = NO_CLAIMS
    implied_policy: bool = False
    counter_signs: str = ""

    def __post_init__(self) -> None:
        self._check_words()
        self._check_claims()
        self._check_transforms()
        self._check_packaging()

    def _check_words(self) -> None:
        _demand(not self.parent or _PATH.fullmatch(self.parent), "parent", self.parent, "write it as /HDon/DSCKS/NBan")
        _demand(not self.signature_id or _NAME.fullmatch(self.signature_id), "signature_id", self.signature_id, "an XML name")
        _demand(not self.prefix or _NAME.fullmatch(self.prefix), "prefix", self.prefix, "an XML name")
        _demand(self.prefix.lower() not in ("xml", "xmlns", "xades"), "prefix", self.prefix, "another prefix")
        _demand(self.id_attribute in _ID_ATTRIBUTES, "id_attribute", self.id_attribute, "one of Id, id, ID, or empty")
        _demand(_MIME.fullmatch(self.mime_type), "mime_type", self.mime_type, "write it as text/xml")
        _demand(self.canonicalization in C14N_METHODS, "canonicalization", self.canonicalization, "a canonicalisation URI")
        if self.time_object:
            _demand(self.form is XmlForm.XMLDSIG, "time_object", "true", "XAdES has its own signed SigningTime")

    def _check_claims(self) -> None:
        if self.claims != NO_CLAIMS or self.implied_policy or self.counter_signs:
            _demand(self.form is XmlForm.XADES, "form", self.form, "claims and counter-signatures are of XAdES")
        check_claims(self.claims)
        _demand(not (self.implied_policy and self.claims.policy), "implied_policy", "true", "or a policy that is named")
        if self.counter_signs:
            alone = self.packaging is XmlPackaging.ENVELOPED and not (self.parent or self.reference or self.more_references)
            _demand(alone, "counter_signs", self.counter_signs, "without packaging, parent or reference of its own")

    def _check_transforms(self) -> None:
        transforms = self.data_transforms
        rest = transforms[1:] if transforms[:1] == (ENVELOPED,) else transforms
        _demand(
            len(rest) <= 1 and all(uri in C14N_METHODS for uri in rest),
            "transforms",
            " ".join(transforms),
            "at most enveloped-signature, then one canonicalisation",
        )
        if self.packaging is not XmlPackaging.ENVELOPED or self.counter_signs:
            _demand(ENVELOPED not in transforms, "transforms", ENVELOPED, "only for enveloped packaging")
        if self.external:
            _demand(not transforms, "transforms", " ".join(transforms), "none for external data")

    def _check_packaging(self) -> None:
        for uri in (self.reference, *self.more_references):
            _demand(not uri or _URI.fullmatch(uri), "reference", uri, "empty, #id or a URI without blanks")
            _demand(uri != "#" and not uri.startswith("#xpointer("), "reference", uri, "write an element as #id")
        for uri in self.more_references:
            _demand(uri.startswith("#") and not self.external, "more_references", uri, "#id elements of the document")
        names = (self.reference, *self.more_references)
        _demand(len(set(names)) == len(names), "more_references", " ".join(self.more_references), "each element once")
        if self.packaging is XmlPackaging.DETACHED:
            _demand(self.reference, "reference", "", "a detached signature names its data: #id or a URI")
        else:
            _demand(not self.external, "reference", self.reference, "external data need detached packaging")
        if self.packaging is XmlPackaging.ENVELOPING:
            _demand(
                not self.parent and not any(names), "parent or reference", self.parent, "enveloping packaging takes the root"
            )
            _demand(self.prefix, "prefix", "", "a default namespace would change the names inside")
        if self.external:
            _demand(not self.parent, "parent", self.parent, "a signature over external data stands alone")

    @property
    def external(self) -> bool:
        """Whether the data signed are outside the document that holds the signature."""
        return bool(self.reference) and not self.reference.startswith("#")

    @property
    def data_transforms(self) -> tuple[str, ...]:
        """The transforms of every data reference, in order."""
        if self.transforms is not None:
            return self.transforms
        if self.external:
            return ()
        enveloped = self.packaging is XmlPackaging.ENVELOPED and not self.counter_signs
        return (ENVELOPED, self.canonicalization) if enveloped else (self.canonicalization,)

    @property
    def object_transforms(self) -> tuple[str, ...]:
        """The transforms of references to the signature's own objects: explicit where those of the data are."""
        explicit = self.external or any(uri != ENVELOPED for uri in self.data_transforms)
        return (self.canonicalization,) if explicit else ()

    @classmethod
    def invoice_seller(cls, reference: str, *, parent: str = "//HDon/DSCKS/NBan", signature_id: str = "seller") -> XmlPlacement:
        """An e-invoice signed by its seller: plain XML-DSig with a signed ``SigningTime`` object.

        Args:
            reference: ``#`` and the ``Id`` of ``DLHDon``.
            parent: where the signature goes; give a full path with positions where a message holds several invoices.
            signature_id: ``Id`` of the signature.

        The ``enveloped-signature`` transform is written as the authority's programs write it, though the signature stands
        outside the element signed, where that transform does nothing.
        """
        return cls._administrative(reference, parent, signature_id, C14N_10, time_object=True)

    @classmethod
    def invoice_buyer(cls, reference: str, *, parent: str = "//HDon/DSCKS/NMua", signature_id: str = "buyer") -> XmlPlacement:
        """An e-invoice signed by its buyer; as :meth:`invoice_seller`."""
        return cls._administrative(reference, parent, signature_id, C14N_10, time_object=True)

    @classmethod
    def tax_return(
        cls, reference: str = "#_NODE_TO_SIGN", *, parent: str = "/HSoThueDTu/CKyDTu", signature_id: str = ""
    ) -> XmlPlacement:
        """A tax return: plain XML-DSig over ``HSoKhaiThue/@id``, C14N 1.0 with comments, no time object.

        Args:
            reference: ``#`` and the ``id`` of ``HSoKhaiThue``.
            parent: where the signature goes.
            signature_id: ``Id`` of the signature; derived when empty.
        """
        return cls._administrative(reference, parent, signature_id, C14N_10_COMMENTS, time_object=False)

    @classmethod
    def _administrative(
        cls, reference: str, parent: str, signature_id: str, canonicalization: str, *, time_object: bool
    ) -> XmlPlacement:
        return cls(
            form=XmlForm.XMLDSIG,
            packaging=XmlPackaging.ENVELOPED,
            parent=parent,
            reference=reference,
            signature_id=signature_id,
            canonicalization=canonicalization,
            transforms=(ENVELOPED,),
            prefix="",
            key_info=KeyInfoContent.LEAF_WITH_SUBJECT,
            time_object=time_object,
        )

    @classmethod
    def xades_enveloped(
        cls, *, parent: str = "", reference: str = "", canonicalization: str = C14N_10, signature_id: str = ""
    ) -> XmlPlacement:
        """XAdES baseline inside the document, over the whole of it or over one element."""
        return cls(parent=parent, reference=reference, canonicalization=canonicalization, signature_id=signature_id)

    @classmethod
    def counter_signature(
        cls, counter_signs: str, *, canonicalization: str = C14N_10, signature_id: str = "", claims: Claims = NO_CLAIMS
    ) -> XmlPlacement:
        """A counter-signature on a XAdES signature of the document, named as the reader names it."""
        return cls(counter_signs=counter_signs, canonicalization=canonicalization, signature_id=signature_id, claims=claims)

    @classmethod
    def xades_enveloping(cls, *, canonicalization: str = C14N_10, signature_id: str = "") -> XmlPlacement:
        """XAdES baseline around the document: its root moves into a ``ds:Object``."""
        return cls(packaging=XmlPackaging.ENVELOPING, canonicalization=canonicalization, signature_id=signature_id)

    @classmethod
    def xades_detached(
        cls,
        reference: str,
        *,
        parent: str = "",
        canonicalization: str = C14N_10,
        signature_id: str = "",
        mime_type: str = "",
    ) -> XmlPlacement:
        """XAdES baseline beside its data: ``#id`` of an element that does not hold the signature, or a URI.

        Args:
            reference: ``#id``, or the URI of the bytes that will be given as the document.
            parent: where the signature goes; empty for external data.
            canonicalization: URI.
            signature_id: ``Id`` of the signature; derived when empty.
            mime_type: of the data; empty: ``text/xml`` for an element, ``application/octet-stream`` for external data.
        """
        kind = mime_type or ("text/xml" if reference.startswith("#") else "application/octet-stream")
        return cls(
            packaging=XmlPackaging.DETACHED,
            parent=parent,
            reference=reference,
            canonicalization=canonicalization,
            signature_id=signature_id,
            mime_type=kind,
        )


def same_document_canonicalization(transforms: tuple[str, ...]) -> str:
    """The canonicalisation that a same-document reference ends with.

    ``""`` and ``#id`` select nodes without comments (XMLDSig core 1.1, 4.4.3.3), so that a ``WithComments`` transform has
    none to keep; without a canonicalisation the default is C14N 1.0 (4.4.3.2).
    """
    named = [uri for uri in transforms if uri != ENVELOPED]
    return without_comments(named[-1]) if named else C14N_10


def without_comments(uri: str) -> str:
    """The same canonicalisation without comments."""
    return C14N_EXCLUSIVE if uri.startswith(C14N_EXCLUSIVE) else uri.removesuffix("#WithComments")


def _demand(holds: object, name: str, found: str, hint: str) -> None:
    if not holds:
        raise ConfigurationError(f"XML placement: {name} is {found!r}", code="XML_PLACEMENT", hint=hint)
