/* Half spectra as real numbers, of their own length or of 1, as cleanup compares them, in one pass
 * (vsa/algebra/hrr.py). */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <string.h>

#include "processor.h"

#define UNLOCK (1 << 14) /* numbers, from which on other threads run meanwhile */
#define LANES 16         /* sums at a time, as one alone would wait for each of its additions */

/* Write the numbers of a spectrum times their scale, the real bins first; where a length is asked for,
 * over their length, which is written, too. Zeros stay. */
#define UNIT(name, real, root)                                                                        \
    WIDE static void name(const char *from, const char *by, int even, char *to, Py_ssize_t dim,       \
                          double *length)                                                             \
    {                                                                                                 \
        const real *row = (const real *)from, *scale = (const real *)by;                              \
        real *out = (real *)to, sums[LANES] = {0}, total = 0;                                         \
        const Py_ssize_t first = even ? 2 : 1, skip = even ? 0 : 1; /* of an odd one a 0 stands second */ \
        out[0] = row[0] * scale[0];                                                                   \
        if (even)                                                                                     \
            out[1] = row[dim] * scale[1];                                                             \
        for (Py_ssize_t i = first; i < dim; i++)                                                      \
            out[i] = row[i + skip] * scale[i];                                                        \
        if (!length)                                                                                  \
            return;                                                                                   \
        Py_ssize_t i = 0;                                                                             \
        for (; i + LANES <= dim; i += LANES)                                                          \
            for (int k = 0; k < LANES; k++)                                                           \
                sums[k] += out[i + k] * out[i + k];                                                   \
        for (int k = 0; i + k < dim; k++)                                                             \
            sums[k] += out[i + k] * out[i + k];                                                       \
        for (int k = 0; k < LANES; k++)                                                               \
            total += sums[k];                                                                         \
        *length = total = root(total);                                                                \
        for (i = 0; total != 0 && i < dim; i++)                                                        \
            out[i] /= total;                                                                          \
    }
UNIT(unit_f, float, sqrtf)
UNIT(unit_d, double, sqrt)

/* Whether the arrays are in one piece, of one precision, and as many numbers in a row of each. */
static int fits(const Py_buffer *rows, const Py_buffer *scale, const Py_buffer *out, const Py_buffer *lengths,
                int even) /* lengths: or NULL */
{
    const char *kind = scale->format;
    const int single = !strcmp(kind, "f");
    const Py_ssize_t dim = scale->ndim == 1 ? scale->shape[0] : 0;
    return (single || !strcmp(kind, "d")) && !strcmp(rows->format, single ? "Zf" : "Zd")
           && !strcmp(out->format, kind) && dim > (even ? 1 : 0)
           && rows->ndim > 0 && out->ndim == rows->ndim && rows->shape[rows->ndim - 1] == dim / 2 + 1
           && even == !(dim % 2) && out->shape[out->ndim - 1] == dim && out->len / out->itemsize % dim == 0
           && rows->len / rows->itemsize / (dim / 2 + 1) == out->len / out->itemsize / dim
           && (!lengths || (!strcmp(lengths->format, "d")
                            && lengths->len / lengths->itemsize == out->len / out->itemsize / dim));
}

PyObject *units(PyObject *self, PyObject *arguments)
{
    PyObject *arrays[4], *result = NULL;
    Py_buffer views[4];
    int opened = 0, even;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOpOO", arrays, arrays + 1, &even, arrays + 2, arrays + 3))
        return NULL;
    const int wanted = arrays[3] != Py_None;
    for (; opened < 3 + wanted; opened++)
        if (PyObject_GetBuffer(arrays[opened], views + opened,
                               PyBUF_ND | PyBUF_FORMAT | (opened > 1 ? PyBUF_WRITABLE : 0)) < 0)
            goto end;
    if (!fits(views, views + 1, views + 2, wanted ? views + 3 : NULL, even)) {
        PyErr_SetString(PyExc_ValueError, "the arrays are not those that units() is for");
        goto end;
    }
    const Py_ssize_t dim = views[1].shape[0], count = views[2].len / views[2].itemsize / dim;
    const Py_ssize_t from = (dim / 2 + 1) * views[0].itemsize, to = dim * views[2].itemsize;
    const int single = !strcmp(views[1].format, "f");
    PyThreadState *state = count * dim >= UNLOCK ? PyEval_SaveThread() : NULL;
    for (Py_ssize_t n = 0; n < count; n++)
        (single ? unit_f : unit_d)((char *)views[0].buf + n * from, views[1].buf, even,
                                   (char *)views[2].buf + n * to, dim,
                                   wanted ? (double *)views[3].buf + n : NULL);
    if (state)
        PyEval_RestoreThread(state);
    result = Py_NewRef(Py_None);
end:
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    return result;
}
