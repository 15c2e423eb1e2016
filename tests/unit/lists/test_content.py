"""From the content of a list to anchors: versions, dates, statuses, history, purposes."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.lists.kit import (
    AT,
    CA_PKC,
    CA_QC,
    GENERIC,
    OF_LISTS,
    PKI,
    QTST,
    SIGNER,
    Entry,
    critical,
    granted,
    pointer,
    sample,
    service,
    signed,
    unsigned,
    use,
)
from vnsign.errors import ConfigurationError, TrustStoreError
from vnsign.lists.anchors import anchors, pointed_signers, pointer_to
from vnsign.lists.model import ListState
from vnsign.lists.read import read_trusted_list
from vnsign.trust.store import Purpose, TrustFamily, TrustStore

ROOT, CA, TSA = PKI.certificates("stranger-root", "public-ca", "public-tsa")
ZZ = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/ZZlist"


def read(data: bytes, at: datetime = AT, name: str = SIGNER):
    return read_trusted_list(data, signers=[PKI.certificate(name)], at=at)


def of(*services: str, at: datetime = AT, **fields):
    return read(signed(unsigned(*services, **fields)), at)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_services_become_foreign_anchors_by_purpose_with_list_number_and_hash_as_source():
    found = read(sample())
    by_certificate = {anchor.certificate: anchor for anchor in anchors(found)}
    assert by_certificate[ROOT].purposes == {Purpose.SIGNATURE}
    assert by_certificate[TSA].purposes == {Purpose.TIMESTAMP}
    anchor = by_certificate[ROOT]
    assert anchor.family is TrustFamily.FOREIGN
    assert (anchor.trusted_from, anchor.trusted_until, anchor.spans) == (day("2024-06-01"), None, ())
    assert anchor.source == f"trusted list XX no. 7 of 2026-10-01, SHA-256 {found.sha256[:16]}"


@pytest.mark.parametrize("version", ["5", "6"])
def test_versions_5_and_6_are_read(version):
    assert of(granted(ROOT), version=version).version == int(version)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"version": "3"}, "LIST_VERSION"),
        ({"version": "7"}, "LIST_VERSION"),
        ({"version": "x"}, "LIST_FORMAT"),
        ({"sequence": "-1"}, "LIST_FORMAT"),
        ({"sequence": "9" * 5000}, "LIST_FORMAT"),
        ({"territory": ""}, "LIST_FORMAT"),
        ({"issued": "2026-10-01T00:00:00"}, "LIST_FORMAT"),
        ({"issued": "yesterday"}, "LIST_FORMAT"),
        ({"issued": "2026-10-01"}, "LIST_FORMAT"),
        ({"next_update": "2026-02-30T00:00:00Z"}, "LIST_FORMAT"),
        ({"next_update": "2026-09-01T00:00:00Z"}, "LIST_FORMAT"),
    ],
)
def test_fields_that_cannot_be_read_are_refused_by_name(fields, code):
    with pytest.raises(TrustStoreError) as caught:
        of(granted(ROOT), **fields)
    assert caught.value.code == code


def test_an_expired_list_gives_no_anchors_unless_that_is_accepted_with_a_reason():
    found = of(granted(ROOT), next_update="2026-11-01T00:00:00Z")
    assert found.state is ListState.EXPIRED
    assert anchors(found) == ()
    assert anchors(found, accept_expired="  ") == ()
    (anchor,) = anchors(found, accept_expired="publisher is down")
    assert "expired, accepted: publisher is down" in anchor.source


def test_a_list_is_current_up_to_the_second_of_its_next_update():
    end = day("2027-04-01")
    assert read(sample(), end).state is ListState.CURRENT
    assert read(sample(), end + timedelta(seconds=1)).state is ListState.EXPIRED


def test_a_closed_list_does_not_expire_and_trusts_nothing_after_its_issue():
    found = of(granted(ROOT), next_update=None, at=day("2040-01-01"))
    assert found.state is ListState.CLOSED
    (anchor,) = anchors(found)
    assert anchor.trusted_for(Purpose.SIGNATURE, day("2026-09-30"))
    assert not anchor.trusted_for(Purpose.SIGNATURE, found.issued)


def test_a_moment_without_zone_is_refused():
    with pytest.raises(ConfigurationError):
        read(sample(), datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


def test_withdrawal_ends_the_trust_and_the_time_before_stays():
    (anchor,) = anchors(
        of(service(Entry("withdrawn", "2025-06-01T00:00:00Z", CA_QC, (ROOT,)), Entry("granted", "2024-06-01T00:00:00Z")))
    )
    assert anchor.trusted_until == day("2025-06-01") - timedelta(seconds=1)
    assert anchor.trusted_for(Purpose.SIGNATURE, day("2025-05-31"))
    assert not anchor.trusted_for(Purpose.SIGNATURE, day("2025-06-01"))
    assert not anchor.trusted_for(Purpose.SIGNATURE, day("2024-05-31"))


def test_an_interruption_of_trust_is_kept_as_intervals():
    (anchor,) = anchors(
        of(
            service(
                Entry("granted", "2026-01-01T00:00:00Z", CA_QC, (ROOT,)),
                Entry("granted", "2024-01-01T00:00:00Z"),
                Entry("withdrawn", "2025-01-01T00:00:00Z"),
            )
        )
    )
    assert [anchor.trusted_for(Purpose.SIGNATURE, day(f"{year}-06-01")) for year in (2023, 2024, 2025, 2026)] == [
        False, True, False, True,
    ]  # fmt: skip
    assert anchor.trusted_at(day("2025-06-01"))  # the outer interval alone would say yes
    store = TrustStore((anchor,))
    assert store.anchors_for(Purpose.SIGNATURE, day("2025-06-01")) == ()
    assert pickle.loads(pickle.dumps(store)) == store
    assert (store | store).anchors_for(Purpose.SIGNATURE, day("2025-06-01")) == ()


def test_a_certificate_that_was_never_granted_is_no_anchor():
    assert anchors(of(service(Entry("withdrawn", "2025-06-01T00:00:00Z", CA_QC, (ROOT,))))) == ()


def test_duplicates_are_merged_and_several_certificates_of_a_service_all_count():
    found = anchors(
        of(
            granted(ROOT, CA),
            granted(ROOT, type_uri=QTST, since="2025-01-01T00:00:00Z"),
            service(Entry("withdrawn", "2025-01-01T00:00:00Z", CA_QC, (CA,)), Entry("granted", "2024-01-01T00:00:00Z")),
        )
    )
    root, authority = (next(item for item in found if item.certificate == one) for one in (ROOT, CA))
    assert len(found) == 2
    assert root.trusted_for(Purpose.SIGNATURE, day("2024-07-01"))
    assert not root.trusted_for(Purpose.TIMESTAMP, day("2024-07-01"))
    assert root.trusted_for(Purpose.TIMESTAMP, day("2025-07-01"))
    # granted by one service or the other, touching intervals joined
    assert (authority.trusted_from, authority.trusted_until, authority.spans) == (day("2024-01-01"), None, ())


def test_the_older_statuses_end_where_the_regulation_begins_in_lists_of_its_members_alone():
    entries = (Entry("undersupervision", "2014-01-01T00:00:00Z", CA_QC, (ROOT,)),)
    (anchor,) = anchors(of(service(*entries)))
    assert anchor.trusted_for(Purpose.SIGNATURE, day("2015-01-01"))
    assert not anchor.trusted_for(Purpose.SIGNATURE, day("2016-07-01"))
    (elsewhere,) = anchors(of(service(*entries), type_uri=ZZ))
    assert elsewhere.trusted_for(Purpose.SIGNATURE, day("2025-07-01"))


def test_other_services_are_listed_and_nothing_passes_under_them():
    (anchor,) = anchors(of(granted(ROOT, type_uri=CA_PKC)))
    assert anchor.purposes == {Purpose.OTHER}
    assert TrustStore((anchor,)).anchors_for(Purpose.SIGNATURE, AT) == ()


def test_recognised_at_national_level_never_signs_or_stamps():
    assert anchors(of(service(Entry("recognisedatnationallevel", "2024-01-01T00:00:00Z", CA_QC, (ROOT,))))) == ()


@pytest.mark.parametrize(
    ("uses", "purpose"),
    [
        (("ForWebSiteAuthentication",), Purpose.OTHER),
        (("ForWebSiteAuthentication", "ForeSeals"), Purpose.SIGNATURE),
        (("ForeSignatures",), Purpose.SIGNATURE),
        (("RootCA-QC",), Purpose.SIGNATURE),
    ],
)
def test_a_ca_for_web_sites_alone_signs_no_documents(uses, purpose):
    entry = Entry("granted", "2024-01-01T00:00:00Z", CA_QC, (ROOT,), "".join(use(item) for item in uses))
    (anchor,) = anchors(of(service(entry)))
    assert anchor.purposes == {purpose}


def test_a_critical_extension_that_is_not_known_gives_no_trust_and_is_told():
    entry = Entry("granted", "2024-01-01T00:00:00Z", CA_QC, (ROOT,), critical())
    found = of(service(entry))
    assert anchors(found) == ()
    assert "critical extension Unheard" in found.remarks[0]
    assert anchors(of(service(Entry("granted", "2024-01-01T00:00:00Z", CA_QC, (ROOT,), critical(flag="false")))))


def test_a_status_that_is_not_known_gives_no_trust_and_is_told():
    found = of(service(Entry("urn:x:granted", "2024-01-01T00:00:00Z", CA_QC, (ROOT,))))
    assert anchors(found) == ()
    assert "urn:x:granted" in found.remarks[0]


@pytest.mark.parametrize(
    "entries",
    [
        (Entry("granted", "once", CA_QC, (ROOT,)),),
        (Entry("granted", "2024-01-01T00:00:00", CA_QC, (ROOT,)),),
        (Entry("withdrawn", "2024-01-01T00:00:00Z", CA_QC, (ROOT,)), Entry("granted", "2025-01-01T00:00:00Z")),
        (
            Entry("granted", "2025-01-01T00:00:00Z", CA_QC, (ROOT,)),
            Entry("withdrawn", "?"),
            Entry("granted", "2024-01-01T00:00:00Z"),
        ),
    ],
)
def test_a_service_whose_times_contradict_one_another_is_left_out(entries):
    found = of(service(*entries), granted(TSA, type_uri=QTST))
    assert [anchor.certificate for anchor in anchors(found)] == [TSA]
    assert "left out" in found.remarks[0]


def test_an_identity_that_is_no_certificate_is_left_out_and_the_others_stay():
    document = unsigned(granted(ROOT)).replace(
        b"<DigitalId>", b"<DigitalId><X509Certificate>AAAA</X509Certificate></DigitalId><DigitalId>", 1
    )
    found = read(signed(document))
    assert [anchor.certificate for anchor in anchors(found)] == [ROOT]
    assert found.remarks == ("a digital identity that is no certificate was left out",)


def test_more_services_than_are_read_are_refused(monkeypatch):
    from vnsign.lists import services

    monkeypatch.setattr(services, "MAX_SERVICES", 2)
    assert len(of(granted(ROOT), granted(TSA)).services) == 2
    with pytest.raises(TrustStoreError) as caught:
        of(granted(ROOT), granted(TSA), granted(CA))
    assert caught.value.code == "LIST_LIMIT"


def test_a_list_of_lists_names_signers_by_territory_and_type():
    lotl = of(type_uri=OF_LISTS, territory="EU", pointers=pointer("XX", PKI.certificate("agency")))
    assert lotl.is_list_of_lists
    assert anchors(lotl) == ()
    assert pointed_signers([lotl]) == {PKI.certificate("agency").sha256}
    own = read(sample("agency"), name="agency")
    assert pointer_to([lotl], own) is lotl
    assert pointer_to([lotl], read(sample("agency", territory="YY"), name="agency")) is None
    assert pointer_to([lotl], read(sample("agency", type_uri=ZZ), name="agency")) is None
    assert pointer_to([lotl], read(sample())) is None
    assert own.type_uri == GENERIC


def test_an_expired_list_of_lists_vouches_for_nobody():
    lotl = of(
        type_uri=OF_LISTS,
        territory="EU",
        pointers=pointer("XX", PKI.certificate("agency")),
        next_update="2026-11-01T00:00:00Z",
    )
    assert pointed_signers([lotl]) == frozenset()
    assert pointer_to([lotl], read(sample("agency"), name="agency")) is None


def test_a_list_is_a_value():
    found = read(sample())
    assert pickle.loads(pickle.dumps(found)) == found
