/* Dot products of some rows of a table with one vector, read where they stand.
 *
 * Rows that lie apart come from memory one wait after another, unless they are asked for beforehand:
 * while a row is multiplied, one further on is fetched. NumPy copies them out first.
 *
 * Part of the extension of _fused.c, which says what it is built for.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <immintrin.h>
#include <string.h>

#define WIDE __attribute__((target("avx2,fma")))
#define LINE 64      /* bytes */
#define AHEAD 4096   /* bytes of rows that are on their way */

/* The dot product of a row with a vector, `count` numbers, while the row at `next` is fetched; in four
 * sums, as one alone would wait for each of its additions. */
#define DOT(NAME, REAL, VECTOR, SUFFIX)                                                             \
    WIDE static void NAME(const char *from, const char *next, const char *with, Py_ssize_t count,   \
                          char *to)                                                                 \
    {                                                                                               \
        enum { LANES = 32 / sizeof(REAL), MANY = 4 * LANES };                                       \
        const REAL *row = (const REAL *)from, *vector = (const REAL *)with;                         \
        REAL lanes[LANES], total = 0;                                                               \
        VECTOR sums[4];                                                                             \
        Py_ssize_t j = 0;                                                                           \
        for (int i = 0; i < 4; i++)                                                                 \
            sums[i] = _mm256_setzero_##SUFFIX();                                                    \
        for (; j + MANY <= count; j += MANY, next += 2 * LINE) {                                    \
            _mm_prefetch(next, _MM_HINT_T0);                                                        \
            _mm_prefetch(next + LINE, _MM_HINT_T0);                                                 \
            for (int i = 0; i < 4; i++)                                                             \
                sums[i] = _mm256_fmadd_##SUFFIX(_mm256_loadu_##SUFFIX(row + j + i * LANES),         \
                                                _mm256_loadu_##SUFFIX(vector + j + i * LANES),      \
                                                sums[i]);                                           \
        }                                                                                           \
        sums[0] = _mm256_add_##SUFFIX(_mm256_add_##SUFFIX(sums[0], sums[1]),                        \
                                      _mm256_add_##SUFFIX(sums[2], sums[3]));                       \
        _mm256_storeu_##SUFFIX(lanes, sums[0]);                                                     \
        for (int i = 0; i < LANES; i++)                                                             \
            total += lanes[i];                                                                      \
        for (; j < count; j++)                                                                      \
            total += row[j] * vector[j];                                                            \
        *(REAL *)to = total;                                                                        \
    }

DOT(dot_f, float, __m256, ps)
DOT(dot_d, double, __m256d, pd)

/* Whether all arrays are what `products` says; the rows are in one piece each, the others at all. */
static int fits(const Py_buffer *rows, const Py_buffer *index, const Py_buffer *vector,
                const Py_buffer *out)
{
    return rows->ndim == 2 && index->ndim == 1 && vector->ndim == 1 && out->ndim == 1
           && (!strcmp(rows->format, "f") || !strcmp(rows->format, "d"))
           && !strcmp(rows->format, vector->format) && !strcmp(rows->format, out->format)
           && index->itemsize == sizeof(Py_ssize_t) && strchr("lqn", index->format[0])
           && rows->shape[1] == vector->shape[0] && index->shape[0] == out->shape[0]
           && (rows->shape[1] < 2 || rows->strides[1] == rows->itemsize);
}

/* Whether there is a row of each number. */
static int there(const Py_ssize_t *index, Py_ssize_t count, Py_ssize_t length)
{
    int all = 1;
    for (Py_ssize_t i = 0; i < count; i++)
        all &= index[i] >= 0 && index[i] < length;
    return all;
}

PyObject *products(PyObject *self, PyObject *arguments)
{
    PyObject *arrays[4], *result = NULL;
    Py_buffer views[4];
    int opened = 0;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOOO", arrays, arrays + 1, arrays + 2, arrays + 3))
        return NULL;
    for (; opened < 4; opened++) {
        int kind = opened == 0 ? PyBUF_STRIDED_RO : opened < 3 ? PyBUF_ND : PyBUF_ND | PyBUF_WRITABLE;
        if (PyObject_GetBuffer(arrays[opened], views + opened, kind | PyBUF_FORMAT) < 0)
            goto end;
    }
    const Py_buffer *rows = views, *vector = views + 2, *out = views + 3;
    const Py_ssize_t *index = views[1].buf, count = out->ndim ? out->shape[0] : 0;
    if (!fits(rows, views + 1, vector, out) || !there(index, count, rows->shape[0])) {
        PyErr_SetString(PyExc_ValueError, "the arrays are not those that products() is for");
        goto end;
    }
    const Py_ssize_t size = vector->len ? vector->len : 1, ahead = size < AHEAD ? AHEAD / size : 1;
    const int wide = rows->format[0] == 'd';
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < count; i++) {
        const Py_ssize_t then = index[i + ahead < count ? i + ahead : count - 1];
        const char *from = (const char *)rows->buf + index[i] * rows->strides[0];
        const char *next = (const char *)rows->buf + then * rows->strides[0];
        (wide ? dot_d : dot_f)(from, next, vector->buf, vector->shape[0],
                               (char *)out->buf + i * out->itemsize);
    }
    Py_END_ALLOW_THREADS
    Py_INCREF(result = Py_None);
end:
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    return result;
}
