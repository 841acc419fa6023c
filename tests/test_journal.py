"""Commit, roll back, rehearse, undo: one walk over the same records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsa.errors import VsaError
from vsa.memory.journal import Journal


@pytest.fixture
def journal():
    return Journal()


def failing(journal, error, changes):
    """A transaction in which something is raised."""
    with journal.transaction("fails"):
        changes()
        raise error


@pytest.fixture
def state(journal):
    state = {"a": 1, "b": 2}
    with journal.transaction("change a"):
        journal.assign("section", state, "a", 10)
    return state


def test_a_transaction_commits(journal, state):
    with journal.transaction("more"):
        journal.assign("section", state, "c", 3)
        journal.discard("section", state, "b")
        journal.assign("section", state, "c", 4)
        assert journal.changed
    assert state == {"a": 10, "c": 4}
    assert not journal.changed


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_whatever_is_raised_rolls_back_and_goes_on(journal, state, error):
    def changes():
        journal.assign("section", state, "c", 3)
        journal.assign("section", state, "a", 11)
        journal.discard("section", state, "a")
        journal.discard("section", state, "b")

    with pytest.raises(error):
        failing(journal, error, changes)
    assert state == {"a": 10, "b": 2}
    assert not journal.changed
    assert journal.undo() == "change a"  # the failed one is not in the history
    assert state == {"a": 1, "b": 2}


def test_undo_takes_back_the_newest_first(journal, state):
    with journal.transaction("second"):
        journal.assign("section", state, "a", 20)
    with journal.transaction("third"):
        journal.discard("section", state, "a")
    assert [journal.undo() for _ in range(2)] == ["third", "second"]
    assert state == {"a": 10, "b": 2}
    assert journal.undo() == "change a"
    assert state == {"a": 1, "b": 2}
    with pytest.raises(VsaError, match="there is nothing to undo"):
        journal.undo()


def test_a_transaction_that_changes_nothing_is_not_undone(journal, state):
    with journal.transaction("looks only"):
        pass
    assert journal.undo() == "change a"


def test_only_so_many_are_kept():
    journal, state = Journal(depth=3), {}
    for i in range(5):
        with journal.transaction(f"number {i}"):
            journal.assign("section", state, "last", i)
    assert [journal.undo() for _ in range(3)] == ["number 4", "number 3", "number 2"]
    assert state == {"last": 1}
    with pytest.raises(VsaError):
        journal.undo()


def test_a_transaction_inside_another_is_part_of_it(journal, state):
    with journal.transaction("outer"):
        journal.assign("section", state, "b", 3)
        with journal.transaction("inner"):
            journal.assign("section", state, "c", 4)
        journal.assign("section", state, "b", 5)
    assert state == {"a": 10, "b": 5, "c": 4}
    assert journal.undo() == "outer"
    assert state == {"a": 10, "b": 2}


def test_a_failure_outside_takes_the_inner_one_along(journal, state):
    def changes():
        with journal.transaction("inner"):
            journal.assign("section", state, "c", 4)

    with pytest.raises(ValueError, match="outer"):
        failing(journal, ValueError("outer"), changes)
    assert state == {"a": 10, "b": 2}


def test_a_failure_inside_that_is_caught_is_rolled_back_alone(journal, state):
    def changes():
        journal.assign("section", state, "b", 4)
        journal.assign("section", state, "c", 4)

    with journal.transaction("outer"):
        journal.assign("section", state, "b", 3)
        with pytest.raises(ValueError, match="inner"):
            failing(journal, ValueError("inner"), changes)
        assert state == {"a": 10, "b": 3}
        journal.assign("section", state, "d", 5)
    assert state == {"a": 10, "b": 3, "d": 5}
    journal.undo()
    assert state == {"a": 10, "b": 2}


@pytest.mark.parametrize("fails", [False, True])
def test_a_rehearsal_is_taken_back_at_once(journal, state, fails):
    with journal.transaction("with a rehearsal"):
        journal.assign("section", state, "b", 3)
        try:
            with journal.rehearsal():
                journal.assign("section", state, "b", 4)
                with journal.transaction("inner"):
                    journal.assign("section", state, "c", 4)
                if fails:
                    raise ValueError
        except ValueError:
            pass
        assert state == {"a": 10, "b": 3}
    assert state == {"a": 10, "b": 3}
    journal.undo()
    assert state == {"a": 10, "b": 2}


def test_changes_belong_in_transactions(journal, state):
    for change in (
        lambda: journal.assign("section", state, "a", 0),
        lambda: journal.discard("section", state, "a"),
        lambda: journal.record("section", None, state.clear),
        lambda: journal.rehearsal().__enter__(),
    ):
        with pytest.raises(RuntimeError, match="outside a transaction"):
            change()
    assert state == {"a": 10, "b": 2}
    with journal.transaction("outer"):
        journal.assign("section", state, "a", 0)
        with pytest.raises(RuntimeError, match="inside a transaction"):
            journal.undo()
    journal.undo()
    with journal.transaction("outer"), pytest.raises(KeyError):
        journal.discard("section", state, "c")
    assert state == {"a": 10, "b": 2}


STEPS = st.recursive(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9) | st.none()), max_size=5),
    lambda steps: st.tuples(st.sampled_from(["inner", "fails", "rehearsal"]), st.lists(steps, max_size=3)),
    max_leaves=8,
)  # fmt: skip


@given(history=st.lists(STEPS, max_size=6))
def test_any_nesting_can_be_undone_step_by_step(history):
    """Against whole copies: what fails or is rehearsed leaves nothing, undo gives each state back."""
    journal, state, log = Journal(), {}, []
    copies = []

    def perform(step):
        journal.record(
            "section", None, log.pop
        )  # unlike an assignment this must not be taken back twice
        log.append(step)
        if isinstance(step, list):
            for key, value in step:
                if value is not None:
                    journal.assign("section", state, key, value)
                elif key in state:
                    journal.discard("section", state, key)
            return
        how, steps = step
        before = (dict(state), list(log))
        try:
            with journal.rehearsal() if how == "rehearsal" else journal.transaction("inner"):
                for inner in steps:
                    perform(inner)
                if how == "fails":
                    raise ValueError
        except ValueError:
            pass
        if how != "inner":
            assert (state, log) == before

    for number, step in enumerate(history):
        copies.append((str(number), (dict(state), list(log))))
        with journal.transaction(str(number)):
            perform(step)
    for number, before in reversed(copies):
        assert journal.undo() == number
        assert (state, log) == before
