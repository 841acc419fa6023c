"""The example of class vectors: shares of examples, small."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")


import class_vectors  # noqa: E402

import vsa  # noqa: E402


@pytest.fixture(scope="module")
def parts():
    return class_vectors.digits(vsa.Space(128, backend="torch"), 10)


def test_images_are_superpositions_of_their_places(parts):
    """Centred, of one length; images that share ink resemble each other."""
    learnt, asked = parts
    assert learnt.labels.tolist() == [c for c in range(10) for _ in range(10)]
    assert len(asked.labels) == 1797 - 100
    norms = learnt.vectors.norm(dim=-1)
    assert torch.allclose(norms, torch.full_like(norms, class_vectors.LENGTH))
    ink = torch.nn.functional.normalize(learnt.images.flatten(1), dim=-1)
    ink = (ink @ ink.T).flatten()
    vectors = (learnt.vectors @ learnt.vectors.T).flatten()
    assert torch.corrcoef(torch.stack([ink, vectors]))[0, 1] > 0.5


def test_time_takes_the_shares_from_all_to_few(parts):
    learnt, asked = parts
    rows = class_vectors.follow(learnt, asked, (1e-3, 100.0))
    assert torch.allclose(rows[0].shares, torch.full((10, 10), 0.1), atol=1e-3)
    assert torch.allclose(rows[1].shares.sum(-1), torch.ones(10))
    assert rows[1].half < rows[0].half - 1
    bundle = class_vectors.right(class_vectors.bundles(learnt), asked)
    assert abs(rows[0].right - bundle) < 0.08
    assert rows[1].right > rows[0].right + 0.01


def test_the_example_prints_and_draws(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    path = tmp_path / "vectors.png"
    class_vectors.main(["--each", "5", "--dim", "64", "--out", str(path)])
    printed = capsys.readouterr().out
    assert printed.startswith("5 examples of each digit, 1747 images asked for\nbundles: ")
    assert printed.count("% right; ") == len(class_vectors.TIMES)
    assert path.read_bytes()[:4] == b"\x89PNG"
