"""What functions do with batches, nil and what is empty where one full vector is meant."""

import pytest

from vsa import Session, Space, VsaError
from vsa.lang.show import show, to_html

SETUP = """atom mark, fish; token(mark); token(fish)
both = members(mark + fish); c = choose(1, mark, 2, fish)"""


@pytest.fixture
def session():
    session = Session(Space(dim=256))
    session.run(SETUP)
    return session


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("like(both)", "like wants one vector, and both is a batch (4,)"),
        ("like(3)", "like wants a vector, and 3 is none"),
        ('states_after(both, "")', "words are read by one automaton at a time: take one of the "),
        ('accepts(both, "mark")', "words are read by one automaton at a time: take one of the "),
        ("{mark, 3}", "a set has items of memory as members, not 3"),
        ('{mark, "x"}', "a set has items of memory as members, not a text"),
        ("chunk_size(-1)", "items must be a whole number of at least 1, not -1"),
    ],
)
def test_what_is_refused(session, text, message):
    with pytest.raises(VsaError) as caught:
        session.run(text)
    assert message in str(caught.value)


def test_like_takes_what_stands_for_a_vector(session):
    assert session.run("like(c)")[-1].name == "token/2"


@pytest.mark.parametrize("query", ["mark", "c", "mark * fish / fish"])
def test_why_nothing_is_like_nil(session, query):
    said = show(session, session.run(f"why({query}, nil)")[-1])
    assert said.splitlines()[-1].split()[:2] == ["total", "0.00"]


def test_a_row_whose_words_are_not_read_is_drawn(tmp_path):
    (tmp_path / "t.csv").write_text(
        "name,size,said\n"
        + "".join(f"r{i},{i},{' '.join(f'w{i}{j}' for j in range(40))}\n" for i in range(8))
    )
    session = Session(Space(dim=64))
    session.run(f'table = load_table("{tmp_path / "t.csv"}")')
    empty = [
        name for name in (f"r{i}" for i in range(8)) if not len(session.run(f"{name}.said")[-1])
    ]
    assert empty
    row = session.run(empty[0])[-1]
    assert "nothing" in to_html(session, row)
    assert "[]" in show(session, row)
