"""Atoms are functions of their name: the same bits everywhere, and random in every other respect."""

import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vsa
from vsa.algebra.space import Space
from vsa.theory.capacity import accuracy

ROOT = Path(__file__).parent.parent
CAFE = unicodedata.normalize("NFC", "cafe\u0301")


def digest(vector):
    """Of the bits of a spectrum, little-endian."""
    data = vector.space.backend.numpy(vector.data)
    return hashlib.sha256(data.astype("<c8").tobytes()).hexdigest()[:16]


def draw(space, names):
    return [digest(space.atom(name)) for name in names]


# --- the bits -------------------------------------------------------------------------------------
# A change of any of these makes every vector that anyone has stored unreadable.
STORED = {
    (2, "unitary", 0, "a"): ("2d2ded048c3254e6", [-1.0000+0.0000j, 1.0000+0.0000j]),
    (5, "unitary", 0, "mark"): ("dc1482c5256c3b62", [-1.0000+0.0000j, 0.0362-0.9993j, -0.9932-0.1161j]),
    (8, "unitary", 0, "mark"): ("4de5102ebc0dce86", [-1.0000+0.0000j, -0.7988+0.6016j, -0.7774-0.6290j]),
    (1024, "unitary", 0, "mark"): ("29e184a1fc652f83", [1.0000+0.0000j, 0.3995-0.9167j, 0.3239-0.9461j]),
    (1024, "unitary", 1, "mark"): ("2269e4cf96f35366", [1.0000+0.0000j, -0.9578+0.2876j, -0.6132+0.7900j]),
    (255, "unitary", -7, "the_fish"): ("fca59cf9dd8a0d4f", [1.0000+0.0000j, -0.9955-0.0949j]),
    (64, "unitary", 0, CAFE): ("b4e496d4ee294929", [-1.0000+0.0000j, -0.6789+0.7342j, 0.7026-0.7116j]),
    (64, "unitary", 0, ""): ("323fd92825617107", [1.0000+0.0000j, 0.9994-0.0337j, 0.6961-0.7180j]),
    (5, "gaussian", 0, "mark"): ("d9b4f2fdf5f844e2", [0.4636+0.0000j, 0.0453-0.0525j, 0.1602+2.2288j]),
    (8, "gaussian", 0, "mark"): ("d906b1308b15b9d2", [-0.0929+0.0000j, 1.5705+1.1366j, 0.2046+0.6094j]),
    (1024, "gaussian", 0, "mark"): ("c03111ae0e2c50d2", [0.7083+0.0000j, -0.0473+0.1753j, 0.3721+0.1365j]),
    (255, "gaussian", 2, "名前"): ("a483f444f0eee341", [-0.5674+0.0000j, -0.8639+0.0990j, -0.0747-0.4333j]),
}  # fmt: skip


@pytest.mark.parametrize(("dim", "atoms", "seed", "name"), STORED)
def test_atoms_have_the_bits_that_they_always_had(any_backend, dim, atoms, seed, name):
    expected, first = STORED[dim, atoms, seed, name]
    space = Space(dim, backend=any_backend, seed=seed, atoms=atoms)
    atom = space.atom(name)
    assert np.allclose(space.backend.numpy(atom.data)[: len(first)], first, atol=1e-4)
    assert digest(atom) == expected


def test_the_bits_are_those_of_the_scheme():
    """The scheme once more, in plain Python: scheme, algebra, kind, dim, seed and name."""
    key = "\x1f".join(["1", "hrr", "unitary", "9", "5", "mark"]).encode()
    stream = hashlib.shake_256(key).digest(2 * 5)
    index = [int.from_bytes(stream[i : i + 2], "little") for i in range(0, 10, 2)]
    spectrum = [np.exp(2j * np.pi * (j + 0.5) / 65536) for j in index]
    spectrum[0] = 1 if spectrum[0].real >= 0 else -1
    atom = Space(9, seed=5).atom("mark")
    assert np.allclose(atom.data, spectrum, atol=1e-7)
    assert atom.data.dtype == np.complex64


def test_double_precision_holds_the_same_numbers(any_backend):
    single, double = (Space(64, backend=any_backend, dtype=d) for d in ("float32", "float64"))
    a, b = (space.backend.numpy(space.atom("a").data) for space in (single, double))
    assert b.dtype == np.complex128
    assert np.array_equal(a, b)


def test_a_name_is_the_same_in_every_unicode_form():
    space = Space(64)
    for form in ("NFC", "NFD"):
        name = unicodedata.normalize(form, CAFE)
        assert digest(space.atom(name)) == digest(space.atom(CAFE))
        assert digest(space.batch([name])[0]) == digest(space.atom(CAFE))
    assert digest(space.atom("cafe")) != digest(space.atom(CAFE))
    assert digest(space.atom("Å")) == digest(space.atom("\u212b"))  # Å and the Ångström sign


PROGRAM = """
import hashlib, vsa
for atoms in ("unitary", "gaussian"):
    space = vsa.Space(101, seed=3, atoms=atoms)
    vectors = [space.batch(map(str, range(1500))), space.base("x"), space.keys(3), space.random(2)]
    print(*(hashlib.sha256(v.data.tobytes()).hexdigest() for v in vectors))
    print(hashlib.sha256(space.atom("x").permute(5).data.tobytes()).hexdigest())
"""


