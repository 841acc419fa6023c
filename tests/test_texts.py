"""text("…") in the language: n-grams counted, in every algebra and backend."""

from collections import Counter

import numpy as np
import pytest
from backends import PRESENT
from vsa_plugins.text import text

from vsa import Memory, Session, Space, VsaError
from vsa.algebra.registry import algebra_names

ONE, OTHER = "the cat sat on the mat", "The  cat sits\non a mat"
DIMS = {"tensor": 64, "bsdc": 4096, "bsdc-seg": 4096, "bsdc-cdt": 4096}
SUMS = ("hrr", "fhrr", "map-i", "vtb", "tvtb", "mbat", "tensor")  # kept as they are, not finished


def cosine(one, other, n):
    one, other = (
        Counter(t[i : i + n] for i in range(len(t) - n + 1))
        for t in (" ".join(t.lower().split()) for t in (one, other))
    )
    dot = sum(one[run] * other[run] for run in one)
    return dot / (
        one.total()
        and np.sqrt(sum(v * v for v in one.values()) * sum(v * v for v in other.values()))
    )


@pytest.mark.parametrize("backend", PRESENT)
@pytest.mark.parametrize("algebra", sorted(algebra_names()))
def test_texts_that_share_ngrams_are_alike_in_every_algebra(algebra, backend):
    space = Space(DIMS.get(algebra, 1024), algebra, backend=backend)
    memory = Memory(space)
    a, b, c = (text(t, memory=memory) for t in (ONE, OTHER, "xylophone jazz"))
    near, far = float(a.similarity(b)), float(a.similarity(c))
    assert near > far + 0.2
    assert float(a.similarity(text(ONE.upper() + " ", memory=memory))) == pytest.approx(1, abs=1e-5)
    if algebra in SUMS:
        assert near == pytest.approx(cosine(ONE, OTHER, 3), abs=6 * space.noise.deviation)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_an_ngram_counts_as_often_as_it_is_there(n):
    memory = Memory(Space(1 << 14))
    a, b = text(ONE, n, memory=memory), text(OTHER, n, memory=memory)
    assert float(a.similarity(b)) == pytest.approx(cosine(ONE, OTHER, n), abs=0.04)
    assert float(text("a" * (n + 2), n, memory=memory).norm()) == pytest.approx(3, abs=0.01)


def test_they_are_the_vectors_of_the_encoder():
    pytest.importorskip("sklearn", reason="the extra 'learn'")
    from vsa.learn import NgramEncoder

    encoder = NgramEncoder(normalize=False).fit([ONE])
    found = text(ONE, memory=Memory(encoder.space_))
    packed = encoder.space_.algebra.pack(found.data)
    assert np.allclose(packed, encoder.transform([ONE])[0], atol=1e-4)


def test_texts_are_remembered_and_found():
    session = Session(Space(1024))
    session.run('morning = text("good morning"); night = text("good night")')
    session.run("remember(morning); remember(night)")
    assert session.run('cleanup(text("god mornin"))')[0].name == "morning"
    assert session.run('cleanup(text("xylophone"))')[0].is_nothing


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ('text("ab")', "a text of 2 characters has no run of n=3: give more, or a smaller n"),
        (
            'text(" \\n", n=1)',
            "a text of 0 characters has no run of n=1: give more, or a smaller n",
        ),
        ("text(5)", "text wants a text as 'letters', not a number"),
        ('text("abc", n=0)', "n must be a whole number of at least 1, not 0"),
    ],
)
def test_what_is_no_text(given, message):
    with pytest.raises(VsaError) as error:
        Session(Space(64)).run(given)
    assert message in str(error.value)
