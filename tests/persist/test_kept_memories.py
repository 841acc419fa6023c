"""Memories in files, without a session."""

import pytest

import vsa


def test_a_memory_made_in_ram_is_kept_from_now_on(tmp_path):
    space = vsa.Space(dim=64)
    memory = vsa.Memory(space)
    memory.add(["a", "b"], space.batch(["a", "b"]))
    memory.save(tmp_path / "m.vsa")
    memory.add("c", space.atom("c"))
    with pytest.raises(vsa.VsaError, match=r"^m\.vsa exists already: choose another name$"):
        memory.save(tmp_path / "m.vsa")
    memory.close()
    with vsa.Memory.open(tmp_path / "m.vsa", backend="numpy") as again:
        assert again.names() == ["a", "b", "c"]
        assert again.cleanup(space.atom("c")).name == "c"
