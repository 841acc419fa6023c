"""Sequences and chunked sequences: what goes in comes back."""

import random
import re
import warnings

import numpy as np
import pytest
from vsa_plugins.chunks import chunk_chain, chunk_size, chunks, unchunk
from vsa_plugins.frame import frame
from vsa_plugins.sequence import (
    append,
    chain,
    concatenate,
    decode,
    item,
    length,
    ngrams,
    position,
    sequence,
    unchain,
)  # fmt: skip
from worlds import NAMES, names, world

from vsa import CapacityWarning, VsaError


# --- sequences ------------------------------------------------------------------------------------
def test_sequence_is_read_by_position_and_by_item(kept):
    _, memory = kept
    items = [memory[n] for n in NAMES[:10]]
    line = sequence(*items)
    assert names(decode(line, memory=memory)) == NAMES[:10]
    assert [item(line, i + 1, memory=memory).name for i in range(10)] == NAMES[:10]
    assert [position(line, x) for x in items] == list(range(1, 11))
    assert length(line, memory=memory) == 10
    assert item(line, 15, memory=memory).is_nothing
    with pytest.raises(VsaError, match="not in the sequence"):
        position(line, memory[NAMES[500]])
    assert line.similarity(items[0]) < 0.2  # no item stands unprotected


def test_sequences_grow(kept):
    space, memory = kept
    a, b, c, d = (memory[n] for n in NAMES[:4])
    line = append(append(sequence(a, b), c, memory=memory), d, length=3)
    assert line.similarity(sequence(a, b, c, d)) == pytest.approx(1, abs=1e-5)
    both = concatenate(sequence(a, b), sequence(c, d), memory=memory)
    assert both.similarity(line) == pytest.approx(1, abs=1e-5)
    grown = append(space.zero(), a, memory=memory)
    assert grown.similarity(sequence(a)) == pytest.approx(1, abs=1e-5)


def test_sequences_in_batches(kept):
    space, memory = kept
    batches = [space.batch(NAMES[i : i + 3]) for i in range(0, 12, 3)]
    lines = sequence(*batches)
    one = sequence(*(memory[NAMES[i + 1]] for i in range(0, 12, 3)))
    assert lines[1].similarity(one) == pytest.approx(1, abs=1e-5)
    assert decode(lines, memory=memory).name.T[1].tolist() == [
        NAMES[i + 1] for i in range(0, 12, 3)
    ]
    assert list(length(lines, memory=memory)) == [4, 4, 4]
    assert list(position(lines, batches[2])) == [3, 3, 3]
    assert item(lines, 2, memory=memory).name.tolist() == NAMES[3:6]


def test_sequence_warns_past_its_capacity(kept):
    _, memory = kept
    with pytest.warns(CapacityWarning, match="a sequence of about .* dim .* would do"):
        decode(sequence(*(memory[n] for n in NAMES[:60])), length=60, memory=memory)


@pytest.mark.parametrize(("dim", "items", "count"), [(256, 50, 20), (512, 200, 25)])
def test_the_warning_says_how_often_a_sequence_is_read_right(dim, items, count):
    """As each item is taken out the load falls, and pursuit reads some that are lost in order."""
    _, memory = world(dim=dim, items=items)
    rng = np.random.default_rng(1)
    right, said = [], []
    for _ in range(120):
        rows = rng.integers(0, items, count)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            answer = decode(sequence(*memory.vectors(rows)), memory=memory)
        right.append(answer.winners.tolist() == rows.tolist())
        text = " ".join(str(w.message) for w in caught)
        found = re.search(r"about \d+ items is past .* right in (\d+)% of cases", text)
        said.append(int(found[1]) / 100 if found else 1.0)
    assert np.mean(said) == pytest.approx(np.mean(right), abs=0.06)  # 120 of them err by .04


@pytest.mark.parametrize(("dim", "items", "count"), [(256, 50, 12), (1024, 1000, 30)])
@pytest.mark.parametrize("weight", [0.3, 1, 3])
def test_what_is_read_right_is_not_warned_of(dim, items, count, weight):
    _, memory = world(dim=dim, items=items)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        line = weight * sequence(*(memory[n] for n in NAMES[:count]))
        assert names(decode(line, memory=memory)) == NAMES[:count]


