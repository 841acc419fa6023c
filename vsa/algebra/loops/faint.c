/* The best of noise (vsa/memory/faint.py): of all rows near to a query by the asymmetric estimate
 * (vsa/memory/sketch/asymmetric.py), those compared that could be the best, and weighed.
 *
 * How near they must be depends on the best: the fainter it is, the more rows could be it. So the nearest
 * are compared first, and then the others as far as an item as good as the best seen may be.
 */
#include "levels.h"
#include "numbers.h"
#include "weigh.h"

#define LOSSES 100  /* in all that a query can lose to its levels */
#define SAID 3      /* numbers of a query, beside those that `weigh` writes */

/* What estimate the rows of a query have that are looked at, by what it loses to its levels, a row for each
 * `LOSSES`th: those that are looked at (rows,), and those compared (rows, cells), by the cosine of the
 * one of rank `kept`, in cells of 1/grid; the last cell for all above, NaN where there is no search. */
typedef struct {
    const double *sure, *reach;
    Py_ssize_t rows, cells, kept;
    double grid, level;
} Reach;

/* A query: Σ of its levels times the coordinates, what they lose, and how far rows are looked at. */
typedef struct {
    double along;
    Py_ssize_t lost; /* row of `Reach`, -1 for none */
    int farthest;
} Asked;

/* The distance of a row with an estimate; -1 for NaN. */
static int distance(double estimate, Py_ssize_t dim, const Asked *asked)
{
    const double total = estimate * sqrt((double)dim) * asked->along;
    const double far = floor((((1 << BITS) - 1) * (double)dim - total) / 2);
    return far == far ? (int)far : -1;
}

/* Bring what is within a distance before the rest of a list, from its `first` row on; how many are before it then. */
static Py_ssize_t up_to(const List *list, Py_ssize_t first, int farthest)
{
    for (Py_ssize_t i = first; i < list->count; i++)
        if (list->near[i].value <= farthest) {
            const Near near = list->near[i];
            list->near[i] = list->near[first];
            list->near[first++] = near;
        }
    return first;
}

/* Write of a query what it loses, how many rows were within its first reach, whether the best is one of
 * those that were compared, 2 if there were more than these, and what they weigh. */
static void conclude(const Work *w, const Rows *rows, const Reach *by, const Weights *weights,
                     const Asked *asked, Py_ssize_t q, double *to)
{
    List *list = w->lists + q;
    const Py_ssize_t dim = rows->units->shape[1];
    const double *reach = by->reach + (asked->lost < 0 ? 0 : asked->lost) * by->cells;
    const Py_ssize_t first = up_to(list, 0, distance(reach[by->cells - 1], dim, asked));
    Py_ssize_t compared = first;
    multiply(rows, q, list->near, first);
    sort_nearest(list->near, first, weights->wanted);
    const double least = first < by->kept ? NAN : list->near[by->kept - 1].value;
    const double cell = floor(least * by->grid);
    int known = cell >= 0 && asked->farthest >= 0;
    if (known && cell < (double)(by->cells - 1)) {
        const int far = distance(reach[(Py_ssize_t)cell], dim, asked);
        known = far >= 0 && far <= asked->farthest ? 2 : 0;
        compared = up_to(list, first, known ? far : -1);
        multiply(rows, q, list->near + first, compared - first);
        sort_nearest(list->near, compared, weights->wanted);
    }
    to[0] = (double)asked->lost;
    to[1] = (double)first;
    to[2] = known;
    weigh(list->near, compared, weights, to + SAID);
}

/* Look for all queries, whose units are there, and write what is found; `w->failed` if memory is missing.
 * counted: planes, whose distances are in `w->before`.  its: room for their bits, empty.  asked, farthest: room
 * of each query. */
static void look(Work *w, const Rows *rows, const Reach *by, const Weights *weights, Py_ssize_t counted, char *its,
                 Asked *asked, int *farthest, double *to)
{
    Py_ssize_t bytes = 0;
    for (Py_ssize_t p = 0; p < w->planes; p++)
        bytes += w->rows[p].width;
    for (Py_ssize_t q = 0; q < w->count; q++) {
        const char *unit = (const char *)rows->units->buf + q * rows->units->strides[0];
        const Py_ssize_t dim = rows->units->shape[1];
        const Levels found = levels(unit, dim, rows->single, by->level, its + q * bytes, w->count * bytes);
        const double lost = ceil(found.lost * LOSSES);
        Asked *each = asked + q;
        each->along = found.along;
        each->lost = lost >= 0 && lost < (double)by->rows ? (Py_ssize_t)lost : -1;
        each->farthest = each->lost < 0 ? -1 : distance(by->sure[each->lost], dim, each);
        farthest[q] = each->farthest;
    }
    w->rows += counted;
    w->queries += counted;
    w->planes -= counted;
    search(w);
    for (Py_ssize_t q = 0; q < w->count && !w->failed; q++)
        conclude(w, rows, by, weights, asked + q, q, to + q * (SAID + WEIGHED(weights->wanted)));
}

