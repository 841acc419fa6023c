/* What Python calls to look for near rows: `within` gives their distances, `ranked` their cosines.
 *
 * `ranked` is a cleanup's search in one call: it takes signs of the queries, compares them with the
 * first bits of all rows, those near enough by these with more, and multiplies with the rows that are
 * left. What these say together is weighed there, too, where a table of likelihoods is given.
 */
#include "bits.h"
#include "dot.h"
#include "likelihood.h"
#include "numbers.h"

#define AHEAD 8 /* rows, whose bits are asked for before they are compared */

static PyObject *refused(const char *name)
{
    return PyErr_Format(PyExc_ValueError, "the arrays are not those that %s() is for", name);
}

PyObject *within(PyObject *self, PyObject *arguments)
{
    PyObject *rows, *queries, *limits, *result = NULL;
    Py_buffer farthest = {0};
    Work w = {.most = PY_SSIZE_T_MAX};
    int opened = 0, its = 0;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "O!O!O", &PyTuple_Type, &rows, &PyTuple_Type, &queries, &limits))
        return NULL;
    w.planes = PyTuple_Size(rows);
    if (!w.planes || PyTuple_Size(queries) != w.planes)
        return refused("within");
    Py_buffer *views = PyMem_Calloc(2 * (size_t)w.planes, sizeof(Py_buffer));
    Plane *planes = PyMem_Calloc(2 * (size_t)w.planes, sizeof(Plane));
    if (!views || !planes) {
        PyErr_NoMemory();
        goto end;
    }
    opened = open_planes(rows, views, planes);
    its = open_planes(queries, views + w.planes, planes + w.planes);
    if (PyErr_Occurred() || PyObject_GetBuffer(limits, &farthest, PyBUF_ND | PyBUF_FORMAT) < 0)
        goto end;
    w.rows = planes;
    w.queries = planes + w.planes;
    w.length = views->shape[0];
    w.count = farthest.ndim == 1 ? farthest.shape[0] : 0;
    w.bits = w.count ? views[w.planes].shape[0] / w.count : 0;
    w.farthest = farthest.buf;
    int fit = w.bits >= 1 && w.bits <= MOST_BITS && w.bits * w.count == views[w.planes].shape[0]
              && !strcmp(farthest.format, "i");
    for (Py_ssize_t p = 0; p < w.planes; p++)
        fit = fit && w.rows[p].width == w.queries[p].width;
    if (!fit) {
        refused("within");
        goto end;
    }
    if (!begin_lists(&w))
        goto end;
    Py_BEGIN_ALLOW_THREADS
    search(&w);
    Py_END_ALLOW_THREADS
    result = listed(&w);
end:
    end_lists(&w);
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    while (its > 0)
        PyBuffer_Release(views + w.planes + --its);
    PyBuffer_Release(&farthest);
    PyMem_Free(planes);
    PyMem_Free(views);
    return result;
}

/* A cut: so many bits of so many planes may differ. */
typedef struct {
    Py_ssize_t planes;
    int distance;
} Cut;

/* What `ranked` is given, beside the planes. */
typedef struct {
    const Py_buffer *units, *stored; /* (queries, dim), (length, dim) */
    const Cut *cuts;
    Py_ssize_t count;                /* of cuts */
    int single;                      /* precision */
} Ranking;

/* Of eight numbers which are above zero, the first as the highest bit. */
WIDE static inline int above_f(const float *x)
{
    const __m256 back = _mm256_permutevar8x32_ps(_mm256_loadu_ps(x), _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0));
    return _mm256_movemask_ps(_mm256_cmp_ps(back, _mm256_setzero_ps(), _CMP_GT_OQ));
}
WIDE static inline int above_d(const double *x)
{
    int bits = 0;
    for (int half = 0; half < 2; half++) {
        const __m256d back = _mm256_permute4x64_pd(_mm256_loadu_pd(x + 4 * half), 0x1b);
        bits = bits << 4 | _mm256_movemask_pd(_mm256_cmp_pd(back, _mm256_setzero_pd(), _CMP_GT_OQ));
    }
    return bits;
}

/* Write the signs of a query, the first coordinate as the highest bit of a byte. */
#define SIGNS(name, real, above)                                                                      \
    WIDE static void name(const char *from, Py_ssize_t dim, char *to, Py_ssize_t bytes)              \
    {                                                                                                 \
        const real *unit = (const real *)from;                                                       \
        Py_ssize_t i = 0;                                                                             \
        memset(to, 0, (size_t)bytes);                                                                \
        for (; i + 8 <= dim && i < 8 * bytes; i += 8)                                                 \
            to[i / 8] = (char)above(unit + i);                                                       \
        for (; i < dim && i < 8 * bytes; i++)                                                        \
            to[i / 8] |= (char)((unit[i] > 0) << (7 - i % 8));                                       \
    }
