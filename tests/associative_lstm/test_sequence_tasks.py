"""The tasks: what is asked can be known, as somebody who reads with a plain mind shows."""

import re
from collections import Counter

import numpy as np
import pytest
from vsa_plugins.associative_lstm import TASKS, task
from vsa_plugins.associative_lstm.tasks import copy_task

from vsa import VsaError


# --- who reads a text up to a place knows what follows ---------------------------------------------
def knows_copy(read):
    items = re.match("[a-h]*", read).group()
    return items[len(read.partition(">")[2])]


def knows_assignment(read):
    values = dict(re.findall(r"s\((\w+),(\w)\)", read))
    return values[re.search(r"q\((\w+)\)$", read).group(1)]


def knows_tags(read):
    opened = []
    for close, name, whole in re.findall(r"<(/?)([a-z]*)(>?)", read):
        if not close:
            opened.append(name)
        elif whole:
            assert opened.pop() == name
        else:
            return (opened[-1] + ">")[len(name)]
    raise AssertionError("nothing is asked here")


def knows_addition(read):
    a, b, known = re.fullmatch(r"(\d+)\+(\d+)=(\d*)", read).groups()
    total = str(int(a[::-1]) + int(b[::-1]))[::-1]
    assert total.startswith(known)
    return (total + ".")[len(known)]


WHO = {
    "copy": knows_copy,
    "assignment": knows_assignment,
    "tags": knows_tags,
    "addition": knows_addition,
}


@pytest.mark.parametrize("name", TASKS)
def test_all_that_is_asked_can_be_known(name):
    chosen = task(name)
    rng = np.random.default_rng(0)
    asked = 0
    for size in range(1, chosen.size[1] + 3):  # longer ones than are trained, too
        for _ in range(30):
            read, wanted, marks = chosen.draw(rng, size)
            assert len(read) == len(wanted) == len(marks)
            assert set(read + wanted) <= set(chosen.symbols)
            for i, mark in enumerate(marks):
                if mark == "?":
                    assert WHO[name](read[: i + 1]) == wanted[i], read
                    asked += 1
    assert asked > 300


@pytest.mark.parametrize("name", ["assignment", "tags", "addition"])
def test_a_text_is_its_own_continuation(name):
    read, wanted, _ = task(name).draw(np.random.default_rng(1), 3)
    assert read[1:] == wanted[:-1]


@pytest.mark.parametrize("name", TASKS)
def test_sizes_are_what_they_say(name):
    chosen = task(name)
    rng = np.random.default_rng(2)
    for size in (1, 3, 7):
        read = chosen.draw(rng, size)[0]
        counted = {
            "copy": len(re.findall("[a-h]", read)),
            "assignment": read.count("s("),
            "tags": len(re.findall("<[a-z]", read)),
            "addition": max(map(len, re.match(r"(\d+)\+(\d+)", read).groups()))
            if "+" in read
            else 0,
        }[name]
        assert counted == size, read


def test_blanks_lie_between_the_symbols_and_the_recall():
    read, _, marks = copy_task(blanks=30).draw(np.random.default_rng(0), 4)
    assert re.fullmatch("[a-h]{4}_{30}>_{3}", read)
    assert marks == " " * 34 + "????"


def test_every_variable_is_asked_once_in_any_order():
    rng = np.random.default_rng(6)
    moved = 0
    for _ in range(50):
        read = task("assignment").draw(rng, 4)[0]
        told, asked = re.findall(r"s\((\w+),", read), re.findall(r"q\((\w+)\)", read)
        assert len(told) == 4
        assert sorted(told) == sorted(asked)
        moved += told != asked
    assert moved > 30


def test_tags_nest_and_close():
    rng = np.random.default_rng(3)
    deepest = 0
    for _ in range(200):
        depth = 0
        for close in re.findall(r"<(/?)", task("tags").draw(rng, 8)[0]):
            depth += -1 if close else 1
            deepest = max(deepest, depth)
            assert 0 <= depth <= 4
    assert deepest == 4


def test_numbers_have_up_to_so_many_digits_either_first():
    rng = np.random.default_rng(4)
    lengths = Counter()
    for _ in range(500):
        a, b = re.match(r"(\d+)\+(\d+)=", task("addition").draw(rng, 10)[0]).groups()
        lengths[len(a), len(b)] += 1
    assert all(max(pair) == 10 for pair in lengths)
    assert {min(pair) for pair in lengths} == set(range(1, 11))
    assert sum(n for (a, b), n in lengths.items() if a > b) > 100
    assert sum(n for (a, b), n in lengths.items() if a < b) > 100


# --- batches ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", TASKS)
def test_a_batch_holds_texts_of_its_sizes_and_nothing_is_asked_behind_them(name):
    chosen = task(name)
    drawn = chosen.batch(np.random.default_rng(5), 40, (2, 3))
    assert drawn.read.shape == drawn.wanted.shape == drawn.asked.shape
    again = chosen.batch(np.random.default_rng(5), 40, (2, 3))
    assert np.array_equal(drawn.read, again.read)
    other = chosen.batch(np.random.default_rng(6), 40, (2, 3))
    assert drawn.read.shape != other.read.shape or not np.array_equal(drawn.read, other.read)
    for read, wanted, asked in zip(drawn.read, drawn.wanted, drawn.asked, strict=True):
        text = "".join(chosen.symbols[i] for i in read)
        assert asked.any()
        for place in np.flatnonzero(asked):
            assert chosen.symbols[wanted[place]] == WHO[name](text[: place + 1])


def test_texts_are_spread_over_all_sizes():
    lengths = task("copy").batch(np.random.default_rng(0), 2000).asked.sum(-1)
    counts = Counter(lengths.tolist())
    assert sorted(counts) == list(range(1, 11))
    assert max(counts.values()) < 1.5 * min(counts.values())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: task("cpoy"), "there is no task 'cpoy': did you mean 'copy'?"),
        (lambda: task("x"), "there is no task 'x': choose of copy, assignment, tags, addition"),
        (lambda: copy_task(-1), "blanks must be a number of at least 0, not -1"),
        (lambda: task("tags").batch(np.random.default_rng(0), 1, (3, 2)),
         "a size is (least, most) of tags, at least 1, not (3, 2)"),
        (lambda: task("copy").batch(np.random.default_rng(0), 1, (0, 2)),
         "a size is (least, most) of symbols, at least 1, not (0, 2)"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(call, message):
    with pytest.raises(VsaError) as caught:
        call()
    assert str(caught.value) == message
