"""All that a plugin needs beside `vsa` itself: the one module of the library that plugins import.

What is here stands on the floors below and is loaded when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vsa.later import later

if TYPE_CHECKING:
    from vsa import arguments as arguments
    from vsa import files as files
    from vsa import soft as soft
    from vsa.algebra import operations as operations
    from vsa.algebra import orders as orders
    from vsa.algebra.backend import Backend as Backend
    from vsa.algebra.base import Algebra as Algebra
    from vsa.algebra.blocks import in_blocks as in_blocks
    from vsa.algebra.hamming import Hamming as Hamming
    from vsa.algebra.laws import LAWS as LAWS
    from vsa.algebra.laws import GrowthError as GrowthError
    from vsa.algebra.laws import LawError as LawError
    from vsa.algebra.metric import Cosine as Cosine
    from vsa.algebra.metric import Form as Form
    from vsa.algebra.metric import Metric as Metric
    from vsa.algebra.metric import Signs as Signs
    from vsa.algebra.phasors import Phasors as Phasors
    from vsa.algebra.phasors import modulus_table as modulus_table
    from vsa.algebra.phasors import phase_table as phase_table
    from vsa.algebra.predicted import in_algebra as in_algebra
    from vsa.algebra.predicted import needed_dim as needed_dim
    from vsa.algebra.predicted import next_dim as next_dim
    from vsa.algebra.predicted import next_fit as next_fit
    from vsa.algebra.predicted import noise_at as noise_at
    from vsa.algebra.predicted import reached as reached
    from vsa.algebra.predicted import smallest as smallest
    from vsa.algebra.registry import Chosen as Chosen
    from vsa.algebra.registry import algebra_names as algebra_names
    from vsa.algebra.registry import find_algebra as find_algebra
    from vsa.algebra.streams import drawn_from as drawn_from
    from vsa.algebra.streams import streams as streams
    from vsa.algebra.symbols import Matches as Matches
    from vsa.algebra.symbols import Overlaps as Overlaps
    from vsa.algebra.symbols import Phases as Phases
    from vsa.algebra.symbols import bytes_of as bytes_of
    from vsa.algebra.vector import as_vector as as_vector
    from vsa.algebra.whole import Whole as Whole
    from vsa.annotations import Hidden as Hidden
    from vsa.annotations import Names as Names
    from vsa.annotations import Within as Within
    from vsa.arguments import are_whole as are_whole
    from vsa.arguments import checked_whole as checked_whole
    from vsa.errors import ArgumentTypeError as ArgumentTypeError
    from vsa.errors import ArgumentValueError as ArgumentValueError
    from vsa.errors import Note as Note
    from vsa.errors import Quit as Quit
    from vsa.extras import needed as needed
    from vsa.hooks.capacity import TARGET as TARGET
    from vsa.hooks.capacity import load_of as load_of
    from vsa.hooks.capacity import terms_of as terms_of
    from vsa.hooks.capacity import warn_past_capacity as warn_past_capacity
    from vsa.hooks.checked import checked as checked
    from vsa.hooks.constituents import Structure as Structure
    from vsa.hooks.constituents import constituents as constituents
    from vsa.hooks.evidence import evidence as evidence
    from vsa.hooks.functions import Function as Function
    from vsa.hooks.functions import describe as describe
    from vsa.hooks.nested import inside as inside
    from vsa.hooks.nested import key_at as key_at
    from vsa.hooks.plugins import Plugins as Plugins
    from vsa.hooks.structure import EMPTY as EMPTY
    from vsa.hooks.structure import bound_to as bound_to
    from vsa.hooks.structure import bound_with as bound_with
    from vsa.hooks.structure import compared as compared
    from vsa.hooks.structure import faint as faint
    from vsa.hooks.structure import host as host
    from vsa.hooks.structure import is_all as is_all
    from vsa.hooks.structure import is_empty as is_empty
    from vsa.hooks.structure import kept_of as kept_of
    from vsa.hooks.structure import load_by_norm as load_by_norm
    from vsa.hooks.structure import look as look
    from vsa.hooks.structure import parts as parts
    from vsa.hooks.structure import read as read
    from vsa.hooks.structure import terms_in as terms_in
    from vsa.hooks.structure import without_residue as without_residue
    from vsa.hooks.value import Codebook as Codebook
    from vsa.hooks.value import Value as Value
    from vsa.lang.bring import bring as bring
    from vsa.lang.draw import pictured as pictured
    from vsa.lang.help import told as told
    from vsa.lang.reset import reset as reset
    from vsa.lang.script import run_script as run_script
    from vsa.lang.show import nearest as nearest
    from vsa.lang.show import show as show
    from vsa.lang.show import summary as summary
    from vsa.lang.show import to_html as to_html
    from vsa.lang.show import to_json as to_json
    from vsa.lang.syntax.errors import LanguageError as LanguageError
    from vsa.lang.typed import Definition as Definition
    from vsa.layout import aligned as aligned
    from vsa.notes import collecting as collecting
    from vsa.notes import note as note
    from vsa.persist import export_session as export_session
    from vsa.persist import import_session as import_session
    from vsa.persist import open_session as open_session
    from vsa.persist import save as save
    from vsa.pictures.text import bars as bars
    from vsa.products.books import Book as Book
    from vsa.soft.rows import above_zero as above_zero
    from vsa.style import styled as styled
    from vsa.style import sureness as sureness
    from vsa.suggest import closest as closest
    from vsa.suggest import shown as shown
    from vsa.suggest import suggest as suggest
    from vsa.table import Tabular as Tabular
    from vsa.theory import capacity as capacity
    from vsa.theory.likelihood import log_likelihood as log_likelihood
    from vsa.theory.likelihood import posterior as posterior
    from vsa.theory.load import UNKNOWN as UNKNOWN
    from vsa.theory.load import Load as Load
    from vsa.theory.membership import membership as membership
    from vsa.theory.noise import PLAIN as PLAIN
    from vsa.theory.noise import Binomial as Binomial
    from vsa.theory.noise import Gaussian as Gaussian
    from vsa.theory.noise import Noise as Noise
    from vsa.theory.noise import Shares as Shares
    from vsa.theory.noise import majority as majority
    from vsa.theory.overlap import Overlap as Overlap
    from vsa.theory.prior import PRIOR_NOTHING as PRIOR_NOTHING
    from vsa.theory.prior import PRIOR_UNKNOWN as PRIOR_UNKNOWN
    from vsa.threads import torch_threads as torch_threads

_FROM = {
    "vsa": ("arguments", "files", "soft"),
    "vsa.soft.rows": ("above_zero",),
    "vsa.algebra": ("operations", "orders"),
    "vsa.algebra.backend": ("Backend",),
    "vsa.algebra.blocks": ("in_blocks",),
    "vsa.algebra.base": ("Algebra",),
    "vsa.algebra.hamming": ("Hamming",),
    "vsa.algebra.laws": ("LAWS", "GrowthError", "LawError"),
    "vsa.algebra.metric": ("Cosine", "Form", "Metric", "Signs"),
    "vsa.algebra.phasors": ("Phasors", "modulus_table", "phase_table"),
    "vsa.algebra.predicted": (
        "in_algebra", "needed_dim", "next_dim", "next_fit", "noise_at", "reached", "smallest",
    ),
    "vsa.algebra.registry": ("Chosen", "algebra_names", "find_algebra"),
    "vsa.algebra.streams": ("drawn_from", "streams"),
    "vsa.algebra.symbols": ("Matches", "Overlaps", "Phases", "bytes_of"),
    "vsa.algebra.vector": ("as_vector",),
    "vsa.algebra.whole": ("Whole",),
    "vsa.annotations": ("Hidden", "Names", "Within"),
    "vsa.arguments": ("are_whole", "checked_whole"),
    "vsa.errors": ("ArgumentTypeError", "ArgumentValueError", "Note", "Quit"),
    "vsa.extras": ("needed",),
    "vsa.hooks.capacity": ("TARGET", "load_of", "terms_of", "warn_past_capacity"),
    "vsa.hooks.checked": ("checked",),
    "vsa.hooks.constituents": ("Structure", "constituents"),
    "vsa.hooks.evidence": ("evidence",),
    "vsa.hooks.functions": ("Function", "describe"),
    "vsa.hooks.plugins": ("Plugins",),
    "vsa.hooks.nested": ("inside", "key_at"),
    "vsa.hooks.structure": (
        "EMPTY", "bound_to", "bound_with", "compared", "faint", "host",
        "is_all", "is_empty", "kept_of", "look", "parts", "load_by_norm", "read",
        "terms_in", "without_residue",
    ),
    "vsa.hooks.value": ("Codebook", "Value"),
    "vsa.lang.bring": ("bring",),
    "vsa.lang.draw": ("pictured",),
    "vsa.lang.help": ("told",),
    "vsa.lang.reset": ("reset",),
    "vsa.lang.script": ("run_script",),
    "vsa.lang.show": ("nearest", "show", "summary", "to_html", "to_json"),
    "vsa.lang.syntax.errors": ("LanguageError",),
    "vsa.lang.typed": ("Definition",),
    "vsa.layout": ("aligned",),
    "vsa.notes": ("collecting", "note"),
    "vsa.persist": ("export_session", "import_session", "open_session", "save"),
    "vsa.pictures.text": ("bars",),
    "vsa.products.books": ("Book",),
    "vsa.style": ("styled", "sureness"),
    "vsa.suggest": ("closest", "shown", "suggest"),
    "vsa.table": ("Tabular",),
    "vsa.threads": ("torch_threads",),
    "vsa.theory": ("capacity",),
    "vsa.theory.likelihood": ("log_likelihood", "posterior"),
    "vsa.theory.load": ("UNKNOWN", "Load"),
    "vsa.theory.membership": ("membership",),
    "vsa.theory.noise": (
        "PLAIN", "Binomial", "Gaussian", "Noise", "Shares", "majority",
    ),
    "vsa.theory.overlap": ("Overlap",),
    "vsa.theory.prior": ("PRIOR_NOTHING", "PRIOR_UNKNOWN"),
}  # fmt: skip
__getattr__, __dir__ = later(__name__, _FROM)
