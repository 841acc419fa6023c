"""Some hundred files in which something has changed; see mutated.py, which takes as many as wanted."""

import re
import subprocess
import sys
from pathlib import Path


def test_nothing_is_lost_without_a_word():
    program = Path(__file__).with_name("mutated.py")
    done = subprocess.run([sys.executable, program, "300", "7"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    counts = dict(re.findall(r"^  (.*) ([\d,]+)$", done.stdout, re.M))
    for what in ("closed file: refused", "closed file: noted", "killed -wal: refused",
                 "killed -wal: noted", "killed file: refused", "mapped file: refused"):  # fmt: skip
        assert int(counts[what]) > 0, done.stdout