def test_every_process_draws_the_same():
    printed = set()
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        printed.add(done.stdout)
    assert len(printed) == 1
    assert len(printed.pop().split()) == 10


@pytest.mark.parametrize("count", [0, 1, 1023, 1024, 1025, 2049])
def test_a_batch_is_its_atoms_one_by_one(backend, count):
    space = Space(33, backend=backend, atoms="gaussian")
    names = [f"name {i}" for i in range(count)]
    batch = space.batch(names)
    assert batch.shape == (count,)
    for i in {0, 1, 1022, 1023, 1024, count - 2, count - 1} & set(range(count)):
        assert digest(batch[i]) == digest(space.atom(names[i]))


def test_every_algebra_draws_by_name(make_space):
    space = make_space(64)
    assert np.array_equal(space.atom("a").numpy(), make_space(64).batch(["b", "a"])[1].numpy())


@given(st.text(max_size=20), st.text(max_size=20))
def test_different_names_are_different_atoms(a, b):
    space = Space(64)
    same = unicodedata.normalize("NFC", a) == unicodedata.normalize("NFC", b)
    assert (digest(space.atom(a)) == digest(space.atom(b))) == same


def test_everything_else_that_matters_gives_other_atoms(make_space):
    space = make_space(255)
    spaces = [space, *(space.like(seed=s) for s in (1, -1, 10**30))]
    spaces += [space.like(atoms=kind) for kind in space.algebra.atom_kinds[1:]]
    atoms = [s.atom("a").numpy() for s in spaces]
    longer = space.like(dim=256).atom("a").numpy()
    vectors = [*atoms, longer[:255], space.key("a/b").numpy(), space.random().numpy(),
               space.random().numpy(), *space.keys(2).numpy()]  # fmt: skip
    cosines = np.corrcoef(vectors) - np.eye(len(vectors))
    assert np.abs(cosines).max() < 5 / 255**0.5


def test_fresh_vectors_are_counted_by_the_space():
    space = Space(32)
    first, second = space.random(3), space.random((2, 2))
    again = Space(32).random(7)
    assert np.array_equal(np.concatenate([first.data, second.reshape(4).data]), again.data)
    assert len({digest(v) for v in again}) == 7


# --- the statistics -------------------------------------------------------------------------------
MANY = 20_000


@pytest.fixture(scope="module", params=[8, 9])
def unitary(request):
    return Space(request.param).batch(map(str, range(MANY)))


@pytest.fixture(scope="module", params=[8, 9])
def gaussian(request):
    return Space(request.param, atoms="gaussian").batch(map(str, range(MANY)))


def test_real_bins_of_unitary_atoms_are_balanced_signs(unitary):
    ends = unitary.data[:, unitary.space.algebra.ends]
    assert set(np.unique(ends)) == {1, -1}
    assert np.all(np.abs(ends.real.mean(axis=0)) < 4 / MANY**0.5)
    if ends.shape[1] == 2:  # DC and Nyquist are drawn apart
        assert abs(np.mean(ends[:, 0] * ends[:, 1])) < 4 / MANY**0.5


def test_phases_of_unitary_atoms_are_uniform_and_independent(unitary):
    free = unitary.data[:, 1:4]
    assert np.allclose(np.abs(free), 1, atol=1e-6)
    for power in (1, 2, 3, 4, 8):
        assert np.all(np.abs((free**power).mean(axis=0)) < 5 / MANY**0.5)
    counts = np.histogram(np.angle(free), bins=64, range=(-np.pi, np.pi))[0]
    expected = free.size / 64
    assert ((counts - expected) ** 2 / expected).sum() < 63 + 5 * (2 * 63) ** 0.5
    for i, j in ((0, 1), (1, 2), (0, 2)):
        assert abs(np.mean(free[:, i] * free[:, j])) < 5 / MANY**0.5
        assert abs(np.mean(free[:, i] * np.conj(free[:, j]))) < 5 / MANY**0.5


def test_components_of_gaussian_atoms_are_normal_and_independent(gaussian):
    x = gaussian.numpy().astype(np.float64) * gaussian.dim**0.5
    error = 1 / x.size**0.5
    moments = {1: (0, 1), 2: (1, 2**0.5), 3: (0, 15**0.5), 4: (3, 96**0.5)}
    for power, (mean, spread) in moments.items():
        assert (x**power).mean() == pytest.approx(mean, abs=5 * spread * error)
        # of each component too: a wrong bin would be spread evenly over all
        assert np.all(np.abs((x**power).mean(axis=0) - mean) < 5 * spread / MANY**0.5)
    correlation = x.T @ x / MANY - np.eye(gaussian.dim)
    assert np.abs(correlation).max() < 5 * 2**0.5 / MANY**0.5
    power = np.abs(gaussian.data) ** 2
    assert np.allclose(power.mean(axis=0), 1, atol=5 * 2**0.5 / MANY**0.5)
    beyond = np.mean(np.abs(x) > 3)
    assert beyond == pytest.approx(0.0027, abs=5 * (0.0027 / x.size) ** 0.5)


