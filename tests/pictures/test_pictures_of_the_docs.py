"""docs/pictures.py still makes the pictures that docs/reference/pictures.md shows."""

import importlib.util
import re
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
DOCS = Path(__file__).parents[2] / "docs"
WORDS = re.compile(r">([^<>]*[a-z][^<>]*)</text>")


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("docs_pictures", DOCS / "pictures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made(script, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    script.main(["--out", str(folder)])
    return folder


def said(path):
    """The words of a picture, without the numbers, whose last digits machines may differ in."""
    return [re.sub(r"[\d.]+", "#", words) for words in WORDS.findall(path.read_text())]


def test_every_picture_is_made_as_it_is_kept(made):
    kept = {path.name for path in (DOCS / "pictures").iterdir()}
    assert {path.name for path in made.iterdir()} == kept
    for name in sorted(kept):
        assert said(made / name) == said(DOCS / "pictures" / name), name
        assert len(said(made / name)) > 1, name


def test_they_are_small_and_all_are_shown():
    page = (DOCS / "reference" / "pictures.md").read_text()
    for path in (DOCS / "pictures").iterdir():
        assert path.stat().st_size < 60_000
        assert f"(../pictures/{path.name})" in page
    assert set(re.findall(r"\(../pictures/([^)]+)\)", page)) == {
        path.name for path in (DOCS / "pictures").iterdir()
    }


def test_it_draws_some_as_png(script, tmp_path, capsys):
    script.main(["--out", str(tmp_path), "--only", "stack", "--png", "--dark"])
    assert {p.name for p in tmp_path.iterdir()} == {"stack.png", "stack-dark.png"}
    assert capsys.readouterr().out == "stack\n"
