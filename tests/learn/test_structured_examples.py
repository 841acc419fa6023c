"""Classes of graphs and of images: what needs the structure, and what cannot see it."""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'learn'")

sys.path.append(str(Path(__file__).parents[2] / "examples"))

import graph_classes
import image_classes

from vsa import Space


def test_each_round_of_messages_tells_what_it_can():
    found = graph_classes.main(["--count", "40", "--dim", "512"])
    assert found["labels and degrees"] == pytest.approx(1 / 3)
    assert found["0 rounds of messages"] == pytest.approx(1 / 3)
    # one class of three is told from both others, which are the same to it; of 80 half by chance
    assert found["1 rounds of messages"] == pytest.approx(2 / 3, abs=3 * 0.25 / 40**0.5)
    assert found["2 rounds of messages"] > 2 / 3 + 0.05


def test_patterns_have_the_pairs_of_neighbours_that_the_page_says():
    def pairs(pattern):
        ring = pattern + pattern[0]
        return sorted("".join(sorted(ring[i : i + 2])) for i in range(len(pattern)))

    first, second, third = map(pairs, graph_classes.PATTERNS)
    assert first != second == third
    labels, neighbours = graph_classes.graph(graph_classes.PATTERNS[1], np.random.default_rng(0))
    assert np.bincount(labels).tolist() == [24, 24]
    assert np.bincount(neighbours.ravel()).tolist() == [4] * 48


def test_a_graph_is_the_same_vector_however_its_nodes_are_numbered():
    rng = np.random.default_rng(0)
    labels, neighbours = graph_classes.graph(graph_classes.PATTERNS[0], rng)
    order = rng.permutation(len(labels))
    again = labels[order], np.argsort(order)[neighbours[order]]
    atoms = Space(256).batch(["A", "B"])
    sums = [graph_classes.encoded(g, atoms) for g in ((labels, neighbours), again)]
    assert np.allclose(*sums, rtol=1e-3, atol=1e-3)


def test_an_image_is_moved_by_binding(tmp_path):
    images = image_classes.Images(256)
    x = np.random.default_rng(0).integers(0, 17, (3, 64))
    here, there = (images.encode(image_classes.drawn(x, *step)) for step in ((0, 0), (2, 3)))
    assert np.allclose(images.moved(here, 2, 3), there, atol=1e-4)
    assert not np.allclose(here, there, atol=0.1)


def test_images_are_told_and_moved_ones_once_they_are_moved_back(tmp_path):
    drawn = tmp_path / "digits.png"
    options = ["--out", str(drawn)] if _has("matplotlib") else []
    found = image_classes.main(["--rows", "600", "--dim", "512", *options])
    assert found["vectors"] > 0.85
    assert found["vectors, moved back"] == pytest.approx(found["vectors"], abs=0.01)
    assert max(found["vectors, moved"], found["pixels, moved"]) < 0.3
    assert drawn.exists() or not options


def _has(package):
    import importlib.util

    return importlib.util.find_spec(package) is not None
