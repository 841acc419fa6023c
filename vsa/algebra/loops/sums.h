/* What sums.c does with a row: loops over its numbers, of either precision, with AVX2 and FMA. */
#include <Python.h>
#include <immintrin.h>
#include <math.h>

#include "processor.h"

/* out[k] = Σ terms[i][k]·terms[pairs + i][k] + Σ terms[j][k], for `count` complex numbers. */
typedef void Row(char *out, char *const *terms, Py_ssize_t pairs, Py_ssize_t all, Py_ssize_t count);

/* Real numbers divided by their length √(Σ weights[k]·row[k]²); those of length 0 stay. */
typedef void Scale(char *row, const char *weights, Py_ssize_t count);

/* The complex product of each pair of numbers (re, im). */
WIDE static inline __m256 times_f(__m256 a, __m256 b)
{
    __m256 crossed = _mm256_mul_ps(_mm256_movehdup_ps(a), _mm256_permute_ps(b, 0xB1));
    return _mm256_fmaddsub_ps(_mm256_moveldup_ps(a), b, crossed);
}

WIDE static inline __m256d times_d(__m256d a, __m256d b)
{
    __m256d crossed = _mm256_mul_pd(_mm256_permute_pd(a, 0xF), _mm256_permute_pd(b, 0x5));
    return _mm256_fmaddsub_pd(_mm256_movedup_pd(a), b, crossed);
}

/* Lanes below `some`, as a mask for loads and stores of part of a vector. */
WIDE static inline __m256i first_f(Py_ssize_t some)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)some), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

WIDE static inline __m256i first_d(Py_ssize_t some)
{
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(some), _mm256_setr_epi64x(0, 1, 2, 3));
}

/* The loop, for float (f, ps) and double (d, pd). At j the sum of `n` products, 4 at most, after what
 * stands there if there were `more`, and before `others`. */
#define SUM(VECTOR, KIND, SUFFIX, LOAD)                                                             \
    VECTOR sum = times_##KIND(LOAD(a[0]), LOAD(b[0]));                                              \
    if (more)                                                                                       \
        sum = _mm256_add_##SUFFIX(LOAD(out), sum);                                                  \
    for (int i = 1; i < n; i++)                                                                     \
        sum = _mm256_add_##SUFFIX(sum, times_##KIND(LOAD(a[i]), LOAD(b[i])));                       \
    for (Py_ssize_t i = 0; i < others; i++)                                                         \
        sum = _mm256_add_##SUFFIX(sum, LOAD(rest[i]));

/* Of many terms some at a time: with their number known the loop is half as long, and a core reads
 * that many rows at its best. */
