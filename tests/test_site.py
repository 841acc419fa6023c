"""What the documentation promises of itself: short answers, a way to every page, its picture."""

import html
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
HOWTO = sorted(p for p in (DOCS / "howto").glob("*.md") if p.name != "index.md")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def answers(page):
    """(question, what follows it) of a page."""
    parts = re.split(r"^## (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def test_thirty_questions_on_ten_pages():
    assert len(HOWTO) <= 10
    asked = [question for page in HOWTO for question, _ in answers(page)]
    assert len(set(asked)) == len(asked) >= 30
    assert all(question.endswith("?") for question in asked)


@pytest.mark.parametrize("page", HOWTO, ids=lambda p: p.stem)
def test_an_answer_is_short(page):
    for question, text in answers(page):
        code = "".join(re.findall(r"^```\w+\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
        assert len([line for line in code.splitlines() if line]) <= 15, question


def test_every_page_has_a_way_to_it():
    """Each is in the contents of its folder, and each folder in those of the first page."""
    for folder in [DOCS, *sorted({p.parent for p in DOCS.rglob("*.md")} - {DOCS})]:
        contents = re.findall(
            r"^```\{toctree\}\n(.*?)^```",
            (folder / "index.md").read_text(),
            re.MULTILINE | re.DOTALL,
        )
        named = {
            re.sub(r".*<(.*)>", r"\1", line) for block in contents for line in block.split("\n")
        }
        pages = {p.stem for p in folder.glob("*.md")} - {"index"}
        assert pages <= named, f"{folder.name} does not lead to {sorted(pages - named)}"


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))], ids=lambda p: p.name
)
def test_links_lead_somewhere(page):
    for target in LINK.findall(
        re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    ):
        if "://" not in target and "/written/" not in target:  # which are made with the site
            assert (page.parent / target).exists(), target


def test_the_picture_of_a_session_is_what_a_session_prints():
    pytest.importorskip("pygments")
    spec = importlib.util.spec_from_file_location("repl_picture", DOCS / "repl.py")
    repl = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(repl)
    text = repl.transcript()
    drawn = (DOCS / "_static" / "repl-light.svg").read_text(encoding="utf-8")
    assert "mark  0." in text
    assert "did you mean 'mark'?" in text
    words = re.sub(r"\s", "", html.unescape(re.sub(r"<[^>]*>", "", drawn)))
    for line in text.splitlines():
        assert re.sub(r"\s", "", line) in words
