"""train and classify in a session: what is learnt, told, undone, and what Ctrl-C leaves."""

import sys
from pathlib import Path

import pytest
from test_terminal import CTRL_C, Terminal
from test_words_in_the_language import failure, plugins, printed, session  # noqa: F401

import vsa
from vsa.lang.session import Session

torch = pytest.importorskip("torch")
PHRASES = Path(__file__).parents[2] / "examples" / "data" / "phrases.txt"
LABELLED = (
    "positive\t(very good)\nnegative\t(very bad)\nnegative\t(not good)\npositive\t(not bad)\n"
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "p.txt"
    path.write_text(LABELLED)
    return path


@pytest.fixture(scope="module")
def trained(plugins):  # noqa: F811
    made = Session(vsa.Space(dim=64), plugins=plugins)
    made.run(f'words("very"); train("{PHRASES}")')
    return made


def test_most_phrases_that_were_not_in_the_file_get_the_right_label(trained):
    """Of three labels; which of them come out wrong depends on where training begins."""
    known = {line.split("\t")[1] for line in PHRASES.read_text().splitlines()}
    labels = {
        "(not (very bad))": "neutral",
        "(not (very good))": "neutral",
        "(not (really good))": "neutral",
        "(not (slightly great))": "negative",
        "(extremely good)": "positive",
    }
    assert known.isdisjoint(labels)
    found = {text: trained.run(f'classify("{text}")')[0].rows[0][0] for text in labels}
    assert sum(found[text] == label for text, label in labels.items()) >= 3


def test_labels_come_with_their_probabilities(trained):
    table = trained.run('classify("(not (very bad))")')[0]
    assert table.columns == ("label", "P")
    assert sorted(label for label, _ in table.rows) == ["negative", "neutral", "positive"]
    shares = [share for _, share in table.rows]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    parts = trained.run('classify(tree"(not (very bad))", parts=true)')[0]
    assert [row[0] for row in parts.rows] == [
        "not", "very", "bad", "(very bad)", "(not (very bad))",
    ]  # fmt: skip
    assert parts.rows[-1][1:] == table.rows[0]
    composed = trained.run('classify(compose("(not (very bad))"))')[0]
    assert composed.rows == table.rows


def test_what_came_of_training_is_told(trained):
    told = printed(trained, "composer")
    assert told.startswith("18 words, matrix form, dim 25, 3 labels; 100 epochs, epoch ")
    assert " of 112 learnt from right, loss 0.0" in told


def test_held_out_phrases_and_forms(session):  # noqa: F811
    session.run(f'words(form="vector", dim=8); train("{PHRASES}", held_out=0.25, epochs=12)')
    told = printed(session, "composer")
    assert told.startswith("18 words, vector form, dim 8, 3 labels; 12 epochs, epoch ")
    assert " of 28 held out right" in told


def test_labels_of_nodes_are_learnt(session, tmp_path):  # noqa: F811
    path = tmp_path / "nodes.txt"
    path.write_text("(1 (1 very) (2 good))\n(0 (1 very) (0 bad))\n")
    session.run(f'words(dim=6); train("{path}", rate=0.05)')
    rows = session.run('classify("(very bad)", parts=true)')[0].rows
    assert [label for _, label, _ in rows] == ["1", "0", "0"]
    rows = session.run('classify("(very good)", parts=true)')[0].rows
    assert [label for _, label, _ in rows] == ["1", "2", "1"]


def test_training_is_undone(session, file):  # noqa: F811
    session.run('words("very")')
    before = session.values["composer"]
    session.run(f'train("{file}", epochs=3)')
    first = session.values["composer"]
    assert first.composer.words == ("very", "good", "bad", "not")
    session.run(f'train("{file}", epochs=3)')
    second = session.values["composer"]
    assert second.classifier.history[0] < first.classifier.history[0]  # it went on
    session.journal.undo()
    assert session.values["composer"] is first
    session.journal.undo()
    assert session.values["composer"] is before
    assert before.composer.words == ("very",)


def test_words_that_come_later_leave_the_labels(session, file):  # noqa: F811
    session.run(f'words(); train("{file}", epochs=3)')
    before = session.run('classify("(not good)")')[0].rows
    session.run('words("fine"); compose("(very odd)", unknown="atom")')
    assert session.run('classify("(not good)")')[0].rows == before
    assert len(session.run('classify("(very odd)")')[0].rows) == 2


def test_sessions_learn_apart_and_alike(plugins, file):  # noqa: F811
    def rows(seed):
        made = Session(vsa.Space(dim=64, seed=seed), plugins=plugins)
        made.run(f'words(); train("{file}", epochs=3)')
        return made.run('classify("(not good)")')[0].rows

    assert rows(0) == rows(0) != rows(1)


def interrupting(session, epoch):  # noqa: F811
    """Make Ctrl-C come when so many epochs are done."""
    seen = []

    def progress(title, done, total):
        seen.append((title, done, total))
        if title.startswith("train") and done == epoch:
            raise KeyboardInterrupt

    session.progress = progress
    return seen


def test_an_interrupt_keeps_the_best_so_far(plugins, file):  # noqa: F811
    one, other = (Session(vsa.Space(dim=64), plugins=plugins) for _ in range(2))
    seen = interrupting(one, 7)
    assert printed(one, f'c = words(); train("{file}", epochs=50)').startswith(
        "4 words, matrix form, dim 25, 2 labels; interrupted after 7 epochs, epoch 7 the best: "
    )
    counted = [(done, total) for title, done, total in seen if title.startswith("train")]
    assert counted == [*((done, 50) for done in range(1, 8)), (50, 50)]
    assert seen[0][0].startswith("train (loss 0.6")
    other.run(f'words(); train("{file}", epochs=7)')
    text = 'classify("(not good)")'
    assert one.run(text)[0].rows == other.run(text)[0].rows
    one.journal.undo()
    assert one.values["composer"].classifier is None


def test_an_interrupt_before_anything_is_learnt_leaves_no_trace(session, file, monkeypatch):  # noqa: F811
    session.run('words("very")')
    before = session.values["composer"]

    def interrupted(self, closure=None):
        raise KeyboardInterrupt

    monkeypatch.setattr(torch.optim.Adam, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        session.run(f'train("{file}")')
    assert session.values["composer"] is before
    assert len(session.history) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_ctrl_c_at_a_terminal(tmp_path):
    with Terminal({"TERM": "xterm", "XDG_STATE_HOME": str(tmp_path)}) as terminal:
        terminal.wait("dim 512")
        terminal.send(f'words(); train("{PHRASES}", epochs=100000, rate=0.0001)\r')
        terminal.wait("train (loss ")  # how far it is
        terminal.wait("/100000")
        terminal.send(CTRL_C)
        terminal.wait("interrupted after ")
        terminal.wait("learnt from right")
        terminal.wait("dim 512")
        terminal.insist('classify("(not (very bad))")\r', "negative ")
        terminal.insist(":undo\r", "undone")
        terminal.insist('classify("good")\r', "no label has been learnt")
        terminal.send(":quit\r")
        assert terminal.end() == 0
    assert "Traceback" not in terminal.text


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            'words("good"); classify("good")',
            'no label has been learnt: train them from a file, train("phrases.txt")',
        ),
        ('words(); train("none.txt")', "there is no file none.txt"),
        ('words(); train("{file}", epochs=0)', "epochs must be a whole number of at least 1, not 0"),
        ('words(); train("{file}", rate=-1)', "rate must be a number in (0, 1e+37], not -1.0"),
        (
            'words(); train("{file}", held_out=2)',
            "held_out must be a share below 1, or examples, not 2.0",
        ),
        ('words(); train("{file}", rate=1e30)', "training diverged in epoch 2; use a rate below 1e+30"),
        ('words(); train("{file}", batch=0)', "batch must be a whole number of at least 1, not 0"),
        ('words(); train("{file}", fold="up")', "fold is 'left' or 'right', not 'up'"),
        (
            'words(); train("{file}", decay=-1)',
            "decay must be 0 or above, not -1.0",
        ),
        (
            'words(form="concatenation"); train("{deep}")',
            "[a; b] grows with every composition: it is made of pairs of words, not of "
            "'(not (very good))'",
        ),
        ('words(); train("{one}")', "a softmax chooses among two labels or more, not 1"),
        (
            'words(types="AP"); train("{tagged}")',
            "the tag 'AB' in '(AB: very good)' of tree 1 is unknown: the types are AP",
        ),
        (
            'words(); c = train("{file}", epochs=1); classify("(vrey good)")',
            "the word 'vrey' in '(vrey good)' is unknown: did you mean 'very'?",
        ),
    ],
)  # fmt: skip
def test_errors(session, tmp_path, file, code, message):  # noqa: F811
    texts = {
        "deep": "a\t(not (very good))\nb\tgood\n",
        "one": "a\tgood\na\tbad\n",
        "tagged": "a\t(AB: very good)\nb\tgood\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    first, _, last = code.rpartition("; ")
    if first:
        session.run(first.format(file=file))
    before = session.values["composer"]
    paths = {name: tmp_path / name for name in texts}
    assert failure(session, last.format(file=file, **paths)) == message
    assert session.values["composer"] is before


def test_train_is_a_free_name_until_there_are_words(session):  # noqa: F811
    session.run('atom train; words("very")')
    assert isinstance(session.values["train"], vsa.Vector)
    assert failure(session, 'composer.train("nowhere.txt")').startswith(
        "there is no file nowhere.txt"
    )


def test_who_uses_a_name_too_early_is_told(session):  # noqa: F811
    with pytest.raises(vsa.lang.syntax.errors.LanguageError) as caught:
        session.run('train("p.txt")')
    assert "words(…) makes it known" in caught.value.pretty()
