/* Products of all rows of a table with one unit vector or many, as exact scans need them.
 *
 * A BLAS is written for matrices that are large in every way, and copies both into another order. Here
 * the rows are many and the units few, and both lie along the axis that is summed: nothing is
 * transposed, a row comes from memory once, while the one before is multiplied, and some sixty units
 * stay in the second cache; of more BLAS makes as much. Source of the tiles:
 * K. Goto, R. van de Geijn, Anatomy of high-performance matrix multiplication, ACM TOMS 34(3), 2008.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <immintrin.h>

#include "numbers.h"
#include "processor.h"

#define PART 4096      /* bytes of a row that are summed at a time: a tile of them fits the first cache */
#define NEAR (1 << 24) /* bytes of rows that may lie in a cache */
#define MOST 16        /* room for the rows of a tile, in fours */
#define LINE 64        /* bytes */
#define LESS(a, b) ((a) < (b) ? (a) : (b))
#define UNROLLED _Pragma("GCC unroll 16") /* of a known number, so that sums are registers */

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx2,fma")))

/* What is multiplied: rows (length, dim) and units (count, dim) to out (count, length), and the bytes from
 * one row of each to the next. */
typedef struct {
    const char *rows, *units;
    char *out;
    Py_ssize_t row_step, unit_step, out_step, length, count, dim;
} Product;

/* Write the sums of the lanes of four vectors. */
AVX2 static inline void four_f(__m256 a, __m256 b, __m256 c, __m256 d, float *to)
{
    __m256 sums = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    _mm_storeu_ps(to, _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1)));
}

AVX2 static inline void four_d(__m256d a, __m256d b, __m256d c, __m256d d, double *to)
{
    __m256d ab = _mm256_hadd_pd(a, b), cd = _mm256_hadd_pd(c, d);
    __m256d low = _mm256_permute2f128_pd(ab, cd, 0x20), high = _mm256_permute2f128_pd(ab, cd, 0x31);
    _mm256_storeu_pd(to, _mm256_add_pd(low, high));
}

/* Both halves of a vector, added. */
AVX512 static inline __m256d halves_d(__m512d x)
{
    return _mm256_add_pd(_mm512_castpd512_pd256(x), _mm512_extractf64x4_pd(x, 1));
}

AVX512 static inline __m256 halves_f(__m512 x)
{
    __m256d high = _mm512_extractf64x4_pd(_mm512_castps_pd(x), 1);
    return _mm256_add_ps(_mm512_castps512_ps256(x), _mm256_castpd_ps(high));
}

AVX512 static inline void four_wide_f(__m512 a, __m512 b, __m512 c, __m512 d, float *to)
{
    four_f(halves_f(a), halves_f(b), halves_f(c), halves_f(d), to);
}

AVX512 static inline void four_wide_d(__m512d a, __m512d b, __m512d c, __m512d d, double *to)
{
    four_d(halves_d(a), halves_d(b), halves_d(c), halves_d(d), to);
}

/* The first of a vector's lanes, as a mask. */
AVX2 static inline __m256i first_f(Py_ssize_t count)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

AVX2 static inline __m256i first_d(Py_ssize_t count)
{
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(count), _mm256_setr_epi64x(0, 1, 2, 3));
}

/* Of 16 registers 12 are sums, of 32 registers 24: what is loaded is multiplied as often as can be. */
#define NAME(x) x##_f
#define TARGET AVX2
#define REAL float
#define VECTOR __m256
#define OF(x) _mm256_##x##_ps
#define SOME(from, count) _mm256_maskload_ps(from, first_f(count))
#define ROWS 4
#define ONE 8
#define UNITS 3
#include "tile.h"

#define NAME(x) x##_d
#define TARGET AVX2
#define REAL double
#define VECTOR __m256d
#define OF(x) _mm256_##x##_pd
#define SOME(from, count) _mm256_maskload_pd(from, first_d(count))
#define ROWS 4
#define ONE 8
#define UNITS 3
#include "tile.h"

#define NAME(x) x##_wide_f
#define TARGET AVX512
#define REAL float
#define VECTOR __m512
#define OF(x) _mm512_##x##_ps
#define SOME(from, count) _mm512_maskz_loadu_ps((__mmask16)((1u << (count)) - 1), from)
#define ROWS 6
#define ONE 12
#define UNITS 4
#include "tile.h"

#define NAME(x) x##_wide_d
#define TARGET AVX512
#define REAL double
#define VECTOR __m512d
#define OF(x) _mm512_##x##_pd
#define SOME(from, count) _mm512_maskz_loadu_pd((__mmask8)((1u << (count)) - 1), from)
#define ROWS 6
#define ONE 12
#define UNITS 4
#include "tile.h"

/* Whether the arrays are what `cosines` says. */
static int fits(const Py_buffer *rows, const Py_buffer *units, const Py_buffer *out)
{
    return numbers(rows) && numbers(units) == numbers(rows) && numbers(out) == numbers(rows)
           && rows->shape[1] > 0 && units->shape[1] == rows->shape[1]
           && out->shape[0] == units->shape[0] && out->shape[1] == rows->shape[0];
}

PyObject *cosines(PyObject *self, PyObject *arguments)
{
    PyObject *arrays[3], *result = NULL;
    Py_buffer views[3];
    int opened = 0;
    char *room = NULL;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOO", arrays, arrays + 1, arrays + 2))
        return NULL;
    for (; opened < 3; opened++) {
        int kind = opened < 2 ? PyBUF_STRIDED_RO : PyBUF_STRIDED;
        if (PyObject_GetBuffer(arrays[opened], views + opened, kind | PyBUF_FORMAT) < 0)
            goto end;
    }
    const Py_buffer *rows = views, *units = views + 1, *out = views + 2;
    if (!fits(rows, units, out)) {
        PyErr_SetString(PyExc_ValueError, "the arrays are not those that cosines() is for");
        goto end;
    }
    const Product p = {rows->buf, units->buf, out->buf, rows->strides[0], units->strides[0],
                       out->strides[0], rows->shape[0], units->shape[0], rows->shape[1]};
    const size_t row = (size_t)p.dim * (size_t)rows->itemsize + LINE; /* to the end of a vector */
    room = PyMem_Malloc((size_t)p.count * row + LINE);
    if (!room) {
        PyErr_NoMemory();
        goto end;
    }
    void *line = room + (LINE - (size_t)room % LINE);
    const int wide = HAS("avx512f"), single = numbers(rows) == 'f';
    Py_BEGIN_ALLOW_THREADS
    if (wide)
        (single ? cosines_wide_f : cosines_wide_d)(&p, line);
    else
        (single ? cosines_f : cosines_d)(&p, line);
    Py_END_ALLOW_THREADS
    Py_INCREF(result = Py_None);
end:
    PyMem_Free(room);
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    return result;
}
