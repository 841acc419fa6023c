/* What Python calls to look for near rows: `within` gives their distances, `ranked` their cosines.
 *
 * `ranked` is a cleanup's search in one call: it takes signs of the queries, compares them with the
 * first bits of all rows, those near enough by these with more, and multiplies with the rows that are
 * left. What these say together is weighed there, too, where a table of likelihoods is given.
 */
#include "levels.h"
#include "numbers.h"
#include "weigh.h"

#define AHEAD 8 /* rows, whose bits are asked for before they are compared */

int open_search(Search *s, PyObject *rows)
{
    Work *w = &s->work;
    *s = (Search){.work = {.most = PY_SSIZE_T_MAX, .planes = PyTuple_Size(rows)}};
    s->views = PyMem_Calloc(2 * (size_t)w->planes + 1, sizeof(Py_buffer));
    s->all = PyMem_Calloc(2 * (size_t)w->planes + 1, sizeof(Plane));
    if (!s->views || !s->all)
        return PyErr_NoMemory(), 0;
    s->opened = open_planes(rows, s->views, s->all);
    w->rows = s->all;
    w->queries = s->all + w->planes;
    w->length = s->views->shape ? s->views->shape[0] : 0;
    return !PyErr_Occurred() && w->planes;
}

/* Open what is looked for, too: planes of bits, and how far a row may be from each query; whether they fit. */
static int open_queries(Search *s, PyObject *queries, PyObject *limits)
{
    Work *w = &s->work;
    if (PyTuple_Size(queries) != w->planes)
        return 0;
    s->its = open_planes(queries, s->views + w->planes, s->all + w->planes);
    if (PyErr_Occurred() || PyObject_GetBuffer(limits, &s->farthest, PyBUF_ND | PyBUF_FORMAT) < 0)
        return 0;
    const Py_ssize_t bits = s->views[w->planes].shape[0];
    w->count = s->farthest.ndim == 1 ? s->farthest.shape[0] : 0;
    w->bits = w->count ? bits / w->count : 0;
    w->farthest = s->farthest.buf;
    int fit = w->bits >= 1 && w->bits <= MOST_BITS && w->bits * w->count == bits
              && !strcmp(s->farthest.format, "i");
    for (Py_ssize_t p = 0; p < w->planes; p++)
        fit = fit && w->rows[p].width == w->queries[p].width;
    return fit;
}

void end_search(Search *s)
{
    end_lists(&s->work);
    while (s->opened > 0)
        PyBuffer_Release(s->views + --s->opened);
    while (s->its > 0)
        PyBuffer_Release(s->views + s->work.planes + --s->its);
    PyBuffer_Release(&s->farthest);
    PyMem_Free(s->all);
    PyMem_Free(s->views);
}

PyObject *within(PyObject *self, PyObject *arguments)
{
    PyObject *rows, *queries, *limits, *result = NULL;
    Search s;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "O!O!O", &PyTuple_Type, &rows, &PyTuple_Type, &queries, &limits))
        return NULL;
    if (open_search(&s, rows) && open_queries(&s, queries, limits) && begin_lists(&s.work)) {
        Py_BEGIN_ALLOW_THREADS
        search(&s.work);
        Py_END_ALLOW_THREADS
        result = listed(&s.work);
    } else if (!PyErr_Occurred()) {
        refused("within");
    }
    end_search(&s);
    return result;
}

/* A cut: so many bits of so many planes may differ. */
typedef struct {
    Py_ssize_t planes;
    int distance;
} Cut;

/* What `ranked` is given, beside the planes. */
typedef struct {
    Rows rows;
    const Cut *cuts;
    Py_ssize_t count; /* of cuts */
} Ranking;

/* Of eight numbers which are above zero, the first as the highest bit. */
WIDE static inline int above_f(const float *x)
{
    const __m256i order = _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0);
    const __m256 back = _mm256_permutevar8x32_ps(_mm256_loadu_ps(x), order);
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

/* Rank what is found of each query, or the first so many; a crowd is nobody. */
static void rank(const Work *w, const Ranking *r, Py_ssize_t first)
{
    for (Py_ssize_t q = 0; q < w->count; q++) {
        List *list = w->lists + q;
        if (list->count >= w->most)
            list->count = 0;
        narrow(w, r, q);
        multiply(&r->rows, q, list->near, list->count);
        sort_nearest(list->near, list->count, first);
    }
}

