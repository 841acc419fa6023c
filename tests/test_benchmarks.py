"""The benchmarks compute what they say they compare; how fast they are is not tested."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1]))  # benchmarks are not installed

from benchmarks import __main__ as program
from benchmarks import footprint, harness, machine, peers, startup
from benchmarks.harness import OURS, Candidate, Effort, Row
from benchmarks.machine import Level, Limits, Work
from vsa.algebra import fused

COMPARABLE = ("algebras", "bind", "calls", "cleanup", "frames", "sequences", "stacks")
ONCE = Effort(rounds=1, least_rounds=1, sample_s=1e-6, row_s=0.1)


@pytest.mark.parametrize("group", COMPARABLE)
def test_all_candidates_of_a_row_give_the_same_answer(group: str) -> None:
    module = importlib.import_module(f"benchmarks.{group}")
    compared = 0
    for row in module.rows(quick=True):
        (ours,) = [c for c in row.candidates if c.peer == OURS]
        assert ours.answer is not None
        expected = np.asarray(ours.answer(ours.run()))
        for other in row.candidates:
            if other is ours or other.answer is None:
                continue
            answer = np.asarray(other.answer(other.run()))
            assert answer.shape == expected.shape, (row.label, other.peer, other.way)
            assert np.allclose(answer, expected, atol=1e-4), (row.label, other.peer, other.way)
            compared += 1
    if not compared:
        pytest.skip("no peer is installed")


@pytest.mark.parametrize("group", COMPARABLE)
def test_a_group_does_without_its_peers(group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(f"benchmarks.{group}")
    monkeypatch.setattr(module, "peer", lambda name: None)
    rows = list(module.rows(quick=True))
    assert rows
    ours = {OURS, "numpy", "on numpy", "limit", "found", "exact"}
    assert {c.peer for row in rows for c in row.candidates} <= ours


def test_cleanup_rows_have_the_right_answers() -> None:
    from benchmarks import cleanup

    for row in cleanup.rows(quick=True):
        if row.label.startswith("add"):
            continue
        ours = row.candidates[0]
        found = ours.answer(ours.run())
        if row.label.startswith("nothing"):  # but for what chance makes similar
            assert found.count(-1) >= 0.75 * len(found)
        else:
            assert found == list(range(len(found)))


@pytest.mark.parametrize("group", program.GROUPS)
def test_rows_belong_to_the_columns_of_their_group(group: str) -> None:
    module = importlib.import_module(f"benchmarks.{program.GROUPS[group]}")
    for row in module.rows(quick=True):
        columns = {OURS, *module.PEERS}
        assert {c.peer for c in row.candidates} <= columns, row.label
        assert set(row.goals) <= columns, row.label
        assert sum(c.peer == OURS for c in row.candidates) == 1, row.label


def test_a_growing_memory_is_measured_at_four_sizes_and_its_exponent_told() -> None:
    costs = {"÷64": 2.0, "÷16": 4.0, "÷4": 8.0, OURS: 16.0}
    sizes = {"÷64": 1, "÷16": 4, "÷4": 16, OURS: 64}
    candidates = [named(peer, *[cost] * 3) for peer, cost in costs.items()]
    row = Row("grows", candidates, sample=lambda run: float(run()), sizes=sizes)
    result = harness.measure("growth", row, ONCE)
    assert result.exponent == pytest.approx(0.5)
    assert harness.line(result, ["÷64"]).endswith("size^0.50")
    plain = Row("one", [named(OURS, 1.0)], sample=row.sample)
    assert harness.measure("plain", plain, ONCE).exponent is None


# --- the harness ---------------------------------------------------------------------------------


def named(peer: str, *samples: float, way: str = "") -> Candidate:
    """A candidate whose `run` gives the samples one after the other."""
    rest = iter(samples)
    return Candidate(peer, lambda: next(rest), way=way)


def test_medians_ratios_and_the_fastest_way_of_a_peer() -> None:
    candidates = [
        named(OURS, 2.0, 9.0, 2.0),
        named("slow", 8.0, 6.0, 1.0, way="one"),
        named("slow", 7.0, 7.0, 7.0, way="other"),
    ]
    row = Row("row", candidates, {"slow": 3.0}, sample=lambda run: run())
    result = harness.measure("group", row, Effort(rounds=3))
    assert result.values == {OURS: 2.0, "slow": 6.0}
    assert result.ways["slow"] == "one"
    assert result.ratios == {"slow": 3.0}
    assert result.met() is True
    assert result.to_json()["ratios"] == {"slow": 3.0}


def test_candidates_take_turns_and_each_comes_first_once() -> None:
    order: list[str] = []

    def candidate(name: str) -> Candidate:
        return Candidate(name, lambda: order.append(name))

    def sample(run: harness.Run) -> float:
        run()
        return 1.0

    row = Row("row", [candidate(OURS), candidate("b"), candidate("c")], sample=sample)
    harness.measure("group", row, Effort(rounds=3))
    assert order == [OURS, "b", "c", "b", "c", OURS, "c", OURS, "b"]


def test_timing_gives_the_time_of_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[None] = []  # each takes a ten-thousandth of a second
    monkeypatch.setattr(harness.time, "process_time", lambda: 1e-4 * len(calls))
    take = harness.timer(lambda: calls.append(None), sample_s=1e-2)
    before = len(calls)
    assert take() == pytest.approx(1e-4)
    assert len(calls) - before == pytest.approx(100, rel=0.5)  # as many as the sample holds


def test_a_missing_peer_is_a_dash_and_decides_no_goal() -> None:
    row = Row("a row", [named(OURS, 1e-6)], {"gone": 2.0}, sample=lambda run: run())
    result = harness.measure("group", row, ONCE)
    assert result.met() is None
    text = harness.line(result, ("gone",))
    assert "1.00 µs" in text
    assert " - " in text
    assert "met" not in text


@pytest.mark.parametrize(("value", "verdict"), [(2e-3, "met"), (1e-3, "MISSED")])
def test_goals_are_judged(value: float, verdict: str) -> None:
    candidates = [named(OURS, 1e-3), named("peer", value)]
    row = Row("a row", candidates, {"peer": 1.5}, sample=lambda run: run())
    text = harness.line(harness.measure("group", row, ONCE), ("peer",))
    assert text.endswith(verdict)
    assert "peer ≥ 1.5×" in text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0, "s", "0 s"),
        (3.14159e-9, "s", "3.14 ns"),
        (0.01234, "s", "12.3 ms"),
        (410e6, "B", "410 MB"),
        (999.7e-6, "s", "1000 µs"),
    ],
)
def test_quantities_have_three_digits(value: float, unit: str, text: str) -> None:
    assert harness.quantity(value, unit) == text


# --- what the machine can do ---------------------------------------------------------------------
LIMITS = Limits((Level("L2", 100, 50.0, 40.0), Level("memory", None, 10.0, 5.0)), 1000.0)


@pytest.mark.parametrize(
    ("work", "seconds"),
    [
        (Work(read=100), 2.0),  # from the cache
        (Work(read=101), 10.1),  # which it does not fit into
        (Work(read=60, written=40), 2.5),
        (Work(read=80, written=40), 24.0),
        (Work(read=100, flops=5000), 5.0),  # whichever takes longer
    ],
)
def test_a_limit_is_of_the_level_where_operands_lie_or_of_arithmetic(
    work: Work, seconds: float
) -> None:
    assert LIMITS.seconds(work) == pytest.approx(seconds)


def test_what_is_only_read_is_no_faster_beside_what_is_written() -> None:
    limits = Limits((Level("memory", None, 10.0, 20.0),), 1000.0)
    assert limits.seconds(Work(read=80, written=10)) == 8.0
    assert limits.seconds(Work(read=80, written=100)) == 9.0


def test_a_share_of_the_limit_is_told_before_ratios() -> None:
    row = Row("a row", [named(OURS, 4.0), named("peer", 8.0)], sample=lambda run: run())
    row.work = Work(read=100)
    result = harness.measure("group", row, ONCE, LIMITS)
    assert (result.limit, result.share) == (2.0, 0.5)
    assert " ".join(harness.line(result, ("peer",)).split()) == "a row 4.00 s 50% 8.00 s 2.00×"
    assert harness.header("group", ("peer",)).split() == ["group", "vsa", "share", "peer", "goal"]
    told = result.to_json()
    assert (told["limit"], told["share"]) == (2.0, 0.5)
    row.work = None
    plain = harness.measure("group", row := Row("b", [named(OURS, 4.0)], sample=row.sample), ONCE)
    assert (plain.share, plain.to_json()["share"]) == (None, None)
    assert harness.line(plain, ()).split() == ["b", "4.00", "s"]


def test_limits_are_bytes_and_operations_over_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LEAST", 1 << 16)
    monkeypatch.setattr(machine, "SIDE", 8)
    runs = []

    def seconds(run: harness.Run) -> float:
        runs.append(run())
        return 1e-3

    limits = machine.measured(seconds, {"L2": 1 << 14, "L3": 1 << 15})
    assert [level.name for level in limits.levels] == ["L2", "L3", "memory"]
    assert [level.size for level in limits.levels] == [1 << 14, 1 << 15, None]
    # a quarter of a cache, and four times the largest of the memory
    moved = [1 << 12, 1 << 13, 1 << 17]
    assert [level.read for level in limits.levels] == pytest.approx([m * 1e3 for m in moved])
    assert [level.triad for level in limits.levels] == pytest.approx(
        [m * 1e3 for m in moved], rel=0.01
    )
    assert limits.sgemm == pytest.approx(2 * 8**3 * 1e3)
    assert len(runs) == (7 if fused.LOOP is None else 13)
    assert limits.lines()[0] == "L2 (16 kB): read 0.0041 GB/s, read and written 0.00408 GB/s"


def test_sizes_of_caches_are_the_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "CACHES", tmp_path / "none")
    assert machine.cache_sizes() == machine.USUAL
    monkeypatch.setattr(machine, "CACHES", tmp_path)
    told = [("1", "Data", "48K"), ("2", "Instruction", "7K"), ("2", "Unified", "2048K")]
    for i, values in enumerate(told):
        (tmp_path / f"index{i}").mkdir()
        for name, value in zip(("level", "type", "size"), values, strict=True):
            (tmp_path / f"index{i}" / name).write_text(value + "\n")
    assert machine.cache_sizes() == {"L2": 2 << 20, "L3": machine.USUAL["L3"]}


@pytest.mark.parametrize("group", ["bind", "frames", "sequences", "stacks", "cleanup"])
def test_what_has_to_be_done_grows_with_the_batch(group: str) -> None:
    rows = importlib.import_module(f"benchmarks.{group}").rows(quick=True)
    work = {row.label: row.work for row in rows if row.work is not None}
    assert len(work) >= 2
    least = min(each.read + each.written for each in work.values())
    assert max(each.read + each.written for each in work.values()) >= 3 * least > 0
    if group == "cleanup":
        assert work["50 items, 4 queries"].flops == 4 * work["50 items, 1 query"].flops
        assert work["50 items, 1 query"].read == 51 * 256 * 4


def test_the_page_of_speed_tells_shares_and_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "docs"))
    import written

    row = Row("a row", [named(OURS, 4.0), named("peer", 8.0)], sample=lambda run: run())
    row.work = Work(read=100)
    found = {
        "machine": "a chip", "date": "today", "limits": LIMITS.to_json(),
        "rows": [harness.measure("group", row, ONCE, LIMITS).to_json()],
    }  # fmt: skip
    monkeypatch.setattr(written, "FIGURES", tmp_path)
    (tmp_path / "speed.json").write_text(json.dumps(found), encoding="utf-8")
    page = "\n".join(written.speed())
    cells = [line.strip(" *-") for line in page.splitlines() if line.startswith("   ")]
    assert cells[-8:] == ["", "ours", "share", "peer", "a row", "4\u00a0s", "50%", "2×"]
    assert "L2, 0 kB" in page
    assert "What depends on the chip" in page
    del found["limits"], found["rows"][0]["share"]  # as older figures are
    (tmp_path / "speed.json").write_text(json.dumps(found), encoding="utf-8")
    assert "share" not in "\n".join(written.speed())


# --- the groups that measure something else ------------------------------------------------------


def test_extra_memory_leaves_out_the_result() -> None:
    def run() -> np.ndarray:
        scratch = np.ones(30_000_000)  # so much that what other threads allocate is less than 1 %
        return scratch[:10_000_000].copy()

    assert footprint.extra(run) == pytest.approx(240e6, rel=0.01)


def test_a_childs_cpu_time_is_counted() -> None:
    idle = startup.cpu_seconds(lambda: None)
    busy = startup.cpu_seconds(lambda: startup.python("-c", "sum(range(10**6))"))
    assert idle == pytest.approx(0, abs=1e-9)
    assert busy > 0.001


# --- the program ---------------------------------------------------------------------------------


def test_the_program_prints_a_table_and_writes_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(harness, "QUICK", ONCE)
    monkeypatch.setattr(peers, "one_thread", lambda: None)  # the other tests need gradients
    monkeypatch.setattr(machine, "measured", lambda seconds: LIMITS)
    file = tmp_path / "results.json"
    assert program.main(["bind", "--quick", "--json", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "one thread" in printed
    first, second, *_ = printed.splitlines()
    assert (first, second) == (machine.machine(), LIMITS.lines()[0])
    assert "1 pair, a * b" in printed
    written = json.loads(file.read_text(encoding="utf-8"))
    assert "cores" in written["machine"]
    assert written["limits"] == json.loads(json.dumps(LIMITS.to_json()))
    results = written["rows"]
    assert {r["group"] for r in results} == {"bind"}
    assert all(r["values"][OURS] >= 0 and r["unit"] == "s" for r in results)
    assert all(r["share"] is not None for r in results)


def test_an_unknown_group_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.main(["bnid"])
    error = capsys.readouterr().err
    assert "bnid" in error
    assert "bind" in error


def test_kanervas_memory_is_measured_beside_its_theory() -> None:
    pytest.importorskip("sklearn")
    from benchmarks.papers_cache import _half, kanerva

    found = np.array([[1, 1, 1, 0, 0], [1, 1, 0, 1, 0]], dtype=bool)
    assert (
        _half(found, np.arange(0, 50, 10)) == 30
    )  # an escape home from afar does not count double
    measured, published = kanerva(quick=True).rows
    where, error = map(float, measured[1].split(" ±"))
    assert 0 < error < 40
    assert float(measured[2]) * 0.7 < where < float(measured[2])
    assert published[2:] == ("237", "209")
