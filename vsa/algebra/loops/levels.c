/* A query to three bits a coordinate, eight coordinates at a time. */
#include "levels.h"

#include <math.h>

#define HALF (1 << (BITS - 1))
#define HIGHEST ((1 << BITS) - 1)

/* The levels from 0 on of eight coordinates, which are scaled; what is no number is 0. */
WIDE static inline __m256i eight_f(const float *x, float scale)
{
    const __m256 up = _mm256_ceil_ps(_mm256_mul_ps(_mm256_loadu_ps(x), _mm256_set1_ps(scale)));
    const __m256 at = _mm256_max_ps(_mm256_add_ps(up, _mm256_set1_ps(HALF - 1)), _mm256_setzero_ps());
    return _mm256_cvttps_epi32(_mm256_min_ps(at, _mm256_set1_ps(HIGHEST)));
}
WIDE static inline __m256i eight_d(const double *x, double scale)
{
    __m128i half[2];
    for (int i = 0; i < 2; i++) {
        const __m256d up = _mm256_ceil_pd(_mm256_mul_pd(_mm256_loadu_pd(x + 4 * i), _mm256_set1_pd(scale)));
        const __m256d at = _mm256_max_pd(_mm256_add_pd(up, _mm256_set1_pd(HALF - 1)), _mm256_setzero_pd());
        half[i] = _mm256_cvttpd_epi32(_mm256_min_pd(at, _mm256_set1_pd(HIGHEST)));
    }
    return _mm256_set_m128i(half[1], half[0]);
}

/* Write the bits of eight levels, the first of them as the highest bit of a byte. */
WIDE static inline void put(__m256i at, char *to, Py_ssize_t step)
{
    const __m256i back = _mm256_permutevar8x32_epi32(at, _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0));
    for (int j = 0; j < BITS; j++)
        to[j * step] = (char)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_slli_epi32(back, 31 - j)));
}

#define LEVELS(name, real, eight)                                                                     \
    WIDE static Levels name(const real *unit, Py_ssize_t dim, double level, char *to, Py_ssize_t step) \
    {                                                                                                 \
        const real scale = (real)(sqrt((double)dim) / level);                                         \
        double along = 0, squares = 0;                                                                \
        for (Py_ssize_t i = 0; i < dim; i += 8) {                                                     \
            const real none = (real)-HUGE_VAL; /* behind the last one: of the lowest level, 0 */      \
            real some[8] = {none, none, none, none, none, none, none, none};                          \
            int at[8];                                                                                \
            const Py_ssize_t count = dim - i < 8 ? dim - i : 8;                                       \
            memcpy(some, unit + i, (size_t)count * sizeof(real));                                     \
            const __m256i levels = eight(some, scale);                                                \
            _mm256_storeu_si256((__m256i *)at, levels);                                               \
            if (i < 8 * step)                                                                         \
                put(levels, to + i / 8, step);                                                        \
            for (Py_ssize_t k = 0; k < count; k++) {                                                  \
                const double value = 2 * at[k] - HIGHEST;                                             \
                along += value * (double)some[k];                                                     \
                squares += value * value;                                                             \
            }                                                                                         \
        }                                                                                             \
        return (Levels){along, squares / (fmax(along, 1e-9) * fmax(along, 1e-9)) - 1};                \
    }
LEVELS(levels_f, float, eight_f)
LEVELS(levels_d, double, eight_d)

Levels levels(const char *unit, Py_ssize_t dim, int single, double level, char *to, Py_ssize_t step)
{
    return single ? levels_f((const float *)unit, dim, level, to, step)
                  : levels_d((const double *)unit, dim, level, to, step);
}
