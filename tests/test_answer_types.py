"""What a type checker knows of answers: mypy reads this file, and it runs as tests."""

from typing import Any, assert_type

import numpy as np
import pytest

import vsa


def memory_of_two() -> vsa.Memory:
    space = vsa.Space(dim=256)
    memory = vsa.Memory(space)
    memory.add(["a", "b"], space.batch(["a", "b"]))
    return memory


def test_one_query() -> None:
    memory = memory_of_two()
    answer = memory.cleanup(memory.space.atom("a"))
    assert_type(answer, vsa.Answer)
    assert_type(answer.name, str | None)
    assert_type(answer.similarity, float)
    assert_type(answer.probability, float)
    assert_type(answer.is_nothing, bool)
    assert_type(answer.matches(), list[tuple[str, float, float]])
    assert type(answer) is vsa.Answer
    found = (answer.name, answer.similarity, answer.probability, answer.is_nothing)
    assert list(map(type, found)) == [str, float, float, bool]


def test_a_batch() -> None:
    memory = memory_of_two()
    answers = memory.cleanup(memory.space.batch(["a", "b", "c"]))
    assert isinstance(answers, vsa.Answers)
    assert_type(answers.name, np.ndarray[Any, Any])
    assert_type(answers.similarity, np.ndarray[Any, Any])
    assert_type(answers.probability, np.ndarray[Any, Any])
    assert_type(answers.is_nothing, np.ndarray[Any, Any])
    assert_type(vsa.Answer.stack([answers, answers]), vsa.Answers)
    assert isinstance(answers, vsa.Answer)
    assert answers.name.tolist() == ["a", "b", None]
    assert answers.similarity.shape == answers.probability.shape == (3,)
    assert [type(row) for row in answers] == [vsa.Answer] * 3
    assert type(answers[:2]) is vsa.Answers
    with pytest.raises(TypeError, match="index them first"):
        answers.matches()
