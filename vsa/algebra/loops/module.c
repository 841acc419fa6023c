/* The loops as a module, vsa.algebra._fused, that vsa/algebra/fused.py calls, and does without where it is not.
 *
 * Built by hatch_build.py of all files here against Python's stable ABI, for x86-64; of processors without AVX2
 * and FMA the import fails, since NumPy is faster there than this would be.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "processor.h"

#define INTERFACE 12 /* another with each change of a function here; as in fused.py */

PyObject *sum_of_products(PyObject *self, PyObject *arguments); /* sums.c */
PyObject *within(PyObject *self, PyObject *arguments);          /* near.c */
PyObject *ranked(PyObject *self, PyObject *arguments);
PyObject *faint(PyObject *self, PyObject *arguments);           /* faint.c */
PyObject *products(PyObject *self, PyObject *arguments);        /* products.c */
PyObject *whole_power(PyObject *self, PyObject *arguments);     /* powers.c */
PyObject *real_powers(PyObject *self, PyObject *arguments);
PyObject *cosine(PyObject *self, PyObject *arguments);
PyObject *log_total(PyObject *self, PyObject *arguments);       /* likelihood.c */
PyObject *shake256(PyObject *self, PyObject *arguments);        /* shake.c */
PyObject *cosines(PyObject *self, PyObject *arguments);         /* cosines.c */
PyObject *scores(PyObject *self, PyObject *arguments);          /* scores.c */
PyObject *units(PyObject *self, PyObject *arguments);           /* units.c */

