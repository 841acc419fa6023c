"""The examples of docs/structures/composition.md, which need torch."""

import pytest
from examples_in_text import agrees
from test_docs import ROOT, blocks, examples
from test_words_in_the_language import plugins  # noqa: F401  # a fixture

from vsa.algebra.space import Space
from vsa.lang.session import Session
from vsa.lang.show import show
from vsa.lang.syntax.errors import LanguageError

pytest.importorskip("torch")
PAGE = ROOT / "docs" / "structures" / "composition.md"


def test_in_the_language(plugins):  # noqa: F811
    session = Session(Space(dim=64), plugins=plugins)
    found = [pair for block in blocks(PAGE, "vsa_torch") for pair in examples(block)]
    assert len(found) > 5
    for code, expected in found:
        try:
            printed = [show(session, o.value) for o in session.execute(code) if o.shown]
        except LanguageError as error:
            printed = [error.pretty()]
        assert agrees("\n".join(printed), expected), (code, printed)
        assert bool(printed) == bool(expected), code


def test_in_python():
    (block,) = blocks(PAGE, "python_torch")
    names = {}
    exec(compile(block, PAGE.name, "exec"), names)
    assert names["contents"].shape == (2, 4)