def test_chain_is_the_printed_form_and_comes_back(kept):
    _, memory = kept
    a, b, c = (memory[n] for n in NAMES[:3])
    assert chain(a, b, c).similarity(a + a * b + a * b * c) == pytest.approx(1, abs=1e-6)
    assert names(unchain(chain(a, b, c), memory=memory)) == NAMES[:3]
    long = chain(*(memory[n] for n in NAMES[:6]))
    assert names(unchain(long, 6, memory=memory)) == NAMES[:6]


def test_ngrams_keep_order_and_share_what_texts_share():
    space, _ = world()
    a, b, c, d = space.atoms("a", "b", "c", "d")
    same = ngrams(2, a, b, c, d).similarity(ngrams(2, d, a, b, c))
    assert same == pytest.approx(2 / 3, abs=0.15)  # ab and bc of three bigrams each
    assert abs(ngrams(2, a, b).similarity(ngrams(2, b, a))) < 0.15
    assert ngrams(1, a, b).similarity(a + b) == pytest.approx(1, abs=1e-6)
    definition = a.permute(2) * b.permute(1) * c + b.permute(2) * c.permute(1) * d
    assert ngrams(3, a, b, c, d).similarity(definition) == pytest.approx(1, abs=1e-6)


# --- chunks ---------------------------------------------------------------------------------------
def texts(rng, count):
    """Sequences that make trouble: all different, four symbols, two, constant, period two."""
    n = rng.randint(900, 1000)
    yield [rng.choice(NAMES) for _ in range(n)]
    yield [rng.choice(NAMES[:4]) for _ in range(1000)]
    yield [rng.choice(NAMES[:2]) for _ in range(n)]
    yield [NAMES[0]] * 1000
    yield [NAMES[i % 2] for i in range(n)]


@pytest.mark.parametrize("atoms", ["unitary", "gaussian"])
@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_items_come_back_exactly(atoms, seed):
    _, memory = world(atoms=atoms, seed=seed)
    for text in texts(random.Random(seed), 1000):
        atoms_of = {name: memory[name] for name in set(text)}
        chunk = chunks(*(atoms_of[name] for name in text), memory=memory)
        assert names(unchunk(chunk, memory=memory)) == text
    assert {"chunk/1", "chunk/2", "chunk/3"} <= set(memory.kinds)


def test_chunks_of_a_batch_and_of_frames(fresh):
    space, memory = fresh
    chunk = chunks(space.batch(NAMES[:20]), size=3, memory=memory)
    assert names(unchunk(chunk, memory=memory)) == NAMES[:20]
    scene = frame(memory["n1"], agt=memory["n2"])
    memory.add("scene", scene, kind="frame")
    mixed = chunks(memory["n3"], scene, memory["n4"], memory=memory)
    assert names(unchunk(mixed, memory=memory)) == ["n3", "scene", "n4"]


def test_chunk_size_follows_from_capacity_and_a_larger_one_is_warned_of():
    sizes = [chunk_size(1000, memory=world(dim=d, items=10)[1]) for d in (512, 1024, 4096)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    _, memory = world()
    with pytest.warns(CapacityWarning, match="chunks of 20 are past their capacity"):
        chunks(*(memory[n] for n in NAMES[:100]), size=20, memory=memory)


def chain_of_chunks(projected, seed, parts, size):
    space, memory = world(seed=seed)
    groups = [chain(*(memory[NAMES[i * size + j]] for j in range(size))) for i in range(parts)]
    memory.add([f"g{i}" for i in range(parts)], groups, kind="frame")
    total = chunk_chain(*groups, projected=projected)
    keys = [g.unitary() for g in groups] if projected else groups
    found = []
    for i in range(parts):
        answer = memory.cleanup(total, kinds="frame", prior_nothing=0)
        found.append(answer.name)
        part = groups[i].normalize() if projected else groups[i]
        total = (total - part) * (keys[i].inverse() if projected else ~keys[i])
    del space
    return found == [f"g{i}" for i in range(parts)]


def test_the_printed_chain_of_chunks_needs_projected_keys():
    """Even told what to subtract, the literal form is lost; with projected keys it comes back."""
    assert np.mean([chain_of_chunks(True, s, 10, 10) for s in range(8)]) == 1
    assert np.mean([chain_of_chunks(False, s, 10, 10) for s in range(8)]) < 0.5
