"""What the loops in C compile to, from the source as it is now."""

import importlib.util
import os
import platform
import shutil
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMPILES = (
    shutil.which("cc") is not None
    and platform.machine() in ("x86_64", "AMD64")
    and Path(sysconfig.get_path("include"), "Python.h").exists()
    and os.environ.get("VSA_FUSED") != "0"
)


def loaded(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def build():
    return loaded(ROOT / "hatch_build.py", "hatch_build")


def built(build, folder):
    path = folder / "_fused.abi3.so"
    hindered = build.compile_to(path)
    if hindered is not None:
        assert not COMPILES, hindered
        pytest.skip(hindered)
    try:
        return loaded(path, "vsa.algebra._fused")
    except ImportError as error:
        pytest.skip(f"it says so itself: {error}")


@pytest.fixture(scope="module")
def loop(build, tmp_path_factory):
    """The module."""
    return built(build, tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module", params=["all there is", "AVX2 only"])
def either(build, tmp_path_factory, request):
    """The module as this processor runs it, and as one without AVX-512 does."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "AVX2 only":
            patch.setenv("CC", f"{os.environ.get('CC') or 'cc'} -DAVX2_ONLY")
        return built(build, tmp_path_factory.mktemp("built"))
