"""What corresponds to what: in records, in one step and in two; and in stories, by MAC/FAC."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vsa_plugins import analogy as plugin
from vsa_plugins.analogy import align, analogy
from vsa_plugins.analogy.align import Structure, aligned, structure
from vsa_plugins.frame import SLOT, frame, role

from vsa import Memory, Session, Space, VsaError
from vsa.plugin import inside, open_session, save

SLOTS = [f"s{i}" for i in range(6)]


# --- records ----------------------------------------------------------------------------------------
class Countries:
    """Records of six slots, of which any two have some fillers in common."""

    def __init__(self, algebra="hrr", dim=1024, count=40, fillers=8, seed=0):
        self.space = space = Space(dim, algebra, seed=seed)
        self.memory = Memory(space)
        self.rng = np.random.default_rng(seed)
        self.names = np.array([[f"{s}/{i}" for i in range(fillers)] for s in SLOTS])
        self.atoms = space.batch(self.names.reshape(-1).tolist())
        self.memory.add(self.names.reshape(-1).tolist(), self.atoms)
        self.memory.add(
            [f"role/{s}" for s in SLOTS], [role(s, space.zero()) for s in SLOTS], kind=SLOT
        )
        self.which = self.rng.integers(0, fillers, (count, len(SLOTS)))
        rows = np.arange(len(SLOTS)) * fillers + self.which  # (count, slots)
        self.rows = rows
        self.records = frame(
            space.zero(), **{s: self.atoms[rows[:, i]] for i, s in enumerate(SLOTS)}
        )

    def questions(self, count):
        """known, asked and slots (n,), where the two have different fillers."""
        known, asked = self.rng.integers(0, len(self.rows), (2, 4 * count))
        slot = self.rng.integers(0, len(SLOTS), 4 * count)
        differ = np.flatnonzero(self.rows[known, slot] != self.rows[asked, slot])[:count]
        return known[differ], asked[differ], slot[differ]


@pytest.mark.parametrize("algebra", ["hrr", "map-i", "bsc", "vtb"])
def test_two_steps_are_right_where_one_is_misled_by_what_is_shared(algebra):
    """The control of the question left out: it comes back wherever a fact is shared (Countries)."""
    world = Countries(algebra)
    known, asked, slot = world.questions(200)
    a, b = world.records[known], world.records[asked]
    filler, right = world.rows[known, slot], world.rows[asked, slot]
    x = world.atoms[filler]

    def share(answer):
        return float(np.mean(answer.rows[..., 0] == right))

    two = analogy(a, x, b, memory=world.memory)
    one = analogy(a, x, b, steps=1, memory=world.memory)
    plain = world.memory.cleanup(inside(b / a.left_unbind(inside(x)), -1), kinds="atom")
    itself = float(np.mean(plain.rows[..., 0] == filler))
    assert share(two) > 0.99
    assert 0.5 < share(one) <= share(two)
    assert share(plain) + itself / 4 < share(one)  # to exclude the question mends part of it
    assert itself > 0.1
    assert not np.any(one.rows[..., 0] == filler)
    # what it says of itself is so, in two steps
    assert np.mean(two.probability) == pytest.approx(share(two), abs=0.03)


def test_the_probability_of_two_steps_is_that_both_are_right():
    """In a dim that is small, where neither is certain; and it promises no more than comes true."""
    world = Countries(dim=64)
    known, asked, slot = world.questions(200)
    a, b, x = world.records[known], world.records[asked], world.atoms[world.rows[known, slot]]
    found = analogy(a, x, b, memory=world.memory)
    which = world.memory.cleanup(a / x, kinds="slot")
    read = world.memory.cleanup(b / world.memory.vectors(which.rows[:, 0]), kinds="atom")
    product = which.probability * read.probability
    same = (found.rows[:, 0] == read.rows[:, 0]) & ~found.is_nothing
    assert same.sum() > 50
    assert np.min(product[same]) < 0.7
    np.testing.assert_allclose(found.probability[same], product[same], atol=1e-6)
    right = found.rows[:, 0] == world.rows[asked, slot]
    assert found.probability.mean() < right.mean() + 0.03


def test_single_questions_are_answered_as_in_a_batch():
    world = Countries()
    known, asked, slot = world.questions(12)
    x = world.atoms[world.rows[known, slot]]
    for steps in (1, 2):
        every = analogy(
            world.records[known], x, world.records[asked], steps=steps, memory=world.memory
        )
        for i in range(12):
            single = analogy(
                world.records[int(known[i])], x[i], world.records[int(asked[i])], steps=steps,
                memory=world.memory,
            )  # fmt: skip
            assert single.names[0] == every.names[i, 0]
            assert single.similarity == pytest.approx(every.similarity[i], abs=1e-5)
            assert single.probability == pytest.approx(every.probability[i], abs=1e-3)
        shaped = analogy(
            world.records[known].reshape(3, 4), x.reshape(3, 4), world.records[asked].reshape(3, 4),
            steps=steps, memory=world.memory,
        )  # fmt: skip
        assert shaped.names[..., 0].tolist() == every.names[:, 0].reshape(3, 4).tolist()


@pytest.fixture(params=["hrr", "bsc", "vtb"])
def session(request):
    session = Session(Space(1024, request.param, seed=1))
    session.run("""atom dollar, peso, washington, mexico_city, currency, capital, stranger, eat, see
