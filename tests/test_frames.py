"""Frames, variables, types and tokens."""

import pytest
from vsa_plugins.binding import assign, unassign, value, variable_of
from vsa_plugins.frame import frame, head, replace, role, slot, slots
from vsa_plugins.memory import members
from vsa_plugins.token import token, type_of
from worlds import NAMES, PLUGINS, names, world

import vsa
from vsa import CapacityWarning, Memory, Space
from vsa.lang.session import Session


# --- frames ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fillers", "own", "general"), [(2, 0.58, 0.37), (4, 0.45, 0.29), (8, 0.34, 0.22)]
)
def test_frame_is_read_by_its_own_role_and_by_the_general_one(kept, fillers, own, general):
    space, memory = kept
    chosen = {f"slot{i}": memory[NAMES[i + 1]] for i in range(fillers)}
    found = frame(memory["n0"], **chosen)
    assert head(found, memory=memory).name == "n0"
    for i, name in enumerate(chosen):
        answer = slot(found, name, memory=memory)
        assert answer.name == NAMES[i + 1]
        assert answer.similarity == pytest.approx(own, abs=0.12)  # sd 1/√1024 = .03
        bare = memory.cleanup(found / role(name, space.zero()), prior_nothing=0)
        assert bare.name == NAMES[i + 1]
        assert bare.similarity == pytest.approx(general, abs=0.12)
    assert slot(found, "other", memory=memory).is_nothing


def test_roles_share_what_is_general():
    space, _ = world()
    eat, see = space.atoms("eat", "see")
    assert role("agt", eat).similarity(role("agt", see)) == pytest.approx(0.41, abs=0.1)
    assert abs(role("agt", eat).similarity(role("obj", eat))) < 0.12
    assert role("agt", eat).similarity(space.key("role/agt")) == pytest.approx(0.64, abs=0.1)


def test_frames_of_one_kind_inside_each_other():
    session = Session(Space(dim=1024), plugins=PLUGINS)
    session.run("atom cause, a, b, c, d, e")
    session.run("s = frame(cause, agt=frame(cause, agt=a, obj=b), obj=frame(cause, agt=c, obj=d))")
    got = [
        session.run(f"s.{path}")[0].name for path in ("agt.agt", "agt.obj", "obj.agt", "obj.obj")
    ]
    assert got == ["a", "b", "c", "d"]
    session.run("deep = frame(cause, agt=e, obj=frame(cause, agt=a, obj=s))")
    assert session.run("deep.obj.obj.obj.agt")[0].name == "c"


def test_frames_in_batches(fresh):
    space, memory = fresh
    heads, fillers = space.batch(NAMES[:5]), space.batch(NAMES[5:10])
    found = frame(heads, agt=fillers, obj=memory["n20"])
    assert slot(found, "agt", memory=memory).name.tolist() == NAMES[5:10]
    assert slot(found, "obj", heads, memory=memory).name.tolist() == ["n20"] * 5
    one = frame(memory["n3"], agt=memory["n8"], obj=memory["n20"])
    assert found[3].similarity(one) == pytest.approx(1, abs=1e-5)
    unnamed = frame(space.random(5), agt=fillers)  # heads that no memory knows
    assert slot(unnamed, "agt", memory=memory).name.tolist() == NAMES[5:10]


def test_a_slot_that_no_frame_has_used_is_told():
    session = Session(Space(dim=512), plugins=PLUGINS)
    session.run("atom eat, mark, fish; s = frame(eat, agt=mark); t = frame(eat, obj=fish)")
    for text, said in {
        "s.agnt": ("no frame has used the slot 'agnt'; did you mean 'agt'?",),
        "s.instrument": ("no frame has used the slot 'instrument'; slots are agt, obj",),
        "s.obj": (),  # of another frame
        "s.agt": (),
    }.items():
        (outcome,) = session.execute(text)
        assert outcome.value.is_nothing == (text != "s.agt")
        assert outcome.notes == said


def test_slots_are_listed_and_replaced(fresh):
    _, memory = fresh
    found = frame(memory["n0"], memory=memory, agt=memory["n1"], obj=memory["n2"])
    frame(memory["n0"], memory=memory, to=memory["n1"])  # a slot that found does not fill
    listed = slots(found, memory=memory)
    assert dict(zip(listed.labels, names(listed), strict=True)) == {"agt": "n1", "obj": "n2"}
    other = replace(found, memory=memory, agt=memory["n7"])
    assert slot(other, "agt", memory=memory).name == "n7"
    assert slot(other, "obj", memory=memory).name == "n2"
    wanted = frame(memory["n0"], agt=memory["n7"], obj=memory["n2"])
    assert other.similarity(wanted) > 0.97
    filled = replace(found, memory=memory, to=memory["n9"])
    assert (
        filled.similarity(frame(memory["n0"], agt=memory["n1"], obj=memory["n2"], to=memory["n9"]))
        > 0.97
    )
    batch = frame(memory["n0"], agt=memory.space.batch(NAMES[1:4]), obj=memory["n5"])
    swapped = replace(batch, memory=memory, agt=memory["n8"])
    assert slot(swapped, "agt", memory=memory).name.tolist() == ["n8"] * 3


