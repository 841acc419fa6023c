"""`factor` in the language: what it prints, what stands behind its dot, files and errors."""

import re

import pytest

import vsa
from vsa.errors import VsaError
from vsa.hooks.loader import load_plugins

PLUGINS = load_plugins()


@pytest.fixture
def session():
    session = vsa.Session(vsa.Space(1024), plugins=PLUGINS)
    session.run("atom red, green, blue, square, circle, star, small, large, other")
    session.run('vocabulary("colours", {red, green, blue}); shapes = {square, circle, star}')
    session.run("x = red * circle * large")
    return session


def printed(session, text):
    return vsa.plugin.show(session, session.run(text)[-1])


def test_factors_are_printed_with_what_they_come_to(session):
    assert printed(session, 'factor(x, "colours", shapes, {small, large})') == (
        "colours         red\nshapes          circle\n{small, large}  large\nreproduces the input"
    )
    assert printed(session, "factor(other, shapes, {small, large})").startswith(
        "nothing: no product of these (closest: "
    )
    assert printed(session, 'factor(red * star + blue * circle, "colours", shapes, terms=3)') in (
        "colours  shapes\nred      star\nblue     circle\nreproduces the input",
        "colours  shapes\nblue     circle\nred      star\nreproduces the input",
    )
    noisy = printed(session, 'factor(x + other, "colours", shapes, {small, large})')
    cosine = session.run("similarity(x, x + other)")[0]
    assert noisy.endswith(f"\na part of the input, cosine {cosine:.2f}")


def test_behind_the_dot_stand_codebooks_and_numbers(session):
    session.run('f = factor(x, "colours", shapes, {small, large}, method="resonator")')
    assert session.run("f.colours")[0].name == "red"
    assert session.run("f.shapes")[0].name == "circle"
    assert session.run("f.reproduces") == [True]
    assert session.run("f.sweeps")[0] > 0
    assert session.run("similarity(f, x)")[0] == pytest.approx(1, abs=1e-3)
    assert session.run("similarity(f.product, x)")[0] == pytest.approx(1, abs=1e-3)
    with pytest.raises(VsaError, match="these factors have no 'sizes'"):
        session.run("f.sizes")


def test_factors_are_kept_and_undone(session, tmp_path):
    session.save(tmp_path / "kept.vsa")
    session.run('f = factor(x, "colours", shapes, {small, large})')
    session.run("g = f; :undo")
    with pytest.raises(VsaError, match="unknown name 'g'"):
        session.run("g")
    session.close()
    with vsa.Session.open(tmp_path / "kept.vsa") as again:
        assert again.run("f.shapes")[0].name == "circle"
        assert again.run("f.reproduces") == [True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("factor(x, shapes)", "a product has at least two factors: name a codebook for each"),
        ('factor(x, "colour", shapes)', "no vocabulary is called 'colour'; there are: 'colours'"),
        ("factor(x, red, shapes)", "a codebook is a set or the name of a vocabulary, not a vector: red"),
        ("factor(x, {}, shapes)", "codebook 1, '{}', has no members"),
    ],
)  # fmt: skip
def test_errors_of_the_language_name_the_codebook(session, text, said):
    with pytest.raises(VsaError, match="^" + re.escape(said)):
        session.run(text)
