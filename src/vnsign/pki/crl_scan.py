"""Long CRLs without parsing a million entries: the list without its entries, and the one entry that is asked for.

``cryptography`` builds all entries when it loads a list, which takes three times as long as reading the file. Here it is given
the list without entries (dates, extensions, algorithm, signature value), and for a look-up a list with the one entry found.
The signature is checked over the bytes as they came.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

from cryptography import x509

from vnsign.errors import EvidenceError
from vnsign.pki import der

LONG = 256 * 1024
"""Octets from which a list is read this way."""

_TIMES = (0x17, 0x18)
_SCANS_BEFORE_INDEX = 4
_LEAST_OCTETS = 4
_MAX_CANDIDATES = 256


@dataclass(slots=True)
class _Index:
    """Octets of all serial numbers, once enough of them have been looked up to pay for it."""

    scans: int = 0
    keys: array[int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Scanned:
    """A long list.

    Attributes:
        data: the whole CertificateList.
        head: the same without entries, read.
        tbs: the TBSCertList as signed.
        start, end: where the entries are in ``data``.
    """

    data: bytes = field(repr=False)
    head: x509.CertificateRevocationList
    tbs: memoryview = field(repr=False)
    start: int
    end: int
    _template: tuple[bytes, bytes, bytes] = field(repr=False)
    _index: _Index = field(default_factory=_Index, repr=False)

    def entry(self, serial: int) -> x509.RevokedCertificate | None:
        """The entry of a serial number.

        Raises:
            ValueError: the entries are malformed.
        """
        octets = serial.to_bytes((serial.bit_length() + 7) // 8, "big") if serial > 0 else b""
        if len(octets) < _LEAST_OCTETS:
            # Too short to be searched for: everything would match.
            return self._whole().get_revoked_certificate_by_serial_number(serial)
        if self._is_absent(octets):
            return None
        # However the number is encoded, its octets stand together: where they are nowhere, it is not in the list.
        position, candidates = self.data.find(octets, self.start, self.end), 0
        while position >= 0 and candidates < _MAX_CANDIDATES:
            candidates += 1
            found = self._around(position, len(octets))
            if found is not None:
                return _load(self._template, found).get_revoked_certificate_by_serial_number(serial)
            position = self.data.find(octets, position + 1, self.end)
        return self._whole().get_revoked_certificate_by_serial_number(serial) if candidates else None

    def _around(self, position: int, length: int) -> bytes | None:
        """The entry whose serial number has its octets at a position; ``None`` where they are something else."""
        for padding in (0, 1):
            number = position - padding - 2
            if number < self.start or self.data[number : number + 2] != bytes((der.INTEGER, length + padding)):
                continue
            for header in (2, 3, 4):
                first = number - header
                if first < self.start or self.data[first] != der.SEQUENCE:
                    continue
                try:
                    _, content, stop = der.element(self.data, first)
                except EvidenceError:
                    continue
                whole = content == number and stop <= self.end and self.data[position + length] in _TIMES
                if whole and (stop == self.end or self.data[stop] == der.SEQUENCE):
                    return self.data[first:stop]
        return None

    def _whole(self) -> x509.CertificateRevocationList:
        return x509.load_der_x509_crl(self.data)

    def _is_absent(self, octets: bytes) -> bool:
        """Whether the index says so: of a list that is asked again and again, not of one that is asked once."""
        index = self._index
        if index.keys is None:
            index.scans += 1
            if index.scans <= _SCANS_BEFORE_INDEX:
                return False
            try:
                index.keys = _keys(self.data, self.start, self.end)
            except EvidenceError:
                # Some entry is malformed. Whether the list counts must not depend on how often it was asked.
                index.keys, index.scans = None, -(1 << 62)
                return False
        key = _key(octets)
        at = bisect_left(index.keys, key)
        # Equal keys are no proof: two numbers may share their last octets.
        return at == len(index.keys) or index.keys[at] != key


def scan(data: bytes) -> Scanned:
    """Read a long list.

    Args:
        data: DER of the CertificateList.

    Raises:
        EvidenceError: it is not laid out as one (RFC 5280, 5.1).
        ValueError: what ``cryptography`` thinks of the parts.

    Not checked: the layout of entries that nobody asks for.
    """
    tag, content, end = der.element(data, 0)
    parts = list(der.elements(data, content, end))
    if tag != der.SEQUENCE or end != len(data) or [part[0] for part in parts] != [0x30, 0x30, der.BIT_STRING]:
        raise EvidenceError("CertificateList is malformed")
    _, first, inner, stop = parts[0]
    fields = list(der.elements(data, inner, stop))
    place = _entries_among([item[0] for item in fields])
    _, before, start, last = fields[place] if place is not None else (0, stop, stop, stop)
    template = (data[inner:before], data[last if place is not None else stop : stop], data[stop:end])
    return Scanned(data, _load(template, b""), memoryview(data)[first:stop], start, last, template)


def _entries_among(tags: list[int]) -> int | None:
    """Which field is revokedCertificates: the SEQUENCE after a time."""
    for place in range(1, len(tags)):
        if tags[place] == der.SEQUENCE and tags[place - 1] in _TIMES:
            return place
    return None


def _load(template: tuple[bytes, bytes, bytes], entry: bytes) -> x509.CertificateRevocationList:
    before, after, rest = template
    entries = der.encode(der.SEQUENCE, entry) if entry else b""
    return x509.load_der_x509_crl(der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, before + entries + after) + rest))


def _keys(data: bytes, start: int, end: int) -> array[int]:
    found = []
    position = start
    while position < end:
        tag, content, stop = der.element(data, position)
        kind, inner, last = der.element(data, content)
        if tag != der.SEQUENCE or kind != der.INTEGER or stop > end or last > stop:
            raise EvidenceError("an entry of the CRL is malformed")
        found.append(int.from_bytes(data[max(inner, last - 8) : last], "big"))
        position = stop
    found.sort()
    return array("Q", found)


def _key(octets: bytes) -> int:
    return int.from_bytes(octets[-8:], "big")