def test_unrelated_bundles_stay_unrelated():
    """With DC and Nyquist fixed at +1 two bundles of 1,000 would reach a cosine of .6."""
    space = Space(1024)
    bundles = space.stack([space.batch(f"{i}/{j}" for j in range(1000)).bundle() for i in range(6)])
    cosines = np.asarray(bundles[:, None].similarity(bundles)) - np.eye(6)
    assert np.abs(cosines).max() < 4.5 / 1024**0.5


# --- bases and keys -------------------------------------------------------------------------------
@pytest.mark.parametrize("dim", [2, 3, 8, 63, 64])
def test_a_base_takes_real_powers(backend, dim):
    space = Space(dim, backend=backend)
    base = space.base("x")
    spectrum = space.backend.numpy(base.data)
    assert np.array_equal(spectrum[space.algebra.ends], np.ones(len(space.algebra.ends)))
    assert np.allclose(np.abs(spectrum), 1, atol=1e-6)
    assert np.allclose((base**0.5 * base**1.25).numpy(), (base**1.75).numpy(), atol=1e-5)
    assert np.allclose((base**0).numpy(), space.identity().numpy(), atol=1e-6)


def test_powers_of_a_base_are_similar_where_the_exponents_are():
    base = Space(1024).base("x")
    near, far = (base ** np.array([0.1, 0.5, 1, 2, 7.3])).similarity(base**0), base.similarity(base)
    assert far == pytest.approx(1, abs=1e-6)
    # phases are uniform: the similarity is sin(πx)/πx
    assert np.allclose(near, np.sinc([0.1, 0.5, 1, 2, 7.3]), atol=0.1)
    assert Space(1024).base("y").similarity(base) < 0.15


@pytest.mark.parametrize("dim", [2, 3, 5, 16, 63, 64])
def test_orthogonal_keys_are_orthonormal(backend, dtype, dim):
    for seed in range(8):
        space = Space(dim, backend=backend, dtype=dtype, seed=seed)
        keys = space.keys(dim, orthogonal=True).numpy()
        assert np.allclose(keys @ keys.T, np.eye(dim), atol=1e-5)
    with pytest.raises(vsa.VsaError, match=f"no {dim + 1} vectors of dim {dim} are orthogonal"):
        space.keys(dim + 1, orthogonal=True)


def test_keys_are_unitary_and_the_first_of_more_keys():
    space = Space(64, atoms="gaussian")
    keys = space.keys(5)
    assert np.allclose(np.abs(keys.data), 1, atol=1e-6)
    assert np.array_equal(keys.data, space.keys(9)[:5].data)
    assert np.allclose(np.abs(space.key("stack/p").data), 1, atol=1e-6)
    orthogonal = space.keys(5, orthogonal=True)
    assert np.all(np.diag(orthogonal[:, None].dot(keys)) > 0)  # the first is left as it is
    assert orthogonal[0].similarity(keys[0]) == pytest.approx(1, abs=1e-5)


# --- would orthogonal keys be better? -------------------------------------------------------------
TRIALS = 250


@pytest.fixture(scope="module")
def example():
    path = ROOT / "examples" / "orthogonal_keys.py"
    spec = importlib.util.spec_from_file_location("orthogonal_keys", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["orthogonal_keys"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def published():
    """Kind of keys → (by convolution, by outer product), as the page says."""
    text = (ROOT / "docs" / "explanation" / "orthogonal_keys.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w[^|]*?) \| (\d?\.\d+)[^|]*\| (\d?\.\d+)", text, re.MULTILINE)
    return {name: (float(a), float(b)) for name, a, b in rows}


def test_the_table_of_orthogonal_keys(example, published):
    by_convolution = example.compare(trials=TRIALS, seed=1)
    by_product = example.compare(32, 32, trials=TRIALS, seed=1, way="outer product")
    assert list(by_convolution) == list(by_product) == list(published)
    for name, figures in published.items():
        for shares, figure in zip((by_convolution, by_product), figures, strict=True):
            error = shares[name].std() / TRIALS**0.5
            assert shares[name].mean() == pytest.approx(figure, abs=4 * error + 0.001), name
    # what the page claims of it
    made = by_convolution["Gaussian, made orthonormal"] - by_convolution["Gaussian, of length 1"]
    assert abs(made.mean()) < 4 * made.std() / TRIALS**0.5
    assert by_product["Gaussian, made orthonormal"].mean() == 1
    assert by_product["Gaussian, of length 1"].mean() < 0.98
    assert by_convolution["unitary"].mean() == pytest.approx(accuracy(256, 32, 500), abs=0.02)


def test_the_example_of_orthogonal_keys_prints_its_table(example, capsys):
    example.main(["--dim", "64", "--pairs", "4", "--items", "50", "--trials", "60"])
    printed = capsys.readouterr().out
    assert printed.count("\n| ") == 6
    assert f"| theory, unitary keys | {accuracy(64, 4, 50):.3f} | |" in printed
