"""Long CRLs: read without their entries, and answering as a whole reading answers."""

from __future__ import annotations

import random
import time
from datetime import timedelta

import pytest
from bench.crl import AT, long_crl
from cryptography import x509

from vnsign.errors import EvidenceError
from vnsign.pki import der
from vnsign.pki.crl import crl_statement, read_crl, signed_by
from vnsign.pki.crl_scan import LONG, scan
from vnsign.testing.pki import TestPki

PKI = TestPki.load()
CA, CITIZEN = PKI.certificate("public-ca"), PKI.certificate("citizen")
SERIAL = CITIZEN.x509.serial_number
ENTRIES = 12_000


@pytest.fixture(scope="module")
def listing() -> bytes:
    return long_crl(ENTRIES, serials=(SERIAL,))


@pytest.fixture(scope="module")
def clear() -> bytes:
    return long_crl(ENTRIES)


def test_the_lists_are_long_enough_to_be_scanned(listing: bytes):
    assert len(listing) > LONG
    read = read_crl(listing)
    assert read is not None
    assert read.scanned is not None
    assert len(list(read.parsed)) == 0


def test_a_long_list_says_what_the_whole_reading_says(listing: bytes, clear: bytes):
    whole = x509.load_der_x509_crl(listing)
    known = {entry.serial_number: entry.revocation_date_utc for entry in whole}
    scanned = scan(listing)
    numbers = [*random.Random(1).sample(list(known), 40), SERIAL, *(random.Random(2).getrandbits(127) for _ in range(40))]
    for number in numbers:
        found = scanned.entry(number)
        assert (found.revocation_date_utc if found else None) == known.get(number)
    assert scan(clear).entry(SERIAL) is None


def test_the_head_has_the_dates_the_issuer_and_the_signature_of_the_list(listing: bytes):
    whole, head = x509.load_der_x509_crl(listing), scan(listing).head
    assert (head.issuer, head.last_update_utc, head.next_update_utc) == (
        whole.issuer,
        whole.last_update_utc,
        whole.next_update_utc,
    )
    assert (head.signature, head.signature_algorithm_oid) == (whole.signature, whole.signature_algorithm_oid)
    assert bytes(scan(listing).tbs) == whole.tbs_certlist_bytes


def test_statements_of_long_lists(listing: bytes, clear: bytes):
    revoking, clearing = read_crl(listing), read_crl(clear)
    assert revoking is not None
    assert clearing is not None
    said = crl_statement(revoking, CITIZEN, CA)
    assert said is not None
    assert (said.said, said.reason) == ("revoked", "superseded")
    good = crl_statement(clearing, CITIZEN, CA)
    assert good is not None
    assert (good.said, good.conclusive) == ("good", True)


@pytest.mark.parametrize("where", [0.3, 0.6, 0.9])
def test_a_long_list_with_one_byte_changed_is_not_signed(clear: bytes, where: float):
    spoiled = bytearray(clear)
    spoiled[int(len(clear) * where)] ^= 1
    read = read_crl(bytes(spoiled))
    assert read is None or not signed_by(read, CA)


def test_short_numbers_are_looked_up_in_the_whole_list():
    with_short = long_crl(ENTRIES, serials=(7, 0x0203))
    scanned = scan(with_short)
    assert scanned.entry(7) is not None
    assert scanned.entry(0x0203) is not None
    assert scanned.entry(8) is None


def test_the_index_answers_as_the_scan_does(listing: bytes):
    scanned, noise = scan(listing), random.Random(3)
    for _ in range(8):
        assert scanned.entry(noise.getrandbits(126)) is None
    assert scanned.entry(SERIAL) is not None
    # The same last eight octets as a listed number: the index alone must not say that it is listed.
    assert scanned.entry((1 << 100) + SERIAL % (1 << 64)) is None


def test_octets_of_a_number_inside_something_else_revoke_nobody():
    noise = random.Random(5).randbytes(16)
    inside = der.encode(
        0x30, b"\x06\x03\x55\x1d\x18" + der.encode(0x04, b"\x04" + bytes((len(noise),)) + noise)
    )  # an invalidity date that holds other octets
    entry = der.encode(0x30, b"\x02\x05\x01\x02\x03\x04\x05\x17\x0d260101000000Z" + der.encode(0x30, inside))
    made = _with_entry(entry)
    assert scan(made).entry(int.from_bytes(noise, "big")) is None
    assert scan(made).entry(0x0102030405) is not None


def _with_entry(entry: bytes) -> bytes:
    parts = der.children(long_crl(ENTRIES))
    fields = der.children(parts[0][2])
    place = next(index for index in range(1, len(fields)) if fields[index][0] == 0x30 and fields[index - 1][0] == 0x17)
    fields[place] = (0x30, b"", der.encode(0x30, fields[place][1] + entry))
    return der.encode(0x30, der.encode(0x30, b"".join(item[2] for item in fields)) + parts[1][2] + parts[2][2])


def test_a_number_encoded_otherwise_than_der_asks_is_never_taken_for_absent():
    odd = der.encode(0x30, b"\x02\x07\x00\x00\x01\x02\x03\x04\x05" + b"\x17\x0d260101000000Z")
    with pytest.raises(ValueError, match=r"[Ee]rror"):
        scan(_with_entry(odd)).entry(0x0102030405)


@pytest.mark.parametrize("cut", [1, 100, 5000])
def test_a_list_that_is_cut_off_cannot_be_read(listing: bytes, cut: int):
    with pytest.raises((EvidenceError, ValueError)):
        scan(listing[:-cut])
    assert read_crl(listing[:-cut]) is None


def test_a_list_without_entries_can_be_scanned():
    empty = scan(PKI.crl("public-root", this_update=AT, next_update=AT + timedelta(days=1)))
    assert empty.entry(SERIAL) is None
    assert (empty.start, empty.end) in ((empty.start, empty.start), (empty.start, empty.end))


def test_looking_up_grows_no_faster_than_the_list():
    def taken(entries: int) -> float:
        data = long_crl(entries)
        times = []
        for _ in range(5):
            start = time.process_time()
            scan(data).entry(SERIAL)
            times.append(time.process_time() - start)
        return min(times)

    assert taken(80_000) < 40 * taken(20_000) + 0.02
