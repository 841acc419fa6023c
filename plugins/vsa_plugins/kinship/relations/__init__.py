"""Relations: programs over facts that compose like words, and how they are answered.

`program.py` has what a relation says (`as_json.py` writes it down), `evaluate.py` answers it,
`relation.py` is the value that composes, `words.py` the kin words, `between.py` finds what two people
are to each other.
"""

from vsa_plugins.kinship.relations.evaluate import Evaluation
from vsa_plugins.kinship.relations.relation import Relation

__all__ = ["Evaluation", "Relation"]
