"""examples/languages.py, its file, and how the benchmark's set is taken from Django."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="the extra 'learn'")

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT), str(ROOT / "examples")]

import languages as example  # noqa: E402

from benchmarks import languages, papers_languages  # noqa: E402


def test_the_example_tells_languages_and_says_why(capsys):
    example.main(
        ["--dim", "256", "Bitte geben Sie eine Adresse ein.", "Where is the field of this form?"]
    )
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in lines if "%" in line]
    assert [row[0] for row in rows] == [*example.NAMES.values(), "all"]
    assert float(rows[-1][1].rstrip("%")) > 80
    told = [line for line in lines if " P " in line]
    assert [line.split()[0] for line in told] == ["German", "English"]
    assert lines[lines.index("Bitte geben Sie eine Adresse ein.") + 1].startswith(
        "German rather than "
    )


def test_the_file_holds_messages_of_all_languages():
    texts, names, messages = example.load()
    assert len(texts) == 2979
    assert set(names) == set(example.NAMES.values())
    assert tuple(sorted(example.NAMES)) == languages.LANGUAGES
    assert sorted(set(messages)) == list(range(languages.IN_EXAMPLE))
    assert not any("%(" in text or "<" in text for text in texts)
    assert example.FILE.stat().st_size < 300_000


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Straße & Ærø, <b>Łódź</b>!", "strasse aero lodz"),
        ("%(count)d élèves&nbsp;{name} %s", "eleves"),
        ("12:30", ""),
    ],
)
def test_texts_are_folded(text, plain):
    assert languages.folded(text) == plain


def test_the_benchmark_says_how_to_get_what_is_missing(monkeypatch):
    def missing():
        raise FileNotFoundError(f"Django 5.2 is not here: {languages.HOW}")

    monkeypatch.setattr(papers_languages, "sentences", missing)
    table = papers_languages.languages(True)
    assert table.rows == []
    assert table.notes == ("Django 5.2 is not here: pip download django==5.2 --no-deps",)


def test_the_set_is_that_of_the_page_and_its_splits_share_no_message():
    try:
        found = languages.sentences()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    assert len(found) == 5841
    assert {s.language for s in found} == set(languages.LANGUAGES)
    of = {}
    for s in found:
        of.setdefault(s.folded, set()).add(s.message)
    (fit, _, test, _) = next(papers_languages.splits(1))
    assert len(fit) + len(test) == 5841
    assert abs(len(fit) - len(test)) < 300
    once = {text for text, messages in of.items() if len(messages) == 1}
    assert not set(fit) & set(test) & once
