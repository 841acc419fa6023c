"""Compiles the loops in vsa/algebra/loops where that can be done; without them all works, slower.

It takes a C compiler, Python's headers and an x86-64 processor. `python hatch_build.py` compiles them
into this tree, as an editable installation does; VSA_FUSED=0 makes a wheel without them, for everyone.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
SOURCES = sorted(path.relative_to(ROOT) for path in Path(ROOT, "vsa/algebra/loops").glob("*.c"))
BUILT = "vsa/algebra/_fused.abi3.so"
FLAGS = ("-O3", "-shared", "-fPIC", "-fvisibility=hidden")
SWITCH = "VSA_FUSED"


class CustomBuildHook(BuildHookInterface):
    """In a wheel lies what was compiled for it; an editable installation has it beside the source."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before the files are collected."""
        self.folder = tempfile.mkdtemp()
        built = ROOT / BUILT if version == "editable" else Path(self.folder, Path(BUILT).name)
        said = compile_to(built)
        if said is not None:
            self.app.display_info(f"without the compiled loops: {said}")
        elif version != "editable":
            build_data["force_include"][str(built)] = BUILT
            build_data["pure_python"] = False
            build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel has been written."""
        shutil.rmtree(self.folder, ignore_errors=True)


def compile_to(built: Path) -> str | None:
    """Compile into a file, put there whole; what hindered it, None where it succeeded.

    What was compiled before, perhaps of another source, is gone in any case.
    """
    built.unlink(missing_ok=True)
    if os.environ.get(SWITCH, "").strip() == "0":
        return f"switched off by {SWITCH}=0"
    if platform.machine() not in ("x86_64", "AMD64") or os.name != "posix":
        return f"they are for x86-64 and a Unix, not {platform.machine()} and {platform.system()}"
    part = built.with_suffix(f".{os.getpid()}")
    compiler = shlex.split(os.environ.get("CC") or "cc")
    undefined = ("-undefined", "dynamic_lookup") if platform.system() == "Darwin" else ()
    include = f"-I{sysconfig.get_path('include')}"
    sources = [str(ROOT / source) for source in SOURCES]
    command = [*compiler, *FLAGS, *undefined, include, *sources, "-o", str(part), "-lm"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return f"{compiler[0]}: {error.strerror}"
    if done.returncode:
        return next(iter(done.stderr.splitlines()), f"{compiler[0]} failed")
    os.replace(part, built)
    return None


if __name__ == "__main__":
    if (hindered := compile_to(ROOT / BUILT)) is not None:
        raise SystemExit(f"not compiled: {hindered}")
