"""Fifty writers killed at random moments; see killed.py, which runs in a process of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the writers are forked")
def test_nothing_acknowledged_is_lost():
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("killed.py")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    said = re.fullmatch(
        r"(\d+) kills, ([\d,]+) statements and ([\d,]+) items, (\d+) mapped: all there\n",
        done.stdout,
    )
    assert said, done.stdout
    assert int(said[1]) >= 50
    assert int(said[3].replace(",", "")) >= 50_000
    assert int(said[4]) >= 1