static PyMethodDef methods[] = {
    {"sum_of_products", sum_of_products, METH_VARARGS,
     "sum_of_products(out, terms, pairs, weights=None, past=False): write Σ aᵢ·bᵢ + Σ cⱼ; whether it\n"
     "could.\n\n"
     "terms: a tuple of `pairs` values, as many keys, and what else is added.  weights: for each real\n"
     "number of a row, how its square counts in the squared length, which is made 1.  past: whether a\n"
     "product alone is written past the caches."},
    {"within", within, METH_VARARGS,
     "within(planes, queries, farthest): the rows near to each query, and how far they are.\n\n"
     "planes: a tuple of bytes (rows, width).  queries: of each plane (bits · queries, width), the lowest\n"
     "bits first; a distance is Σ 2ʲ · that to bit j.  farthest: (queries,), int32.  Three buffers come\n"
     "back: ends (queries + 1) of the part of each query, rows (ssize_t) and distances (double)."},
    {"ranked", ranked, METH_VARARGS,
     "ranked(planes, units, cuts, stored, most, weights=None, level=0.0, kept=None): the rows within all\n"
     "cuts of each query, nearest first, and their products; as `within` gives them.\n\n"
     "planes: a tuple of bytes (rows, width), signs.  units: (queries, dim).  cuts: tuples (planes, bits,\n"
     "distance).  stored: (rows, dim), numbers as those of `units`.  most: a query with so many rows\n"
     "within the first cut has none.  weights: (wanted, values, steps, thresholds, axis), as `log_total`\n"
     "has them, and the least cosine that counts, by that of the best, evenly from -1 to 1. Given, one\n"
     "buffer comes back, of doubles (queries, 2 + 3 * wanted): how many rows there are, log Σ L over\n"
     "these, the nearest `wanted` or -1, their products, log L of each.  units (dim,) are one query, of\n"
     "which that comes back as (float, float, [int], [float], [float]), and into `kept`, uint16 (rows,),\n"
     "is written what `faint` counts of it in the planes of the first cut.  level: as there."},
    {"faint", faint, METH_VARARGS,
     "faint(planes, units, stored, level, sure, reach, grid, kept, weights, before=None, counted=0): the\n"
     "best of the rows that the asymmetric estimate is large of, of each query compared as far as the best\n"
     "may be.\n\n"
     "planes, units, stored, weights: as of `ranked`.  level: between two of a coordinate.  sure, reach:\n"
     "(losses,), (losses, cells), the least estimate of rows that are looked at and compared, by what the\n"
     "query loses to its levels and the cosine of the one of rank `kept`, in cells of 1/grid, the last for\n"
     "all above; NaN where it cannot be said. One buffer of doubles comes back (queries, 3 + 2 +\n"
     "3 * wanted): what it loses, -1 if too much; how many rows were within the reach of the last cell;\n"
     "whether the best is certain, 2 if more were compared for that; and what `ranked` gives by weights.\n"
     "before: what that kept of the one query, of so many planes that are `counted`."},
    {"whole_power", whole_power, METH_VARARGS,
     "whole_power(out, a, n): write aⁿ of complex numbers; whether all are finite, None if it could not."},
    {"real_powers", real_powers, METH_VARARGS,
     "real_powers(out, turns, exponents): write exp(2πi · turns · e) for each e; as whole_power tells.\n\n"
     "out: (exponents, turns), complex.  turns, exponents: doubles."},
    {"cosine", cosine, METH_VARARGS,
     "cosine(a, b, weights): that of two rows, real or complex; None if they are not what it is for.\n\n"
     "weights: for each of their real numbers, how its square counts in the squared length; or a float,\n"
     "if all count alike."},
    {"shake256", shake256, METH_VARARGS,
     "shake256(keys, out, table=None): write the first bytes of the stream of each key.\n\n"
     "keys: a tuple of bytes.  out: bytes (keys, size), in one piece.  table: 2¹⁶ numbers of eight bytes;\n"
     "given, those are written that the streams name by two bytes each."},
    {"log_total", log_total, METH_VARARGS,
     "log_total(cosines, least, values, steps, axis): log Σ L over those that are `least` or more.\n\n"
     "cosines: (n,), float or double.  values, steps: (points,), of the table of log L.  axis: the largest\n"
     "cosine, its artanh's limit, and points for each unit of that."},
    {"products", products, METH_VARARGS,
     "products(rows, index, vector, out): write the dot product of each row of the index with a vector.\n\n"
     "rows: (n, dim), float or double, each in one piece.  index: intp.  vector: (dim,).  out: as many as\n"
     "in the index; these three in one piece."},
    {"cosines", cosines, METH_VARARGS,
     "cosines(rows, units, out): write units @ rows.T.\n\n"
     "rows: (n, dim), float or double.  units: (queries, dim).  out: (queries, n).  A row of each in one\n"
     "piece."},
    {"scores", scores, METH_VARARGS,
     "scores(cosines, weights): what `ranked` gives by weights, of all cosines (queries, rows), a row of\n"
     "these in one piece; NaN in place of log Σ L where one is no number, or where more than a thousand\n"
     "count.  weights: as there, of 16 nearest at the most.  cosines (rows,) are those of one query."},
    {"units", units, METH_VARARGS,
     "units(rows, scale, even, out, lengths): write half spectra as real numbers, over their length if\n"
     "there are `lengths`, and not None.\n\n"
     "rows: (..., dim // 2 + 1), complex.  scale: (dim,), of each number.  even: whether dim is, and the\n"
     "last bin real; it stands second in `out` (..., dim), behind the first one.  lengths: (...), double;\n"
     "zeros stay. All are in one piece."},
    {NULL, NULL, 0, NULL},
};

static int begin(PyObject *module)
{
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return PyModule_AddIntConstant(module, "INTERFACE", INTERFACE) < 0
                       || PyModule_AddIntConstant(module, "WIDER", wider()) < 0 ? -1 : 0;
    PyErr_SetString(PyExc_ImportError, "this processor has no AVX2 and FMA");
    return -1;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, begin}, {0, NULL}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "vsa.algebra._fused", .m_methods = methods, .m_slots = slots,
};

PyMODINIT_FUNC PyInit__fused(void)
{
    return PyModuleDef_Init(&definition);
}