/* What `weigh` writes of each query, a buffer; of one alone as numbers. */
static PyObject *weighed(const Work *w, const Weights *by, int alone)
{
    const Py_ssize_t each = WEIGHED(by->wanted);
    PyObject *result = PyByteArray_FromStringAndSize(NULL, w->count * each * (Py_ssize_t)sizeof(double));
    for (Py_ssize_t q = 0; result && q < w->count; q++)
        weigh(w->lists[q].near, w->lists[q].count, by, (double *)PyByteArray_AsString(result) + q * each);
    if (w->failed && result)
        return Py_DECREF(result), PyErr_NoMemory();
    if (!alone || !result)
        return result;
    PyObject *numbers = of_one((double *)PyByteArray_AsString(result), by);
    Py_DECREF(result);
    return numbers;
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

/* Open what distances by `BITS` in the first planes are kept in; whether it has room for all rows. */
static int open_kept(PyObject *kept, Py_buffer *held, const Py_buffer *planes, Py_ssize_t count)
{
    Py_ssize_t bits = 0;
    for (Py_ssize_t p = 0; p < count; p++)
        bits += 8 * planes[p].shape[1];
    return PyObject_GetBuffer(kept, held, PyBUF_ND | PyBUF_FORMAT | PyBUF_WRITABLE) == 0 && of_rows(held, planes)
           && bits * ((1 << BITS) - 1) <= MOST_APART;
}

PyObject *ranked(PyObject *self, PyObject *arguments)
{
    PyObject *rows, *unit, *cuts, *stored, *weights = Py_None, *kept = NULL, *result = NULL;
    Py_buffer units = {0}, all = {0}, held = {0}, tables[3];
    Work w = {.bits = 1};
    Weights by;
    Py_ssize_t bytes = 0, two[4];
    double level = 0;
    int opened = 0, tabled = 0;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "O!OO!On|OdO", &PyTuple_Type, &rows, &unit, &PyTuple_Type, &cuts, &stored,
                          &w.most, &weights, &level, &kept))
        return NULL;
    const Py_ssize_t count = PyTuple_Size(rows);
    Ranking r = {{&units, &all, 0}, NULL, PyTuple_Size(cuts)};
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
    if (PyErr_Occurred() || !open_rows(unit, stored, &units, &all))
        goto end;
    const int alone = weights != Py_None && as_rows(&units, two);
    r.rows.single = numbers(&all) == 'f';
    if (!fit_rows(&r.rows) || !count || all.shape[0] != views->shape[0]
        || !read_cuts(cuts, limits, r.count, count)
        || (weights != Py_None && !read_weights(weights, &by, tables, &tabled))
        || (kept && !(alone && level > 0 && open_kept(kept, &held, views, limits->planes)))) {
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
    const Py_ssize_t lower = kept ? (BITS - 1) * bytes : 0;
    signs = PyMem_Calloc((size_t)(w.count * bytes + lower) + 1, 1);
    w.kept = held.buf;
    w.farthest = farthest = PyMem_Malloc(((size_t)w.count + 1) * sizeof(int));
    if (!signs || !farthest) {
        PyErr_NoMemory();
        goto end;
    }
    for (Py_ssize_t p = 0, start = 0; p < count; start += planes[p++].width)
        planes[count + p] = (Plane){signs + lower + start, bytes, planes[p].width};
    if (!begin_lists(&w))
        goto end;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t q = 0; q < w.count; q++) {
        const char *its = (const char *)units.buf + q * units.strides[0];
        farthest[q] = limits->distance;
        if (kept)
            levels(its, units.shape[1], r.rows.single, level, signs, bytes);
        else
            (r.rows.single ? signs_f : signs_d)(its, units.shape[1], signs + q * bytes, bytes);
    }
    search(&w);
    if (!w.failed)
        rank(&w, &r, weights == Py_None ? PY_SSIZE_T_MAX : by.wanted);
    Py_END_ALLOW_THREADS
    result = weights == Py_None ? listed(&w) : weighed(&w, &by, alone);
end:
    end_lists(&w);
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    while (tabled > 0)
        PyBuffer_Release(tables + --tabled);
    PyBuffer_Release(&held);
    PyBuffer_Release(&units);
    PyBuffer_Release(&all);
    PyMem_Free(signs);
    PyMem_Free(farthest);
    PyMem_Free(limits);
    PyMem_Free(planes);
    PyMem_Free(views);
    return result;
}
