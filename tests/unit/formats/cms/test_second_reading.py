"""The second reading agrees with sound signatures of every kind, and with nothing else."""

from __future__ import annotations

import pytest

from tests.unit.formats.cms.builder import tsa, with_unsigned
from tests.unit.formats.cms.writing import (
    ATTACHED,
    BESIDE,
    CONTENT,
    DETACHED,
    PKI,
    archive,
    finished,
    level_lt,
    level_t,
    prepared,
    signed,
)
from tests.unit.pki.cms_factory import attribute
from vnsign.errors import SelfCheckError
from vnsign.formats.cms import second_reading as module
from vnsign.formats.cms.placement import CmsPlacement
from vnsign.formats.cms.second_reading import second_reading

CITIZEN = PKI.certificate("citizen")


@pytest.mark.parametrize("placement", [ATTACHED, DETACHED], ids=["attached", "detached"])
@pytest.mark.parametrize("who", ["citizen", "citizen-p256", "citizen-p384", "citizen-ed25519"])
def test_it_agrees_at_every_level(who: str, placement: CmsPlacement) -> None:
    data = signed(who=who, placement=placement)
    for step in (lambda x: x, level_t, level_lt, archive):
        data = step(data)
        assert second_reading(data, "signer-1", PKI.certificate(who), external=BESIDE) == ""


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_it_agrees_with_pss(digest: str) -> None:
    assert second_reading(signed(padding="pss", digest=digest), "signer-1", CITIZEN) == ""


def test_it_agrees_with_further_signers_and_counter_signatures() -> None:
    data = signed(signed(), "agency", CmsPlacement(parallel=True))
    data = signed(data, "staff", CmsPlacement(counter_signs="signer-2"))
    data = level_t(
        signed(data, "citizen-p256", CmsPlacement(counter_signs="signer-2-counter-1")), "signer-2-counter-1-counter-1"
    )
    for name, who in (
        ("signer-1", "citizen"),
        ("signer-2", "agency"),
        ("signer-2-counter-1", "staff"),
        ("signer-2-counter-1-counter-1", "citizen-p256"),
    ):
        assert second_reading(data, name, PKI.certificate(who)) == ""


def wrong() -> dict[str, tuple[bytes, str, str]]:
    found = prepared()
    value = PKI.signer("citizen").sign([found.to_be_signed + b"\0"], found.algorithm)[0]
    from vnsign.formats.cms.prepare import embed_cms

    counter = prepared(signed(), "agency", CmsPlacement(counter_signs="signer-1"))
    bad_counter = embed_cms(counter, PKI.signer("agency").sign([b"other"], counter.algorithm)[0])
    stamp = attribute("1.2.840.113549.1.9.16.2.14", tsa().token("sha256", bytes(32)))
    return {
        "content": (signed().replace(CONTENT, CONTENT.upper()), "signer-1", "citizen"),
        "value": (embed_cms(found, value), "signer-1", "citizen"),
        "certificate": (signed(), "signer-1", "staff"),
        "no such signer": (signed(), "signer-2", "citizen"),
        "counter-signature": (bad_counter, "signer-1-counter-1", "agency"),
        "time-stamp": (with_unsigned(signed(), stamp), "signer-1", "citizen"),
        "no content": (signed(placement=DETACHED), "signer-1", "citizen"),
        "cut off": (signed()[:-1], "signer-1", "citizen"),
        "no CMS": (b"no CMS", "signer-1", "citizen"),
    }


@pytest.mark.parametrize("what", list(wrong()))
def test_it_disagrees_with_what_is_wrong(what: str) -> None:
    data, name, who = wrong()[what]
    with pytest.raises(SelfCheckError) as caught:
        second_reading(data, name, PKI.certificate(who))
    assert caught.value.code == "SECOND_READING"


def test_it_says_where_it_does_not_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 100)
    assert "not read twice" in second_reading(finished(prepared()), "signer-1", CITIZEN)