usa = frame(nil, capital=washington, currency=dollar)
mexico = frame(nil, capital=mexico_city, currency=peso)
by_hand = dollar * currency + washington * capital; there = peso * currency + mexico_city * capital
""")
    return session


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("analogy(usa, dollar, mexico)", "peso"),
        ("analogy(usa, washington, mexico, 1)", "mexico_city"),
        ("analogy(by_hand, dollar, there)", "peso"),
        ("analogy(by_hand, washington, there, 1)", "mexico_city"),
        # roles of heads of their own: the agent of one verb is that of another
        ("analogy(frame(eat, agt=dollar, obj=peso), peso, frame(see, agt=capital, obj=eat))", "eat"),
        ("analogy(usa, dollar, usa)", "dollar"),
    ],
)  # fmt: skip
def test_analogies_of_the_language(session, text, name):
    assert session.run(text)[0].name == name


def test_a_filler_of_no_role_is_refused(session):
    with pytest.raises(VsaError) as caught:
        session.run("analogy(usa, stranger, mexico)")
    assert str(caught.value) == (
        "no role of the first record has this filler: roles are slots, or items"
    )
    with pytest.raises(VsaError, match="steps must be a whole number of at most 2, not 3"):
        session.run("analogy(usa, dollar, mexico, 3)")


def test_why_tells_what_an_analogy_rests_on(session):
    if session.space.algebra.name != "hrr":
        return
    (table,) = session.run("why(analogy(by_hand, dollar, there, 1))")
    assert ("", pytest.approx(0.5, abs=0.1), "dollar currency = peso") in table.rows
    (table,) = session.run("why(analogy(by_hand, dollar, there))")
    assert ("", pytest.approx(0.7, abs=0.1), "currency = peso") in table.rows


@pytest.mark.parametrize("algebra", ["mbat", "bsdc"])
def test_where_keys_are_exact_one_step_is_refused(algebra):
    space = Space(2048, algebra)
    memory = Memory(space)
    with pytest.raises(VsaError) as caught:
        analogy(space.atom("a"), space.atom("b"), space.atom("c"), steps=1, memory=memory)
    assert str(caught.value) == (
        "an analogy in one step needs keys that may be sums, which the algebra "
        f"'{algebra}' has not; use steps=2"
    )


# --- stories ----------------------------------------------------------------------------------------
# Plate's dog-bites-man stories (Estimating analogical similarity by dot-products of HRRs, 1994)
STORIES = """atom bite, flee, cause, dog, cat, mouse, human
spot = token(dog); fido = token(dog); rover = token(dog); mort = token(mouse); felix = token(cat)
jane = token(human); john = token(human); fred = token(human)
def story(x, y) = frame(cause, agt=frame(bite, agt=x, obj=y), obj=frame(flee, agt=y, frm=x))
def other(x, y) = frame(cause, agt=frame(flee, agt=y, frm=x), obj=frame(bite, agt=x, obj=y))
probe = story(spot, jane)
literal = story(fido, john)
crossed = story(fred, rover)
analogue = story(mort, felix)
surface = other(fido, john)
relations = other(mort, felix)
"""
ALL = "among={literal, crossed, analogue, surface, relations}"


@pytest.fixture(scope="module", params=["hrr", "bsc"])
def stories(request):
    session = Session(Space(2048, request.param))
    session.run(STORIES)
    return session


def scores(session, call):
    (table,) = session.run(call)
    return {name: (content, aligned) for name, content, aligned in table.rows}


def test_content_is_misled_and_structure_cannot_tell_what_both_can(stories):
    """Content takes the surface for the story; structure takes any analogue for it; together neither."""
    found = scores(stories, f"analogs(probe, 5, {ALL})")
    content = {name: c for name, (c, _) in found.items()}
    form = {name: s for name, (_, s) in found.items()}
    # content alone: the wrong plot with the right actors is as good as the right one, and beats analogues
    assert content["surface"] == pytest.approx(content["literal"], abs=0.1)
    assert content["surface"] > content["analogue"] + 0.1
    # structure alone: a mouse that bites a cat is no further off than a dog that bites a man
    assert form["literal"] == form["crossed"] == form["analogue"] == pytest.approx(1)
    assert form["surface"] == form["relations"] < 0.8
    # both: the plot decides, and among equal plots the actors
    assert list(found)[-2:] == ["surface", "relations"]
    assert list(found)[2] == "analogue"


def test_only_what_content_calls_is_aligned(stories, monkeypatch):
    """MAC is one product each; FAC, which reads frames, is for the k best: an analogue that shares no
    surface is not called then, as people rarely are reminded of one."""
    scores(stories, f"analogs(probe, 5, {ALL})")  # contents are made
    read = []
    kept = plugin.structure
    monkeypatch.setattr(plugin, "structure", lambda *a: read.append(a) or kept(*a))
    found = scores(stories, f"analogs(probe, 3, {ALL})")
    assert set(found) == {"literal", "crossed", "surface"}
    assert len(read) == 1 + 3


def test_correspondences_follow_roles_not_likeness(stories):
    def pairs(call):
        return dict(stories.run(call)[0].rows)

    assert pairs("correspondences(probe, literal)") == {"spot": "fido", "jane": "john"}
    assert pairs("correspondences(probe, crossed)") == {"spot": "fred", "jane": "rover"}
    assert stories.run("correspondences(probe, crossed)")[0].title == "structure 1.00"


def test_contents_are_kept_and_a_name_that_changes_gets_another(tmp_path):
    session = Session(Space(1024))
    session.run(STORIES)
    first = scores(session, f"analogs(probe, 5, {ALL})")
    assert "content" in session.memory.kinds
    assert "content" not in session.memory.item_kinds
    save(session, tmp_path / "stories.vsa")
    session.close()
    again = open_session(tmp_path / "stories.vsa")
    count = len(again.memory)
    second = scores(again, f"analogs(probe, 5, {ALL})")
    assert len(again.memory) == count
    for name, both in first.items():
        assert second[name] == pytest.approx(both, abs=1e-5)
    again.run("surface = story(fido, john)")
    assert scores(again, "analogs(probe, 9, among={surface})")["literal"][1] == pytest.approx(1)
    again.journal.undo()
    assert len(again.memory) == count
    again.close()


def test_what_is_no_frame_is_refused(stories):
    for call, why in (
        ("analogs(bite)", "x is no frame that can be read: none of its slots is filled"),
        (
            "correspondences(probe, bite)",
            "y is no frame that can be read: none of its slots is filled",
        ),
    ):
        with pytest.raises(VsaError) as caught:
            stories.run(call)
        assert str(caught.value) == why
    with pytest.raises(VsaError) as caught:
        Session(Space(512)).run("atom a, b; f = frame(a, x=b); analogs(f)")
    assert str(caught.value) == "there is no other frame in memory to compare it with"


# --- alignment, beside what must hold of any --------------------------------------------------------
LEAF = st.sampled_from("abc").map(Structure)
TREES = st.recursive(
    LEAF,
    lambda inner: st.builds(
        Structure, st.sampled_from("RS"),
        st.dictionaries(st.sampled_from("xy"), inner, min_size=1, max_size=2),
    ),
    max_leaves=6,
).filter(lambda tree: tree.slots)  # fmt: skip


def renamed(tree):
    name = tree.name if tree.slots else tree.name.upper()
    return Structure(name, {slot: renamed(filler) for slot, filler in tree.slots.items()})


def shape(tree):
    return (
        tree.name if tree.slots else "",
        tuple(sorted((s, shape(f)) for s, f in tree.slots.items())),
    )


@given(TREES)
def test_a_structure_aligns_with_itself_under_other_names(tree):
    found = aligned(tree, renamed(tree))
    assert found.score == pytest.approx(1)
    assert all(b == a.upper() for a, b in found.pairs)


@given(TREES, TREES)
@settings(max_examples=150)
def test_alignments_are_one_to_one_symmetric_and_full_only_of_equal_forms(x, y):
    found = aligned(x, y)
    assert 0 <= found.score <= 1 + 1e-9
    for side in zip(*found.pairs, strict=True):
        assert len(set(side)) == len(side)
    if found.score > 1 - 1e-9:
        assert shape(x) == shape(y)


def test_one_thing_corresponds_to_one():
    """bite(a, a) is no bite(b, c)."""
    same = Structure("bite", {"agt": Structure("a"), "obj": Structure("a")})
    two = Structure("bite", {"agt": Structure("b"), "obj": Structure("c")})
    assert aligned(same, two).score == 0
    assert aligned(two, two).score == pytest.approx(1)


def test_deep_systems_count_for_more_than_single_facts():
    """Two facts under a cause are nearer to it than the same facts without (systematicity)."""

    def fact(verb, x):
        return Structure(verb, {"agt": Structure(x)})

    cause = Structure("cause", {"agt": fact("bite", "a"), "obj": fact("flee", "b")})
    loose = Structure("and", {"agt": fact("bite", "a"), "obj": fact("flee", "b")})
    assert 0 < aligned(cause, loose).score < 0.8 < aligned(cause, cause).score


def test_frames_are_read_as_deep_as_they_are():
    session = Session(Space(2048))
    session.run("atom a, b, c, d; f = frame(a, x=frame(b, y=frame(c, z=d)))")
    read = structure(session.run("f")[0], session.memory)
    assert [each.name for each in read.every()] == ["a", "b", "c", "d"]
    assert align.content(read, session.memory).similarity(session.memory["d"]) > 0.4
