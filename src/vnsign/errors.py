"""The exceptions of vnsign: raised only where no verdict could be made.

The tree, whole::

    VnsignError                      code, message, hint
    ├── ConfigurationError           incomplete policy, contradictory options, unpinned anchor
    │   └── TrustStoreError          no anchors, an anchor refused, a trust folder that cannot be read
    ├── UnreadableDocumentError      not a document, damaged beyond reading, encrypted without a password
    │   └── LimitExceededError       over a limit of size, depth or count
    ├── EvidenceError                evidence that cannot be read or fetched
    │   └── NetworkError             refused or failed at the guarded door
    ├── SigningError                 nothing was signed
    │   ├── CertificateNotFitError   the certificate may not sign now; the key was not touched
    │   ├── SignerUnavailableError   token absent, remote service down, key file unreadable
    │   ├── AuthorizationRefusedError wrong PIN or refused by the holder; never tried twice
    │   ├── TimestampUnavailableError no usable time-stamp token
    │   └── SelfCheckError           what was made does not verify; nothing is written
    ├── OutputExistsError            the output is there already, or is the input
    └── NotTotalPassedError          raised by ``require_total_passed``; carries the report (``model/report.py``)

A broken or untrusted signature is never an exception: it is in the report.
"""

from __future__ import annotations


class VnsignError(Exception):
    """Base of all: a stable ``code``, a ``message`` and a ``hint`` that says what to do.

    Args:
        message: what, where, found, expected; lower case, no full stop.
        code: stable text, the same in JSON, in the command line and here; the class's own where omitted.
        hint: what the user can do about it; empty when nothing can be done.
    """

    default_code = "ERROR"

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.code, self.hint)


def _rebuild(kind: type[VnsignError], message: str, code: str, hint: str) -> VnsignError:
    return kind(message, code=code, hint=hint)


class ConfigurationError(VnsignError):
    """A value was asked for that cannot mean anything safe."""

    default_code = "CONFIGURATION"


class TrustStoreError(ConfigurationError):
    """The trust store is empty, damaged, or refuses what it was given."""

    default_code = "TRUST_STORE"


class UnreadableDocumentError(VnsignError):
    """The bytes are not a document that can be read, so no verdict can be made."""

    default_code = "UNREADABLE_DOCUMENT"


class LimitExceededError(UnreadableDocumentError):
    """The document is larger, deeper or more numerous than the limits allow."""

    default_code = "LIMIT_EXCEEDED"


class EvidenceError(VnsignError):
    """Evidence (certificate, CRL, OCSP answer, time-stamp) cannot be read or fetched."""

    default_code = "EVIDENCE"


class NetworkError(EvidenceError):
    """The guarded door refused an address, or the other side failed."""

    default_code = "NETWORK"


class SigningError(VnsignError):
    """Nothing was signed."""

    default_code = "SIGNING"


class CertificateNotFitError(SigningError):
    """The certificate may not sign at this moment; the key was not touched."""

    default_code = "CERT_NOT_VALID_FOR_SIGNING"


class SignerUnavailableError(SigningError):
    """The key cannot be reached: token absent, service down, key file unreadable."""

    default_code = "SIGNER_UNAVAILABLE"


class AuthorizationRefusedError(SigningError):
    """Wrong PIN or refused by the holder. Never tried twice."""

    default_code = "AUTHORIZATION_REFUSED"


class TimestampUnavailableError(SigningError):
    """No usable time-stamp token was had, and the level asks for one."""

    default_code = "TIMESTAMP_UNAVAILABLE"


class SelfCheckError(SigningError):
    """What was made does not verify. It is thrown away."""

    default_code = "SELF_CHECK"


class OutputExistsError(VnsignError):
    """The output exists already, or is the input."""

    default_code = "OUTPUT_EXISTS"
