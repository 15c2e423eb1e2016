"""Other people's trusted lists: our answer beside what independent programs found; divergences are listed with reasons.

The signer is taken from the list itself here, which proves nothing of trust: the question is whether the signature and the
content are read rightly. ``list_divergences.toml`` must be exact: what is unlisted, gone or answered otherwise fails.
"""

from __future__ import annotations

import json
import resource
import time
import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.unit.lists.kit import PKI, SIGNER, signed, unsigned
from vnsign.errors import VnsignError
from vnsign.formats.source import DocumentSource
from vnsign.formats.xml.read import read_xml
from vnsign.lists.anchors import anchors, pointer_to
from vnsign.lists.model import ListState, TrustedList
from vnsign.lists.read import read_trusted_list
from vnsign.model.certificate import Certificate
from vnsign.model.limits import Limits
from vnsign.pki.profile import profile
from vnsign.trust.store import Purpose, TrustAnchor, TrustStore

pytestmark = pytest.mark.corpus

AT = datetime(2026, 11, 24, tzinfo=UTC)
IN_2019 = datetime(2019, 9, 10, tzinfo=UTC)
BROKEN = {"LIST_CHANGED", "LIST_VALUE", "LIST_SIGNER"}
NOT_XML = "XML_NOT_WELL_FORMED"
SOUND = "sound"


def rows(data: Path) -> list[dict[str, Any]]:
    lines = (data / "corpora" / "manifest.jsonl").read_text("utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["path"].startswith("tl/")]


@cache
def content(data: Path, path: str) -> bytes:
    return (data / "corpora" / path).read_bytes()


@cache
def own_signer(data: bytes) -> list[Certificate]:
    """The certificate that the list itself names; none where it cannot be read."""
    try:
        facts = read_xml(DocumentSource("list", data=data), limits=Limits())
    except VnsignError:
        return []
    return [item.signing_certificate for item in facts.signatures if item.signing_certificate is not None]


def read(data: bytes, at: datetime = AT) -> TrustedList:
    return read_trusted_list(data, signers=own_signer(data), at=at)


@cache
def answer(data: bytes) -> str:
    try:
        read(data)
    except VnsignError as error:
        return error.code
    return SOUND


def expected(row: dict[str, Any]) -> set[str]:
    """What the independent programs say: sound, broken, or not to be parsed."""
    said = row.get("crypto_expected")
    if said is None:
        return {NOT_XML} if "libxml_error" in row["oracle"] else {SOUND, *BROKEN}
    return {SOUND} if said else BROKEN


def divergences() -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(__file__).parent / "list_divergences.toml").read_text("utf-8"))


def test_every_list_is_answered_as_the_programs_of_others_do_or_the_divergence_is_listed(shared_data):
    found = {}
    answers = {}
    for row in rows(shared_data):
        answers[row["path"]] = given = answer(content(shared_data, row["path"]))
        if given not in expected(row):
            found[row["path"]] = given
    listed = {path: item["answer"] for path, item in divergences().items()}
    assert len(answers) >= 49
    assert found == listed
    assert all(item["reason"].strip() for item in divergences().values())
    assert sum(given == SOUND for given in answers.values()) >= 40
    broken = [path for path in answers if "broken" in path]
    assert len(broken) == 3
    assert {answers[path] for path in broken} == {"LIST_CHANGED"}


def test_no_list_is_accepted_under_a_signer_that_did_not_sign_it(shared_data):
    stranger = [PKI.certificate(SIGNER)]
    for row in rows(shared_data):
        with pytest.raises(VnsignError) as caught:
            read_trusted_list(content(shared_data, row["path"]), signers=stranger, at=AT)
        assert caught.value.code in {"LIST_SIGNER", "LIST_CHANGED", NOT_XML}, row["path"]


def test_no_list_of_the_past_gives_anchors_today(shared_data):
    states = []
    for row in rows(shared_data):
        data = content(shared_data, row["path"])
        if answer(data) == SOUND:
            found = read(data)
            states.append(found.state)
            assert found.state is not ListState.EXPIRED or anchors(found) == ()
    assert set(states) == set(ListState)


def test_nothing_in_a_closed_list_is_trusted_after_its_issue(shared_data):
    name = "cache/https___ec_europa_eu_tools_lotl_Final_EU_TSL_UKsigned_xml"
    found = read(content(shared_data, path_of(shared_data, name)))
    assert (found.state, found.territory) == (ListState.CLOSED, "UK")
    made = anchors(found)
    assert made
    assert all(anchor.trusted_until is not None and anchor.trusted_until < found.issued for anchor in made)


def path_of(data: Path, name: str) -> str:
    (found,) = [row["path"] for row in rows(data) if row["path"].endswith(name)]
    return found


