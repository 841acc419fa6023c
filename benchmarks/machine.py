"""What a figure was measured on."""

import os
import platform
import re
import sys
from pathlib import Path

import numpy as np


def machine() -> str:
    """The processor, how many cores of it there are, and what computed."""
    chip = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        named = re.search(r"model name\s*: (.+)", info.read_text(encoding="utf-8"))
        chip = named[1] if named else chip
    versions = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    if (torch := sys.modules.get("torch")) is not None:
        versions.append(f"torch {torch.__version__}")
    return ", ".join([chip, f"{os.cpu_count()} cores", *versions])