/* Whether these are a `Reach`. */
static int fit_reach(const Py_buffer *sure, const Py_buffer *reach, const Reach *by)
{
    return sure->ndim == 1 && reach->ndim == 2 && !strcmp(sure->format, "d") && !strcmp(reach->format, "d")
           && reach->shape[0] == sure->shape[0] && sure->shape[0] > 0 && reach->shape[1] > 0 && by->kept > 0
           && by->level > 0;
}

PyObject *faint(PyObject *self, PyObject *arguments)
{
    PyObject *planes, *units, *stored, *sure, *reach, *weights, *before = NULL, *result = NULL;
    Py_buffer its = {0}, all = {0}, held = {0}, views[2] = {{0}, {0}}, tables[3];
    Search s;
    Weights weighing;
    Reach by = {0};
    Work *w = &s.work;
    Rows rows = {&its, &all, 0};
    int tabled = 0;
    Py_ssize_t bytes = 0, counted = 0;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "O!OOdOOdnO|On", &PyTuple_Type, &planes, &units, &stored, &by.level, &sure,
                          &reach, &by.grid, &by.kept, &weights, &before, &counted))
        return NULL;
    int fit = open_search(&s, planes) && open_rows(units, stored, &its, &all) && fit_rows(&rows)
              && PyObject_GetBuffer(sure, views, PyBUF_ND | PyBUF_FORMAT) == 0
              && PyObject_GetBuffer(reach, views + 1, PyBUF_ND | PyBUF_FORMAT) == 0
              && fit_reach(views, views + 1, &by) && read_weights(weights, &weighing, tables, &tabled)
              && all.shape[0] == w->length && counted >= 0 && counted <= w->planes
              && (!before || (PyObject_GetBuffer(before, &held, PyBUF_ND | PyBUF_FORMAT) == 0
                              && of_rows(&held, s.views) && its.shape[0] == 1));
    for (Py_ssize_t p = 0; fit && p < w->planes; p++)
        bytes += w->rows[p].width;
    if (fit && its.shape[1] <= 8 * bytes) {
        const Py_ssize_t each = SAID + WEIGHED(weighing.wanted);
        w->count = its.shape[0];
        w->bits = BITS;
        by.sure = views[0].buf;
        by.reach = views[1].buf;
        by.rows = views[0].shape[0];
        by.cells = views[1].shape[1];
        rows.single = numbers(&all) == 'f';
        char *bits = PyMem_Calloc((size_t)(BITS * w->count * bytes) + 1, 1);
        Asked *asked = PyMem_Calloc((size_t)w->count + 1, sizeof(Asked));
        int *farthest = PyMem_Calloc((size_t)w->count + 1, sizeof(int));
        for (Py_ssize_t p = 0, start = 0; p < w->planes; start += w->rows[p++].width)
            s.all[w->planes + p] = (Plane){bits + start, bytes, w->rows[p].width};
        w->before = held.buf;
        w->farthest = farthest;
        if (bits && asked && farthest && begin_lists(w))
            result = PyByteArray_FromStringAndSize(NULL, w->count * each * (Py_ssize_t)sizeof(double));
        if (result) {
            double *to = (double *)PyByteArray_AsString(result);
            Py_BEGIN_ALLOW_THREADS
            look(w, &rows, &by, &weighing, counted, bits, asked, farthest, to);
            Py_END_ALLOW_THREADS
        }
        if (!result || w->failed) {
            Py_CLEAR(result);
            PyErr_NoMemory();
        }
        PyMem_Free(farthest);
        PyMem_Free(asked);
        PyMem_Free(bits);
    } else if (!PyErr_Occurred() || !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
        refused("faint");
    }
    end_search(&s);
    while (tabled > 0)
        PyBuffer_Release(tables + --tabled);
    PyBuffer_Release(views + 1);
    PyBuffer_Release(views);
    PyBuffer_Release(&held);
    PyBuffer_Release(&its);
    PyBuffer_Release(&all);
    return result;
}
