"""The algebra as torch modules: learnable vectors, and layers that compose with ordinary ones.

What goes in and comes out is packed: real tensors (..., dim), the isometric coordinates of
`Algebra.pack`, in which the plain dot product is that of the vectors and a vector of length 1 has
components of about 1/√dim. A packed spectrum holds exactly dim numbers, so nothing is free to learn
that no vector has (a complex parameter would learn imaginary parts at DC and Nyquist). A Vector may
stand for any operand; then the result is a Vector too.

Modules compute where their parameters are: `.to()` moves the space along. Importing this imports
torch, which `import vsa` does not.
"""

# torch is looked for first, and said to be missing, where `looks` imports it
from vsa.nn.looks import look_at, look_at_numbers  # isort: skip
from vsa.nn import measures
from vsa.nn.codebook import Codebook
from vsa.nn.flow import Flow, gradient_flow
from vsa.nn.layer import Layer
from vsa.nn.layers import Bind, Cleanup, Soft, Superpose, Unbind
from vsa.nn.learned import LearnedBinding
from vsa.nn.mixture import Mixture
from vsa.nn.positions import PositionChannels
from vsa.nn.relations import Relations
from vsa.nn.screening import Screened, Screening
from vsa.nn.vectors import Unitary, Vectors
from vsa.threads import torch_threads

__all__ = [
    "Bind", "Cleanup", "Codebook", "Flow", "Layer", "LearnedBinding", "Mixture", "PositionChannels",
    "Relations", "Screened", "Screening", "Soft", "Superpose", "Unbind", "Unitary", "Vectors",
    "gradient_flow", "look_at", "look_at_numbers", "measures", "torch_threads",
]  # fmt: skip
