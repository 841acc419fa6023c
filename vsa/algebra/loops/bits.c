/* Rows of packed bits within a distance of each query: bits compared, counted, added up over planes,
 * weighed and held to the query's limit, in one pass over the rows. No distance is kept that is too
 * large.
 *
 * For few queries the bits are counted row by row (counts.c). For many they are counted by words
 * (words.c), or several bits a coordinate looked up by four (fours.c), as all are where AVX-512 is
 * missing.
 */
#include "bits.h"

#define FEW 5   /* queries, times their bits, for which taking rows apart does not pay */
#define FEWER 3 /* the same of words */
#define ROOM 64 /* rows of a list, to begin with */

int grow(List *list)
{
    const Py_ssize_t room = list->room ? 2 * list->room : ROOM;
    Near *near = realloc(list->near, (size_t)room * sizeof(Near));
    if (near) {
        list->near = near;
        list->room = room;
    }
    return near != NULL;
}

/* Look pair by pair. */
WIDE static void search_few(Work *w)
{
    for (Py_ssize_t start = 0; start < w->length; start += ROWS)
        for (Py_ssize_t q = 0; q < w->count; q++) {
            if (w->lists[q].count >= w->most) /* a crowd; the others are looked for on */
                continue;
            const Py_ssize_t rows = w->length - start < ROWS ? w->length - start : ROWS;
            const __m256i farthest = _mm256_set1_epi32(w->farthest[q]);
            int apart[ROWS];
            count(w, q, start, rows, apart);
            for (Py_ssize_t r = 0; r < rows; r += EIGHT) { /* seldom is one of them near */
                const __m256i some = _mm256_loadu_si256((const __m256i *)(apart + r));
                const __m256 far = _mm256_castsi256_ps(_mm256_cmpgt_epi32(some, farthest));
                unsigned near = ~(unsigned)_mm256_movemask_ps(far) & 255;
                if (rows - r < EIGHT)
                    near &= (1u << (rows - r)) - 1;
                for (; near; near &= near - 1)
                    keep(w, q, start + r + __builtin_ctz(near), apart[r + __builtin_ctz(near)]);
            }
        }
}

int in_lines(const Work *w)
{
    for (Py_ssize_t p = 0; p < w->planes; p++)
        if (w->rows[p].width % LINE)
            return 0;
    return 1;
}

void fetch(const Work *w, Py_ssize_t start, Py_ssize_t end)
{
    for (; start < end && start < w->length; start++)
        for (Py_ssize_t p = 0; p < w->planes; p++)
            for (Py_ssize_t i = 0; i < w->rows[p].width; i += LINE)
                __builtin_prefetch(w->rows[p].bytes + start * w->rows[p].step + i);
}

void search(Work *w)
{
    const int words = w->bits == 1 && wider() && in_lines(w);
    if (words && w->count > FEWER)
        search_words(w);
    else if (w->bits * w->count <= FEW || 4 * fours(w) * ((1 << w->bits) - 1) > MOST_APART)
        search_few(w);
    else
        search_many(w);
}

/* --- what Python gives and gets --- */

int open_planes(PyObject *tuple, Py_buffer *views, Plane *planes)
{
    int opened = 0;
    for (; opened < PyTuple_Size(tuple); opened++) {
        Py_buffer *view = views + opened;
        PyObject *array = PyTuple_GetItem(tuple, opened);
        if (!array || PyObject_GetBuffer(array, view, PyBUF_STRIDED_RO | PyBUF_FORMAT) < 0)
            break;
        if (view->ndim != 2 || strcmp(view->format, "B") || (view->shape[1] > 1 && view->strides[1] != 1)
            || view->shape[0] != views->shape[0]) {
            PyErr_SetString(PyExc_ValueError, "planes are bytes (rows, width), as many rows in each");
            PyBuffer_Release(view);
            break;
        }
        planes[opened] = (Plane){view->buf, view->strides[0], view->shape[1]};
    }
    return opened;
}

int of_rows(const Py_buffer *view, const Py_buffer *planes)
{
    return view->ndim == 1 && !strcmp(view->format, "H") && view->shape[0] == planes->shape[0];
}

int begin_lists(Work *w)
{
    w->lists = calloc((size_t)w->count + 1, sizeof(List));
    return w->lists || (PyErr_NoMemory(), 0);
}

void end_lists(Work *w)
{
    for (Py_ssize_t q = 0; w->lists && q < w->count; q++)
        free(w->lists[q].near);
    free(w->lists);
}

PyObject *listed(const Work *w)
{
    Py_ssize_t all = 0, q = 0;
    for (q = 0; q < w->count; q++)
        all += w->lists[q].count;
    PyObject *ends = PyByteArray_FromStringAndSize(NULL, (w->count + 1) * (Py_ssize_t)sizeof(Py_ssize_t));
    PyObject *rows = PyByteArray_FromStringAndSize(NULL, all * (Py_ssize_t)sizeof(Py_ssize_t));
    PyObject *values = PyByteArray_FromStringAndSize(NULL, all * (Py_ssize_t)sizeof(double));
    if (w->failed)
        PyErr_NoMemory();
    if (ends && rows && values && !w->failed) {
        Py_ssize_t *end = (Py_ssize_t *)PyByteArray_AsString(ends);
        Py_ssize_t *row = (Py_ssize_t *)PyByteArray_AsString(rows);
        double *value = (double *)PyByteArray_AsString(values);
        for (q = 0, end[0] = 0; q < w->count; q++) {
            const List *list = w->lists + q;
            for (Py_ssize_t i = 0; i < list->count; i++) {
                *row++ = list->near[i].row;
                *value++ = list->near[i].value;
            }
            end[q + 1] = end[q] + list->count;
        }
    }
    PyObject *result = PyErr_Occurred() ? NULL : PyTuple_Pack(3, ends, rows, values);
    Py_XDECREF(ends);
    Py_XDECREF(rows);
    Py_XDECREF(values);
    return result;
}
