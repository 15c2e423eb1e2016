"""Certificate policies: what a certificate states is read; what cannot be read is said, never raised as anything else."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.certificates import leaf
from vnsign.errors import EvidenceError
from vnsign.model.certificate import Certificate
from vnsign.pki.policies import CertificatePolicy, certificate_policies
from vnsign.testing.pki import TestPki


def test_policies_statements_and_notices_are_read_in_order():
    stated = (("2.16.704.1.1.1.1.1", "https://ca.example.vn/cps", "Phạm vi"), ("1.2.3", "http://b.example/cps", "Khác"))
    assert certificate_policies(leaf(policies=stated)) == (
        CertificatePolicy("2.16.704.1.1.1.1.1", ("https://ca.example.vn/cps",), ("Phạm vi",)),
        CertificatePolicy("1.2.3", ("http://b.example/cps",), ("Khác",)),
    )


def test_a_certificate_without_policies_states_none():
    assert certificate_policies(TestPki.load().certificate("citizen")) == ()


def test_bytes_that_are_no_certificate_state_none():
    assert certificate_policies(Certificate(b"nonsense")) == ()


@pytest.mark.parametrize(
    "value",
    [
        b"\x04\x00",
        b"\x30\x03\x02\x01\x01",
        b"\x30\x80",
        b"\x30\x04\x30\x02\x05\x00",
    ],
)
def test_an_extension_that_is_not_laid_out_as_policies_is_an_error(value):
    with pytest.raises(EvidenceError):
        certificate_policies(leaf(policies=value))


def test_texts_cannot_deceive_a_reader():
    (found,) = certificate_policies(leaf(policies=(("1.2.3", "https://a.example/\x1b[31m", "ab\u202ecd"),)))
    assert "\x1b" not in found.statements[0]
    assert "\u202e" not in found.notices[0]


@given(st.binary(min_size=1, max_size=64))
def test_arbitrary_bytes_are_read_or_refused(value):
    with contextlib.suppress(EvidenceError):
        certificate_policies(leaf(policies=value))
