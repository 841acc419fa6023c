"""Structures whose sums are ORs: what their density says is what chance says."""

import warnings

import numpy as np
import pytest
from vsa_plugins.chunks import chunk_size, chunks, failures, unchunk
from vsa_plugins.frame import frame, slot
from vsa_plugins.memory import members
from vsa_plugins.sequence import position, sequence

import vsa
from vsa.plugin import evidence

KNOWN = 200


def stock(algebra, dim, seed=0):
    space = vsa.Space(dim, algebra, seed=seed)
    memory, names = vsa.Memory(space), [f"n{i}" for i in range(KNOWN)]
    memory.add(names, space.batch(names))
    return memory


def chunked(algebra, dim, size, count, seed):
    """Whether it was warned of, and how many items came back wrong; all of them where none did."""
    memory = stock(algebra, dim, seed)
    picked = np.random.default_rng(seed).integers(0, KNOWN, count)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        whole = chunks(memory.vectors(picked), size=size, memory=memory)
    try:
        names = unchunk(whole, memory=memory).name.tolist()
    except vsa.VsaError:  # past its capacity
        return bool(seen), count
    wanted = [f"n{i}" for i in picked]
    wrong = sum(a != b for a, b in zip(names, wanted, strict=False))
    return bool(seen), wrong + abs(len(names) - count)


@pytest.mark.parametrize(
    ("algebra", "dim", "size", "count", "warned"),
    [
        ("bsdc-seg", 4096, 2, 60, False), ("bsdc-seg", 4096, 3, 60, True),
        ("bsdc-seg", 4096, 5, 20, True), ("bsdc-seg", 16384, 5, 60, False),
        ("bsdc-seg", 16384, 8, 60, True), ("bsdc", 4096, 5, 60, False), ("bsdc", 4096, 5, 150, True),
    ],
)  # fmt: skip
def test_chunks_of_ors_are_warned_of_when_items_are_lost(algebra, dim, size, count, warned):
    found = [chunked(algebra, dim, size, count, seed) for seed in range(2)]
    assert [said for said, _ in found] == [warned] * 2
    wrong = sum(wrong for _, wrong in found)
    assert (wrong > 0) == warned


def test_as_many_items_are_lost_as_the_theory_says():
    for dim, size, count in ((4096, 5, 20), (16384, 8, 60)):
        noise = vsa.Space(dim, "bsdc-seg").noise
        expected = failures(size, count, KNOWN, noise, closed=False)
        wrong = np.mean([chunked("bsdc-seg", dim, size, count, seed)[1] for seed in range(8)])
        assert expected / 2 < wrong < expected * 2


def test_a_chunk_size_follows_from_the_segments():
    assert [chunk_size(60, memory=stock("bsdc-seg", dim)) for dim in (4096, 16384)] == [2, 4]


def test_what_would_do_is_named_if_it_does():
    memory = stock("bsdc-seg", 1024)
    with pytest.warns(vsa.CapacityWarning, match=r"with errors; dim \d+ would do"):
        chunks(memory.vectors(np.arange(60)), size=2, memory=memory)


@pytest.mark.parametrize("algebra", ["bsdc-seg", "bsdc", "bsdc-cdt"])
def test_positions_are_found_in_a_dense_sequence(algebra):
    memory = stock(algebra, 4096)
    items = memory.vectors(np.arange(64))
    whole = sequence(*items)
    assert position(whole, items[:16]).tolist() == list(range(1, 17))
    assert not position(whole, memory.vectors(np.arange(100, 116))).any()
    others = sequence(*(items[i : i + 20] for i in range(30)))  # a batch of them
    assert position(others, items[5:25]).tolist() == [6] * 20


@pytest.mark.parametrize("algebra", ["hrr", "bsc", "map-c", "sbc:16", "mcr:8", "bsdc-seg", "bsdc"])
def test_evidence_is_that_of_a_cleanup(algebra):
    """The scores and likelihoods of wholes with terms, one by one or of batches, as memory has them."""
    memory = stock(algebra, 4096 if "bsdc" in algebra else 256)
    items = memory.vectors(np.arange(40))
    wholes = vsa.Vector.of_row(memory.space, (items[:20] + items[20:]).data)
    found = memory.cleanup(wholes, 1)
    scores, logs = evidence(wholes, [found.vector])
    assert scores[:, 0] == pytest.approx(found.similarities[..., 0], abs=1e-5)
    assert logs.shape == (20, 1)
    one, its = evidence(wholes[3], [found.vector[3], memory.space.zero()])
    assert one == pytest.approx([scores[3, 0], 0], abs=1e-5)
    assert its[0] == pytest.approx(logs[3, 0], rel=1e-4)
    assert evidence(wholes[3], [items])[1].shape == (40, 1)


def test_members_of_an_or_are_as_likely_as_its_own_density_says():
    """Half of all bits: an item has all its ones there by chance once in 2^64."""
    memory = stock("bsdc", 4096)
    whole = memory.vectors(np.arange(44)).bundle()
    found = members(whole, memory=memory)
    assert len(found) == 44
    noise = memory.space.metric.noises(whole.data[None])[0][0]
    assert found.found.log_sum[0] == pytest.approx(
        64 * np.log(1 / noise.chance) + np.log(44), rel=0.1
    )


def test_a_frame_in_ors_warns_past_its_capacity():
    memory = stock("bsdc", 400)
    full = frame(memory["n0"], **{f"s{i}": memory[f"n{i + 1}"] for i in range(40)})
    with pytest.warns(
        vsa.CapacityWarning, match=r"a frame of about \d\d parts is past its capacity"
    ):
        slot(full, "s3", memory["n0"], memory=memory)
