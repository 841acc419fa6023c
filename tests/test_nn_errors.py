"""Modules of the algebra: what they refuse, and in which words."""

import subprocess
import sys

import layers
import pytest
from layers import DIM, fails, packed

import vsa
from vsa.algebra.space import Space

torch = pytest.importorskip("torch")

import vsa.nn as vnn  # noqa: E402

single = layers.single  # a fixture


def test_errors_name_the_operand_and_the_mend(single):
    bind, superpose, unitary = vnn.Bind(single), vnn.Superpose(single), vnn.Unitary(single)
    a = packed(single, 3)
    bad = packed(single, 2, 4)
    bad[1, 2, 7] = float("nan")
    other = Space(DIM, backend="torch", seed=1)
    fails(f"Bind: b has the shape (3, 60), not (..., {DIM})", lambda: bind(a, a[:, :60]))
    fails(f"Bind: a has the shape (), not (..., {DIM})", lambda: bind(a[0, 0], a))
    fails("Bind: a is a list, not a tensor or a Vector", lambda: bind([1.0], a))
    fails("Bind: b holds NaN or infinity in row (1, 2)", lambda: bind(a[0], bad))
    fails("Unitary: a holds NaN or infinity in row 2", lambda: unitary(bad[1]))
    fails("Unitary: a holds NaN or infinity", lambda: unitary(bad[1, 2] / 0))
    fails(
        "Bind: batches of shapes (3,) and (2, 4) do not go together",
        lambda: bind(a, packed(single, 2, 4)),
    )
    fails(
        "Bind: a is torch.float64, the layer torch.float32: .to() makes them one",
        lambda: bind(a.double(), a),
    )
    fails(f"Bind: b is of {other!r}, the layer of {single!r}", lambda: bind(a, other.atom("a")))
    fails(f"Superpose: a is one vector: give a batch (..., n, {DIM})", lambda: superpose(a[0]))
    fails(
        "Superpose: the tensor of weights has the shape (2,), not (..., 3)",
        lambda: superpose(a, torch.ones(2)),
    )
    fails(
        "Superpose: the tensor of weights holds NaN or infinity",
        lambda: superpose(a, torch.full((3,), torch.nan)),
    )


def test_a_large_sum_is_no_error(single):
    """The sum that shows NaN may overflow where no number is infinite."""
    huge = torch.full((2, DIM), 3e38)
    assert torch.isfinite(vnn.Superpose(single)(huge, torch.tensor([0.1, 0.1]))).all()


def test_checks_can_be_left_out(single):
    bad = packed(single, 2)
    bad[1, 0] = float("nan")
    found = vnn.Bind(single, check=False)(bad, packed(single, 2))
    assert torch.isfinite(found[0]).all()
    assert not torch.isfinite(found[1]).all()


def test_errors_of_construction(single):
    plain = Space(DIM)
    other = Space(DIM, backend="torch", seed=1)
    memory = vsa.Memory(other)
    fails(
        'Bind computes in torch, not numpy: give it space.like(backend="torch")',
        lambda: vnn.Bind(plain),
    )
    fails("space must be a Space, not 64", lambda: vnn.Bind(64))
    fails(f"Vectors: the start is of {plain!r}, the layer of {single!r}",
          lambda: vnn.Vectors(single, plain.atom("a")))  # fmt: skip
    fails("shape must be a whole number of at least 0, not -1", lambda: vnn.Vectors(single, -1))
    nan = vsa.Vector(single, single.atom("a").data * float("nan"))
    fails("Vectors: the start holds NaN or infinity", lambda: vnn.Vectors(single, nan))
    for wrong in (0, -1.0, float("nan"), float("inf"), "hot"):
        fails(f"the temperature must be a number above 0, not {wrong!r}",
              lambda t=wrong: vnn.Cleanup(single, vnn.Vectors(single, 2), t))  # fmt: skip
    fails("items must be a Memory, a Vectors module or a Vector, not 3",
          lambda: vnn.Cleanup(single, 3))  # fmt: skip
    fails(f"the items are of {other!r}, the layer of {single!r}",
          lambda: vnn.Cleanup(single, memory))  # fmt: skip
    fails("Cleanup takes items of the shape (n,), n ≥ 1, not (0,)",
          lambda: vnn.Cleanup(single, vsa.Memory(single)))  # fmt: skip
    fails("Cleanup takes items of the shape (n,), n ≥ 1, not (2, 2)",
          lambda: vnn.Cleanup(single, vnn.Vectors(single, (2, 2))))  # fmt: skip
    layer = vnn.Vectors(single, 3)
    fails("vectors are float32 or float64, which torch.float16 is not", lambda: layer.half())
    assert layer().dtype == torch.float32  # nothing changed


def test_errors_of_rows(single):
    vectors = vnn.Vectors(single, 3)
    fails("there is no row 3: the rows are 0 to 2", lambda: vectors(torch.tensor([0, 3])))
    fails("there is no row -1: the rows are 0 to 2", lambda: vectors(torch.tensor([0, -1])))
    fails("rows are given by a tensor of whole numbers, not by torch.float32",
          lambda: vectors(torch.tensor([0.0])))  # fmt: skip
    fails("rows are given by a tensor of whole numbers, not by list", lambda: vectors([0]))
    fails("Vectors of the shape (2, 2) have no rows: that takes a batch (n,)",
          lambda: vnn.Vectors(single, (2, 2))(torch.tensor([0])))  # fmt: skip


def test_learnt_items_that_diverged_are_named(single):
    vectors = vnn.Vectors(single, 3)
    layer = vnn.Cleanup(single, vectors)
    with torch.no_grad():
        vectors.weight[1] = float("inf")
    fails(
        "Cleanup: the table of items holds NaN or infinity in row 1",
        lambda: layer(packed(single, 2)),
    )


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_a_missing_torch_says_how_to_install_it():
    done = run("import sys; sys.modules['torch'] = None; import vsa, vsa.nn")
    last = done.stderr.strip().splitlines()[-1]
    assert last == (
        "vsa.VsaError: vsa.nn needs the package 'torch': pip install \"vsa-algebra[torch]\""
    )
