"""Kanerva's sparse memory in the language: written and read, kept, undone, refused."""

import pytest

import vsa
from vsa import soft
from vsa.persist import open_session
from vsa.plugin import show, to_json

PAIRS = "atom mark, fish, john, eat; m = write(write(sparse_memory(locations=500), mark, fish), john, eat)"


@pytest.fixture(params=["hrr", "bsc", "map-b"])
def session(request):
    with vsa.Session(vsa.Space(256, algebra=request.param)) as session:
        session.run(PAIRS)
        yield session


def printed(session, text):
    return show(session, *session.run(text))


def test_pairs_are_written_and_read_back(session):
    assert printed(session, "m") == "a sparse memory of 2 pairs in 500 locations, 29 active"
    assert session.run("cleanup(read(m, mark))")[0].name == "fish"
    assert session.run("cleanup(read(m, john))")[0].name == "eat"
    assert session.run("read(sparse_memory(), mark)")[0].norm() == 0
    assert to_json(session, session.values["m"]) == {"pairs": 2, "locations": 500, "active": 29}


def test_it_is_what_python_has(session):
    space, m = session.space, session.values["m"]
    mark, fish, john, eat = space.atoms("mark", "fish", "john", "eat")
    wanted = soft.SparseMemory(space, 500)
    wanted.write(space.stack([mark, john]), space.stack([fish, eat]))
    probe = vsa.bundle(mark, mark, fish)
    session.set("probe", probe)
    for text, found in (
        ("read(m, probe)", wanted.read(probe)),
        ("read(m, probe, steps=5)", wanted.settle(probe, 5).vector),
    ):
        assert session.run(text)[0].similarity(found) > 1 - 1e-5
    assert len(m.counters) == 2


def test_a_batch_is_written_at_once_with_values_or_one(session):
    space = session.space
    session.set("places", space.random((2, 3)))
    assert len(session.run("write(m, places)")[0].addresses) == 8
    (one,) = session.run("write(sparse_memory(), places, fish)")
    assert one.values.similarities(space.atom("fish")).min() > 1 - 1e-5


def test_writing_leaves_what_was_there(session):
    session.run("other = write(m, mark, eat)")
    assert len(session.values["m"].addresses) == 2
    assert session.run("cleanup(read(m, mark))")[0].name == "fish"


def test_it_is_kept_and_undone(session, tmp_path):
    session.run(f"empty = sparse_memory(); :save {tmp_path / 's.vsa'}")
    session.run("m = write(m, fish, mark)")
    assert len(session.values["m"].addresses) == 3
    session.run(":undo")
    assert len(session.values["m"].addresses) == 2
    session.close()
    with open_session(tmp_path / "s.vsa") as again:
        assert printed(again, "m") == "a sparse memory of 2 pairs in 500 locations, 29 active"
        assert again.run("cleanup(read(m, mark))")[0].name == "fish"
        assert len(again.run("write(empty, mark)")[0].addresses) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("w = write(m, nil)", "the address is the zero vector, which is near to no location"),
        ("w = write(mark, fish)", "write wants a sparse memory as 'm', not a vector"),
        ("w = read(m, fish, steps=0)", "steps must be a whole number of at least 1, not 0"),
        (
            "w = sparse_memory(locations=5, active=6)",
            "active must be a whole number of at most 5, not 6",
        ),
    ],
)
def test_what_is_refused_changes_nothing(session, text, said):
    with pytest.raises(vsa.VsaError) as error:
        session.run(text)
    assert str(error.value).splitlines()[0] == said
    assert "w" not in session.values


def test_an_algebra_whose_sums_do_not_count_is_refused():
    with (
        vsa.Session(vsa.Space(256, algebra="bsdc")) as session,
        pytest.raises(vsa.VsaError, match=r"^a sum in bsdc does not count its terms"),
    ):
        session.run("sparse_memory()")
