"""A full disk and a Ctrl-C while a session is being written: as it was, here and there."""

import sqlite3

import pytest
from test_kept_sessions import same

import vsa
from vsa.persist import keeper, open_session


def test_a_full_disk_rolls_back(tmp_path, monkeypatch):
    session = open_session(tmp_path / "a.vsa", vsa.Space(dim=64))
    session.run("atom a")
    database = session.journal.keeper.database

    def full(*_, **__):
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(type(database), "put", full)
        with pytest.raises(vsa.VsaError, match=r"a\.vsa cannot be written: the disk is full"):
            session.run("x = a")
        assert list(session.values) == ["a"]
        with pytest.raises(vsa.VsaError):
            session.run("atom b")
    session.run("y = a; atom c")
    session.close()
    with open_session(tmp_path / "a.vsa") as again:
        same(session, again)
        assert list(again.values) == ["a", "y", "c"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_interrupt_while_it_is_written(tmp_path, monkeypatch, when):
    """Rolled back in memory means rolled back in the file, even when it was committed already."""
    session = open_session(tmp_path / "a.vsa", vsa.Space(dim=64))
    session.run("atom a")
    write = keeper.Keeper._write
    calls = []

    def interrupted(self, changes):
        calls.append(1)
        if len(calls) == 1 and when == "before":
            raise KeyboardInterrupt
        write(self, changes)
        if len(calls) <= 2:  # the compensation is interrupted too
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(keeper.Keeper, "_write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            session.run("atom b")
    assert list(session.values) == ["a"]
    session.close()
    with open_session(tmp_path / "a.vsa") as again:
        same(session, again)
