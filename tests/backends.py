"""Which backends there are, and which can be tested here."""

import importlib.util

BACKENDS = ["numpy", "torch", "cupy"]


def missing(backend):
    """Why a backend cannot be tested here, None if it can."""
    needed = [backend] if backend == "numpy" else [backend, "array_api_compat"]
    for package in needed:
        if importlib.util.find_spec(package) is None:
            return f"{package} is not installed"
    if backend == "cupy":
        import cupy

        if not cupy.is_available():
            return "there is no GPU"
    return None


PRESENT = [name for name in BACKENDS if missing(name) is None]  # the rest skip one test, not 500
