/* Sums of elementwise products of complex rows, Σ aᵢ·bᵢ + Σ cⱼ, in one pass over memory, and scaled
 * to length 1 if asked, while they are in cache.
 *
 * NumPy makes one product and one sum at a time, each a pass over its operands; here four products
 * are summed in registers, and added to a row that is in cache. The order of operations and their
 * rounding are those of NumPy where it multiplies with FMA: the products first, from left to right.
 * Every number is computed by the same instructions wherever in a block it stands, so that results do
 * not depend on how rows are cut.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "sums.h"

#define UNLOCK (1 << 16) /* bytes of a result from which on other threads may run meanwhile */

/* --- arrays -------------------------------------------------------------------------------- */

/* The bytes that an array reaches over, [low, high). */
static void reach(const Py_buffer *view, char **low, char **high)
{
    *low = *high = view->buf;
    for (int d = 0; d < view->ndim; d++) {
        Py_ssize_t far = (view->shape[d] - 1) * view->strides[d];
        *(far < 0 ? low : high) += far;
    }
    *high += view->itemsize;
}

/* Whether writing to one array leaves another as it is. */
static int apart(const Py_buffer *out, const Py_buffer *view)
{
    char *low, *high, *from, *to;
    reach(out, &low, &high);
    reach(view, &from, &to);
    return to <= low || high <= from;
}

/* Whether the last axis of an array is as long as that of the result and in one piece, and its batch
 * broadcasts to that of the result; its steps along that batch. */
static int fits(const Py_buffer *out, const Py_buffer *view, Py_ssize_t *steps)
{
    int batch = out->ndim - 1, lack = out->ndim - view->ndim;
    if (view->ndim < 1 || lack < 0 || view->itemsize != out->itemsize
        || strcmp(view->format, out->format) || view->shape[view->ndim - 1] != out->shape[batch]
        || (out->len && out->shape[batch] > 1 && view->strides[view->ndim - 1] != view->itemsize))
        return 0; /* of a single number, or of none, the stride says nothing */
    for (int d = 0; d < batch; d++) {
        Py_ssize_t length = d < lack ? 1 : view->shape[d - lack];
        if (length != 1 && length != out->shape[d])
            return 0;
        steps[d] = length == 1 ? 0 : view->strides[d - lack];
    }
    return 1;
}

/* Whether these are real weights for each number of a row of the result, re and im. */
static int weigh(const Py_buffer *out, const Py_buffer *weights)
{
    return out->ndim > 0 && weights->ndim == 1 && weights->shape[0] == 2 * out->shape[out->ndim - 1]
           && out->format[0] == 'Z' && !strcmp(weights->format, out->format + 1);
}

/* What is computed: the terms, then the result, with the steps of each along `batch` axes. */
typedef struct {
    Row *row;
    Scale *scale;
    const char *weights; /* of a length to be 1, or none */
    Py_ssize_t pairs, all, count;
    int batch, past; /* past the caches */
    const Py_ssize_t *shape;
    char **arrays;
    Py_ssize_t *steps, *index;
} Work;

static void compute(const Work *w)
{
    int d;
    do {
        w->row(w->arrays[w->all], w->arrays, w->pairs, w->all, w->count);
        if (w->weights)
            w->scale(w->arrays[w->all], w->weights, w->count);
        for (d = w->batch - 1; d >= 0; d--) { /* the next row: the last axis moves first */
            int back = ++w->index[d] == w->shape[d];
            for (Py_ssize_t t = 0; t <= w->all; t++)
                w->arrays[t] += (back ? 1 - w->shape[d] : 1) * w->steps[t * w->batch + d];
            if (!back)
                break;
            w->index[d] = 0;
        }
    } while (d >= 0);
}

/* Compute with the views of the terms and, the last, of the result; whether that can be done. */
static int summed(const Py_buffer *views, Work *w)
{
    const Py_buffer *out = views + w->all;
    int one = 1; /* whether all are in one piece, to be taken as one long row */
    if (out->ndim < 1 || (strcmp(out->format, "Zf") && strcmp(out->format, "Zd")))
        return 0;
    const int past = w->past && w->all == 2 && !w->weights;
    w->row = out->format[1] == 'f' ? (past ? past_f : row_f) : (past ? past_d : row_d);
    w->scale = out->format[1] == 'f' ? scale_f : scale_d;
    w->batch = out->ndim - 1;
    w->shape = out->shape;
    w->count = out->shape[w->batch];
    w->index = w->steps + (w->all + 1) * w->batch;
    for (Py_ssize_t t = 0; t <= w->all; t++) {
        int other = out->len && t < w->all;
        if (!fits(out, views + t, w->steps + t * w->batch) || (other && !apart(out, views + t)))
            return 0;
        w->arrays[t] = views[t].buf;
        one = one && views[t].len == out->len && PyBuffer_IsContiguous(views + t, 'C');
    }
    if (one && !w->weights) {
        w->batch = 0;
        w->count = out->len / out->itemsize;
    }
    if (out->len < UNLOCK) {
        if (out->len)
            compute(w);
        return 1;
    }
    Py_BEGIN_ALLOW_THREADS
    compute(w);
    Py_END_ALLOW_THREADS
    return 1;
}

PyObject *sum_of_products(PyObject *self, PyObject *arguments)
{
    PyObject *out, *terms, *weights = Py_None;
    Py_buffer weighing = {0};
    Work work = {0};
    Py_ssize_t opened = 0, most = 0;
    int done = 0;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OO!n|Op", &out, &PyTuple_Type, &terms, &work.pairs, &weights,
                          &work.past))
        return NULL;
    work.all = PyTuple_Size(terms);
    if (work.pairs < 1 || 2 * work.pairs > work.all) {
        PyErr_SetString(PyExc_ValueError, "pairs must be at least 1, and terms twice as many");
        return NULL;
    }
    Py_buffer *views = PyMem_Calloc((size_t)work.all + 1, sizeof(Py_buffer));
    work.arrays = PyMem_Calloc((size_t)work.all + 1, sizeof(char *));
    if (!views || !work.arrays)
        goto end;
    for (; opened <= work.all; opened++) {
        int last = opened == work.all;
        PyObject *array = last ? out : PyTuple_GetItem(terms, opened);
        int flags = PyBUF_FORMAT | (last ? PyBUF_STRIDED : PyBUF_STRIDED_RO);
        if (PyObject_GetBuffer(array, views + opened, flags) < 0) {
            PyErr_Clear(); /* an array of another kind of memory, or not to be written to */
            done = -1;
            goto end;
        }
        most = views[opened].ndim > most ? views[opened].ndim : most;
    }
    work.steps = PyMem_Calloc((size_t)(work.all + 2) * (size_t)(most + 1), sizeof(Py_ssize_t));
    if (!work.steps)
        goto end;
    done = -1;
    if (weights != Py_None) {
        if (PyObject_GetBuffer(weights, &weighing, PyBUF_ND | PyBUF_FORMAT) < 0)
            PyErr_Clear();
        else if (weigh(views + work.all, &weighing))
            work.weights = weighing.buf;
    }
    if ((work.weights != NULL) == (weights != Py_None) && summed(views, &work))
        done = 1;
end:
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    PyBuffer_Release(&weighing);
    PyMem_Free(work.steps);
    PyMem_Free(work.arrays);
    PyMem_Free(views);
    return done ? PyBool_FromLong(done > 0) : PyErr_NoMemory();
}
