/* Dot products of rows with a vector, AVX2 and FMA; of either precision. */
#include <Python.h>
#include <immintrin.h>

#include "processor.h"

#define DOT_LINE 64 /* bytes */

/* The dot product of a row with a vector, `count` numbers, while the row at `next` is fetched; in four
 * sums, as one alone would wait for each of its additions. */
#define DOT(NAME, REAL, VECTOR, SUFFIX)                                                               \
    WIDE static REAL NAME(const char *from, const char *next, const char *with, Py_ssize_t count)     \
    {                                                                                                 \
        enum { LANES = 32 / sizeof(REAL), MANY = 4 * LANES };                                         \
        const REAL *row = (const REAL *)from, *vector = (const REAL *)with;                           \
        REAL lanes[LANES], total = 0;                                                                 \
        VECTOR sums[4];                                                                               \
        Py_ssize_t j = 0;                                                                             \
        for (int i = 0; i < 4; i++)                                                                   \
            sums[i] = _mm256_setzero_##SUFFIX();                                                      \
        for (; j + MANY <= count; j += MANY, next += 2 * DOT_LINE) {                                  \
            _mm_prefetch(next, _MM_HINT_T0);                                                          \
            _mm_prefetch(next + DOT_LINE, _MM_HINT_T0);                                               \
            for (int i = 0; i < 4; i++)                                                               \
                sums[i] = _mm256_fmadd_##SUFFIX(_mm256_loadu_##SUFFIX(row + j + i * LANES),           \
                                                _mm256_loadu_##SUFFIX(vector + j + i * LANES),        \
                                                sums[i]);                                             \
        }                                                                                             \
        sums[0] = _mm256_add_##SUFFIX(_mm256_add_##SUFFIX(sums[0], sums[1]),                          \
                                      _mm256_add_##SUFFIX(sums[2], sums[3]));                         \
        _mm256_storeu_##SUFFIX(lanes, sums[0]);                                                       \
        for (int i = 0; i < LANES; i++)                                                               \
            total += lanes[i];                                                                        \
        for (; j < count; j++)                                                                        \
            total += row[j] * vector[j];                                                              \
        return total;                                                                                 \
    }

DOT(dot_f, float, __m256, ps)
DOT(dot_d, double, __m256d, pd)
