/* Whole powers of complex numbers, and real powers of phases, each number in registers from its reading to
 * its writing; the cosine of two rows in one pass. All in double precision, whatever the numbers are kept in.
 *
 * A whole power is made by squaring, of a modulus that is 1 but for rounding as of 1. Sine and cosine are
 * polynomials of at most an eighth of a turn (fdlibm's kernels, Sun Microsystems 1993). The arithmetic is
 * in powers.h, for vectors of four numbers and, where a processor has AVX-512, of eight.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "processor.h"

#define UNIT 1e-6        /* as in phasors.py */
#define UNLOCK (1 << 16) /* bytes of a result, from which on other threads run meanwhile, and wider() counts */

/* What is computed: of `count` numbers their whole power, or of so many phases, as doubles in turns, a
 * row for each exponent. */
typedef struct {
    char *out;
    const char *from;
    Py_ssize_t rows, count;
    const double *exponents; /* or none, but */
    unsigned long long power;
    int inverse; /* of the reciprocal */
} Work;

#define REALS 4
#include "powers.h"
#define REALS 8
#include "powers.h"

#define LANES 4
#define MANY (2 * LANES)
#define INLINE WIDE static inline __attribute__((always_inline))

/* MANY numbers of two rows, and their weights: into each sum two vectors, as one alone would wait for each
 * of its additions. */
INLINE void add(__m256d (*sums)[2], const char *a, const char *b, const char *weights, int wide)
{
    const size_t size = wide ? sizeof(double) : sizeof(float);
    for (int i = 0; i < 2; i++) {
        __m256d x = load_4(a + i * LANES * size, wide), u = x;
        __m256d y = load_4(b + i * LANES * size, wide), v = y;
        if (weights) {
            __m256d weight = load_4(weights + i * LANES * size, wide);
            u = _mm256_mul_pd(weight, x), v = _mm256_mul_pd(weight, y);
        }
        sums[0][i] = _mm256_fmadd_pd(u, x, sums[0][i]);
        sums[1][i] = _mm256_fmadd_pd(u, y, sums[1][i]);
        sums[2][i] = _mm256_fmadd_pd(v, y, sums[2][i]);
    }
}

/* Of two rows of real numbers and their weights, or none; 0 of what has no length. */
INLINE double cosine_of(const char *a, const char *b, const char *weights, Py_ssize_t left, int wide)
{
    const size_t size = wide ? sizeof(double) : sizeof(float);
    __m256d sums[3][2];
    double total[3], lanes[LANES];
    for (int j = 0; j < 3; j++)
        sums[j][0] = sums[j][1] = _mm256_setzero_pd();
    for (; left >= MANY; left -= MANY, a += MANY * size, b += MANY * size) {
        add(sums, a, b, weights, wide);
        weights = weights ? weights + MANY * size : NULL;
    }
    if (left) {
        char last[3][MANY * sizeof(double)] = {{0}};
        memcpy(last[0], a, (size_t)left * size);
        memcpy(last[1], b, (size_t)left * size);
        if (weights)
            memcpy(last[2], weights, (size_t)left * size);
        add(sums, last[0], last[1], weights ? last[2] : NULL, wide);
    }
    for (int j = 0; j < 3; j++) {
        _mm256_storeu_pd(lanes, _mm256_add_pd(sums[j][0], sums[j][1]));
        total[j] = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    }
    return total[0] > 0 && total[2] > 0 ? total[1] / (sqrt(total[0]) * sqrt(total[2])) : 0;
}

WIDE static double cosine_f(const char *a, const char *b, const char *weights, Py_ssize_t count)
{
    return weights ? cosine_of(a, b, weights, count, 0) : cosine_of(a, b, NULL, count, 0);
}

WIDE static double cosine_d(const char *a, const char *b, const char *weights, Py_ssize_t count)
{
    return weights ? cosine_of(a, b, weights, count, 1) : cosine_of(a, b, NULL, count, 1);
}

/* --- arrays -------------------------------------------------------------------------------- */

