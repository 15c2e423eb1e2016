"""Stored sessions: sealed, finished once, gone when their time is over, whole after any death of the process."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import vnsign
from tests.unit.signing.support import AT, PKI
from vnsign.errors import ConfigurationError, SigningError
from vnsign.signing.store import SessionStore
from vnsign.testing.documents import declaration_xml, result_pdf

KEY = b"k" * 32
DOCUMENTS = {"pdf": result_pdf(), "xml": declaration_xml()}


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    return SessionStore(tmp_path / "sessions", KEY)


def session(format_: str = "pdf", **options: object):
    signer = PKI.signer("citizen")
    return vnsign.prepare(DOCUMENTS[format_], signer.certificate, chain=signer.chain, at=AT, **options)


def finish(store: SessionStore, name: str):
    with store.taken(name, AT) as found:
        value = PKI.signer("citizen").sign((found.to_be_signed,), found.algorithm)[0]
        return found.finish(value, at=AT)


@pytest.mark.parametrize("format_", DOCUMENTS)
def test_another_store_on_the_same_folder_finishes_it(store: SessionStore, format_: str):
    name = store.put(session(format_))
    again = SessionStore(store.folder, KEY)
    assert again.names() == (name,)
    assert again.peek(name) == store.peek(name)
    assert finish(again, name).data.startswith(DOCUMENTS[format_][:20])


def test_a_session_is_finished_once(store: SessionStore):
    name = store.put(session())
    finish(store, name)
    assert store.names() == ()
    with pytest.raises(SigningError) as refusal:
        finish(store, name)
    assert refusal.value.code == "SESSION_USED"


def test_two_processes_cannot_finish_it_at_the_same_time(store: SessionStore):
    name = store.put(session())
    with store.taken(name, AT):
        with pytest.raises(SigningError) as refusal:
            finish(store, name)
        assert refusal.value.code == "SESSION_IN_USE"


def test_a_failed_finish_leaves_it_to_be_finished(store: SessionStore):
    name = store.put(session())
    with pytest.raises(SigningError), store.taken(name, AT) as found:
        found.finish(b"\x01" * 256, at=AT)
    assert store.names() == (name,)
    finish(store, name)


def test_what_a_dead_process_took_can_be_released(store: SessionStore):
    name = store.put(session())
    taken = store.taken(name, AT)
    taken.__enter__()  # and no exit: the process is gone
    assert store.names() == ()
    store.release(name)
    finish(store, name)
    with pytest.raises(SigningError):
        store.release(name)


def test_every_changed_byte_is_noticed(store: SessionStore):
    name = store.put(session("xml"))
    path = store.folder / f"{name}.session"
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 150)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(SigningError) as refusal:
            finish(store, name)
        assert refusal.value.code == "SESSION_CHANGED", place


def test_sessions_cannot_change_places(store: SessionStore):
    one, other = store.put(session("pdf")), store.put(session("xml"))
    a, b = store.folder / f"{one}.session", store.folder / f"{other}.session"
    a_bytes = a.read_bytes()
    a.write_bytes(b.read_bytes())
    b.write_bytes(a_bytes)
    for name in (one, other):
        with pytest.raises(SigningError):
            finish(store, name)


def test_another_key_opens_nothing(store: SessionStore):
    name = store.put(session())
    with pytest.raises(SigningError) as refusal:
        SessionStore(store.folder, b"x" * 32).peek(name)
    assert refusal.value.code == "SESSION_CHANGED"


def test_a_session_whose_time_is_over_is_refused_and_purged(store: SessionStore):
    name = store.put(session(lifetime=timedelta(minutes=5)))
    late = store.peek(name).expires_at + timedelta(seconds=1)
    with pytest.raises(SigningError) as refusal, store.taken(name, late):
        pass
    assert refusal.value.code == "SESSION_EXPIRED"
    assert store.purge(late - timedelta(minutes=1)) == 0
    assert store.purge(late) == 1
    assert store.names() == ()


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 31, "G" * 32, "0" * 32])
def test_a_name_that_is_none_is_refused(store: SessionStore, name: str):
    with pytest.raises(SigningError) as refusal:
        finish(store, name)
    assert refusal.value.code == "SESSION_UNKNOWN"


def test_a_short_key_and_an_impossible_folder_are_refused(tmp_path: Path):
    with pytest.raises(ConfigurationError):
        SessionStore(tmp_path, b"short")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError):
        SessionStore(tmp_path / "file" / "folder", KEY)


def test_the_key_is_not_shown(store: SessionStore):
    assert "kkkk" not in repr(store)
