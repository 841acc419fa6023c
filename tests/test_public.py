"""What users and plugins may import, listed here and in the documentation alike; all else may move."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import vsa
import vsa.plugin

ROOT = Path(__file__).parent.parent
FACE = [
    "Answer",
    "Answers",
    "CapacityWarning",
    "Expression",
    "Factors",
    "Kind",
    "Memory",
    "Rule",
    "Session",
    "Set",
    "Space",
    "Table",
    "Vector",
    "VsaError",
    "bind",
    "bundle",
    "bundle_bound",
    "by_rows",
    "capacity",
    "dot",
    "factor",
    "get_threads",
    "hookimpl",
    "inverse",
    "involution",
    "left_unbind",
    "load_plugins",
    "norm",
    "normalize",
    "permute",
    "picture",
    "plot",
    "power",
    "rule",
    "set_threads",
    "shift",
    "similarity",
    "unbind",
    "unitary",
]
PLUGIN = [
    "Algebra",
    "ArgumentTypeError",
    "ArgumentValueError",
    "Backend",
    "Binomial",
    "Book",
    "Chosen",
    "Codebook",
    "Cosine",
    "Definition",
    "EMPTY",
    "Form",
    "Function",
    "Gaussian",
    "GrowthError",
    "Hamming",
    "Hidden",
    "LAWS",
    "LanguageError",
    "LawError",
    "Load",
    "Matches",
    "Metric",
    "Names",
    "Noise",
    "Note",
    "Overlap",
    "Overlaps",
    "PLAIN",
    "PRIOR_NOTHING",
    "PRIOR_UNKNOWN",
    "Phases",
    "Phasors",
    "Plugins",
    "Quit",
    "Shares",
    "Signs",
    "Structure",
    "TARGET",
    "Tabular",
    "UNKNOWN",
    "Value",
    "Whole",
    "Within",
    "above_zero",
    "algebra_names",
    "aligned",
    "are_whole",
    "arguments",
    "as_vector",
    "bars",
    "bound_to",
    "bound_with",
    "bring",
    "bytes_of",
    "capacity",
    "checked",
    "checked_whole",
    "closest",
    "collecting",
    "compared",
    "constituents",
    "describe",
    "drawn_from",
    "evidence",
    "export_session",
    "files",
    "find_algebra",
    "faint",
    "host",
    "import_session",
    "in_algebra",
    "in_blocks",
    "inside",
    "is_all",
    "is_empty",
    "kept_of",
    "key_at",
    "load_by_norm",
    "load_of",
    "log_likelihood",
    "look",
    "majority",
    "membership",
    "modulus_table",
    "nearest",
    "needed",
    "needed_dim",
    "next_dim",
    "next_fit",
    "noise_at",
    "note",
    "open_session",
    "operations",
    "orders",
    "parts",
    "phase_table",
    "pictured",
    "posterior",
    "reached",
    "read",
    "reset",
    "run_script",
    "save",
    "show",
    "shown",
    "smallest",
    "soft",
    "streams",
    "styled",
    "suggest",
    "summary",
    "sureness",
    "terms_in",
    "terms_of",
    "to_html",
    "to_json",
    "told",
    "torch_threads",
    "warn_past_capacity",
    "without_residue",
]
FOLDERS = {
    "vsa.cluster": ["ClusterMemory", "Encoded", "Frames", "Rows", "Sequences", "encode"],
    "vsa.encode": ["Encoded", "Frames", "Rows", "Sequences", "encode", "open_source"],
    "vsa.learn": [
        "Explanation", "HyperClassifier", "HyperRegressor", "NgramEncoder", "NoveltyDetector",
        "NumberEncoder", "RecordEncoder",
    ],
    "vsa.nn": [
        "Bind", "Cleanup", "Codebook", "Flow", "Layer", "LearnedBinding", "Mixture",
        "PositionChannels", "Relations", "Screened", "Screening", "Soft", "Superpose", "Unbind",
        "Unitary", "Vectors", "gradient_flow", "look_at", "look_at_numbers", "measures",
        "torch_threads",
    ],
    "vsa.numbers": ["Circular", "Estimate", "Level", "Place", "Power", "Thermometer", "heat_map"],
    "vsa.pictures": [
        "Bars", "Box", "Curves", "Diagram", "Drawable", "HeatMap", "Node", "Panels", "Picture", "Points",
        "Series", "Tree",
    ],
    "vsa.soft": [
        "Cache", "Settled", "SparseMemory", "critical_distance", "energy", "hopfield", "next_distance",
        "recall", "shared_locations", "unit", "weights",
    ],
    "vsa.testing": [
        "BrokenLaw", "Case", "CounterExample", "Report", "check_algebra", "check_law", "counter_example",
    ],
    "vsa.views": [
        "capacity_curve", "interval", "memory_map", "reliability", "similarity_map", "spectrum",
    ],
}  # fmt: skip


def documented(after, until="\n\n|"):
    page = (ROOT / "docs" / "reference" / "plugins.md").read_text()
    part = page.split("## What there is to import")[1].split(after)[1].split(until)[0]
    return set(re.findall(r"`(\w+)`", part))


def test_the_face_is_as_listed_and_documented():
    assert sorted(vsa.__all__) == sorted(FACE)
    assert documented("From `vsa`, as users do:", "From `vsa.plugin`") == set(FACE)


def test_the_contract_is_as_listed_and_documented():
    assert sorted(vsa.plugin.__dir__()) == sorted(PLUGIN)
    assert documented("From `vsa.plugin`:", "no such text") == set(PLUGIN)


def test_a_checker_sees_what_is_loaded_later():
    tree = ast.parse(Path(vsa.plugin.__file__).read_text())
    typed = next(node for node in tree.body if isinstance(node, ast.If))
    names = [alias.asname for node in typed.body for alias in node.names]
    assert sorted(names) == sorted(PLUGIN)


@pytest.mark.parametrize("folder", FOLDERS)
def test_folders_for_users_export_their_names(folder):
    if folder in ("vsa.nn", "vsa.learn"):
        pytest.importorskip({"vsa.nn": "torch", "vsa.learn": "sklearn"}[folder])
    assert sorted(importlib.import_module(folder).__all__) == sorted(FOLDERS[folder])


@pytest.mark.parametrize("name", FACE)
def test_public_classes_are_of_vsa(name):
    found = getattr(vsa, name)
    if isinstance(found, type):
        assert (found.__module__, found.__qualname__) == ("vsa", name)
        assert found.__doc__


@pytest.mark.parametrize("name", PLUGIN)
def test_each_name_is_there(name):
    assert getattr(vsa.plugin, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error():
    for module in (vsa, vsa.plugin):
        with pytest.raises(
            AttributeError, match=f"^module '{module.__name__}' has no attribute 'x'"
        ):
            module.x  # noqa: B018


@pytest.mark.parametrize("code", ["import vsa", "from vsa_plugins.stack import push"])
def test_what_only_computes_loads_no_language_and_no_database(code):
    heavy = ("lark", "sqlite3", "vsa.lang", "vsa.persist", "torch", "sklearn", "prompt_toolkit")
    heavy += ("importlib.metadata", "email")  # the second comes with the first
    code += f"; import sys; print([m for m in sys.modules if m.startswith({heavy!r})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
