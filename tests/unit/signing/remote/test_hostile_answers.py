"""Whatever JSON a service answers, reading it gives a value or an error of signing, and words that can be shown."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.signing.remote.support import PKI
from vnsign.errors import SigningError
from vnsign.net.http import FetchResult
from vnsign.signing.remote.csc import _credential
from vnsign.signing.remote.csc_http import Answer, _refusal
from vnsign.signing.remote.csc_words import Dialect, values_of

CERTIFICATE = base64.b64encode(PKI.certificate("citizen").der).decode()
NAMES = (
    *("cert", "key", "certificates", "status", "algo", "multisign", "description", "authMode", "auth", "mode", "objects"),
    *("type", "id", "PIN", "OTP", "presence", "signatures", "error", "error_description", "SAD", "handle"),
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(CERTIFICATE)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=24,
)
FIELDS = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8)


def answer(fields: dict[str, object]) -> Answer:
    return Answer("https://x", 200, fields)


@given(FIELDS)
def test_descriptions_of_credentials(fields: dict[str, object]):
    try:
        found = _credential("name", answer(fields))
    except SigningError as error:
        assert error.code == "REMOTE_ANSWER"
        return
    for text in (found.status, found.description, *found.algorithms):
        assert text.isprintable()
        assert len(text) <= 402


@given(FIELDS, st.sampled_from(Dialect))
def test_what_the_holder_must_give(fields: dict[str, object], dialect: Dialect):
    try:
        asked = dialect.asked_for(answer(fields))
    except SigningError:
        return
    assert set(asked.secrets) <= {"PIN", "OTP"}


@given(FIELDS, st.integers(1, 3))
def test_signatures(fields: dict[str, object], count: int):
    try:
        assert len(values_of(answer(fields), count)) == count
    except SigningError as error:
        assert error.code == "REMOTE_ANSWER"


@given(FIELDS, st.integers(400, 599))
def test_refusals_are_short_and_printable_and_repeat_no_secret(fields: dict[str, object], status: int):
    secret = "s3cret"
    fields = {**fields, "error_description": f"the PIN {secret} is wrong" + str(fields.get("error_description", ""))}
    error = _refusal(Answer("https://x", status, fields), "ANSWER_LOST", (secret, ""))
    assert secret not in error.message
    assert error.message.isprintable()
    assert len(error.message) < 500


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()), st.sampled_from([200, 202, 204, 400, 500]))
def test_bodies(body: bytes, status: int):
    try:
        found = Answer.of("https://x", FetchResult("https://x", status, "", body))
    except SigningError as error:
        assert error.code == "REMOTE_ANSWER"
        assert status < 300
        return
    assert isinstance(found.fields, dict)


@pytest.mark.parametrize("value", ["12", 12, "0", None])
def test_numbers_may_come_as_text(value: object):
    assert answer({"multisign": value}).number("multisign") == int(value or 0)


@pytest.mark.parametrize("value", [True, -1, 1.5, "1e9", "9" * 11, 10**9, [], "²"])
def test_other_numbers_are_refused(value: object):
    with pytest.raises(SigningError):
        answer({"multisign": value}).number("multisign")
