"""examples/relations.py: what it claims, small."""

import importlib.util
import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

PATH = Path(__file__).parents[2] / "examples" / "relations.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("relations_example", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_learnt_of_five_objects_holds_for_the_others(example):
    found = example.compare(example.match_to_sample, steps=200)
    assert found["relations, others"] > 0.97
    assert found["items, learnt"] > 0.9  # it learnt: the five it has seen
    assert found["items, others"] < 0.65


def test_by_role_only_with_a_cleanup(example):
    unbound, cleaned = example.by_role()
    assert torch.allclose(unbound[0], unbound[1], atol=1e-5)
    alike = torch.tensor([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]])
    order = [0, 2, 1, 3]
    assert torch.allclose(cleaned[0], alike.float(), atol=0.3)
    assert torch.allclose(cleaned[1][order][:, order], alike.float(), atol=0.3)


def test_it_prints_what_it_shows(example, capsys):
    example.main(steps=1)
    printed = capsys.readouterr().out
    assert printed.count("match_to_sample") == 2
    assert len(re.findall(r"^  \w+( +\d+\.\d){4}$", printed, re.M)) == 8
    assert f"python examples/{PATH.name}" in example.__doc__