SIGNS(signs_f, float, above_f)
SIGNS(signs_d, double, above_d)

/* Leave those rows of a list that are within the other cuts too. */
static void narrow(const Work *w, const Ranking *r, Py_ssize_t query)
{
    List *list = w->lists + query;
    for (Py_ssize_t c = 1; c < r->count; c++) {
        const Cut cut = r->cuts[c];
        Py_ssize_t left = 0;
        for (Py_ssize_t i = 0; i < list->count; i++) {
            Near near = list->near[i];
            for (Py_ssize_t p = r->cuts[c - 1].planes; p < cut.planes; p++) {
                const Plane *rows = w->rows + p, *its = w->queries + p;
                if (i + AHEAD < list->count)
                    __builtin_prefetch(rows->bytes + list->near[i + AHEAD].row * rows->step);
                near.value += differing(rows->bytes + near.row * rows->step, its->bytes + query * its->step,
                                        rows->width);
            }
            if (near.value <= cut.distance)
                list->near[left++] = near;
        }
        list->count = left;
    }
}

/* Nearest first, of equally near ones the oldest; what is no number comes first of all, to be seen. */
static int in_order(const void *left, const void *right)
{
    const Near *a = left, *b = right;
    if (a->value != b->value && (a->value == a->value || b->value == b->value))
        return a->value > b->value || a->value != a->value ? -1 : 1;
    return a->row < b->row ? -1 : 1;
}

/* Rank what is found of each query; a crowd is nobody. */
static void rank(const Work *w, const Ranking *r)
{
    const Py_ssize_t dim = r->units->shape[1], step = r->stored->strides[0];
    const char *rows = r->stored->buf;
    for (Py_ssize_t q = 0; q < w->count; q++) {
        List *list = w->lists + q;
        const char *unit = (const char *)r->units->buf + q * r->units->strides[0];
        if (list->count >= w->most)
            list->count = 0;
        narrow(w, r, q);
        for (Py_ssize_t i = 0; i < list->count; i++) {
            const char *row = rows + list->near[i].row * step;
            const char *next = i + 1 < list->count ? rows + list->near[i + 1].row * step : row;
            list->near[i].value = r->single ? dot_f(row, next, unit, dim) : dot_d(row, next, unit, dim);
        }
        if (list->count > 1)
            qsort(list->near, (size_t)list->count, sizeof(Near), in_order);
    }
}

/* How to weigh what was found: the nearest so many, and all together. */
typedef struct {
    Py_ssize_t wanted;
    Table table;
    const double *thresholds; /* the least cosine that matters, by that of the best, evenly from -1 to 1 */
    Py_ssize_t cells;         /* of these between -1 and 1 */
} Weights;

/* Read weights (wanted, values, steps, thresholds, axis), opening three views; whether they are some. */
static int read_weights(PyObject *given, Weights *to, Py_buffer *views, int *opened)
{
    PyObject *arrays[3];
    Table *table = &to->table;
    if (!PyArg_ParseTuple(given, "nOOO(ddd)", &to->wanted, arrays, arrays + 1, arrays + 2, &table->most,
                          &table->edge, &table->scale)
        || !open_table(arrays, views, opened, table)
        || PyObject_GetBuffer(arrays[2], views + 2, PyBUF_ND | PyBUF_FORMAT) < 0)
        return 0;
    to->thresholds = views[(*opened)++].buf;
    to->cells = views[2].ndim == 1 && !strcmp(views[2].format, "d") ? views[2].shape[0] - 1 : 0;
    return to->wanted > 0 && to->cells > 0;
}

/* Write of a list, nearest first: its length, log Σ L, the first rows, their cosines, log L of these. */
static void weigh(const List *list, const Weights *by, double *to)
{
    double *row = to + 2, *cosine = row + by->wanted, *log = cosine + by->wanted;
    const double best = list->count ? list->near->value : NAN;
    Total all = NONE;
    for (Py_ssize_t i = 0; i < by->wanted; i++) {
        const int there = i < list->count;
        row[i] = there ? (double)list->near[i].row : -1;
        cosine[i] = there ? list->near[i].value : -INFINITY;
        log[i] = there && cosine[i] == cosine[i] ? read_off(&by->table, cosine[i]) : -INFINITY;
    }
    if (best == best) {
        const double cell = fmin(fmax((best + 1) * (double)by->cells / 2, 0), (double)by->cells);
        const double least = by->thresholds[(Py_ssize_t)cell];
        for (Py_ssize_t i = 0; i < list->count && list->near[i].value >= least; i++)
            add_log(&all, i < by->wanted ? log[i] : read_off(&by->table, list->near[i].value));
    }
    to[0] = (double)list->count;
    to[1] = log_of(&all);
}

