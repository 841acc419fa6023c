"""Large tables: counted first, in a session's file never held in memory, and whole or not there."""

import os
import signal
import subprocess
import sys

import pytest
from vsa_plugins.table.language import load_table

import vsa
from vsa.persist import keeper, open_session
from vsa.persist.mapped import Mapped
from vsa.plugin import collecting

LIFE = """
import os, signal, sys
import vsa
from vsa.persist import keeper, open_session
keeper.LARGE = 100_000
path, source = sys.argv[1:]
session = open_session(path, vsa.Space(dim=64))
session.run("atom mark")
add, calls = session.memory.add, []
def killed(names, vectors, kind="atom", scope=None):
    add(names, vectors, kind, scope)
    calls.append(1) if str(getattr(kind, "name", kind)) == "thing" else None
    if len(calls) == 3:
        assert type(session.memory.table.store).__name__ == "Mapped"
        os.kill(os.getpid(), signal.SIGKILL)
session.memory.add = killed
session.run(f'load_table("{source}", name="thing", names="id")')
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "things.csv"
    rows = [f"t{i},{i % 97},{'abc'[i % 3]}" for i in range(4000)]
    path.write_text("\n".join(["id,size,class", *rows]))
    return path


def test_rows_go_to_the_file_while_it_is_read(tmp_path, source, monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 100_000)
    stores = []
    with open_session(tmp_path / "a.vsa", vsa.Space(dim=64)) as session:
        add = session.memory.add

        def noted(*args, **more):
            add(*args, **more)
            stores.append(session.memory.table.store)

        monkeypatch.setattr(session.memory, "add", noted)
        session.run(f'things = load_table("{source}", name="thing", names="id")')
        assert isinstance(stores[-2], Mapped)
        assert session.run("t3990.class")[0].name == "a"
        session.journal.undo()
        assert "t3990" not in session.memory
        assert len(session.memory) == 0
    with open_session(tmp_path / "a.vsa") as session:
        assert len(session.memory) == 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing is killed so here")
def test_a_kill_in_the_midst_leaves_nothing_of_it(tmp_path, source):
    path = tmp_path / "a.vsa"
    arguments = [sys.executable, "-c", LIFE, path, source]
    done = subprocess.run(arguments, env=os.environ, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with open_session(path) as session:
        assert list(session.memory) == ["mark"]
        session.run(f'load_table("{source}", name="thing", names="id")')
        assert session.run("t3990.class")[0].name == "a"


def test_many_categories_are_counted_before_anything_is_made(tmp_path):
    session = vsa.Session(vsa.Space(16), plugins=vsa.load_plugins())
    path = tmp_path / "many.csv"
    path.write_text("code,x\n" + "".join(f"k{i},{i % 3}\n" for i in range(100_000)))
    with pytest.raises(vsa.VsaError) as caught:
        load_table(path, kinds="code: category", limit=40_000, session=session)
    assert str(caught.value) == (
        "many.csv has 100,000 rows, and at most 40,000 are loaded: they would take 6.4 MB; "
        "say limit=100000, or keep the session in a file first, :save"
    )
    assert len(session.memory) == 0
    with collecting():
        table = load_table(path, kinds="code: category", session=session)
    assert len(session.memory.scopes["many.code"]) == 100_000
    assert table.rows == len(session.memory.names("many")) == 100_000
