"""Tasks about relations: what stands in a trial, and that its answer is the right one."""

import math

import pytest

from vsa import VsaError

torch = pytest.importorskip("torch")

from vsa_plugins.biases import (  # noqa: E402
    distribution_of_three,
    identity_rules,
    match_to_sample,
    same_different,
)

TRIALS = 3000
TASKS = {  # items of a trial, answers, and how many objects it takes
    same_different: (2, 2, 2),
    match_to_sample: (6, 2, 5),
    distribution_of_three: (9, 4, 4),
    identity_rules: (9, 4, 4),
}


def drawn(task, objects=10, seed=0):
    return task(objects, TRIALS, generator=torch.Generator().manual_seed(seed))


def rows(task, objects=10):
    items, answers = drawn(task, objects)
    return list(zip(items.tolist(), answers.tolist(), strict=True))


@pytest.mark.parametrize("task", TASKS)
def test_trials_are_whole_numbers_drawn_evenly_from_all_objects(task):
    length, answers, least = TASKS[task]
    for objects in (least, 40):
        items, answer = drawn(task, objects)
        assert items.shape == (TRIALS, length)
        assert answer.shape == (TRIALS,)
        assert items.dtype == answer.dtype == torch.int64
        for column, count in ((items, objects), (answer[:, None], answers)):
            for place in column.T:
                expected = TRIALS / count
                counted = torch.bincount(place, minlength=count)
                assert len(counted) == count
                assert (counted - expected).abs().max() < 5 * math.sqrt(expected)
    again = drawn(task, 40)
    assert all(map(torch.equal, again, (items, answer)))
    assert not torch.equal(drawn(task, 40, seed=1)[0], items)
    assert task(40, 7)[0].shape == (7, length)


def test_same_is_0_and_different_1():
    assert all((a != b) == answer for (a, b), answer in rows(same_different))


def test_the_pair_that_answers_is_as_the_sample_is():
    kinds = set()
    for items, answer in rows(match_to_sample):
        sample, *pairs = (items[i] == items[i + 1] for i in (0, 2, 4))
        assert sorted(pairs) == [False, True]
        assert pairs[answer] == sample
        assert len(set(items)) == (4 if sample else 5)  # as in the published program
        kinds.add((sample, answer))
    assert len(kinds) == 4


def test_the_missing_one_of_three_is_chosen():
    places, seen = set(), set()
    for items, answer in rows(distribution_of_three):
        three, two, choices = items[:3], items[3:5], items[5:]
        assert len(set(choices)) == 4
        assert set(three) <= set(choices)
        assert len(set(two)) == 2
        assert {*two, choices[answer]} == set(three)
        places.add(answer)
        seen.add(tuple(three.index(each) for each in two))
    assert places == {0, 1, 2, 3}
    assert len(seen) == 6


def test_the_second_triple_goes_on_as_the_first_did():
    rules = {}
    for items, answer in rows(identity_rules):
        first, second, choices = items[:3], [*items[3:5], items[5 + answer]], items[5:]
        assert len(set(choices)) == 4
        assert set(first) | set(second) <= set(choices)
        assert not set(first) & set(second)
        rule = [first.index(each) for each in first]
        assert rule == [second.index(each) for each in second]
        rules[tuple(rule)] = rules.get(tuple(rule), 0) + 1
    assert rules.keys() == {(0, 0, 0), (0, 1, 0), (0, 1, 1)}
    assert all(abs(n - TRIALS / 3) < 5 * math.sqrt(TRIALS / 3) for n in rules.values())


@pytest.mark.parametrize("task", TASKS)
def test_too_few_objects_are_refused(task):
    least = TASKS[task][2]
    wrong = f"objects must be a whole number of at least {least}, not {least - 1}"
    for message, call in (
        (wrong, lambda: task(least - 1, 10)),
        ("objects must be a whole number of at least " + f"{least}, not 'x'", lambda: task("x", 1)),
        ("trials must be a whole number of at least 1, not 0", lambda: task(10, 0)),
    ):
        with pytest.raises(VsaError) as error:
            call()
        assert str(error.value) == message
