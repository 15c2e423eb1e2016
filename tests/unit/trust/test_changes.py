"""Changes to a trust folder: what is accepted, what is refused, and that all of it is on record."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vnsign.errors import NetworkError, TrustStoreError
from vnsign.trust.changes import Editor, Grant, Status
from vnsign.trust.files import write
from vnsign.trust.store import Purpose, TrustFamily, TrustStore
from vnsign.trust.sync import sync

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
OWN = Grant(TrustFamily.OWN, "handed over by the ministry, fingerprint read out by telephone")


def statuses(outcomes) -> list[Status]:
    return [item.status for item in outcomes]


def log(editor: Editor) -> list[dict]:
    path = editor.folder / "changes.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_pinned_certificate_becomes_an_anchor_and_what_verifies_an_intermediate_in_any_order(editor, pki, pinned):
    sources = [(name, pki.certificate(name).der) for name in ("public-ca", "public-root", "government-root")]
    outcomes = editor.add(sources)
    assert statuses(outcomes) == [Status.ADDED_INTERMEDIATE, Status.ADDED_ANCHOR, Status.ADDED_ANCHOR]
    store = TrustStore.load(editor.folder)
    assert (len(store.anchors), len(store.intermediates)) == (2, 1)
    assert statuses(editor.add(sources)) == [Status.PRESENT] * 3


def test_every_change_is_a_line_with_time_actor_action_file_and_hash(editor, pki, pinned):
    editor.add([("root.crt", pki.certificate("public-root").der)])
    editor.add([("root.crt", pki.certificate("public-root").der)])
    assert log(editor) == [
        {
            "time": "2026-11-24T03:00:00Z",
            "actor": "tester",
            "action": "add-anchor",
            "file": "root.crt",
            "sha256": pki.certificate("public-root").sha256,
            "detail": "public; pin public-root",
        }
    ]


def test_an_unpinned_self_signed_certificate_is_refused_without_a_grant(editor, pki, pinned):
    (outcome,) = editor.add([("stranger.crt", pki.certificate("stranger-root").der)])
    assert (outcome.status, outcome.code) == (Status.REFUSED, "UNPINNED_ANCHOR")
    assert "--family" in outcome.hint
    assert log(editor) == []


def test_a_grant_makes_it_an_anchor_with_family_purpose_and_reason(editor, pki, pinned):
    grant = Grant(TrustFamily.OWN, OWN.reason, frozenset({Purpose.SIGNATURE}))
    assert statuses(editor.add([("stranger.crt", pki.certificate("stranger-root").der)], grant)) == [Status.ADDED_ANCHOR]
    (anchor,) = TrustStore.load(editor.folder).anchors
    assert (anchor.family, anchor.purposes) == (TrustFamily.OWN, {Purpose.SIGNATURE})
    assert OWN.reason in anchor.source
    assert OWN.reason in log(editor)[0]["detail"]


@pytest.mark.parametrize("reason", ['a "quoted" \\ reason', "dòng một\ndòng hai\t\x07", "]\n[anchors]\n#", "\x7f"])
def test_any_reason_survives_its_way_through_the_file(editor, pki, pinned, reason: str):
    editor.add([("s", pki.certificate("stranger-root").der)], Grant(TrustFamily.OWN, reason))
    assert TrustStore.load(editor.folder).anchors[0].source == f"added: {reason.strip()}"


def test_a_grant_without_reason_or_purpose_cannot_be_built():
    for arguments in ((" ",), ("because", frozenset())):
        with pytest.raises(TrustStoreError):
            Grant(TrustFamily.OWN, *arguments)


def test_a_grant_makes_no_anchor_of_what_is_only_carried_along_in_a_bundle(editor, pki, pinned, pem):
    bundle = pem(pki.certificate("stranger-root").der) + pem(pki.certificate("stranger").der)
    assert statuses(editor.add([("bundle", bundle)], OWN)) == [Status.ADDED_ANCHOR, Status.ADDED_INTERMEDIATE]
    assert len(TrustStore.load(editor.folder).anchors) == 1


def test_a_grant_may_name_a_ca_that_is_not_self_signed_when_it_is_alone_in_its_file(editor, pki, pinned):
    assert statuses(editor.add([("ca", pki.certificate("public-ca").der)], OWN)) == [Status.ADDED_ANCHOR]


def test_a_pinned_anchor_keeps_its_family(editor, pki, pinned):
    (outcome,) = editor.add([("r", pki.certificate("government-root").der)], OWN)
    assert (outcome.status, outcome.code) == (Status.REFUSED, "FAMILY_CONFLICT")


def test_an_added_anchor_keeps_its_family(editor, pki, pinned):
    source = [("s", pki.certificate("stranger-root").der)]
    editor.add(source, OWN)
    (outcome,) = editor.add(source, Grant(TrustFamily.FOREIGN, "changed my mind"))
    assert outcome.code == "FAMILY_CONFLICT"
    assert statuses(editor.add(source)) == [Status.PRESENT]


def test_an_impostor_is_refused_with_a_grant_too(editor, pki, pinned, monkeypatch):
    from dataclasses import replace

    stranger, some = pki.certificate("stranger-root"), next(iter(pinned.values()))
    name = stranger.x509.subject.get_attributes_for_oid(__import__("cryptography").x509.NameOID.COMMON_NAME)[0].value
    pinned["0" * 64] = replace(some, name="victim", subject=f"CN={name.upper()}, C=VN", sha256="0" * 64)
    for grant in (None, OWN):
        (outcome,) = editor.add([("i", stranger.der)], grant)
        assert (outcome.status, outcome.code) == (Status.REFUSED, "IMPOSTOR")
    assert log(editor) == []


def test_a_certificate_that_verifies_to_no_anchor_is_refused_and_keeps_no_other_out(editor, pki, pinned):
    outcomes = editor.add(
        [("a", pki.certificate("stranger").der), ("b", pki.certificate("public-root").der), ("c", b"junk"), ("d", b"0\x82\x01")]
    )
    assert [item.code for item in outcomes] == ["UNVERIFIED", "", "NO_CERTIFICATE", "MALFORMED"]
    assert all(item.hint for item in outcomes if item.status is Status.REFUSED)
    assert len(TrustStore.load(editor.folder).anchors) == 1


def test_a_withdrawn_anchor_is_kept_and_trusted_until_its_end_for_old_signatures(editor, pki, pinned):
    root = pki.certificate("public-root")
    editor.add([("r", root.der), ("g", pki.certificate("government-root").der)])
    until = AT - timedelta(days=30)
    (outcome,) = editor.withdraw(root.sha256[:12].upper(), "key lost", until)
    assert outcome.status is Status.WITHDRAWN
    store = TrustStore.load(editor.folder)
    anchor = store.anchor(root)
    assert anchor is not None
    assert anchor.trusted_until == until
    assert len(store.anchors_for(Purpose.SIGNATURE, until)) == 2
    assert len(store.anchors_for(Purpose.SIGNATURE, AT)) == 1
    assert log(editor)[-1]["action"] == "withdraw-anchor"
    with pytest.raises(TrustStoreError, match="already"):
        editor.withdraw(root.sha256, "again")
    (again,) = editor.add([("r", root.der)])
    assert again.code == "WITHDRAWN"


def test_an_added_anchor_is_withdrawn_alike(editor, pki, pinned):
    stranger = pki.certificate("stranger-root")
    editor.add([("s", stranger.der)], OWN)
    editor.withdraw(stranger.sha256[:8], "no longer")
    (anchor,) = TrustStore.load(editor.folder).anchors
    assert (anchor.family, anchor.trusted_until) == (TrustFamily.OWN, AT)


def test_an_intermediate_is_deleted_and_the_deletion_is_on_record(editor, pki, pinned):
    ca = pki.certificate("public-ca")
    editor.add([("r", pki.certificate("public-root").der), ("ca", ca.der)])
    assert statuses(editor.withdraw(ca.sha256[:16], "superseded")) == [Status.REMOVED]
    assert TrustStore.load(editor.folder).intermediates == ()
    assert (log(editor)[-1]["action"], log(editor)[-1]["sha256"]) == ("remove-intermediate", ca.sha256)


def test_an_intermediate_in_a_file_with_others_is_not_deleted(editor, pki, pinned, pem):
    editor.add([("r", pki.certificate("public-root").der)])
    ca = pki.certificate("public-ca")
    (editor.folder / "both.pem").write_bytes(pem(ca.der) + pem(pki.certificate("public-root").der))
    with pytest.raises(TrustStoreError, match="holds other"):
        editor.withdraw(ca.sha256[:16], "superseded")
    assert (editor.folder / "both.pem").exists()


@pytest.mark.parametrize(
    ("prefix", "code"),
    [("1234567", "BAD_PREFIX"), ("zzzzzzzzz", "BAD_PREFIX"), ("00000000", "NO_SUCH_CERTIFICATE"), ("", "BAD_PREFIX")],
)
def test_a_prefix_that_names_no_certificate_is_an_error(editor, pki, pinned, prefix: str, code: str):
    editor.add([("r", pki.certificate("public-root").der)])
    with pytest.raises(TrustStoreError) as caught:
        editor.withdraw(prefix, "x")
    assert caught.value.code == code


def test_an_anchor_whose_file_was_lost_is_restored_by_adding_it(editor, pki, pinned):
    source = [("s", pki.certificate("stranger-root").der)]
    editor.add(source, OWN)
    next((editor.folder / "certificates").iterdir()).unlink()
    assert statuses(editor.add(source)) == [Status.ADDED_ANCHOR]
    assert TrustStore.load(editor.folder).anchors[0].family is TrustFamily.OWN


HEAD = 'schema = "vnsign.anchors/1"\n[anchors."{sha}"]\n'
SINCE = "trusted_from = 2020-01-01T00:00:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = ",
        "\x00",
        'schema = "other/9"',
        'schema = "vnsign.anchors/1"\nanchors = 1',
        'schema = "vnsign.anchors/1"\n[anchors."abc"]\nfamily = "own"',
        HEAD,
        HEAD + "family = 3",
        HEAD + f'family = "royal"\npurposes = ["signature"]\nreason = "x"\n{SINCE}Z',
        HEAD + f'family = "own"\npurposes = ["signature"]\nreason = " "\n{SINCE}Z',
        HEAD + f'family = "own"\npurposes = []\nreason = "x"\n{SINCE}Z',
        HEAD + 'family = "own"\npurposes = ["signature"]\nreason = "x"',
        HEAD + f'family = "own"\npurposes = ["signature"]\nreason = "x"\n{SINCE}',
        HEAD + f'family = "own"\npurposes = ["signature"]\nreason = "x"\n{SINCE}Z\ntrusted_until = 2019-01-01T00:00:00Z',
    ],
)
def test_an_anchors_file_that_is_not_whole_makes_the_folder_unusable_rather_than_half_trusted(tmp_path, pki, pinned, text: str):
    (tmp_path / "root.crt").write_bytes(pki.certificate("public-root").der)
    (tmp_path / "anchors.toml").write_text(text.replace("{sha}", pki.certificate("stranger-root").sha256))
    with pytest.raises(TrustStoreError, match=r"anchors\.toml"):
        TrustStore.load(tmp_path)


def test_an_anchors_file_cannot_move_a_pinned_anchor_to_another_family(tmp_path, pki, pinned):
    root = pki.certificate("public-root")
    (tmp_path / "root.crt").write_bytes(root.der)
    (tmp_path / "anchors.toml").write_text(
        f'schema = "vnsign.anchors/1"\n[anchors."{root.sha256}"]\nfamily = "civil-service"\npurposes = ["signature"]\n'
        'reason = "x"\ntrusted_from = 2020-01-01T00:00:00Z\n'
    )
    with pytest.raises(TrustStoreError, match="pinned"):
        TrustStore.load(tmp_path)


def test_two_writers_at_once_lose_nothing(tmp_path, pki, pinned):
    names = ("public-root", "government-root", "public-ca", "government-ca")
    Editor(tmp_path / "t", "first", AT).add([(name, pki.certificate(name).der) for name in names[:2]])
    threads = [
        threading.Thread(target=Editor(tmp_path / "t", name, AT).add, args=([(name, pki.certificate(name).der)],))
        for name in names
    ]
    threads += [
        threading.Thread(target=Editor(tmp_path / "t", "x", AT).add, args=([("s", pki.certificate("stranger-root").der)], OWN))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = TrustStore.load(tmp_path / "t")
    assert (len(store.anchors), len(store.intermediates)) == (3, 2)
    assert len(log(Editor(tmp_path / "t", "", AT))) == 5


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "anchors.toml"
    write(path, b"old")

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vnsign.trust.files.os.fsync", no_room)
    with pytest.raises(TrustStoreError, match="No space left"):
        write(path, b"new")
    assert snapshot(tmp_path) == {"anchors.toml": b"old"}


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path, pki, pinned):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrustStoreError) as caught:
        Editor(tmp_path / "file" / "trust", "x", AT).add([("r", pki.certificate("public-root").der)])
    assert caught.value.code == "CANNOT_WRITE"


def test_sync_keeps_pinned_bytes_and_refuses_all_others(editor, pki, pinned, pem):
    served = {
        "public-root": pem(pki.certificate("public-root").der) + pem(pki.certificate("stranger-root").der),
        "government-root": pki.certificate("stranger-root").der,
    }
    outcomes = sync(editor, pinned.values(), lambda address: served[address.split("/")[5]])
    assert statuses(outcomes) == [Status.ADDED_ANCHOR, Status.REFUSED]
    assert outcomes[1].code == "NOT_PINNED"
    assert pki.certificate("stranger-root").sha256 in outcomes[1].message
    assert [anchor.certificate for anchor in TrustStore.load(editor.folder).anchors] == [pki.certificate("public-root")]
    assert [change["file"] for change in log(editor)] == [outcomes[0].source]


@pytest.mark.parametrize("served", [b"", b"<html>404</html>", b"0\x82\x01", b"-----BEGIN PKCS7-----"])
def test_sync_changes_nothing_when_an_address_gives_junk(editor, pki, pinned, served: bytes):
    editor.add([("r", pki.certificate("public-root").der)])
    before = snapshot(editor.folder)
    assert statuses(sync(editor, pinned.values(), lambda _: served)) == [Status.REFUSED] * 2
    assert snapshot(editor.folder) == before


def test_sync_tries_the_next_address_and_tells_of_each(editor, pki, pinned):
    from dataclasses import replace

    pin = replace(
        pinned[pki.certificate("public-root").sha256], addresses=("http://old.vn/r", "http://new.vn/r", "http://x.vn/r")
    )

    def fetch(address: str) -> bytes:
        if "old" in address:
            raise NetworkError(f"{address}: no such host", code="NETWORK_FAILED", hint="later")
        return pki.certificate("public-root").der

    outcomes = sync(editor, [pin, replace(pin, name="n", sha256="0" * 64, addresses=())], fetch)
    assert statuses(outcomes) == [Status.FAILED, Status.ADDED_ANCHOR, Status.NO_ADDRESS]
    assert statuses(sync(editor, [pin], fetch)) == [Status.FAILED, Status.PRESENT]
