"""Dictionaries beside Python's own, in one vector and in many parts, under several algebras."""

import math
import warnings

import numpy as np
import pytest
from backends import PRESENT
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins.dictionary import Dictionary, dictionary, get, items, keys, put, remove, values
from vsa_plugins.dictionary.parted import marks, parts_for
from worlds import PLUGINS

from vsa import CapacityWarning, Memory, Session, Space, VsaError
from vsa.errors import Note
from vsa.plugin import open_session, save

pytestmark = pytest.mark.filterwarnings("ignore::vsa.errors.Note")
DIMS = {
    "hrr": 512, "map-i": 512, "bsc": 1024, "vtb": 529, "ghrr:2": 256, "mbat": 512, "sbc:16": 256,
    "bsdc-seg": 1024, "bsdc": 1024,
}  # fmt: skip
WORLDS = {}


def world(algebra="hrr", dim=None, items=100, backend="numpy", seed=0):
    """A memory of atoms, their names and vectors."""
    place = (algebra, dim, items, backend, seed)
    if place not in WORLDS:
        space = Space(dim or DIMS[algebra], algebra, backend=backend, seed=seed)
        memory, names = Memory(space), np.array([f"n{i}" for i in range(items)])
        memory.add(list(names), space.batch(names))
        WORLDS[place] = memory, names, space.batch(names)
    return WORLDS[place]


def listed(found):
    return dict(zip(found.labels, found.name, strict=True))


# --- beside a dict ----------------------------------------------------------------------------------
STEPS = st.lists(
    st.tuples(st.integers(0, 9), st.one_of(st.none(), st.integers(0, 99))), max_size=12
)


@pytest.mark.parametrize("algebra", DIMS)
@given(steps=STEPS, room=st.sampled_from([0, 400]))
@settings(max_examples=12, deadline=None, derandomize=True)
def test_puts_and_removals_are_those_of_a_dict(algebra, steps, room):
    """Values None are removals. With room for 400 the keys are spread over several parts."""
    memory, _, v = world(algebra)
    made, model = dictionary(room=room, memory=memory), {}
    assert (made.parts > 1) == bool(room) or algebra.startswith("bsdc")
    for key, value in steps:
        if value is not None:
            made, model[key] = put(made, v[key], v[value]), value
        elif key in model:
            made = remove(made, v[key])
            del model[key]
        else:
            with pytest.raises(VsaError, match="the dictionary has no such key"):
                remove(made, v[key])
    assert made.size == made.terms.sum() == len(model)
    assert listed(items(made)) == {f"n{k}": f"n{x}" for k, x in model.items()}
    assert set(keys(made).name) == {f"n{k}" for k in model}
    assert list(get(made, v[:12]).name) == [
        f"n{model[i]}" if i in model else None for i in range(12)
    ]


@pytest.mark.parametrize("backend", PRESENT)
@pytest.mark.parametrize("algebra", ["hrr", "bsc"])
def test_batches_are_as_pairs_one_by_one(algebra, backend):
    memory, _, v = world(algebra, backend=backend)
    made = dictionary(v[:30], v[50:80], v[3], v[99], memory=memory)
    single = dictionary(memory=memory)
    for i in range(30):
        single = put(single, v[i], v[50 + i])
    single = put(single, v[3], v[99])
    assert made.size == single.size == 30
    assert made.parts == single.parts
    expected = [f"n{50 + i}" for i in range(30)]
    expected[3] = "n99"
    for d in (made, single):
        assert list(get(d, v[:30]).name) == expected
        assert get(d, v[:30].reshape(5, 6)).shape == (5, 6)
    assert list(values(made).name) == expected
    assert len(made.terms) == len(made.sums)


def test_the_last_value_of_a_key_counts():
    memory, _, v = world()
    made = dictionary(v[np.array([1, 1, 2])], v[np.array([5, 7, 6])], memory=memory)
    assert listed(items(made)) == {"n1": "n7", "n2": "n6"}
    assert made.size == 2
    same = put(made, v[:3], v[8])  # one value for several keys
    assert set(listed(items(same)).values()) == {"n8"}


def test_values_are_no_keys():
    """In hrr mark ⊛ fish is fish ⊛ mark; keys are permuted."""
    for algebra in ("hrr", "ghrr:2", "bsc"):
        memory, _, v = world(algebra)
        made = dictionary(v[0], v[1], memory=memory)
        assert get(made, v[1]).is_nothing
        assert list(keys(made).name) == ["n0"]


