"""`_` is the last result that was printed, `_1`, `_2` … the first, the second …"""

import pytest

from vsa import Session, Space, VsaError
from vsa.lang.results import MOST, Results
from vsa.lang.show import show
from vsa.terminal.complete import offers
from vsa.terminal.report import TextReporter
from vsa.terminal.run import Runner


@pytest.fixture
def typed(capsys):
    """Runs a text as a person would, and gives what was printed."""
    session = Session(Space(dim=512))
    runner = Runner(session, TextReporter(located=True, caret=False))

    def run(text):
        runner.run(text, "<input>")
        out, err = capsys.readouterr()
        return (out + err).splitlines()

    run.session = session
    return run


def test_the_last_result_and_those_before_it(typed):
    assert typed("1 + 1\n_ * 5\n_1 + _2\n_") == ["2", "10", "12", "12"]


def test_only_values_that_were_printed_count(typed):
    typed("atom mark, fish; x = 7; def f(y) = y; ?mark; :names; :time 2 + 2; mark; unknown")
    typed("remember(mark * fish); mark; 1 / 0")
    assert typed("similarity(_1, _2)") == ["1"]
    assert typed.session.results.count == 3


def test_it_may_be_named_used_and_bound(typed):
    typed("atom mark, fish, eat; frame(eat, agt=mark); f = _; def twice(x) = x * _; 5")
    assert typed("f.agt") == ["mark  0.71  certain"] or typed.session.memory.names_of(
        typed.session.values["f"]
    ) == ["f"]
    assert typed("norm(twice(1) - 1 * f)") == ["0"]  # the frame, as it was then
    assert "_" not in typed.session.values


def test_a_name_of_ones_own_wins(typed):
    assert typed("3; _ = 8; _; _1; 4; _") == ["3", "8", "3", "4", "8"]
    assert typed("?_") == ["_: 8"]


def test_as_many_as_are_said_are_kept():
    results = Results()
    for number in range(1, MOST + 6):
        results.add(number)
    assert "_5" not in results
    assert [results[f"_{n}"] for n in (6, MOST + 5)] == [6, MOST + 5]
    assert results["_"] == MOST + 5
    assert len(list(results.listed())) == MOST
    for name in ("_0", "_01", "__", "_a", "_ 6", ""):
        assert name not in results
        assert results.missing(name) is None


def test_what_is_not_there_is_said(typed):
    said = typed("_")[0]
    assert "unknown name '_'; it is a result by number, and none has been printed yet." in said
    assert typed("1; _3")[-1].startswith(
        "<input>:1:4: unknown name '_3'; the results that are kept are _1 to _1."
    )
    with pytest.raises(VsaError, match="help knows nothing called '_'; it is a result by number"):
        Session(Space(dim=64)).run("?_")


def test_they_clutter_nothing(typed):
    typed("atom mark; 1; 2")
    assert typed(":names") == ["mark  atom"]
    assert not {o.text for o in offers(typed.session, "_")} & {"_", "_1", "_2"}
    assert typed.session.history == ["atom mark"]


def test_help_shows_their_numbers(typed):
    assert typed("atom mark; 1 + 1; top(push(nil, mark)); ?_") == [
        "2",
        "mark  1.00  certain",
        "_1  2",
        "_2  mark  1.00  certain",
    ]


def test_they_are_of_this_sitting_and_kept_in_no_file(typed, tmp_path):
    path = tmp_path / "s.vsa"
    typed(f"x = 1; 41; y = _ + x; :save {path}")
    typed.session.close()
    with Session.open(path) as again:
        assert again.values["y"] == 42
        assert "_" not in again.results
        typed.session.become(again)
    assert "none has been printed" in typed("_")[0]


def test_a_session_driven_from_python_holds_on_to_nothing():
    session = Session(Space(dim=64))
    session.run("1 + 1")
    assert session.results.count == 0
    session.results.add(5)
    assert show(session, session.run("_ + 1")[0]) == "6"
