"""Who a certificate says it belongs to, in all the forms that Vietnamese issuers write.

The numbers stand in the UID attribute (0.9.2342.19200300.100.1.1) as ``MST:0301519977-029``, several in several attributes or
in one value; civil-service certificates may carry none. Shapes of numbers are not judged here: a rule does that.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache

from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.model.report import Identifier, Signer, SignerKind
from vnsign.pki import names
from vnsign.pki.der import read_extensions
from vnsign.pki.profile import alternative_emails, tbs_fields

_CN, _O, _OU, _T = "2.5.4.3", "2.5.4.10", "2.5.4.11", "2.5.4.12"
_UID = "0.9.2342.19200300.100.1.1"
_EMAIL = "1.2.840.113549.1.9.1"
_OTHER_NUMBERS = {"2.5.4.5": "SERIALNUMBER", "2.5.4.97": "ORGANIZATIONIDENTIFIER"}

_PERSONAL = frozenset({"CCCD", "CMND", "HC", "BHXH", "PID", "PPID"})
_ORGANISATIONAL = frozenset({"MST", "MNS", "QD"})
_KNOWN = "|".join(sorted(_PERSONAL | _ORGANISATIONAL, key=len, reverse=True))
_TYPED = re.compile(r"([^\W\d_]{1,16})\s*[:=]\s*(.*)", re.DOTALL)
_UNSEPARATED = re.compile(rf"({_KNOWN})\s*(\d.*)", re.DOTALL | re.IGNORECASE)
# Applied to text with single spaces only, so that no run of spaces makes it slow.
_NEXT = re.compile(rf" ?[-,;+/| ] ?(?=(?:{_KNOWN}) ?[:=])", re.IGNORECASE)
_CITIZEN_NUMBER_LENGTH = 12


def display_name(name: bytes) -> str:
    """A DER Name as one line for people (``CN=…, O=…, C=VN``); never to be compared or parsed."""
    return names.one_line(name)


@lru_cache(maxsize=1024)
def read_signer(certificate: Certificate) -> Signer:
    """Read the holder from a certificate.

    What is NOT checked: that the certificate is trusted, valid, or that the numbers have the right shape.

    Args:
        certificate: the signing certificate.

    Returns:
        The holder; texts are NFC with control characters replaced, values that are absent are ``""``.

    Raises:
        EvidenceError: when the bytes are not a certificate.
    """
    subject, issuer, serial, not_before, not_after, alternative = _fields(certificate)
    identifiers = _identifiers(subject)
    organisation, title = _joined(subject, _O), _joined(subject, _T)
    email = next((value for value in (*names.values(subject, _EMAIL), *alternative) if value), "")
    return Signer(
        name=next(iter(names.values(subject, _CN)), ""),
        organisation=organisation,
        unit=_joined(subject, _OU),
        title=title,
        email=email,
        kind=_kind(identifiers, organisation=organisation, title=title),
        identifiers=identifiers,
        subject=names.one_line(subject),
        issuer=names.one_line(issuer),
        issuer_name=next(iter(names.values(issuer, _CN)), ""),
        serial_number=f"{serial:x}",
        not_before=not_before,
        not_after=not_after,
        certificate_sha256=certificate.sha256,
    )


def split_identifiers(value: str) -> tuple[Identifier, ...]:
    """The typed numbers of one UID value: ``MST:0101-CMND:0303`` gives two, a bare number gives type ``UID``."""
    return tuple(_identifier(part) for part in _NEXT.split(" ".join(value.split())) if part.strip())


def _identifier(part: str) -> Identifier:
    typed = _TYPED.fullmatch(part.strip()) or _UNSEPARATED.fullmatch(part.strip())
    if typed is None:
        return Identifier("UID", part.strip())
    return Identifier(_prefix(typed[1]), typed[2].strip())


def _prefix(written: str) -> str:
    upper = unicodedata.normalize("NFKD", written.upper().replace("Đ", "D"))
    return "".join(char for char in upper if not unicodedata.combining(char))


def _identifiers(subject: bytes) -> tuple[Identifier, ...]:
    found: list[Identifier] = []
    for value in names.values(subject, _UID):
        found.extend(split_identifiers(value))
    for oid, type_ in _OTHER_NUMBERS.items():
        found.extend(Identifier(type_, value) for value in names.values(subject, oid) if value)
    return tuple(dict.fromkeys(found))


def _kind(identifiers: tuple[Identifier, ...], *, organisation: str, title: str) -> SignerKind:
    types = {item.type for item in identifiers}
    if types & _PERSONAL:
        inside = bool(types & _ORGANISATIONAL) or bool(organisation)
        return SignerKind.PERSON_IN_ORGANISATION if inside else SignerKind.PERSON
    if not types & _ORGANISATIONAL:
        return SignerKind.UNKNOWN
    if title:
        return SignerKind.PERSON_IN_ORGANISATION
    codes = [item.value for item in identifiers if item.type in _ORGANISATIONAL]
    # A tax code of twelve digits is a citizen's number: a person or a household, which the certificate does not say.
    if all(code.isdigit() and len(code) == _CITIZEN_NUMBER_LENGTH for code in codes):
        return SignerKind.UNKNOWN
    return SignerKind.ORGANISATION


def _joined(name: bytes, oid: str) -> str:
    return ", ".join(value for value in names.values(name, oid) if value)


_Fields = tuple[bytes, bytes, int, datetime, datetime, tuple[str, ...]]


def _fields(certificate: Certificate) -> _Fields:
    try:
        return _fields_by_cryptography(certificate)
    # The door to foreign bytes: the stricter library refuses some certificates in use; the tolerant one decides.
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001
        return _fields_by_asn1crypto(certificate)


def _fields_by_cryptography(certificate: Certificate) -> _Fields:
    parsed = certificate.x509
    fields = tbs_fields(parsed.tbs_certificate_bytes)
    names.attributes(fields.subject)
    validity = (parsed.not_valid_before_utc, parsed.not_valid_after_utc)
    return fields.subject, fields.issuer, parsed.serial_number, *validity, _emails(fields.extensions)


def _emails(extensions: bytes | None) -> tuple[str, ...]:
    try:
        found = read_extensions(extensions) if extensions is not None else {}
    # Extensions that cannot be read cost the e-mail address, not the holder.
    except EvidenceError:
        return ()
    return tuple(names.clean(value) for value in alternative_emails(found))


def _fields_by_asn1crypto(certificate: Certificate) -> _Fields:
    from asn1crypto import x509 as tolerant

    try:
        parsed = tolerant.Certificate.load(certificate.der)
        tbs = parsed["tbs_certificate"]
        not_before, not_after = (tbs["validity"][part].native.astimezone(UTC) for part in ("not_before", "not_after"))
        if not isinstance(not_before, datetime) or not isinstance(not_after, datetime):
            raise TypeError("validity is no moment")  # noqa: TRY301 - asn1crypto's year 0, handled with the rest below
        return tbs["subject"].dump(), tbs["issuer"].dump(), int(tbs["serial_number"].native), not_before, not_after, ()
    # The door to foreign bytes: asn1crypto raises ValueError, TypeError, KeyError, RecursionError and more.
    except MemoryError:
        raise
    except Exception as error:
        raise EvidenceError(f"not a certificate: {error}", code="BAD_CERTIFICATE") from error
