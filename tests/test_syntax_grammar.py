"""The parser: a sound grammar, tables that say what Lark says, and a cache that can be trusted."""

import inspect
import json
import os
import random
import subprocess
import sys
from binascii import crc32

import lark
import pytest
import vsa_grammar

from vsa import cache
from vsa.lang.syntax import grammar, tables
from vsa.lang.syntax.builder import actions
from vsa.lang.syntax.errors import LanguageError
from vsa.lang.syntax.lexer import END, Token
from vsa.lang.syntax.parse import CLASSES


def strict(text):
    """Lark's parser with its own lexer, refused where a rule or a terminal fits in two ways."""
    pytest.importorskip("interegular")
    return lark.Lark(text, **tables.OPTIONS | {"lexer": "contextual", "strict": True})


def test_the_grammar_is_free_of_conflicts_and_collisions():
    strict(vsa_grammar.text())


def test_a_conflict_would_be_noticed():
    torn = vsa_grammar.text().replace("?postfix   : primary", "?postfix   : primary | power")
    with pytest.raises(lark.exceptions.LarkError):
        strict(torn)


def test_each_action_has_a_method_and_each_class_a_terminal():
    made = lark.Lark(vsa_grammar.text(), **tables.OPTIONS)
    named = {r.alias or str(r.origin.name) for r in made.rules if r.alias or not r.options.expand1}
    assert {name for name in named if not name.startswith("_")} == set(actions())
    assert {t.name for t in made.terminals} | {"UNCLOSED", "UNKNOWN"} >= set(CLASSES)


# --- the tables -------------------------------------------------------------------------------
def words(parse, text):
    """Feed the words of a text, whose terminals they are; whether each was taken."""
    return [parse.feed(Token(kind, 0, 0, "", 0)) for kind in text.split()]


def walk(accepted, chance, most=25):
    """A random text of terminals that may stand there, then what ends it soonest."""
    for _ in range(chance.randint(0, most)):
        if kinds := sorted(accepted() - {"END"}):
            yield chance.choice(kinds)
    while "END" not in (kinds := accepted()):
        yield next(k for k in ("RPAR", "RSQB", "RBRACE", "NAME", *sorted(kinds)) if k in kinds)


@pytest.mark.parametrize("start", ["program", "expression"])
def test_what_may_come_is_what_lark_says(made, start):
    """Lark's own automaton, fed the same, as the oracle: by walks through the whole table."""
    oracle, read = lark.Lark(vsa_grammar.text(), **tables.OPTIONS), grammar.Grammar(made)
    seen = set()
    for seed in range(60):
        theirs, ours = oracle.parse_interactive("", start=start), read.begin(start, build=False)
        for kind in walk(ours.accepts, random.Random(seed)):
            assert ours.accepts() == {name.removeprefix("$") for name in theirs.accepts()}
            seen.add(kind)
            theirs.feed_token(lark.Token(kind, ""))
            assert ours.feed(Token(kind, 0, 0, "", 0))
    assert len(seen) > 25


@pytest.mark.parametrize("start", ["program", "expression"])
def test_what_is_joined_is_what_lark_joins(made, monkeypatch, start):
    """The same nodes of the same tokens, whatever they would stand for."""
    plain = {name: (lambda read, name=name: (name, read)) for name in actions()}
    monkeypatch.setattr(grammar, "actions", lambda: plain)
    oracle, read = lark.Lark(vsa_grammar.text(), **tables.OPTIONS), grammar.Grammar(made)

    def shape(tree):
        if isinstance(tree, lark.Token):
            return tree.type
        return (str(tree.data), [shape(part) for part in tree.children])

    def our_shape(made):
        if isinstance(made, Token):
            return made.type
        return (made[0], [our_shape(part) for part in made[1]])

    for seed in range(60):
        theirs, ours = oracle.parse_interactive("", start=start), read.begin(start)
        for kind in walk(ours.accepts, random.Random(seed)):
            theirs.feed_token(lark.Token(kind, ""))
            ours.feed(Token(kind, 0, 0, "", 0))
        expected = theirs.feed_eof()
        assert ours.feed(Token(END, 0, 0, "", 0))
        assert our_shape(ours.result) == shape(expected)