def test_the_list_of_lists_of_2019_vouches_for_the_national_lists_of_its_time_and_not_across_borders(shared_data):
    lotl = read(content(shared_data, path_of(shared_data, "dss-tsl-validation/eu-lotl.xml")), IN_2019)
    assert lotl.is_list_of_lists
    for country in ("DK", "FI", "LI", "LT", "NO", "PT"):
        national = read(content(shared_data, path_of(shared_data, f"lotlCache/{country}.xml")), IN_2019)
        assert national.territory == country
        assert pointer_to([lotl], national) is lotl, country
        others = [one for one in lotl.pointers if one.territory != country]
        assert not any(national.signer in one.certificates for one in others)


def by_hash(found: TrustedList) -> dict[Certificate, TrustAnchor]:
    return {anchor.certificate: anchor for anchor in anchors(found, accept_expired="test")}


# Authorities (name and key) granted by the end of the list (CA/QC, TSA/QTST), as pyHanko's reader of trusted lists counts
# them; less the CAs for web sites alone (one in PT and in NO), which it counts and which sign no documents.
COUNTS = {
    "pyHanko/tl/tsl-ee.xml": (10, 7),
    "lotlCache/FI.xml": (7, 0),
    "lotlCache/LT.xml": (5, 2),
    "lotlCache/LI.xml": (5, 0),
    "lotlCache/NO.xml": (11, 2),
    "lotlCache/PT.xml": (17, 17),
    "cache/https___www_digst_dk_TSLDKxml": (3, 5),
    "cache/https___www_llv_li_files_ak_xml_llv_ak_tsl_xml": (0, 0),
    "cache/https___ec_europa_eu_tools_lotl_Final_EU_TSL_UKsigned_xml": (0, 0),
    "test/data/EE_T-CA-withdrawn.xml": (10, 7),
    "test/data/EE_T-CA-withdrawn-granted-before.xml": (11, 7),
}


@pytest.mark.parametrize("name", COUNTS)
def test_as_many_services_are_granted_as_another_reader_counts(shared_data, name):
    found = read(content(shared_data, path_of(shared_data, name)))
    store = TrustStore(anchors(found, accept_expired="test"))
    counts = tuple(
        len({authority(item) for item in store.anchors_for(purpose, found.next_update or found.issued)})
        for purpose in (Purpose.SIGNATURE, Purpose.TIMESTAMP)
    )
    assert counts == COUNTS[name]


def authority(anchor: TrustAnchor) -> object:
    facts = profile(anchor.certificate)
    assert facts is not None
    return facts.subject_key, facts.public_key_info


def test_a_withdrawal_in_the_test_lists_ends_the_trust_and_an_earlier_grant_stays(shared_data):
    plain, before = (
        by_hash(read(content(shared_data, path_of(shared_data, f"test/data/EE_T-CA-{name}.xml"))))
        for name in ("withdrawn", "withdrawn-granted-before")
    )
    differing = [one for one in {*plain, *before} if times(plain.get(one)) != times(before.get(one))]
    assert len(differing) == 1
    ended, granted_again = plain[differing[0]], before[differing[0]]
    end = datetime(2013, 4, 22, 11, 49, 29, tzinfo=UTC)
    assert (ended.trusted_until, ended.spans) == (end, ())
    assert (granted_again.trusted_until, granted_again.spans[0].until) == (None, end)
    pause = datetime(2013, 4, 22, 20, tzinfo=UTC)
    assert not granted_again.trusted_for(Purpose.SIGNATURE, pause)
    assert granted_again.trusted_for(Purpose.SIGNATURE, granted_again.spans[1].since)


def times(anchor: TrustAnchor | None) -> object:
    return None if anchor is None else (anchor.trusted_from, anchor.trusted_until, anchor.purposes, anchor.spans)


def test_a_list_of_five_million_bytes_takes_two_seconds_and_bounded_memory(shared_data):
    data = content(shared_data, path_of(shared_data, "pyHanko/tl/tsl-ee.xml"))
    text = data[data.index(b"<TrustServiceProvider>") : data.index(b"</TrustServiceProviderList>")].decode()
    copies = 5_000_000 // len(text) + 1
    prefixes = data[data.index(b"<TrustServiceStatusList") :].split(b">", 1)[0].decode()
    names = [part for part in prefixes.split() if part.startswith("xmlns:")]
    document = unsigned(
        attributes=" ".join(['Id="list"', *names]),
        extra=f"<TrustServiceProviderList>{text * copies}</TrustServiceProviderList>",
    )
    large = signed(document)
    assert len(large) >= 5_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    found = read_trusted_list(large, signers=[PKI.certificate(SIGNER)], at=AT)
    made = anchors(found)
    seconds = time.perf_counter() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    assert len(found.services) == copies * 62
    assert len(made) == 64
    assert seconds < 3.0, seconds
    assert grown < 400, f"{grown} MiB more at the peak"