/* Open some arrays, each in one piece; how many could be, from the first on. */
static int open_all(PyObject **arrays, Py_buffer *views, int count, int writes)
{
    for (int i = 0; i < count; i++)
        if (PyObject_GetBuffer(arrays[i], views + i,
                               PyBUF_ND | PyBUF_FORMAT | (writes && !i ? PyBUF_WRITABLE : 0)) < 0) {
            PyErr_Clear(); /* of another kind of memory, in pieces, or not to be written to */
            return i;
        }
    return count;
}

static void close_all(Py_buffer *views, int opened)
{
    while (opened > 0)
        PyBuffer_Release(views + --opened);
}

static int is(const Py_buffer *view, const char *format) { return !strcmp(view->format, format); }
static int complex_format(const Py_buffer *view) { return is(view, "Zf") || is(view, "Zd"); }

/* Whether all numbers that were written are finite. */
static PyObject *run(const Work *w, const Py_buffer *out)
{
    const int wide = is(out, "Zd");
    int finite;
    if (out->len < UNLOCK) {
        finite = powers_4(w, wide);
    } else {
        Py_BEGIN_ALLOW_THREADS
        finite = wider() ? powers_8(w, wide) : powers_4(w, wide); /* some 10 µs to begin with */
        Py_END_ALLOW_THREADS
    }
    return PyBool_FromLong(finite);
}

/* What comes back: None, if nothing was done. */
static PyObject *closed(PyObject *result, Py_buffer *views, int opened)
{
    close_all(views, opened);
    if (result == NULL)
        Py_INCREF(result = Py_None);
    return result;
}

PyObject *whole_power(PyObject *self, PyObject *arguments)
{
    PyObject *arrays[2], *result = NULL;
    Py_buffer views[2];
    long long power;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOL", arrays, arrays + 1, &power))
        return NULL;
    int opened = open_all(arrays, views, 2, 1);
    if (opened == 2 && complex_format(views) && is(views, views[1].format)
        && views[0].len == views[1].len) {
        Work work = {.out = views[0].buf, .from = views[1].buf, .rows = 1,
                     .count = views[0].len / views[0].itemsize, .inverse = power < 0,
                     .power = power < 0 ? 0ULL - (unsigned long long)power : (unsigned long long)power};
        result = run(&work, views);
    }
    return closed(result, views, opened);
}

PyObject *real_powers(PyObject *self, PyObject *arguments)
{
    PyObject *arrays[3], *result = NULL;
    Py_buffer views[3];
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOO", arrays, arrays + 1, arrays + 2))
        return NULL;
    int opened = open_all(arrays, views, 3, 1);
    if (opened == 3 && complex_format(views) && is(views + 1, "d") && is(views + 2, "d")) {
        Work work = {.out = views[0].buf, .from = views[1].buf, .exponents = views[2].buf,
                     .rows = views[2].len / views[2].itemsize,
                     .count = views[1].len / views[1].itemsize};
        if (work.rows * work.count == views[0].len / views[0].itemsize)
            result = run(&work, views);
    }
    return closed(result, views, opened);
}

PyObject *cosine(PyObject *self, PyObject *arguments)
{
    PyObject *arrays[3], *result = NULL;
    Py_buffer v[3];
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOO", arrays, arrays + 1, arrays + 2))
        return NULL;
    int many = PyFloat_Check(arrays[2]) ? 2 : 3, opened = open_all(arrays, v, many, 0);
    const char *real = opened < many ? "" : v[0].format + (v[0].format[0] == 'Z');
    int wide = !strcmp(real, "d");
    if ((wide || !strcmp(real, "f")) && is(v, v[1].format) && v[0].len == v[1].len
        && (many == 2 || (is(v + 2, real) && v[0].len == v[2].len))) {
        Py_ssize_t count = v[0].len / (Py_ssize_t)(wide ? sizeof(double) : sizeof(float));
        const char *weights = many == 3 ? v[2].buf : NULL;
        result = PyFloat_FromDouble((wide ? cosine_d : cosine_f)(v[0].buf, v[1].buf, weights, count));
    }
    return closed(result, v, opened);
}
