"""What a memory is given wrongly: one line that names it, and nothing changed."""

import re

import numpy as np
import pytest

import vsa

WRONG = {
    "add(1, v)": (lambda m, v: m.add(1, v), "names must be a text, or texts in a list, not 1"),
    "add([None], v)": (lambda m, v: m.add([None], v), "a name must be a text, not None"),
    "add(['n', 3], v)": (lambda m, v: m.add(["n", 3], v), "a name must be a text, not 3"),
    "add(b'n', v)": (
        lambda m, v: m.add(b"n", v),
        "names must be a text, or texts in a list, not bytes",
    ),
    "add(v, 'n')": (
        lambda m, v: m.add(v, "n"),
        "names are texts, not a Vector: give the names before the vectors",
    ),
    "add('n', 3)": (lambda m, v: m.add("n", 3), "vectors must be a Vector, or several, not 3"),
    "a kind of 3": (lambda m, v: m.add("n", v, kind=3), "a kind must be a text, not 3"),
    "a scope of 4": (lambda m, v: m.add("n", v, scope=4), "a scope must be a text, not 4"),
    "a defined scope": (lambda m, v: m.define_scope(4, ["a"]), "a scope must be a text, not 4"),
    "a scope's names": (
        lambda m, v: m.define_scope("s", 3),
        "names must be a text, or texts in a list, not 3",
    ),
    "rename to 3": (lambda m, v: m.rename("a", 3), "a name must be a text, not 3"),
    "rename a list": (lambda m, v: m.rename(["a"], "n"), "a name must be a text, not list"),
    "remove a list": (lambda m, v: m.remove(["a"]), "a name must be a text, not list"),
    "m[list]": (lambda m, v: m[["a"]], "a name must be a text, not list"),
    "k='3'": (
        lambda m, v: m.cleanup(v, k="3"),
        "k must be a whole number of at least 1, not '3'",
    ),
    "k=2.5": (lambda m, v: m.cleanup(v, k=2.5), "k must be a whole number of at least 1, not 2.5"),
    "k=True": (
        lambda m, v: m.cleanup(v, k=True),
        "k must be a whole number of at least 1, not True",
    ),
    "prior_nothing='x'": (
        lambda m, v: m.cleanup(v, prior_nothing="x"),
        "prior_nothing must be a number in [0, 1), not 'x'",
    ),
    "exact='no'": (
        lambda m, v: m.cleanup(v, exact="no"),
        "exact must be True or False, not 'no'",
    ),
    "a memory, exact='no'": (
        lambda m, v: vsa.Memory(m.space, exact="no"),
        "exact must be True or False, not 'no'",
    ),
    "kinds=3": (
        lambda m, v: m.cleanup(v, kinds=3),
        "kinds must be a text, or texts in a list, not 3",
    ),
    "kinds=[3]": (lambda m, v: m.cleanup(v, kinds=[3]), "a kind must be a text, not 3"),
    "kinds=([],)": (lambda m, v: m.cleanup(v, kinds=([],)), "a kind must be a text, not list"),
    "among=3": (
        lambda m, v: m.cleanup(v, among=3),
        "among must be a text, or texts in a list, not 3",
    ),
    "among=[None]": (lambda m, v: m.cleanup(v, among=[None]), "a name must be a text, not None"),
    "among=[[1]]": (lambda m, v: m.cleanup(v, among=[[1]]), "a name must be a text, not list"),
    "among=[5]": (
        lambda m, v: m.cleanup(v, among=[0, 5]),
        "there is no row 5: the memory has 3, counted from 0",
    ),
    "among=[-1]": (
        lambda m, v: m.cleanup(v, among=[-1]),
        "there is no row -1: the memory has 3, counted from 0",
    ),
    "exclude=3": (
        lambda m, v: m.cleanup(v, exclude=3),
        "exclude must be a text, or texts in a list, not 3",
    ),
    "exclude=[None]": (
        lambda m, v: m.cleanup(v, exclude=[None]),
        "a name must be a text, not None",
    ),
    "exclude=[3]": (
        lambda m, v: m.cleanup(v, exclude=[3]),
        "there is no row 3: the memory has 3, counted from 0",
    ),
}


@pytest.fixture
def memory():
    space = vsa.Space(dim=64)
    made = vsa.Memory(space)
    made.add(["a", "b", "c"], space.batch(["a", "b", "c"]))
    return made


@pytest.mark.parametrize("case", WRONG)
def test_what_is_given_wrongly_is_one_line_and_changes_nothing(memory, case):
    call, message = WRONG[case]
    with pytest.raises(vsa.VsaError, match=f"^{re.escape(message)}$"):
        call(memory, memory.space.atom("n"))
    assert memory.names() == ["a", "b", "c"]
    assert memory.kinds == ["atom"]
    assert memory.scopes == {}


def test_numbers_of_numpy_are_numbers(memory):
    a = memory["a"]
    answer = memory.cleanup(a, np.int64(2), prior_nothing=np.float32(0.25), exact=np.bool_(True))
    same = memory.cleanup(a, 2, prior_nothing=0.25, exact=True)
    assert answer.names.tolist() == same.names.tolist()
    assert float(answer.nothing) == pytest.approx(float(same.nothing))


def test_rows_are_given_as_an_array(memory):
    rows = np.array([1, 2])
    a = memory["a"]
    assert memory.select(among=rows).tolist() == [1, 2]
    assert memory.select(exclude=rows).tolist() == [0]
    assert memory.cleanup(a, exclude=np.array([0]), prior_nothing=0).name in ("b", "c")


def test_a_scope_of_one_name(memory):
    memory.define_scope("one", "a")
    assert memory.scopes == {"one": frozenset({"a"})}
