"""Every example in a docstring runs: `>` lines in the language, `>>>` lines in Python."""

import doctest
import importlib
import pkgutil

import pytest
import vsa_plugins
from examples_in_text import agrees

import vsa
from vsa.algebra.space import Space
from vsa.hooks.loader import load_plugins
from vsa.lang.session import Session
from vsa.lang.show import show

# what the examples stand after; `help` says so too
PREAMBLE = "atom mark, fish, john, eat, cause, hunger, agent, object, being, human, x, y"

PLUGINS = load_plugins()
FUNCTIONS = [*PLUGINS.functions.values(), *PLUGINS.commands.values()]
EXAMPLES = [
    pytest.param(code, expected, id=f"{f.name}-{i}")
    for f in FUNCTIONS
    for i, (code, expected) in enumerate(f.examples)
]
MODULES = sorted(
    m.name
    for package in (vsa, vsa_plugins)
    for m in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    if m.name != "vsa.__main__"
)


@pytest.fixture
def session():
    session = Session(Space(dim=1024), plugins=PLUGINS)
    session.run(PREAMBLE)
    return session


@pytest.mark.parametrize(("code", "expected"), EXAMPLES)
def test_example_of_a_function_prints_what_it_says(session, code, expected):
    outcomes = list(session.execute(code))
    printed = "\n".join(show(session, o.value) for o in outcomes if o.shown)
    assert agrees(printed, expected), printed


@pytest.mark.parametrize("function", PLUGINS.functions.values(), ids=lambda f: f.name)
def test_every_function_has_a_summary_and_an_example(function):
    assert function.summary.endswith((".", "?", "!", ":")) or "." in function.doc
    assert function.examples, f"{function.name} has no example"
    assert all(expected for _, expected in function.examples), "an example that shows nothing"


@pytest.mark.parametrize("name", MODULES)
def test_python_examples_in_docstrings(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert result.failed == 0
