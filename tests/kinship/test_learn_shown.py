"""What shows the fits: the literal scheme's contradictions, and the table beside the papers."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from vsa_plugins.kinship.learn import grown

from benchmarks import papers, papers_kinship

pytest.importorskip("torch", reason="the extra 'torch' brings it")

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


@pytest.fixture(scope="module")
def kin2vec():
    spec = importlib.util.spec_from_file_location("kin2vec", EXAMPLES / "kin2vec.py")
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "kin2vec", module)
        spec.loader.exec_module(module)
        yield module


def test_the_literal_scheme_makes_one_of_what_should_differ(kin2vec):
    distances = kin2vec.algebra(seed=0, dim=12)
    assert len(distances) == 4
    assert max(distances.values()) < 1e-9


def test_the_literal_scheme_fits_only_by_collapse(kin2vec):
    family = grown(0, couples=1, generations=3)
    kept = kin2vec.fitted(family, dim=8, seed=0, steps=300, learn_people=False)
    learnt = kin2vec.fitted(family, dim=8, seed=0, steps=1500, learn_people=True)
    assert learnt.residual < 1e-3 < 0.1 < kept.residual
    assert min(learnt.siblings, learnt.parents) > 0.99
    assert max(kept.siblings, kept.parents) < 0.9
    assert learnt.collapsed > 0.8 > kept.collapsed


def test_the_construction_finds_a_mothers_daughters(kin2vec):
    shares = list(kin2vec.mothers_daughters(grown(2)).values())
    assert shares[0] < 0.5  # who has no sister and is a woman
    assert shares[1:] == [1, 1]


def test_the_example_prints_its_numbers(kin2vec, capsys):
    kin2vec.main(["--steps", "20", "--dim", "6"])
    printed = capsys.readouterr().out
    assert "mother's daughter" in printed
    assert "kept random" in printed
    assert "100%  daughter @ mother" in printed


# --- the papers ------------------------------------------------------------------------------------
def test_a_table_says_what_it_compares():
    table = papers.Table(
        "A title", ("model", "ours"), [("one", ".93 ±.05"), ("the other", "1")], ("so",)
    )
    assert str(table).splitlines() == [
        "== A title", "model          ours", "one        .93 ±.05", "the other         1", "so"
    ]  # fmt: skip
    assert papers.spread([0.9, 1.0]) == ".95 ±.05"
    assert papers.spread([1.0, 1.0]) == "1.00 ±.00"


def test_the_groups_are_printed_table_by_table(monkeypatch, capsys):
    made = []

    def table(quick):
        made.append(quick)
        return papers.Table(f"table {len(made)}", ("a",), [("b",)])

    monkeypatch.setattr(papers_kinship, "TABLES", (table, table))
    assert papers.main(["kinship", "--quick", "--processes", "1"]) == 0
    printed = capsys.readouterr().out
    assert made == [True, True]
    assert printed.index("table 1") < printed.index("table 2")
    with pytest.raises(SystemExit):
        papers.main(["kinshp"])
    assert "no group kinshp" in capsys.readouterr().err


def test_the_enumeration_table_counts_words():
    table = papers_kinship.enumeration(quick=True)
    (row,) = table.rows
    assert row[1] == "1,805"
    assert row[-1] == "8.0 (6.0)"  # up to four leaves: aunts and nephews take more


def test_held_out_accuracy_is_a_share_for_each_seed():
    family = papers_kinship.hinton()
    known = papers_kinship.triples_of(family)
    found = papers_kinship._held_out(papers_kinship.lre, family, known, 12, range(3), steps=60)
    assert len(found) == 3
    assert np.all((np.array(found) >= 0) & (np.array(found) <= 1))