# --- thousands --------------------------------------------------------------------------------------
@pytest.mark.parametrize("algebra", ["hrr", "bsc", "mbat"])
def test_thousands_are_read_as_often_as_is_predicted(algebra):
    memory, names, _ = world(algebra, dim=512, items=1000)
    space, rng = memory.space, np.random.default_rng(1)
    chosen = rng.integers(0, 1000, 3000)
    key = space.batch([f"k{i}" for i in range(3000)])
    with pytest.warns(Note, match="^3,000 pairs are more than one vector holds at dim 512: now in"):
        made = dictionary(key, memory.vectors(chosen), memory=memory)
    answer = get(made, key)
    right = np.mean(answer.names[..., 0] == names[chosen])
    said = sum(t * made.right(t, 1000) for t in made.terms.tolist()) / 3000
    assert said > 0.995
    assert right == pytest.approx(said, abs=3 * math.sqrt(said * (1 - said) / 3000) + 1e-3)
    assert np.mean(answer.name == names[chosen]) > 0.97  # of the rest it is said that it is nothing
    strangers = get(made, space.batch([f"x{i}" for i in range(500)]))
    assert np.mean(strangers.is_nothing) > 0.98
    assert 0.5 < made.terms.var() / made.terms.mean() < 1.5  # as Poisson has it


@pytest.mark.parametrize("algebra", ["hrr", "bsc", "mbat"])
def test_parts_are_divided_without_loss(algebra):
    memory, names, v = world(algebra, dim=512, items=300)
    rng = np.random.default_rng(3)
    order, chosen = rng.permutation(300)[:150], rng.integers(0, 300, 150)
    made = dictionary(memory=memory)
    for key, value in zip(order, chosen, strict=True):
        made = put(made, v[key], v[value])
    assert made.parts > 4
    assert abs(made.terms.sum() - 150) <= 15  # what could not be taken out stays in both halves
    assert np.mean(get(made, v[order]).name == names[chosen]) > 0.95
    assert len(set(keys(made).name) & set(names[order])) >= 147


def test_keys_that_memory_lacks_are_not_lost():
    """They cannot be taken out of the other half: it stays as full as it was, and warns."""
    memory, names, v = world(dim=512, items=300, seed=5)
    key = memory.space.batch([f"k{i}" for i in range(60)])
    made = dictionary(memory=memory)
    for i in range(60):
        made = put(made, key[i], v[i])
    assert made.parts > 1
    with pytest.warns(CapacityWarning, match="a dictionary of 60 pairs in . parts is past its"):
        answer = get(made, key)
    assert np.mean(answer.names[..., 0] == names[:60]) > 0.85
    with pytest.warns(Note, match=" of 60 keys are found among no items of memory"):
        keys(made)
    roomy = dictionary(room=60, memory=memory)
    for i in range(60):
        roomy = put(roomy, key[i], v[i])
    assert np.mean(get(roomy, key).name == names[:60]) > 0.98


def test_no_warning_within_capacity():
    memory, _, v = world(items=300)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CapacityWarning)
        get(dictionary(v, v, memory=memory), v)


def test_parts_are_as_many_as_the_worst_of_them_wants():
    def right(k):
        return 1.0 if k <= 10 else 0.5

    assert parts_for(10, right, 0.99) == 1
    for size in (11, 100, 1000):
        parts = parts_for(size, right, 0.99)
        counts = np.random.default_rng(0).poisson(size / parts, 100_000) + 1
        assert np.mean(counts <= 10) > 0.98  # the terms that are beside at most nine others
        counts = np.random.default_rng(0).poisson(2 * size / parts, 100_000) + 1
        assert parts == 2 or np.mean(counts <= 10) < 0.99


# --- keys -------------------------------------------------------------------------------------------
def test_a_noisy_key_finds_its_part_by_the_item_that_it_is():
    memory, names, v = world(items=300)
    made = dictionary(v[:200], v[100:300], memory=memory)
    noisy = v[:50] + memory.space.random(50).scale(0.4)
    assert np.mean(get(made, noisy).name == names[100:150]) > 0.97
    with pytest.warns(Note, match=r"the key is taken for n7, which it is like \(0\.9"):
        assert get(made, noisy[7]).name == "n107"
    assert get(made, v[250]).is_nothing
    assert get(made, v[1] + v[2]).is_nothing  # neither


@pytest.mark.parametrize("algebra", DIMS)
def test_keys_that_are_alike_do_not_crowd_in_one_part(algebra):
    space = Space(DIMS[algebra], algebra)
    one, same = space.random((2048,)), space.atom("head")
    alike = one + same.scale(0.9)
    place = marks(type(one).of_row(space, alike.data)) & np.uint64(127)
    load = np.bincount(place.astype(int), minlength=128)
    assert load.var() / load.mean() < 2


@pytest.mark.parametrize("algebra", ["hrr", "map-i", "mbat", "vtb"])
def test_rounding_moves_no_key(algebra):
    space = Space(DIMS[algebra], algebra)
    key, x = space.random((3000,)), space.key("x")
    again = (key * x) / x
    assert np.mean(marks(key) == marks(again)) > 0.999
    assert np.mean(marks(key) == marks(key.scale(0.3))) > 0.999


