"""Trusted lists in a trust folder: what may be added, what is in effect, what the folder's own word decides."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.lists.kit import AT, CA_QC, OF_LISTS, PKI, SIGNER, Entry, granted, pointer, sample, service, signed, unsigned
from vnsign.errors import TrustStoreError
from vnsign.lists import folder as lists_folder
from vnsign.lists.changes import add_list, remove_list
from vnsign.lists.check import check_with_lists
from vnsign.lists.folder import Standing, load_lists, load_trust
from vnsign.lists.records import ListRecord, dump_records, read_records
from vnsign.trust import check as trust_check
from vnsign.trust import identify
from vnsign.trust.changes import Editor, Grant, Status
from vnsign.trust.check import Matter
from vnsign.trust.pins import Pin
from vnsign.trust.store import Purpose, TrustFamily, TrustStore

ROOT, CA, TSA = PKI.certificates("stranger-root", "public-ca", "public-tsa")
NAMED = (PKI.certificate(SIGNER),)
REASON = "fingerprint compared with the official journal"


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    return Editor(tmp_path / "trust", "tester", AT)


def add(editor: Editor, data: bytes, *, signers=NAMED, reason: str = REASON, **options):
    return add_list(editor, "list.xml", data, signers=signers, reason=reason, **options)


def code_of(editor: Editor, data: bytes, **options) -> str:
    with pytest.raises(TrustStoreError) as caught:
        add(editor, data, **options)
    return caught.value.code


def standings(editor: Editor, at: datetime = AT) -> list[Standing]:
    return [one.standing for one in load_lists(editor.folder, at)]


def test_a_list_gives_the_store_its_anchors_and_the_change_is_on_record(editor):
    outcome = add(editor, sample())
    assert outcome.status is Status.ADDED_LIST
    store, (one,) = load_trust(editor.folder, at=AT)
    assert {anchor.certificate for anchor in store.anchors} == {ROOT, TSA}
    assert [item.certificate for item in store.anchors_for(Purpose.SIGNATURE, AT)] == [ROOT]
    assert one.record.signers == (NAMED[0].sha256,)
    assert (one.record.reason, one.record.added, one.standing) == (REASON, AT, Standing.USED)
    (line,) = (editor.folder / "changes.jsonl").read_text("utf-8").splitlines()
    change = json.loads(line)
    assert (change["action"], change["sha256"]) == ("add-list", outcome.sha256)
    assert REASON in change["detail"]
    assert add(editor, sample()).status is Status.PRESENT


def test_a_refused_list_leaves_nothing_behind(editor):
    assert code_of(editor, sample("stranger")) == "LIST_SIGNER"
    assert not (editor.folder / "lists.toml").exists()
    assert not (editor.folder / "trusted-lists").exists()


@pytest.mark.parametrize(
    ("data", "options", "code"),
    [
        (sample(), {"reason": " "}, "NO_REASON"),
        (sample(), {"signers": ()}, "LIST_SIGNER"),
        (sample(next_update="2026-11-01T00:00:00Z"), {}, "LIST_EXPIRED"),
        (sample(issued="2026-12-01T00:00:00Z"), {}, "LIST_FROM_FUTURE"),
    ],
)
def test_what_is_not_added_and_why(editor, data, options, code):
    assert code_of(editor, data, **options) == code


def test_an_expired_list_is_used_only_with_the_reason_that_is_written_down(editor):
    add(editor, sample(next_update="2026-11-01T00:00:00Z"), accept_expired="publisher is down")
    store, (one,) = load_trust(editor.folder, at=AT)
    assert len(store.anchors) == 2
    assert one.record.accept_expired == "publisher is down"


def test_a_list_that_expires_later_gives_no_anchors_any_more(editor):
    add(editor, sample())
    later = datetime(2027, 4, 2, tzinfo=UTC)
    assert standings(editor, later) == [Standing.EXPIRED]
    with pytest.raises(TrustStoreError) as caught:
        load_trust(editor.folder, at=later)
    assert caught.value.code == "LIST_EXPIRED"
    assert load_trust(editor.folder, at=later - timedelta(days=2))


def test_the_newest_issue_alone_counts_and_an_older_one_is_refused(editor):
    add(editor, sample())
    newer = signed(unsigned(service(Entry("withdrawn", "2026-10-10T00:00:00Z", CA_QC, (ROOT,))), granted(TSA), sequence="8"))
    add(editor, newer)
    assert standings(editor) == [Standing.SUPERSEDED, Standing.USED]
    store, _ = load_trust(editor.folder, at=AT)
    assert {anchor.certificate for anchor in store.anchors} == {TSA}
    assert code_of(editor, sample(sequence="6")) == "LIST_OLDER"
    assert code_of(editor, signed(unsigned(granted(CA), sequence="8"))) == "LIST_TWICE"


def test_a_newer_issue_that_has_expired_does_not_bring_the_older_back(editor):
    add(editor, sample(next_update="2028-01-01T00:00:00Z"))
    add(editor, sample(sequence="8", next_update="2026-12-01T00:00:00Z"))
    assert standings(editor, datetime(2027, 1, 1, tzinfo=UTC)) == [Standing.SUPERSEDED, Standing.EXPIRED]


def test_lists_of_two_schemes_stand_beside_one_another(editor):
    add(editor, sample())
    add(editor, sample(territory="YY", sequence="3"))
    assert standings(editor) == [Standing.USED, Standing.USED]
    store, _ = load_trust(editor.folder, at=AT)
    assert len(store.anchors) == 2


def test_a_withdrawn_list_is_kept_and_gives_nothing(editor):
    sha256 = add(editor, sample()).sha256
    assert remove_list(editor, sha256[:8], "scheme left").status is Status.WITHDRAWN
    assert standings(editor) == [Standing.WITHDRAWN]
    assert (editor.folder / f"trusted-lists/{sha256}.xml").is_file()
    with pytest.raises(TrustStoreError) as caught:
        remove_list(editor, sha256[:8], "again")
    assert caught.value.code == "WITHDRAWN_ALREADY"
    for prefix in (sha256[:7], "0" * 8, ""):
        with pytest.raises(TrustStoreError) as caught:
            remove_list(editor, prefix, "x")
        assert caught.value.code == "NO_SUCH_LIST"


def test_a_list_of_lists_vouches_for_the_signers_that_it_names_for_that_territory(editor):
    agency = PKI.certificate("agency")
    lotl = signed(unsigned(type_uri=OF_LISTS, territory="EU", pointers=pointer("XX", agency)))
    vouching = add(editor, lotl).sha256
    assert code_of(editor, sample("agency", territory="YY"), signers=()) == "LIST_SIGNER"
    assert code_of(editor, sample("stranger"), signers=()) == "LIST_SIGNER"
    add(editor, sample("agency"), signers=())
    store, (_, national) = load_trust(editor.folder, at=AT)
    assert (national.record.via, national.record.signers) == (vouching, (agency.sha256,))
    assert len(store.anchors) == 2


def test_a_list_of_lists_passes_its_signature_on_through_a_pointer_to_itself(editor):
    agency = PKI.certificate("agency")
    own = pointer("EU", agency, type_uri=OF_LISTS)
    add(editor, signed(unsigned(type_uri=OF_LISTS, territory="EU", pointers=own)))
    add(editor, signed(unsigned(type_uri=OF_LISTS, territory="EU", sequence="8", pointers=own), "agency"), signers=())
    assert standings(editor) == [Standing.SUPERSEDED, Standing.USED]


def test_an_altered_file_is_named_and_nothing_is_loaded(editor):
    sha256 = add(editor, sample()).sha256
    path = editor.folder / f"trusted-lists/{sha256}.xml"
    path.write_bytes(sample("stranger"))
    with pytest.raises(TrustStoreError, match=str(path)) as caught:
        load_trust(editor.folder, at=AT)
    assert caught.value.code == "LIST_ALTERED"


def test_the_signature_is_checked_on_every_reading_not_the_hash_alone(editor):
    evil = sample("stranger")
    add(editor, sample())
    (record,) = read_records(editor.folder)
    import hashlib
    from dataclasses import replace

    (editor.folder / record.file).write_bytes(evil)
    forged = replace(record, sha256=hashlib.sha256(evil).hexdigest())
    (editor.folder / "lists.toml").write_text(dump_records([forged]), "utf-8")
    with pytest.raises(TrustStoreError) as caught:
        load_trust(editor.folder, at=AT)
    assert caught.value.code == "LIST_SIGNER"


def test_the_word_of_the_folder_goes_before_a_list(editor):
    grant = Grant(TrustFamily.OWN, "ours", frozenset({Purpose.SIGNATURE}))
    editor.add([("root.crt", ROOT.der)], grant)
    editor.withdraw(ROOT.sha256[:8], "key lost", datetime(2026, 1, 1, tzinfo=UTC))
    add(editor, sample())
    store, _ = load_trust(editor.folder, at=AT)
    anchor = store.anchor(ROOT)
    assert (anchor.family, anchor.trusted_until) == (TrustFamily.OWN, datetime(2026, 1, 1, tzinfo=UTC))
    assert store.anchors_for(Purpose.SIGNATURE, AT) == ()


def test_a_list_cannot_make_an_anchor_of_a_pinned_certificate(editor, monkeypatch):
    monkeypatch.setattr(lists_folder, "pins", lambda: {ROOT.sha256: object()})
    add(editor, sample())
    store, _ = load_trust(editor.folder, at=AT)
    assert [anchor.certificate for anchor in store.anchors] == [TSA]


def test_a_list_cannot_make_an_anchor_of_what_bears_the_name_of_a_pinned_one(editor, monkeypatch):
    about = identify.describe(ROOT)
    pin = Pin(
        name="national",
        subject=about.subject,
        sha256="0" * 64,
        not_before=about.not_before,
        not_after=about.not_after,
        family=TrustFamily.PUBLIC,
        purposes=frozenset({Purpose.SIGNATURE}),
        addresses=(),
        read=date(2026, 11, 23),
        place="test",
    )
    monkeypatch.setattr(identify, "pins", lambda: {pin.sha256: pin})
    add(editor, sample())
    store, _ = load_trust(editor.folder, at=AT)
    assert [anchor.certificate for anchor in store.anchors] == [TSA]


def test_a_folder_without_lists_is_read_as_before(editor):
    editor.add([("root.crt", ROOT.der)], Grant(TrustFamily.OWN, "ours"))
    store, lists = load_trust(editor.folder, at=AT)
    assert lists == ()
    assert store == TrustStore.load(editor.folder)


def test_the_store_without_lists_leaves_the_files_of_lists_alone(editor):
    editor.add([("root.crt", ROOT.der)], Grant(TrustFamily.OWN, "ours"))
    add(editor, sample())
    store = TrustStore.load(editor.folder)
    assert ([item.certificate for item in store.anchors], store.intermediates) == ([ROOT], ())


def test_lists_in_a_folder_within_the_folder_are_refused(editor):
    inner = Editor(editor.folder / "inner", "tester", AT)
    add(inner, sample())
    with pytest.raises(TrustStoreError) as caught:
        load_trust(editor.folder, at=AT)
    assert caught.value.code == "NESTED_FOLDER"


def test_the_check_counts_the_anchors_of_lists_and_names_damaged_and_expired_ones(editor):
    sha256 = add(editor, sample()).sha256
    found = check_with_lists(trust_check.check(editor.folder, AT), editor.folder, AT)
    assert (found.anchors, found.sound) == (2, True)
    later = datetime(2028, 1, 1, tzinfo=UTC)
    found = check_with_lists(trust_check.check(editor.folder, later), editor.folder, later)
    assert Matter.EXPIRED in [item.matter for item in found.remarks]
    (editor.folder / f"trusted-lists/{sha256}.xml").write_bytes(b"<a/>")
    found = check_with_lists(trust_check.check(editor.folder, AT), editor.folder, AT)
    assert Matter.ALTERED in [item.matter for item in found.remarks]
    assert not found.sound


def test_records_are_written_and_read_back_equal(tmp_path):
    record = ListRecord(
        sha256="a" * 64,
        file="trusted-lists/x.xml",
        signers=("b" * 64,),
        reason='lý do "có dấu"\n',
        added=AT,
        via="c" * 64,
        accept_expired="x",
        withdrawn=AT,
        withdrawn_reason="y",
    )
    (tmp_path / "lists.toml").write_text(dump_records([record]), "utf-8")
    assert read_records(tmp_path) == (record,)


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        'schema = "vnsign.lists/2"',
        'schema = "vnsign.lists/1"\nlists = 3',
        'schema = "vnsign.lists/1"\n[lists.abc]\nfile = "x"',
        *(
            f'schema = "vnsign.lists/1"\n[lists."{"a" * 64}"]\n{entry}'
            for entry in (
                'file = "trusted-lists/x"\nsigners = []\nreason = "x"\nadded = 2026-01-01T00:00:00Z',
                f'file = "trusted-lists/x"\nsigners = ["{"B" * 64}"]\nreason = "x"\nadded = 2026-01-01T00:00:00Z',
                f'file = "trusted-lists/x"\nsigners = ["{"b" * 64}"]\nreason = ""\nadded = 2026-01-01T00:00:00Z',
                f'file = "trusted-lists/x"\nsigners = ["{"b" * 64}"]\nreason = "x"\nadded = 2026-01-01T00:00:00',
                f'file = "trusted-lists/x"\nsigners = ["{"b" * 64}"]\nreason = 3\nadded = 2026-01-01T00:00:00Z',
                f'file = "/etc/passwd"\nsigners = ["{"b" * 64}"]\nreason = "x"\nadded = 2026-01-01T00:00:00Z',
                f'file = "trusted-lists/../../x"\nsigners = ["{"b" * 64}"]\nreason = "x"\nadded = 2026-01-01T00:00:00Z',
                f'file = "x.xml"\nsigners = ["{"b" * 64}"]\nreason = "x"\nadded = 2026-01-01T00:00:00Z',
            )
        ),
        "\xff" * 10,
    ],
)
def test_a_damaged_record_file_is_refused_whole(tmp_path, text):
    (tmp_path / "lists.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(TrustStoreError) as caught:
        read_records(tmp_path)
    assert caught.value.code == "BAD_LISTS_FILE"


def test_the_trust_package_and_a_folder_without_lists_load_no_xml(tmp_path):
    import subprocess
    import sys

    place = tmp_path / "trust"
    Editor(place, "tester", AT).add([("root.crt", ROOT.der)], Grant(TrustFamily.OWN, "ours"))
    code = (
        "import sys, datetime\nfrom vnsign.lists.folder import load_trust\n"
        f"load_trust({str(place)!r}, at=datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC))\n"
        "sys.exit('lxml' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
