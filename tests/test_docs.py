"""Every example in README.md and docs/ runs, in the order of its page."""

import re
from pathlib import Path

import pytest
from examples_in_text import agrees

from vsa.algebra.space import Space
from vsa.lang.session import Session
from vsa.lang.show import show
from vsa.lang.syntax.errors import LanguageError

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page, language):
    return [code for kind, code in FENCE.findall(page.read_text()) if kind == language]


def examples(block):
    """(input, expected output) of the `> ` lines."""
    for part in re.split(r"^> ", block, flags=re.MULTILINE)[1:]:
        code, _, output = part.partition("\n")
        yield code, output.strip("\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_examples_in_the_language(page):
    session = Session(Space(dim=1024))
    for block in blocks(page, "vsa"):
        for code, expected in examples(block):
            try:
                printed = [show(session, o.value) for o in session.execute(code) if o.shown]
            except LanguageError as error:
                printed = [error.pretty()]
            assert agrees("\n".join(printed), expected), (code, printed)
            assert bool(printed) == bool(expected), f"{code} prints {printed}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_examples_in_python(page):
    names = {}
    for block in blocks(page, "python"):
        exec(compile(block, page.name, "exec"), names)


def test_the_pages_do_hold_examples():
    assert sum(len(list(examples(b))) for p in PAGES for b in blocks(p, "vsa")) > 20
    assert sum(len(blocks(p, "python")) for p in PAGES) >= 4


def test_every_hook_is_documented():
    """docs/reference/plugins.md shows the exact signature of each hook."""
    import inspect

    from vsa.hooks import hookspecs

    page = (ROOT / "docs" / "reference" / "plugins.md").read_text()
    hooks = {n: f for n, f in vars(hookspecs).items() if n.startswith("vsa_")}
    assert len(hooks) == 9
    for name, hook in hooks.items():
        returns = inspect.signature(hook).return_annotation
        assert f"`{name}() -> {returns}`" in page
    assert f"version {hookspecs.VERSION}" in page