@pytest.mark.parametrize("algebra", ["hrr", "bsc", "map-i", "bsdc-seg"])
def test_marks_are_the_same_on_every_backend(algebra):
    found = [
        marks(Space(DIMS[algebra], algebra, backend=name).batch(map(str, range(500))))
        for name in PRESENT
    ]
    for other in found[1:]:
        assert np.mean(found[0] == other) > 0.997
    assert len(set(found[0].tolist())) == 500


# --- in the language --------------------------------------------------------------------------------
def session(**options):
    made = Session(Space(512), **options)
    made.run("atom mark, fish, john, eat, x")
    return made


def test_it_is_undone_and_kept(tmp_path):
    s = session()
    s.run("d = dictionary(mark, fish, john, eat); d2 = put(d, mark, x)")
    assert str(s.run("d2")[0]) == "a dictionary of 2 pairs"
    s.run("d = d2; :undo")
    assert s.run("d.mark")[0].name == "fish"
    save(s, tmp_path / "kept.vsa")
    s.close()
    again = open_session(tmp_path / "kept.vsa")
    assert [again.run(t)[0].name for t in ("d.mark", "d2.mark", "d.john")] == ["fish", "x", "eat"]
    again.run("d = remove(d, mark)")
    assert again.run("d.mark")[0].is_nothing
    again.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dictionary(mark)",
         "a dictionary is made of keys and values in turn, and the last of 1 has none"),
        ("dictionary(mark, nil)", "a value of a dictionary must not be nil"),
        ("put(d, nil, mark)", "a key of a dictionary must not be nil"),
        ("remove(d, x)", "the dictionary has no such key: keys(d) gives those that it has"),
        ("d.mrk", "there is no item 'mrk' in memory that could be a key; did you mean 'mark'?"),
        ("d.zebra",
         "there is no item 'zebra' in memory that could be a key; declare it first: atom zebra"),
        ("why(d.mark)", "nothing is known of what d.mark is made of"),
        ("get(mark, fish)", "get wants a dictionary as 'dictionary', not a vector"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(text, said):
    s = session()
    s.run("d = dictionary(mark, fish)")
    before = s.run("d")[0]
    with pytest.raises(VsaError) as error:
        s.run(text)
    assert str(error.value).split("\n")[0] == said
    assert s.run("d")[0] is before


def test_batches_that_do_not_pair_are_refused():
    memory, _, v = world()
    with pytest.raises(VsaError, match=r"^3 keys do not pair with 2 values$"):
        dictionary(v[:3], v[:2], memory=memory)
    with pytest.raises(VsaError, match="does not belong to"):
        get(dictionary(memory=memory), Space(64).atom("a"))
    assert dictionary(v[:0], v[:0], memory=memory).size == 0
    assert get(dictionary(v[0], v[1], memory=memory), v[:0]).shape == (0,)


def test_where_nothing_unbinds_keys_are_compared_one_by_one():
    memory, _, v = world("bsdc-cdt", dim=1024, items=20)
    made = dictionary(v[:3], v[3:6], memory=memory)
    assert list(get(made, v[:4]).name) == ["n3", "n4", "n5", None]


def test_a_dictionary_is_a_value():
    assert Dictionary.__eq__ is object.__eq__  # its arrays are not compared
    s = session()
    s.run("d = dictionary(mark, fish)")
    assert s.run("keys(dictionary())")[0].shape == (0,)
    assert "mark" in list(s.run("d")[0].vsa_attributes())


@pytest.mark.parametrize("algebra", ["hrr", "bsc", "vtb", "sbc:16"])
def test_why_tells_the_pairs_of_a_part(algebra):
    session = Session(
        Space({"vtb": 1024, "sbc:16": 128}.get(algebra, 512), algebra), plugins=PLUGINS
    )
    names = [f"a{i}" for i in range(60)]
    session.run("atom " + ", ".join(names))
    pairs = ", ".join(f"{k}, {v}" for k, v in zip(names, names[::-1], strict=True))
    session.run(f"d = dictionary({pairs})")
    assert session.run("d")[0].parts > 1
    table = session.run("why(get(d, a7))")[0]
    kinds = {row[0]: row[2] for row in table.rows if row[0]}
    assert kinds["signal"] == "1 term"
    texts = [row[2] for row in table.rows if not row[0]]
    assert texts[0].endswith("= a52")
    held = int(kinds["crosstalk"].split()[0])  # the others of its part
    assert 0 < held < 59
    total = next(row[1] for row in table.rows if row[0] == "total")
    parts = sum(row[1] for row in table.rows if row[0] in ("signal", "crosstalk"))
    assert parts == pytest.approx(total, abs=0.05)
