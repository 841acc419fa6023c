"""Every value of every function is written and read; see programs.py. VSA_PROGRAMS says how many."""

import os

from programs import PLUGINS, main


def test_every_value_of_random_programs_is_read_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    count = int(os.environ.get("VSA_PROGRAMS", len(PLUGINS.functions)))
    called = main(tmp_path, count, seed=7)
    assert not [name for name, times in called.items() if not times]