def test_frame_warns_past_its_capacity():
    space, memory = world(dim=256)
    full = frame(memory["n0"], **{f"s{i}": memory[NAMES[i + 1]] for i in range(14)})
    with pytest.warns(CapacityWarning, match=r"a frame of about \d+ parts is past its capacity"):
        slot(full, "s3", memory["n0"], memory=memory)
    del space


def test_normalisation_is_as_documented(fresh):
    _, memory = fresh
    parts = {"agt": memory["n1"], "obj": memory["n2"]}
    assert frame(memory["n0"], **parts).norm() == pytest.approx(1, abs=1e-5)
    plain = frame(memory["n0"], normalize=False, **parts)
    assert plain.norm() ** 2 == pytest.approx(3, abs=0.4)


# --- variables ------------------------------------------------------------------------------------
def test_variables_are_bound_rebound_and_unbound(kept):
    space, memory = kept
    x, y = memory["n100"], memory["n101"]
    env = assign(space.zero(), x, memory["n1"], memory=memory)
    env = assign(env, y, memory["n2"], memory=memory)
    assert [value(env, v, memory=memory).name for v in (x, y)] == ["n1", "n2"]
    assert variable_of(env, memory["n2"], memory=memory).name == "n101"
    env = assign(env, x, memory["n3"], memory=memory)
    assert value(env, x, memory=memory).name == "n3"
    env = unassign(env, x, memory=memory)
    assert value(env, x, memory=memory).is_nothing
    assert value(env, y, memory=memory).name == "n2"
    batch = assign(space.zero((2,)), x, space.batch(["n5", "n6"]), memory=memory)
    assert value(batch, x, memory=memory).name.tolist() == ["n5", "n6"]


# --- types and tokens -----------------------------------------------------------------------------
def test_tokens_know_their_type_and_their_likes():
    session = Session(Space(dim=1024), plugins=PLUGINS)
    session.run("atom being, person, food, stone")
    session.run(
        "mark = token(being, person); john = token(being, person); fish = token(being, food)"
    )
    assert session.run("type_of(mark)")[0].name == "type/being+person"
    assert session.run("like(mark)")[0].name == "john"
    assert set(session.run("features(mark)")[0].name) == {"being", "person"}
    a, b = session.run("similarity(mark, john); similarity(mark, fish)")
    assert a == pytest.approx(2 / 3, abs=0.1)
    assert b == pytest.approx(1 / 3, abs=0.12)


def test_tokens_in_batches_are_individuals():
    space = Space(dim=1024)
    being, kinds = space.atom("being"), space.batch(["person", "food", "person"])
    tokens = token(being, kinds, id="t")
    assert tokens.shape == (3,)
    assert tokens[0].similarity(tokens[2]) == pytest.approx(2 / 3, abs=0.1)
    assert tokens[0].similarity(tokens[1]) == pytest.approx(1 / 3, abs=0.12)


def test_a_new_token_is_answered_by_its_type_not_by_a_sibling():
    space = Space(dim=1024)
    memory = Memory(space)
    being, person = space.atoms("being", "person")
    memory.add(["being", "person"], [being, person])
    for name in ("mark", "john", "mary"):
        memory.add(name, token(being, person, id=name, memory=memory), kind="token")
    new = token(being, person, id="stranger")
    answer = memory.cleanup(new)
    assert answer.name == "type/being+person"
    known = memory.cleanup(memory["john"] + space.random())
    assert known.name == "john"
    assert type_of(new, memory=memory).name == "type/being+person"


def test_members_of_a_bundle_are_all_certain(kept):
    _, memory = kept
    bundle = vsa.bundle(*(memory[n] for n in NAMES[:6]))
    found = members(bundle, memory=memory)
    assert set(names(found)) == set(NAMES[:6])
    assert found.probability.min() > 0.9


def test_a_frame_warns_when_it_is_made_and_counts_its_parts_when_it_is_read(recwarn):
    space = Space(256)
    memory = Memory(space)
    memory.add(NAMES[:50], space.batch(NAMES[:50]))
    fillers = {f"s{i}": memory[NAMES[i + 1]] for i in range(14)}
    with pytest.warns(CapacityWarning, match=r"a frame of 15 parts is past its .* right in 9\d%"):
        full = frame(memory["n0"], memory=memory, **fillers)
    with pytest.warns(CapacityWarning, match=r"a frame of about 1[3-6] parts is past its"):
        slot(full, "s3", memory=memory)
    small = frame(memory["n0"], memory=memory, s0=memory["n1"], s1=memory["n2"])
    recwarn.clear()
    assert slot(small, "s0", memory=memory).name == "n1"  # though 14 slots are known
    assert not recwarn.list
    lost = frame(space.random(), memory=memory, **dict(list(fillers.items())[:7]))
    with pytest.warns(
        CapacityWarning, match=r"a frame of about \d+ parts, its head not in memory,"
    ):
        slot(lost, "s3", memory=memory)
