/* What the cosines of an exact scan say: the nearest rows of each query, and all of them together. */
#include "numbers.h"
#include "weigh.h"

#define MOST 16   /* nearest rows that are found in one pass; seldom is a row one of them */
#define CROWD 1000 /* cosines that are all weighed; of more NumPy reads off a table what they come to */
#define SOME 32    /* cosines that are looked at together: seldom is one of them of interest */

/* Which of `SOME` cosines are not below one, or no number. */
WIDE static inline unsigned above_f(const float *x, double than)
{
    const __m256 least = _mm256_set1_ps((float)than);
    unsigned found = 0;
    for (int i = 0; i < SOME; i += 8) {
        const __m256 some = _mm256_cmp_ps(_mm256_loadu_ps(x + i), least, _CMP_NLT_UQ);
        found |= (unsigned)_mm256_movemask_ps(some) << i;
    }
    return found;
}
WIDE static inline unsigned above_d(const double *x, double than)
{
    const __m256d least = _mm256_set1_pd(than);
    unsigned found = 0;
    for (int i = 0; i < SOME; i += 4) {
        const __m256d some = _mm256_cmp_pd(_mm256_loadu_pd(x + i), least, _CMP_NLT_UQ);
        found |= (unsigned)_mm256_movemask_pd(some) << i;
    }
    return found;
}

/* The nearest rows into `best`, of equally near ones the oldest; whether all cosines are numbers. Then log Σ L
 * of those that are no less than one. */
#define SCORES(real, kind)                                                                            \
    WIDE static inline unsigned some_##kind(const real *x, Py_ssize_t from, Py_ssize_t count, double than) \
    {                                                                                                 \
        if (from + SOME <= count)                                                                     \
            return above_##kind(x + from, than);                                                      \
        real last[SOME] = {0};                                                                        \
        memcpy(last, x + from, (size_t)(count - from) * sizeof(real));                                \
        return above_##kind(last, than) & ((1u << (count - from)) - 1);                               \
    }                                                                                                 \
    WIDE static int nearest_##kind(const real *x, Py_ssize_t count, Near *best, Py_ssize_t wanted)    \
    {                                                                                                 \
        for (Py_ssize_t i = 0; i < wanted; i++)                                                       \
            best[i] = (Near){-1, -INFINITY};                                                          \
        for (Py_ssize_t i = 0; i < count; i += SOME)                                                  \
            for (unsigned near = some_##kind(x, i, count, best[wanted - 1].value); near; near &= near - 1) { \
                const Py_ssize_t row = i + __builtin_ctz(near);                                       \
                Py_ssize_t place = wanted - 1;                                                        \
                const double value = x[row];                                                          \
                if (value != value)                                                                   \
                    return 0;                                                                         \
                if (!(value > best[place].value))                                                     \
                    continue;                                                                         \
                for (; place > 0 && value > best[place - 1].value; place--)                           \
                    best[place] = best[place - 1];                                                    \
                best[place] = (Near){row, value};                                                     \
            }                                                                                         \
        return 1;                                                                                     \
    }                                                                                                 \
    WIDE static double total_##kind(const real *x, Py_ssize_t count, const Table *table, double least) \
    {                                                                                                 \
        Total all = NONE;                                                                             \
        for (Py_ssize_t i = 0; i < count; i += SOME)                                                  \
            for (unsigned near = some_##kind(x, i, count, least); near; near &= near - 1)             \
                add_log(&all, read_off(table, x[i + __builtin_ctz(near)]));                           \
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
    int tabled = 0, alone = 0;
    Py_ssize_t two[4];
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OO", &cosines, &weights))
        return NULL;
    if (PyObject_GetBuffer(cosines, &all, PyBUF_STRIDED_RO | PyBUF_FORMAT) == 0
        && ((alone = as_rows(&all, two)), numbers(&all)) && read_weights(weights, &by, tables, &tabled) && by.wanted <= MOST) {
        const Py_ssize_t each = WEIGHED(by.wanted);
        PyObject *buffer = PyByteArray_FromStringAndSize(NULL, all.shape[0] * each * (Py_ssize_t)sizeof(double));
        result = buffer;
        double *to = result ? (double *)PyByteArray_AsString(result) : NULL;
        const int single = numbers(&all) == 'f';
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t q = 0; to && q < all.shape[0]; q++)
            look((const char *)all.buf + q * all.strides[0], all.shape[1], single, &by, to + q * each);
        Py_END_ALLOW_THREADS
        if (alone && result) {
            result = of_one(to, &by);
            Py_DECREF(buffer);
        }
    } else {
        PyErr_Clear();
        refused("scores");
    }
    while (tabled > 0)
        PyBuffer_Release(tables + --tabled);
    PyBuffer_Release(&all);
    return result;
}
