/* Dot products of rows with a vector, AVX2 and FMA; of either precision. */
#include <Python.h>
#include <immintrin.h>

#include "processor.h"

#define DOT_LINE 64 /* bytes */
#define TOGETHER 4  /* rows that are multiplied at a time */

/* Write the dot products of rows with a vector, `count` numbers each, while others, at `next`, are fetched.
 *
 * Rows that lie apart come from memory one wait after another, unless several are asked for at a time. Each
 * has four sums, as one alone would wait for each of its additions. */
#define DOT(NAME, REAL, VECTOR, SUFFIX)                                                               \
    WIDE static void NAME(const char *const *rows, const char *const *next, const char *with,        \
                          Py_ssize_t count, double *to)                                               \
    {                                                                                                 \
        enum { LANES = 32 / sizeof(REAL), MANY = 4 * LANES };                                         \
        const REAL *vector = (const REAL *)with;                                                      \
        VECTOR sums[TOGETHER][4];                                                                     \
        Py_ssize_t j = 0;                                                                             \
        for (int r = 0; r < TOGETHER; r++)                                                            \
            for (int i = 0; i < 4; i++)                                                               \
                sums[r][i] = _mm256_setzero_##SUFFIX();                                               \
        for (; j + MANY <= count; j += MANY)                                                          \
            for (int r = 0; r < TOGETHER; r++) {                                                      \
                const REAL *row = (const REAL *)rows[r] + j;                                          \
                const char *then = next[r] + j * (Py_ssize_t)sizeof(REAL);                            \
                _mm_prefetch(then, _MM_HINT_T0);                                                      \
                _mm_prefetch(then + DOT_LINE, _MM_HINT_T0);                                           \
                for (int i = 0; i < 4; i++)                                                           \
                    sums[r][i] = _mm256_fmadd_##SUFFIX(_mm256_loadu_##SUFFIX(row + i * LANES),        \
                                                       _mm256_loadu_##SUFFIX(vector + j + i * LANES), \
                                                       sums[r][i]);                                   \
            }                                                                                         \
        for (int r = 0; r < TOGETHER; r++) {                                                          \
            REAL lanes[LANES], total = 0;                                                             \
            VECTOR *its = sums[r];                                                                    \
            its[0] = _mm256_add_##SUFFIX(_mm256_add_##SUFFIX(its[0], its[1]),                         \
                                         _mm256_add_##SUFFIX(its[2], its[3]));                        \
            _mm256_storeu_##SUFFIX(lanes, its[0]);                                                    \
            for (int i = 0; i < LANES; i++)                                                           \
                total += lanes[i];                                                                    \
            for (Py_ssize_t k = j; k < count; k++)                                                    \
                total += ((const REAL *)rows[r])[k] * vector[k];                                      \
            to[r] = (double)total;                                                                    \
        }                                                                                             \
    }

DOT(dot_f, float, __m256, ps)
DOT(dot_d, double, __m256d, pd)

/* Where some rows begin, `step` bytes apart, from the `first` of a list of them on; after its end, the last
 * one again. NUMBER(i): of its row i. */
#define BEGINNINGS(to, rows, step, first, count, NUMBER)                                              \
    for (Py_ssize_t together = 0; together < TOGETHER; together++) {                                  \
        const Py_ssize_t at = (first) + together < (count) ? (first) + together : (count) - 1;        \
        (to)[together] = (const char *)(rows) + NUMBER(at) * (step);                                  \
    }
