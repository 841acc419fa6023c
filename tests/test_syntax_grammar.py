"""The parser: a sound grammar, Lark as we use it, and a cache that can be trusted."""

import inspect
import json
import subprocess
import sys

import lark
import pytest
import vsa_grammar

from vsa.lang.syntax import grammar
from vsa.lang.syntax.builder import actions
from vsa.lang.syntax.errors import LanguageError
from vsa.lang.syntax.lexer import END, Token
from vsa.lang.syntax.parse import CLASSES


def strict(text):
    """Lark's parser with its own lexer, refused where a rule or a terminal fits in two ways."""
    pytest.importorskip("interegular")
    return lark.Lark(text, **grammar.OPTIONS | {"lexer": "contextual", "strict": True})


def test_the_grammar_is_free_of_conflicts_and_collisions():
    strict(vsa_grammar.text())


def test_a_conflict_would_be_noticed():
    torn = vsa_grammar.text().replace("?postfix   : primary", "?postfix   : primary | power")
    with pytest.raises(lark.exceptions.LarkError):
        strict(torn)


def test_each_action_has_a_method_and_each_class_a_terminal():
    made = lark.Lark(vsa_grammar.text(), **grammar.OPTIONS)
    named = {r.alias or str(r.origin.name) for r in made.rules if r.alias or not r.options.expand1}
    assert {name for name in named if not name.startswith("_")} == set(vars(actions()))
    assert {t.name for t in made.terminals} | {"UNCLOSED", "UNKNOWN"} >= set(CLASSES)


# --- Lark beyond its manual -----------------------------------------------------------------
def words(parse, text):
    """Feed the words of a text, whose terminals they are; whether each was taken."""
    return [parse.feed(Token(kind, 0, 0, "", 0)) for kind in text.split()]


def test_lark_keeps_itself_as_json_and_comes_back(made):
    data = json.loads(made)
    assert set(data) == {"data", "memo"}
    assert data["data"]["options"]["transformer"] is None
    read = grammar.Grammar(made)
    assert "NAME" in read.begin("program").choices()


def test_lark_takes_tokens_that_are_not_its_own(made):
    parse = grammar.Grammar(made).begin("expression")
    tokens = [Token("NUMBER", 0, 1, "1+2", 0), Token("PLUS", 1, 2, "1+2", 0)]
    tokens += [Token("NUMBER", 2, 3, "1+2", 0), Token(END, 3, 3, "1+2", 0)]
    assert [parse.feed(token) for token in tokens] == [True] * 4
    assert parse.result.node.rest[0][2].value == 2


def test_lark_tells_what_may_come(made):
    parse = grammar.Grammar(made).begin("program", build=False)
    assert words(parse, "NAME LPAR NAME") == [True] * 3
    assert {"EQUAL", "RPAR", "DOT"} <= set(parse.choices())
    assert {"EQUAL", "RPAR", "DOT"} <= parse.accepts()
    assert "END" not in parse.accepts()
    assert words(parse, "RPAR") == [True]
    assert "END" in parse.accepts()
    assert words(parse, "UNKNOWN") == [False]


def test_the_size_of_a_parse_is_what_waits_to_be_joined(made):
    parse = grammar.Grammar(made).begin("program", build=False)
    sizes = []
    for kind in ["LPAR", "LPAR", "NAME", "RPAR", "RPAR"]:
        words(parse, kind)
        sizes.append(parse.size)
    assert sizes == [2, 3, 4, 5, 4]  # the start, `( ( a )`, then `( b )`


def test_a_parse_that_builds_nothing_calls_no_action(made):
    read = grammar.Grammar(made)
    huge = Token("NUMBER", 0, 5, "1e999", 0)
    end = Token(END, 5, 5, "1e999", 0)
    idle = read.begin("program", build=False)
    assert idle.feed(huge)
    assert idle.feed(end)
    busy = read.begin("program")
    assert busy.feed(huge)
    with pytest.raises(LanguageError, match="is too large"):
        busy.feed(end)


# --- the cache ------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def made():
    return grammar.build(vsa_grammar.text())


@pytest.fixture
def builds(monkeypatch, made):
    """How often a parser was made, which is what a cache saves."""
    calls = []
    monkeypatch.setattr(grammar, "build", lambda text: calls.append(text) or made)
    return calls


def reads(loaded):
    """Whether a grammar is able to parse."""
    return words(loaded.begin("program", build=False), "NAME PLUS NAME $END") == [True] * 4


def test_the_parser_is_made_once(tmp_path, builds):
    folder = tmp_path / "new" / "vsa"
    assert reads(grammar.load(folder))
    assert reads(grammar.load(folder))
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
    grammar.load(tmp_path)
    (file,) = tmp_path.iterdir()
    data = file.read_bytes()
    file.write_bytes(spoil(data))
    assert reads(grammar.load(tmp_path))
    assert file.read_bytes() == data
    assert len(builds) == 2


@pytest.mark.parametrize(
    "body", ["[1, 2]", '{"data": []}', '{"data": {"options": {}}, "memo": {}}', '{"²": 1}', "null"]
)
def test_a_cache_with_a_true_digest_and_false_contents_is_made_anew(tmp_path, builds, body):
    grammar.load(tmp_path)
    (file,) = tmp_path.iterdir()
    digest = grammar.sha256(body.encode()).hexdigest()
    file.write_text(f"{digest}\n{body}", encoding="utf-8")
    assert reads(grammar.load(tmp_path))


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, builds):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert reads(grammar.load(blocked))
    assert reads(grammar.load(blocked / "below"))
    assert len(builds) == 2


def test_another_grammar_or_lark_has_another_cache(tmp_path, builds, monkeypatch):
    grammar.load(tmp_path)
    monkeypatch.setattr(grammar, "grammar_text", lambda: vsa_grammar.text() + "\n// more\n")
    grammar.load(tmp_path)
    monkeypatch.setattr(grammar, "version", lambda _: "0")
    grammar.load(tmp_path)
    assert len(builds) == len(list(tmp_path.iterdir())) == 3


def test_where_the_cache_is(tmp_path, monkeypatch):
    monkeypatch.setattr(grammar.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert grammar.cache_folder() == tmp_path / "vsa"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # the standard says to ignore it
    monkeypatch.setenv("HOME", str(tmp_path))
    assert grammar.cache_folder() == tmp_path / ".cache" / "vsa"
    monkeypatch.setattr(grammar.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert grammar.cache_folder() == tmp_path / "vsa"


def test_lark_is_loaded_when_something_is_parsed():
    code = """
        import sys, vsa
        from vsa_plugins.stack import push
        from vsa.lang.session import Session
        session = Session(vsa.Space(dim=64))
        before = "lark" in sys.modules
        session.run("1 + 1")
        print(before, "lark" in sys.modules)
    """
    done = subprocess.run(
        [sys.executable, "-c", inspect.cleandoc(code)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "True"]
