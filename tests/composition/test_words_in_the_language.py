"""Words, compose, similar and tree"…" in a session; undo, failures, names in use."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from examples_in_text import agrees

import vsa
from vsa.hooks.functions import from_python
from vsa.hooks.loader import load_plugins
from vsa.lang.session import Session
from vsa.lang.show import show, to_json
from vsa.lang.syntax.errors import LanguageError

pytest.importorskip("torch")

import vsa_plugins.composition as plugin
from vsa_plugins.composition.language import FUNCTIONS, WITH_WORDS

ROOT = Path(__file__).parents[2]
VECTORS = "good 1 0 0 0\nbad -1 0 0 0\nfine 0.9 0.1 0 0\nvery 0 0 1 0\n"


@pytest.fixture(scope="module")
def plugins():
    found = load_plugins(exclude=["composition"], extra=[("given", plugin)])
    if "composition" not in {f.plugin for f in load_plugins().functions.values()}:
        found.errors = [e for e in found.errors if "no plugin is called 'composition'" not in e]
    assert found.errors == []
    return found


@pytest.fixture
def session(plugins):
    return Session(vsa.Space(dim=64), plugins=plugins)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text(VECTORS)
    return path


def printed(session, code):
    return "\n".join(show(session, o.value) for o in session.execute(code) if o.shown)


def failure(session, code):
    with pytest.raises(LanguageError) as caught:
        session.run(code)
    return str(caught.value)


def test_phrases_are_composed_and_compared(session):
    text = 'words("very", "good", "movie"); p = compose("((very good) movie)"); similar(p)'
    assert printed(session, text).splitlines()[0] == "3 words, matrix form, dim 25"
    table = session.run('similar(compose("good"))')[0]
    assert table.columns == ("phrase", "similarity")
    assert table.rows[0] == ("good", pytest.approx(1))
    assert len(table.rows) == 3
    assert [cosine for _, cosine in table.rows] == sorted((c for _, c in table.rows), reverse=True)
    rows = session.run('similar(p, compose("movie"), compose(tree"((very good) movie)"), count=1)')
    assert rows[0].rows == [("((very good) movie)", pytest.approx(1))]


def test_a_tree_is_a_literal_and_a_phrase_is_what_the_network_gives(session):
    words = 'c = words("very", "good", types="AP"); '
    found = session.run(words + 'tree"(AP: very good)"; compose(tree"(AP: very good)")')
    assert str(found[1]) == "(AP: very good)"
    composer = session.values["composer"].composer
    content, operator = composer.states(["(AP: very good)"])
    np.testing.assert_allclose(found[2].content, content[0].detach(), atol=1e-6)
    np.testing.assert_allclose(found[2].operator, operator[0].detach(), atol=1e-6)
    assert show(session, found[2]).startswith("(AP: very good), a content of length ")
    assert to_json(session, found[2])["tree"] == "(AP: very good)"


def test_the_same_seed_gives_the_same_phrase(plugins):
    def content(seed, code):
        return Session(vsa.Space(dim=64, seed=seed), plugins=plugins).run(code)[-1].content

    one = content(1, 'words("very", "good"); compose("(very good)")')
    other = content(1, 'words("good"); words("movie", "very"); compose("(very good)")')
    np.testing.assert_array_equal(one, other)
    assert not np.allclose(one, content(2, 'words("very", "good"); compose("(very good)")'))


def test_an_unknown_word_is_an_error_or_an_atom(session):
    session.run('words("very", "good")')
    assert failure(session, 'compose("(vrey good)")') == (
        "the word 'vrey' in '(vrey good)' is unknown: did you mean 'very'?"
    )
    session.run('p = compose("((very good) movie)", unknown="atom")')
    assert session.values["composer"].composer.words == ("very", "good", "movie")
    assert failure(session, 'compose("good", unknown="guess")') == (
        "unknown is one of error, atom, not 'guess'"
    )


def test_words_are_undone_and_a_failed_statement_leaves_none(session):
    session.run('words("very", "good")')
    before = session.values["composer"]
    failure(session, 'similar(compose("(very movie)", unknown="atom"), count=0)')
    assert session.values["composer"] is before
    session.run('words("movie")')
    session.journal.undo()
    assert session.values["composer"] is before
    session.journal.undo()
    assert "composer" not in session.values
    assert "compose" not in session.values
    session.run("atom compose")  # free again


def test_sessions_do_not_share_words(plugins):
    one, other = (Session(vsa.Space(dim=64), plugins=plugins) for _ in range(2))
    one.run('words("very")')
    assert "composer" not in other.values
    assert "compose" in failure(other, 'compose("very")')
    assert other.values == {}


def test_vectors_from_a_file_are_contents(session, file):
    session.run(f'load_words("{file}", "good", "bad")')
    assert printed(session, 'similar(compose("good"))').splitlines()[1:] == [
        "good          1.00",
        "bad          -1.00",
    ]
    session.run('words("very", "fine")')
    assert abs(session.run('similar(compose("good"), compose("fine"))')[0].rows[0][1]) < 0.9
    session.run(f'load_words("{file}")')
    found = session.run('similar(compose("good"), compose("fine"))')[0].rows[0][1]
    assert found == pytest.approx(0.9 / np.hypot(0.9, 0.1))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            'words("very good")',
            "'very good' is not a word: letters without blanks or round brackets",
        ),
        (
            'words("very", form="tensor")',
            "no form is called 'tensor': choose of matrix, vector, linear, rnn, mean, product, "
            "concatenation, application",
        ),
        (
            'words("very", dim=5); words("good", dim=6)',
            "the composer has dim=5: leave dim= out",
        ),
        (
            'atom composer; words("very")',
            "'composer' is to name the words: give yours another name, in a new session",
        ),
        ('words("a", dim=1e9)', "dim must be a whole number of at most 1,000,000, not 1000000000"),
        (
            'words("a", dim=1e6)',
            "weights of dim 1000000 need 16,000 GB: give a smaller dim",
        ),
        ('words("very"); compose("(very ()")', "the bracket at column 7 is empty"),
        ('tree"(very"', "the bracket at column 1 is not closed"),
        (
            'c = words("very"); composer = 3; compose("very")',
            'there are no words to compose: make some, as in words("very", "good")',
        ),
        (
            'words("a", "b", form="concatenation"); similar(compose("(a b)"))',
            "(a b) is larger than a word: give phrases to compare it with",
        ),
    ],
)
def test_errors(session, code, message):
    assert failure(session, code) == message


def test_files_without_the_words(session, file):
    no = failure(session, f'load_words("{file}", "good", "movie")')
    assert no == "the file has no vector of 'movie'"
    session.run('words("movie")')
    no = failure(session, f'load_words("{file}")')
    assert no == "the file has no vector of any of the session's words: name some"


def test_importing_the_plugin_does_not_import_torch():
    code = (
        "import sys, vsa_plugins.composition as c, vsa_plugins.composition.trees\n"
        "c.vsa_functions(); c.vsa_types(); c.vsa_literals(); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("call", [*FUNCTIONS, *WITH_WORDS], ids=lambda call: call.__name__)
def test_the_examples_print_what_they_say(call, session, monkeypatch):
    monkeypatch.chdir(ROOT)
    examples = from_python(call, "composition").examples
    assert examples
    for code, expected in examples:
        assert agrees(printed(session, code), expected)


def test_without_torch_the_modules_import_and_the_need_is_told():
    code = """
import importlib, pkgutil, sys
sys.modules["torch"] = None
import vsa_plugins.composition as package
for found in pkgutil.iter_modules(package.__path__):
    importlib.import_module(f"{package.__name__}.{found.name}")
from vsa_plugins.composition.model import Composer
try:
    Composer(["very"])
except package.trees.VsaError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "composition needs the package 'torch': pip install \"vsa-algebra[torch]\"\n"
    )
