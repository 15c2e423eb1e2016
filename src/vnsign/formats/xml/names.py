"""Names of XMLDSig and XAdES: namespaces, element names in Clark notation, URIs of types and transforms."""

from __future__ import annotations

DS = "http://www.w3.org/2000/09/xmldsig#"
"""XML-Signature Syntax and Processing."""
XML = "http://www.w3.org/XML/1998/namespace"
EXC_C14N_NS = "http://www.w3.org/2001/10/xml-exc-c14n#"
"""Namespace of ``InclusiveNamespaces``."""
FILTER2_NS = "http://www.w3.org/2002/06/xmldsig-filter2"
XADES_111 = "http://uri.etsi.org/01903/v1.1.1#"
XADES_122 = "http://uri.etsi.org/01903/v1.2.2#"
XADES_132 = "http://uri.etsi.org/01903/v1.3.2#"
XADES_141 = "http://uri.etsi.org/01903/v1.4.1#"
XADES_NAMESPACES = (XADES_132, XADES_122, XADES_111)
"""Namespaces in which ``QualifyingProperties`` is read; 1.4.1 only adds unsigned properties to 1.3.2."""

C14N_10 = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N_10_COMMENTS = C14N_10 + "#WithComments"
C14N_11 = "http://www.w3.org/2006/12/xml-c14n11"
C14N_11_COMMENTS = C14N_11 + "#WithComments"
C14N_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
C14N_EXCLUSIVE_COMMENTS = C14N_EXCLUSIVE + "WithComments"
C14N_EXCLUSIVES = frozenset({C14N_EXCLUSIVE, C14N_EXCLUSIVE_COMMENTS})
C14N_METHODS = frozenset({C14N_10, C14N_10_COMMENTS, C14N_11, C14N_11_COMMENTS}) | C14N_EXCLUSIVES
"""Every canonicalisation method that this library processes."""

ENVELOPED = DS + "enveloped-signature"
BASE64 = DS + "base64"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XPATH_FILTER2 = FILTER2_NS
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"

TYPE_OBJECT = DS + "Object"
TYPE_X509_DATA = DS + "X509Data"
TYPE_SIGNATURE_PROPERTIES = DS + "SignatureProperties"
TYPE_SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
TYPE_COUNTER_SIGNATURE = "http://uri.etsi.org/01903#CountersignedSignature"

WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
ID_NAMES = ("Id", "ID", "id", f"{{{XML}}}id", f"{{{WSU}}}Id", "AssertionID", "ResponseID", "RequestID")
"""Attributes that are read as identifiers, as no DTD or schema says which ones are (``wsu:Id`` is WS-Security's, the last three
are SAML 1's)."""


def ds(name: str) -> str:
    """Clark name in the XMLDSig namespace."""
    return f"{{{DS}}}{name}"


def xades(name: str, namespace: str = XADES_132) -> str:
    """Clark name in a XAdES namespace."""
    return f"{{{namespace}}}{name}"


SIGNATURE = ds("Signature")
SIGNED_INFO = ds("SignedInfo")
SIGNATURE_VALUE = ds("SignatureValue")
REFERENCE = ds("Reference")
TRANSFORMS = ds("Transforms")
TRANSFORM = ds("Transform")
DIGEST_METHOD = ds("DigestMethod")
DIGEST_VALUE = ds("DigestValue")
CANONICALIZATION_METHOD = ds("CanonicalizationMethod")
SIGNATURE_METHOD = ds("SignatureMethod")
KEY_INFO = ds("KeyInfo")
X509_DATA = ds("X509Data")
RETRIEVAL_METHOD = ds("RetrievalMethod")
X509_CERTIFICATE = ds("X509Certificate")
X509_CRL = ds("X509CRL")
X509_ISSUER_SERIAL = ds("X509IssuerSerial")
X509_SERIAL_NUMBER = ds("X509SerialNumber")
X509_SKI = ds("X509SKI")
OBJECT = ds("Object")
MANIFEST = ds("Manifest")
INCLUSIVE_NAMESPACES = f"{{{EXC_C14N_NS}}}InclusiveNamespaces"