def test_the_tables_are_plain_data(made):
    kept = json.loads(json.dumps(made))
    assert kept["states"] == made["states"]
    assert "NAME" in grammar.Grammar(kept).begin("program").choices()


def test_it_takes_tokens_and_builds(made):
    parse = grammar.Grammar(made).begin("expression")
    tokens = [Token("NUMBER", 0, 1, "1+2", 0), Token("PLUS", 1, 2, "1+2", 0)]
    tokens += [Token("NUMBER", 2, 3, "1+2", 0), Token(END, 3, 3, "1+2", 0)]
    assert [parse.feed(token) for token in tokens] == [True] * 4
    assert parse.result.node.rest[0][2].value == 2


def test_it_tells_what_may_come(made):
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
    return tables.build(vsa_grammar.text())


@pytest.fixture
def builds(monkeypatch, made):
    """How often tables were made, which is what a cache saves."""
    calls = []
    monkeypatch.setattr(grammar, "_tables", lambda text: calls.append(text) or made)
    return calls


def reads(loaded):
    """Whether a grammar is able to parse."""
    return words(loaded.begin("program", build=False), "NAME PLUS NAME $END") == [True] * 4


def test_the_tables_are_made_once(tmp_path, builds):
    folder = tmp_path / "new" / "vsa"
    assert reads(grammar.load(str(folder)))
    assert reads(grammar.load(str(folder)))
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
    grammar.load(str(tmp_path))
    (file,) = tmp_path.iterdir()
    data = file.read_bytes()
    file.write_bytes(spoil(data))
    assert reads(grammar.load(str(tmp_path)))
    assert file.read_bytes() == data
    assert len(builds) == 2


@pytest.mark.parametrize(
    "data", ["[1, 2]", '{"states": []}', '{"states": {}, "rules": {}}', "null"]
)
def test_a_cache_with_a_true_digest_and_false_contents_is_made_anew(tmp_path, builds, data):
    grammar.load(str(tmp_path))
    (file,) = tmp_path.iterdir()
    stamp = json.loads(file.read_bytes().partition(b"\n")[2])["stamp"]
    body = f'{{"stamp":{json.dumps(stamp)},"data":{data}}}'.encode()
    file.write_bytes(b"%08x\n%s" % (crc32(body), body))
    assert reads(grammar.load(str(tmp_path)))
    assert len(builds) == 2


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, builds):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert reads(grammar.load(str(blocked)))
    assert reads(grammar.load(str(blocked / "below")))
    assert len(builds) == 2


def test_another_grammar_takes_the_place_of_the_first(tmp_path, builds, monkeypatch):
    grammar.load(str(tmp_path))
    monkeypatch.setattr(grammar, "grammar_text", lambda: vsa_grammar.text() + "\n// more\n")
    grammar.load(str(tmp_path))
    grammar.load(str(tmp_path))
    assert len(builds) == 2
    assert len(list(tmp_path.iterdir())) == 1


def test_another_installation_has_another_cache(tmp_path, builds, monkeypatch):
    grammar.load(str(tmp_path))
    monkeypatch.setattr(cache, "PLACE", "/elsewhere/vsa")
    grammar.load(str(tmp_path))
    assert len(builds) == len(list(tmp_path.iterdir())) == 2


def test_where_the_cache_is(tmp_path, monkeypatch):
    monkeypatch.setattr(cache.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_folder() == str(tmp_path / "vsa")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # the standard says to ignore it
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.cache_folder() == str(tmp_path / ".cache" / "vsa")
    monkeypatch.setattr(cache.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert cache.cache_folder() == str(tmp_path / "vsa")


def test_lark_is_loaded_where_the_tables_have_to_be_made(tmp_path):
    code = """
        import sys, vsa
        from vsa.lang.session import Session
        Session(vsa.Space(dim=64)).run("1 + 1")
        print("lark" in sys.modules)
    """
    for loaded in ("True", "False"):
        done = subprocess.run(
            [sys.executable, "-c", inspect.cleandoc(code)], capture_output=True, text=True, check=True,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)},
        )  # fmt: skip
        assert done.stdout.split() == [loaded]
