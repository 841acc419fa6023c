"""The language coloured by Pygments: every sign once, in its place, whatever the text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pygments")

from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import Generic, Keyword, Name, String

ROOT = Path(__file__).parent.parent
TRANSCRIPT = """\
> frame(eat, agt=mark,   # who
.     obj=tree"(a b)").obj
mark  0.71  certain
> top(mrak)
unknown name 'mrak'
  1 | top(mrak)
    |     ^^^^ did you mean 'mark'?
"""


def coloured(text):
    return list(get_lexer_by_name("vsa").get_tokens(text))


def words(text, kind):
    return [word for colour, word in coloured(text) if colour in kind]


def test_it_is_found_by_its_name_and_by_the_ending_of_files():
    assert get_lexer_by_name("vsa").name == get_lexer_for_filename("tour.vsa").name == "vsa"


def test_a_transcript_has_prompts_words_and_results():
    assert words(TRANSCRIPT, Generic.Prompt) == ["> ", ".     ", "> "]
    assert words(TRANSCRIPT, Name.Function) == ["frame", "top"]
    assert words(TRANSCRIPT, Name.Variable) == ["agt", "obj"]  # in its context, over lines
    assert words(TRANSCRIPT, Name.Attribute) == ["obj"]
    assert words(TRANSCRIPT, String) == ["tree", '"(a b)"']
    assert words(TRANSCRIPT, Generic.Output)[0] == "mark  0.71  certain\n"
    assert words(TRANSCRIPT, Generic.Error) == ["    |     ^^^^ did you mean 'mark'?\n"]


def test_a_program_has_no_results():
    text = 'atom a, b\n:plot a * b\ndef f(x) = x + 2.5\nf(a); "a # b"'
    assert words(text, Keyword) == ["atom", ":", "plot", "def"]
    assert not words(text, Generic)


@pytest.mark.parametrize(
    "page", [*ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.vsa")], ids=str
)
def test_nothing_is_lost_of_a_page(page):
    text = page.read_text()
    assert "".join(word for _, word in coloured(text)) == text.strip("\n") + "\n"


@given(st.lists(st.sampled_from([*'> .\n\r:;"()[]{}=^*/@~#', "> ", "\n. ", "atom ", "a", "1.5"])))
def test_nothing_is_lost_of_any_text(pieces):
    text = "".join(pieces)
    found = list(get_lexer_by_name("vsa").get_tokens_unprocessed(text))
    assert "".join(word for _, _, word in found) == text
    assert all(text.startswith(word, place) for place, _, word in found)
