"""The parser's tables: a sound grammar, and a cache that can be trusted."""

import subprocess
import sys

import lark
import pytest
import vsa_grammar

from vsa.lang.syntax import CLASSES, tables
from vsa.lang.syntax.builder import Builder


def test_the_grammar_is_free_of_conflicts_and_collisions():
    pytest.importorskip("interegular")
    tables.build(vsa_grammar.text(), strict=True)


def test_a_conflict_would_be_noticed():
    pytest.importorskip("interegular")
    torn = vsa_grammar.text().replace("?postfix   : primary", "?postfix   : primary | power")
    with pytest.raises(lark.exceptions.LarkError):
        tables.build(torn, strict=True)


def test_each_action_has_a_method_and_each_class_a_terminal(made):
    actions = {rule.action for rule in made.rules if not rule.origin.startswith("_")} - {None}
    assert all(callable(getattr(Builder, action)) for action in actions)
    terminals = {*made.terminals, *made.keywords.values(), "UNKNOWN"}
    assert terminals >= set(CLASSES)


@pytest.fixture(scope="module")
def made():
    return tables.build(vsa_grammar.text())


@pytest.fixture
def builds(monkeypatch, made):
    """How often tables were built, which is what a cache saves."""
    calls = []
    monkeypatch.setattr(tables, "build", lambda grammar: calls.append(grammar) or made)
    return calls


def test_tables_are_built_once(tmp_path, builds):
    folder = tmp_path / "new" / "vsa"
    first = tables.load(folder)
    assert tables.load(folder) == first
    assert len(builds) == 1
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"NAME", b"NOME", 1),
        lambda data: b"\x80\xff" + data,
        lambda data: b"{}",
        lambda data: data.split(b"\n")[0] + b"\n[1, 2]",
    ],
)
def test_a_spoiled_cache_is_made_anew(tmp_path, builds, spoil):
    good = tables.load(tmp_path)
    (file,) = tmp_path.iterdir()
    data = file.read_bytes()
    file.write_bytes(spoil(data))
    assert tables.load(tmp_path) == good
    assert file.read_bytes() == data
    assert len(builds) == 2


@pytest.mark.parametrize("body", ["[1, 2]", '{"rules": []}', '{"terminals": 3}', "null"])
def test_a_cache_with_a_true_digest_and_false_contents_is_made_anew(tmp_path, builds, body):
    good = tables.load(tmp_path)
    (file,) = tmp_path.iterdir()
    digest = tables.sha256(body.encode()).hexdigest()
    file.write_text(f"{digest}\n{body}")
    assert tables.load(tmp_path) == good


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, builds):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert tables.load(blocked) == tables.load(blocked / "below")
    assert len(builds) == 2


def test_another_grammar_or_lark_has_another_cache(tmp_path, builds, monkeypatch):
    tables.load(tmp_path)
    monkeypatch.setattr(tables, "grammar_text", lambda: vsa_grammar.text() + "\n// more\n")
    tables.load(tmp_path)
    monkeypatch.setattr(tables, "version", lambda _: "0")
    tables.load(tmp_path)
    assert len(builds) == len(list(tmp_path.iterdir())) == 3


def test_where_the_cache_is(tmp_path, monkeypatch):
    monkeypatch.setattr(tables.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tables.cache_folder() == tmp_path / "vsa"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # the standard says to ignore it
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tables.cache_folder() == tmp_path / ".cache" / "vsa"
    monkeypatch.setattr(tables.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert tables.cache_folder() == tmp_path / "vsa"


def test_a_warm_start_does_without_lark():
    tables.load()
    code = (
        "import sys\nfrom vsa.lang.syntax import parse\nparse('f(x)')\nprint('lark' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
