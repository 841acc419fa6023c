/* What the cosines of an exact scan say: the nearest rows of each query, and all of them together. */
#include "numbers.h"
#include "weigh.h"

#define MOST 16   /* nearest rows that are found in one pass; seldom is a row one of them */
#define LANES 8   /* cosines that are looked at together */
#define CROWD 1000 /* cosines that are all weighed; of more NumPy reads off a table what they come to */

/* Which of eight cosines are no number, or above one; or no less than one. */
WIDE static inline int above_f(const float *x, double than)
{
    const __m256 limit = _mm256_set1_ps((float)than);
    return _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(x), limit, _CMP_NLE_UQ));
}
WIDE static inline int above_d(const double *x, double than)
{
    const __m256d limit = _mm256_set1_pd(than);
    return _mm256_movemask_pd(_mm256_cmp_pd(_mm256_loadu_pd(x), limit, _CMP_NLE_UQ))
           | _mm256_movemask_pd(_mm256_cmp_pd(_mm256_loadu_pd(x + 4), limit, _CMP_NLE_UQ)) << 4;
}

/* The nearest rows into `best`, of equally near ones the oldest; whether all cosines are numbers. Then log Σ L
 * of those that are above a cosine. */
#define SCORES(real, kind)                                                                            \
    WIDE static int nearest_##kind(const real *x, Py_ssize_t count, Near *best, Py_ssize_t wanted)    \
    {                                                                                                 \
        for (Py_ssize_t i = 0; i < wanted; i++)                                                       \
            best[i] = (Near){-1, -INFINITY};                                                          \
        for (Py_ssize_t i = 0; i < count; i += LANES) {                                               \
            const Py_ssize_t some = count - i < LANES ? count - i : LANES;                            \
            real last[LANES] = {0};                                                                   \
            const real *these = some < LANES ? memcpy(last, x + i, (size_t)some * sizeof(real)) : x + i; \
            unsigned near = (unsigned)above_##kind(these, best[wanted - 1].value) & ((1u << some) - 1); \
            for (; near; near &= near - 1) {                                                          \
                const int at = __builtin_ctz(near);                                                   \
                const double value = these[at];                                                       \
                Py_ssize_t place = wanted - 1;                                                        \
                if (value != value)                                                                   \
                    return 0;                                                                         \
                if (!(value > best[place].value))                                                     \
                    continue;                                                                         \
                for (; place > 0 && value > best[place - 1].value; place--)                           \
                    best[place] = best[place - 1];                                                    \
                best[place] = (Near){i + at, value};                                                  \
            }                                                                                         \
        }                                                                                             \
        return 1;                                                                                     \
    }                                                                                                 \
    WIDE static double total_##kind(const real *x, Py_ssize_t count, const Table *table, double least) \
    {                                                                                                 \
        Total all = NONE;                                                                             \
        for (Py_ssize_t i = 0; i < count; i++)                                                        \
            if (x[i] >= least)                                                                        \
                add_log(&all, read_off(table, x[i]));                                                 \
        return log_of(&all);                                                                          \
    }
SCORES(float, f)
SCORES(double, d)

/* Write what `weigh` does, of the cosines of one query; NaN in place of the sum where it is not for this. */
static void look(const char *x, Py_ssize_t count, int single, const Weights *by, double *to)
{
    Near best[MOST];
    const int fine = single ? nearest_f((const float *)x, count, best, by->wanted)
                            : nearest_d((const double *)x, count, best, by->wanted);
    Py_ssize_t there = 0;
    while (there < by->wanted && best[there].row >= 0)
        there++;
    weigh(best, fine ? there : 0, by, to);
    to[0] = (double)count;
    to[1] = NAN;
    if (!fine || !there)
        return;
    const double least = threshold(by, best->value);
    if (least > -1 || count <= CROWD)
        to[1] = single ? total_f((const float *)x, count, &by->table, least)
                       : total_d((const double *)x, count, &by->table, least);
}

PyObject *scores(PyObject *self, PyObject *arguments)
{
    PyObject *cosines, *weights, *result = NULL;
    Py_buffer all = {0}, tables[3];
    Weights by;
    int tabled = 0;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OO", &cosines, &weights))
        return NULL;
    if (PyObject_GetBuffer(cosines, &all, PyBUF_STRIDED_RO | PyBUF_FORMAT) == 0 && numbers(&all)
        && read_weights(weights, &by, tables, &tabled) && by.wanted <= MOST) {
        const Py_ssize_t each = WEIGHED(by.wanted);
        result = PyByteArray_FromStringAndSize(NULL, all.shape[0] * each * (Py_ssize_t)sizeof(double));
        double *to = result ? (double *)PyByteArray_AsString(result) : NULL;
        const int single = numbers(&all) == 'f';
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t q = 0; to && q < all.shape[0]; q++)
            look((const char *)all.buf + q * all.strides[0], all.shape[1], single, &by, to + q * each);
        Py_END_ALLOW_THREADS
    } else {
        PyErr_Clear();
        refused("scores");
    }
    while (tabled > 0)
        PyBuffer_Release(tables + --tabled);
    PyBuffer_Release(&all);
    return result;
}