#define ROW(NAME, REAL, VECTOR, KIND, SUFFIX)                                                       \
    WIDE static inline __attribute__((always_inline)) void NAME##_of(                               \
        int n, REAL *out, char *const *values, char *const *keys, char *const *rest,                \
        Py_ssize_t others, int more, Py_ssize_t end)                                                \
    {                                                                                               \
        const Py_ssize_t lanes = 32 / sizeof(REAL);                                                 \
        const char *a[MANY], *b[MANY];                                                              \
        Py_ssize_t j = 0;                                                                           \
        for (int i = 0; i < n; i++)                                                                 \
            a[i] = values[i], b[i] = keys[i];                                                       \
        for (; j + lanes <= end; j += lanes) {                                                      \
            SUM(VECTOR, KIND, SUFFIX, WHOLE_##KIND)                                                 \
            _mm256_storeu_##SUFFIX(out + j, sum);                                                   \
        }                                                                                           \
        if (j < end) {                                                                              \
            __m256i mask = first_##KIND(end - j);                                                   \
            SUM(VECTOR, KIND, SUFFIX, PART_##KIND)                                                  \
            _mm256_maskstore_##SUFFIX(out + j, mask, sum);                                          \
        }                                                                                           \
    }                                                                                               \
    WIDE static void NAME(char *to, char *const *terms, Py_ssize_t pairs, Py_ssize_t all,           \
                          Py_ssize_t count)                                                         \
    {                                                                                               \
        for (Py_ssize_t i = 0; i < pairs; i += MANY) {                                              \
            Py_ssize_t left = pairs - i, others = left > MANY ? 0 : all - 2 * pairs;                \
            char *const *rest = terms + 2 * pairs;                                                  \
            switch (left) {                                                                         \
                case 1: NAME##_of(1, OF(REAL)); break;                                              \
                case 2: NAME##_of(2, OF(REAL)); break;                                              \
                case 3: NAME##_of(3, OF(REAL)); break;                                              \
                default: NAME##_of(MANY, OF(REAL));                                                 \
            }                                                                                       \
        }                                                                                           \
    }

/* One product, written past the caches, for which no line of the result is read before; but for what lies
 * before the first vector that is in place, and behind the last. */
#define PAST(NAME, REAL, VECTOR, KIND, SUFFIX)                                                      \
    WIDE static inline void NAME##_some(REAL *out, const char *a, const char *b, Py_ssize_t j,      \
                                        Py_ssize_t some)                                            \
    {                                                                                               \
        const __m256i mask = first_##KIND(some);                                                    \
        _mm256_maskstore_##SUFFIX(out + j, mask, times_##KIND(PART_##KIND(a), PART_##KIND(b)));     \
    }                                                                                               \
    WIDE static void NAME(char *to, char *const *terms, Py_ssize_t pairs, Py_ssize_t all,           \
                          Py_ssize_t count)                                                         \
    {                                                                                               \
        const Py_ssize_t lanes = 32 / sizeof(REAL), end = 2 * count;                                \
        const char *a = terms[0], *b = terms[1];                                                    \
        REAL *out = (REAL *)to;                                                                     \
        Py_ssize_t j = (Py_ssize_t)(-(size_t)to % 32 / sizeof(REAL));                               \
        if ((size_t)to % (2 * sizeof(REAL))) {                                                      \
            row_##KIND(to, terms, pairs, all, count);                                               \
            return;                                                                                 \
        }                                                                                           \
        j = j < end ? j : end;                                                                      \
        NAME##_some(out, a, b, 0, j);                                                               \
        for (; j + lanes <= end; j += lanes) {                                                      \
            _mm_prefetch(a + AHEAD + j * (Py_ssize_t)sizeof(REAL), _MM_HINT_T0);                    \
            _mm_prefetch(b + AHEAD + j * (Py_ssize_t)sizeof(REAL), _MM_HINT_T0);                    \
            _mm256_stream_##SUFFIX(out + j, times_##KIND(WHOLE_##KIND(a), WHOLE_##KIND(b)));        \
        }                                                                                           \
        NAME##_some(out, a, b, j, end - j);                                                         \
        _mm_sfence();                                                                               \
    }

/* Sums of squares in four vectors, as one alone would wait for each of its additions. */
#define SCALE(NAME, REAL, VECTOR, SUFFIX, ROOT)                                                     \
    WIDE static void NAME(char *from, const char *given, Py_ssize_t count)                          \
    {                                                                                               \
        enum { LANES = 32 / sizeof(REAL), WIDTH = 4 * LANES };                                       \
        const REAL *weights = (const REAL *)given;                                                  \
        REAL *row = (REAL *)from, lanes[WIDTH], square = 0;                                          \
        VECTOR sums[4];                                                                             \
        Py_ssize_t j = 0, end = 2 * count;                                                          \
        for (int i = 0; i < 4; i++)                                                                 \
            sums[i] = _mm256_setzero_##SUFFIX();                                                    \
        for (; j + WIDTH <= end; j += WIDTH)                                                          \
            for (int i = 0; i < 4; i++) {                                                           \
                VECTOR x = _mm256_loadu_##SUFFIX(row + j + i * LANES);                              \
                VECTOR w = _mm256_loadu_##SUFFIX(weights + j + i * LANES);                          \
                sums[i] = _mm256_fmadd_##SUFFIX(_mm256_mul_##SUFFIX(w, x), x, sums[i]);             \
            }                                                                                       \
        for (int i = 0; i < 4; i++)                                                                 \
            _mm256_storeu_##SUFFIX(lanes + i * LANES, sums[i]);                                     \
        for (int i = 0; i < WIDTH; i++)                                                              \
            square += lanes[i];                                                                     \
        for (Py_ssize_t i = j; i < end; i++)                                                        \
            square += weights[i] * row[i] * row[i];                                                 \
        REAL factor = square == 0 ? 1 : 1 / ROOT(square);                                           \
        VECTOR factors = _mm256_set1_##SUFFIX(factor);                                              \
        for (j = 0; j + LANES <= end; j += LANES)                                                   \
            _mm256_storeu_##SUFFIX(row + j,                                                         \
                                   _mm256_mul_##SUFFIX(_mm256_loadu_##SUFFIX(row + j), factors));   \
        for (; j < end; j++)                                                                        \
            row[j] *= factor;                                                                       \
    }

#define MANY 4
#define AHEAD 2048 /* bytes that are asked for beforehand where nothing is kept */
#define OF(REAL) (REAL *)to, terms + i, terms + pairs + i, rest, others, i > 0, 2 * count
#define WHOLE_f(row) _mm256_loadu_ps((const float *)(row) + j)
#define WHOLE_d(row) _mm256_loadu_pd((const double *)(row) + j)
#define PART_f(row) _mm256_maskload_ps((const float *)(row) + j, mask)
#define PART_d(row) _mm256_maskload_pd((const double *)(row) + j, mask)

ROW(row_f, float, __m256, f, ps)
ROW(row_d, double, __m256d, d, pd)
PAST(past_f, float, __m256, f, ps)
PAST(past_d, double, __m256d, d, pd)
SCALE(scale_f, float, __m256, ps, sqrtf)
SCALE(scale_d, double, __m256d, pd, sqrt)
