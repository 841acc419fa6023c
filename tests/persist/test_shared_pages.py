"""A mapped memory: its pages are the file's, shared by all who read it, and read as they are used."""

import subprocess
import sys
from pathlib import Path

import pytest

import vsa
from vsa.persist import keeper, open_memory

SPACE = vsa.Space(dim=1024)
COUNT = 8_000  # 33 MB
SMAPS = Path("/proc/self/smaps_rollup")
READ = """
import sys, vsa
def mapped():
    lines = open("/proc/self/smaps").read().splitlines()
    at = [i for i, line in enumerate(lines) if line.endswith("m.vsa-rows")]
    def sum_of(what):
        return sum(int(l.split()[1]) for i in at for l in lines[i + 1 : i + 25]
                   if l.startswith(what + ":"))
    return sum_of("Rss"), sum_of("Pss"), sum_of("Private_Dirty")
memory = vsa.Memory.open(sys.argv[1], read_only=True)
print(*mapped())
memory[memory.label(5)]
print(*mapped())
memory.cleanup(memory.space.atom("n7"), exact=True)
print("ready", flush=True)
sys.stdin.readline()
print(*mapped(), flush=True)
sys.stdin.readline()
"""


@pytest.mark.skipif(not SMAPS.exists(), reason="Linux tells who shares what")
def test_pages_are_read_on_use_and_shared(tmp_path, monkeypatch):
    monkeypatch.setattr(keeper, "LARGE", 1 << 20)
    path = tmp_path / "m.vsa"
    names = [f"n{i}" for i in range(COUNT)]
    with open_memory(path, SPACE) as memory:
        memory.add(names, SPACE.batch(names))
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READ, str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    size = COUNT * 1024 * 4 / 1024  # KiB
    try:
        for reader in readers:
            opened, one = (list(map(int, reader.stdout.readline().split())) for _ in range(2))
            assert opened[0] < size / 10  # opening looks at the first rows
            assert one[0] < size / 5
            assert reader.stdout.readline() == "ready\n"
        for reader in readers:
            print("", file=reader.stdin, flush=True)
            rss, pss, dirty = map(int, reader.stdout.readline().split())
            assert rss > 0.9 * size
            assert pss < 0.6 * size  # half is the other's
            assert dirty == 0
    finally:
        for reader in readers:
            reader.communicate("\n")
