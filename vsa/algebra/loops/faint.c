/* The best of noise (vsa/memory/faint.py): of all rows near to a query by an estimate, those compared that
 * could be the best, and weighed.
 *
 * How near they must be depends on the best: the fainter it is, the more rows could be it. So the rows
 * are put in order of their distance, and compared as far as an item as good as the best seen may be.
 */
#include "numbers.h"
#include "weigh.h"

/* How far rows are compared (queries, cells): by the cosine of the k-th best, in cells of 1/grid. The last
 * cell stands for all above it; a distance of -1 for those of which too many rows would be near. */
typedef struct {
    const int *reach;
    Py_ssize_t cells, kept;
    double grid;
} Reach;

#define SAID 2 /* numbers, beside those that `weigh` writes */

/* Put a list in order of distance, leaving equally far rows in theirs; whether there is memory for it. */
static int by_distance(List *list)
{
    int farthest = 0;
    for (Py_ssize_t i = 0; i < list->count; i++)
        farthest = list->near[i].value > farthest ? (int)list->near[i].value : farthest;
    Near *sorted = malloc(((size_t)list->room + 1) * sizeof(Near));
    Py_ssize_t *place = calloc((size_t)farthest + 2, sizeof(Py_ssize_t));
    if (sorted && place) {
        for (Py_ssize_t i = 0; i < list->count; i++)
            place[(int)list->near[i].value + 1]++;
        for (int apart = 0; apart < farthest; apart++)
            place[apart + 1] += place[apart];
        for (Py_ssize_t i = 0; i < list->count; i++)
            sorted[place[(int)list->near[i].value]++] = list->near[i];
        free(list->near);
        list->near = sorted;
        sorted = NULL;
    }
    const int done = !sorted && place;
    free(sorted);
    free(place);
    return done;
}

/* How many of a list, behind the first, are within a distance. */
static Py_ssize_t up_to(const List *list, Py_ssize_t first, int farthest)
{
    while (first < list->count && list->near[first].value <= farthest)
        first++;
    return first;
}

/* Write of a query how many rows were within its first reach, how far they were compared, -1 if the best
 * is beyond what was looked for, and what they weigh. */
static void conclude(const Work *w, const Rows *rows, const Reach *by, const Weights *weights, Py_ssize_t q,
                     double *to)
{
    List *list = w->lists + q;
    const int *reach = by->reach + q * by->cells;
    int far = reach[by->cells - 1];
    const Py_ssize_t first = up_to(list, 0, far);
    Py_ssize_t compared = first;
    multiply(rows, q, list->near, first);
    sort_nearest(list->near, first, weights->wanted);
    const double least = first < by->kept ? NAN : list->near[by->kept - 1].value;
    const double cell = floor(least * by->grid);
    if (!(cell >= 0))
        far = -1;
    else if (cell < (double)(by->cells - 1))
        far = reach[(Py_ssize_t)cell];
    if (far > w->farthest[q])
        far = -1;
    if (far >= 0 && (compared = up_to(list, first, far)) > first) {
        multiply(rows, q, list->near + first, compared - first);
        sort_nearest(list->near, compared, weights->wanted);
    }
    to[0] = (double)first;
    to[1] = far;
    weigh(list->near, compared, weights, to + SAID);
}

PyObject *faint(PyObject *self, PyObject *arguments)
{
    PyObject *planes, *bits, *units, *stored, *limits, *reach, *weights, *result = NULL;
    Py_buffer its = {0}, all = {0}, reached = {0}, tables[3];
    Search s;
    Weights weighing;
    Reach by = {0};
    int tabled = 0;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "O!O!OOOOdnO", &PyTuple_Type, &planes, &PyTuple_Type, &bits, &units,
                          &stored, &limits, &reach, &by.grid, &by.kept, &weights))
        return NULL;
    int fit = begin_search(&s, planes, bits, limits) && open_rows(units, stored, &its, &all)
              && PyObject_GetBuffer(reach, &reached, PyBUF_ND | PyBUF_FORMAT) == 0
              && read_weights(weights, &weighing, tables, &tabled);
    Work *w = &s.work;
    Rows rows = {&its, &all, 0};
    fit = fit && fit_rows(&rows) && its.shape[0] == w->count && all.shape[0] == w->length
          && reached.ndim == 2 && !strcmp(reached.format, "i") && reached.shape[0] == w->count
          && reached.shape[1] > 0 && by.kept > 0;
    if (fit) {
        const Py_ssize_t each = SAID + WEIGHED(weighing.wanted);
        rows.single = numbers(&all) == 'f';
        by.reach = reached.buf;
        by.cells = reached.shape[1];
        result = PyByteArray_FromStringAndSize(NULL, w->count * each * (Py_ssize_t)sizeof(double));
        double *to = result ? (double *)PyByteArray_AsString(result) : NULL;
        Py_BEGIN_ALLOW_THREADS
        if (to)
            search(w);
        for (Py_ssize_t q = 0; to && q < w->count && !w->failed; q++) {
            w->failed = w->lists[q].count && !by_distance(w->lists + q);
            if (!w->failed)
                conclude(w, &rows, &by, &weighing, q, to + q * each);
        }
        Py_END_ALLOW_THREADS
        if (w->failed && result) {
            Py_CLEAR(result);
            PyErr_NoMemory();
        }
    } else if (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear();
        refused("faint");
    }
    end_search(&s);
    while (tabled > 0)
        PyBuffer_Release(tables + --tabled);
    PyBuffer_Release(&reached);
    PyBuffer_Release(&its);
    PyBuffer_Release(&all);
    return result;
}
