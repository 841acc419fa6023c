"""A cluster that is restarted: what can be made again is, what cannot is named."""

import pytest

import vsa
from vsa.cluster import ClusterMemory

pytest.importorskip("distributed")
SPACE = vsa.Space(dim=128, seed=3)
NAMES = [f"atom {i}" for i in range(300)]


@pytest.fixture
def restarted(client):
    return lambda: client.restart(timeout=120)


def test_atoms_are_there_again(client, restarted):
    memory = ClusterMemory(SPACE, client)
    memory.add(NAMES)
    memory.remove("atom 5")
    assert memory.cleanup(SPACE.atom("atom 7")).name == "atom 7"
    restarted()
    memory.add("atom 5")
    for name in ("atom 5", "atom 7"):
        assert memory.cleanup(SPACE.atom(name)).name == name
    restarted()  # before anything is asked again
    restarted()
    assert memory["atom 9"].similarity(SPACE.atom("atom 9")) == pytest.approx(1)
    assert memory.cleanup(SPACE.atom("atom 9")).name == "atom 9"


def test_vectors_that_were_given_are_named_and_added_again(client, restarted):
    memory = ClusterMemory(SPACE, client)
    memory.add(NAMES)
    own = SPACE.random(4)
    memory.add(["a", "b"], own[:2], kind="frame")
    memory.remove("a")
    memory.add(["a", "c"], own[2:], kind="frame")
    assert memory.cleanup(own[2]).name == "a"
    restarted()
    memory.add("later")
    for _ in range(2):  # it is the same each time
        with pytest.raises(vsa.VsaError) as error:
            memory.cleanup(SPACE.atom("atom 7"))
        assert str(error.value) == (
            "the Dask cluster was restarted, and with it went 3 of the vectors that were given "
            "('b', 'a', 'c'): remove and add them again, or make another ClusterMemory"
        )
    for name in ("a", "b", "c"):
        memory.remove(name)
    assert memory.cleanup(SPACE.atom("later")).name == "later"
    memory.add(["b", "a"], own[1:3], kind="frame")
    found = memory.cleanup(
        SPACE.stack([own[0], own[1], own[2], SPACE.atom("atom 7")]), kinds="frame"
    )
    assert found.name[1:3].tolist() == ["b", "a"]
    assert memory.cleanup(own[2]).name == "a"
    assert memory["b"].similarity(own[1]) == pytest.approx(1)
