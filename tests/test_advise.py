"""Advice: which algebra would do, and how large; that it tells the truth; what it says."""

import json
import re

import numpy as np
import pytest
import structured
from worlds import PLUGINS

from vsa import Session, Space, VsaError
from vsa.terminal.cli import main

CASES = {
    "pairs": (structured.variables, 5), "stack": (structured.stacks, 5),
    "sequence": (structured.sequences, 5), "frame": (structured.frames, 4),
}  # fmt: skip
TRIED = ("hrr", "ghrr:2", "vtb", "bsc", "sbc:16:argmax", "bsdc-seg")  # one of each kind of noise


@pytest.fixture(scope="module")
def session():
    return Session(Space(64), plugins=PLUGINS)


def lines(table):
    return [re.sub(" +", " ", line).strip() for line in str(table).splitlines()]


def test_pairs_word_for_word(session):
    said = lines(session.run('advise(1000, 8, "pairs", bytes=2000, timed=false)')[0])
    assert said[:2] == [
        "best by bytes: 1,000 items, pairs of 8 terms, 0.99 right",
        "algebra dim bytes right",
    ]
    assert [line for line in said if line.split()[0] in ("bsdc-seg", "bsc", "hrr", "vtb")] == [
        "bsdc-seg 196 28 0.9936",
        "bsc 428 56 0.9902",
        "hrr 251 1004 0.9902",
        "vtb 256 1024 0.9915",
    ]
    assert "bsdc-cdt no unbinding, on which reading rests" in said[-2:]
    assert "tensor:3 91,060 bytes an item, at dim 28" in said[-2:]


def test_what_holds_no_more_has_a_reason(session):
    said = lines(session.run('advise(1000, 500, "bundle", timed=false)')[0])
    assert said[-1] == "tensor:3 no dim up to 67108864 of the algebra 'tensor:3' would do"
    said = lines(session.run('advise(100, 9, "chunks", timed=false)')[0])
    assert any(re.fullmatch(r"bsdc-seg \d+ \d+ 0\.99\d\d chunks of 2", line) for line in said)
    assert any(re.fullmatch(r"bsdc \d+ \d+ 0\.99\d\d chunks of \d+", line) for line in said)
    assert any(re.fullmatch(r"hrr \d+ \d+ 0\.99\d\d chunks of \d+", line) for line in said)


def test_the_algebra_of_the_session_is_advised_on_with_its_parameters():
    session = Session(Space(64, "sbc:16:counts"), plugins=PLUGINS)
    names = [row[0] for row in session.run("advise(9, 2, timed=false)")[0].rows]
    assert "sbc:16:counts" in names
    assert "sbc:16:argmax" in names


@pytest.mark.parametrize("by", ["bytes", "time"])
def test_the_best_comes_first(session, by):
    table = session.run(f'advise(50, 3, "bundle", by="{by}")')[0]
    assert table.columns == ("algebra", "dim", "bytes", "right", "time", "")
    units = {"µs": 1e-6, "ms": 1e-3, "s": 1.0}
    found = [row for row in table.rows if row[1] != ""]
    taken = [float(row[4].split()[-2]) * units[row[4].split()[-1]] for row in found]
    sizes = [row[2] for row in found]
    assert sorted(sizes) == sizes if by == "bytes" else sorted(taken) == taken
    assert min(taken) > 0


def test_what_is_reckoned_and_not_measured_is_marked(session):
    table = session.run('advise(100000000, 2, "bundle", accuracy=0.5, bytes=12)')[0]
    assert all(row[4].startswith("≈ ") for row in table.rows if row[1] != "")


@pytest.mark.parametrize("structure", CASES)
@pytest.mark.filterwarnings("ignore::vsa.CapacityWarning")  # loads are guessed from lengths
def test_advice_is_true(session, structure):
    case, size = CASES[structure]
    table = session.run(f'advise(100, 5, "{structure}", timed=false)')[0]
    for algebra, dim, _, right, _ in table.rows:
        if algebra not in TRIED:
            continue
        answers = structured.read(case, size, 0.0, dim, 100, count=500, algebra=algebra)
        share = float(np.mean(answers.best == answers.truth))
        assert share >= float(right) - 0.03, (algebra, dim)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ('advise(9, 2, "sequnce")',
         "there is no structure 'sequnce' to advise on; did you mean 'sequence'?"),
        ('advise(9, 2, "xyz")',
         "there is no structure 'xyz' to advise on; choose of bundle, pairs, stack, sequence, "
         "frame, chunks"),
        ('advise(9, 2, by="size")', "advise goes by \"bytes\" or by \"time\", not 'size'"),
        ('advise(9, 2, by="time", timed=false)',
         "to go by time, advise must measure it: leave timed=false out"),
        ("advise(9, 2, accuracy=1.5)", "accuracy 1.5 is no share between 0 and 1"),
    ],
)  # fmt: skip
def test_errors_word_for_word(session, call, said):
    with pytest.raises(VsaError) as raised:
        session.run(call)
    assert str(raised.value).splitlines()[0] == said


# --- the command ----------------------------------------------------------------------------------
ASKED = ["advise", "--items", "100", "--terms", "4"]


def test_the_command_prints_the_table(capsys):
    more = ["--structure", "stack", "--accuracy", "0.9", "--bytes", "100", "--by", "bytes"]
    assert main([*ASKED, *more]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("best by bytes: 100 items, stacks of 4 terms, 0.9 right\nalgebra ")
    assert err == ""


def test_the_command_prints_json(capsys):
    assert main([*ASKED, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["value"]
    assert {"algebra", "dim", "bytes", "right", "time"} <= set(rows[0])


def test_what_the_command_needs_is_said(capsys):
    assert main(["advise", "--items", "100"]) == 2
    assert "--terms" in capsys.readouterr().err
    assert main([*ASKED, "--structure", "tree"]) == 1
    assert "there is no structure 'tree' to advise on" in capsys.readouterr().err