/* What `weigh` writes of each query, a buffer. */
static PyObject *weighed(const Work *w, const Weights *by)
{
    const Py_ssize_t each = 2 + 3 * by->wanted;
    PyObject *result = PyByteArray_FromStringAndSize(NULL, w->count * each * (Py_ssize_t)sizeof(double));
    for (Py_ssize_t q = 0; result && q < w->count; q++)
        weigh(w->lists + q, by, (double *)PyByteArray_AsString(result) + q * each);
    return w->failed && result ? (Py_DECREF(result), PyErr_NoMemory()) : result;
}

/* Read cuts (planes, bits, distance); whether they are some. */
static int read_cuts(PyObject *given, Cut *cuts, Py_ssize_t count, Py_ssize_t planes)
{
    Py_ssize_t before = 0;
    for (Py_ssize_t c = 0; c < count; c++) {
        int bits;
        if (!PyArg_ParseTuple(PyTuple_GetItem(given, c), "nii", &cuts[c].planes, &bits, &cuts[c].distance))
            return 0;
        if (cuts[c].planes <= before || cuts[c].planes > planes)
            return 0;
        before = cuts[c].planes;
    }
    return count > 0;
}

PyObject *ranked(PyObject *self, PyObject *arguments)
{
    PyObject *rows, *unit, *cuts, *stored, *weights = Py_None, *result = NULL;
    Py_buffer units = {0}, all = {0}, tables[3];
    Work w = {.bits = 1};
    Weights by;
    Py_ssize_t bytes = 0;
    int opened = 0, tabled = 0;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "O!OO!On|O", &PyTuple_Type, &rows, &unit, &PyTuple_Type, &cuts, &stored,
                          &w.most, &weights))
        return NULL;
    const Py_ssize_t count = PyTuple_Size(rows);
    Ranking r = {&units, &all, NULL, PyTuple_Size(cuts), 0};
    Py_buffer *views = PyMem_Calloc((size_t)count + 1, sizeof(Py_buffer));
    Plane *planes = PyMem_Calloc(2 * (size_t)count + 1, sizeof(Plane));
    Cut *limits = PyMem_Calloc((size_t)r.count + 1, sizeof(Cut));
    char *signs = NULL;
    int *farthest = NULL;
    if (!views || !planes || !limits) {
        PyErr_NoMemory();
        goto end;
    }
    opened = open_planes(rows, views, planes);
    if (PyErr_Occurred() || PyObject_GetBuffer(unit, &units, PyBUF_STRIDED_RO | PyBUF_FORMAT) < 0
        || PyObject_GetBuffer(stored, &all, PyBUF_STRIDED_RO | PyBUF_FORMAT) < 0)
        goto end;
    r.single = numbers(&all) == 'f';
    if (!numbers(&all) || numbers(&units) != numbers(&all) || !count
        || units.shape[1] != all.shape[1] || all.shape[0] != views->shape[0]
        || !read_cuts(cuts, limits, r.count, count)
        || (weights != Py_None && !read_weights(weights, &by, tables, &tabled))) {
        PyErr_Clear();
        refused("ranked");
        goto end;
    }
    w.count = units.shape[0];
    w.length = all.shape[0];
    w.planes = limits->planes;
    w.rows = planes;
    w.queries = planes + count;
    r.cuts = limits;
    for (Py_ssize_t p = 0; p < count; p++)
        bytes += planes[p].width;
    signs = PyMem_Malloc((size_t)(w.count * bytes) + 1);
    w.farthest = farthest = PyMem_Malloc(((size_t)w.count + 1) * sizeof(int));
    if (!signs || !farthest) {
        PyErr_NoMemory();
        goto end;
    }
    for (Py_ssize_t p = 0, start = 0; p < count; start += planes[p++].width)
        planes[count + p] = (Plane){signs + start, bytes, planes[p].width};
    if (!begin_lists(&w))
        goto end;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t q = 0; q < w.count; q++) {
        farthest[q] = limits->distance;
        (r.single ? signs_f : signs_d)(
            (const char *)units.buf + q * units.strides[0], units.shape[1], signs + q * bytes, bytes);
    }
    search(&w);
    if (!w.failed)
        rank(&w, &r);
    Py_END_ALLOW_THREADS
    result = weights == Py_None ? listed(&w) : weighed(&w, &by);
end:
    end_lists(&w);
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    while (tabled > 0)
        PyBuffer_Release(tables + --tabled);
    PyBuffer_Release(&units);
    PyBuffer_Release(&all);
    PyMem_Free(signs);
    PyMem_Free(farthest);
    PyMem_Free(limits);
    PyMem_Free(planes);
    PyMem_Free(views);
    return result;
}
