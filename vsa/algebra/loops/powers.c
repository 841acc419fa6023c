/* Whole powers of complex numbers, and real powers of phases, each number in registers from its
 * reading to its writing; the cosine of two rows in one pass. All in double precision, whatever the
 * numbers are kept in.
 *
 * A whole power is made by squaring, of a modulus that is 1 but for rounding as of 1. Sine and cosine
 * are polynomials of at most an eighth of a turn (fdlibm's kernels, Sun Microsystems 1993), of turns,
 * of which a float loses whole ones without rounding.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <immintrin.h>
#include <math.h>
#include <string.h>

#define WIDE __attribute__((target("avx2,fma")))
#define INLINE WIDE static inline __attribute__((always_inline))
#define UNIT 1e-6        /* as in phasors.py */
#define UNLOCK (1 << 16) /* bytes of a result from which on other threads may run meanwhile */
#define FOUR 4           /* complex numbers at a time */

typedef __m256d Real; /* of four numbers, in the order 0, 2, 1, 3, in which they are taken apart */
typedef struct {
    Real re, im;
} Complex;

/* What is computed: of `count` numbers their whole power, or of so many phases, as doubles in turns, a
 * row for each exponent. `wide` numbers are of doubles, others of floats. */
typedef struct {
    char *out;
    const char *from;
    Py_ssize_t rows, count;
    const double *exponents; /* or none, but */
    unsigned long long power;
    int inverse; /* of the reciprocal */
} Work;

INLINE Real times(Real a, Real b) { return _mm256_mul_pd(a, b); }
INLINE Real all(double x) { return _mm256_set1_pd(x); }

/* Four real numbers. */
INLINE Real load(const char *from, int wide)
{
    return wide ? _mm256_loadu_pd((const double *)from)
                : _mm256_cvtps_pd(_mm_loadu_ps((const float *)from));
}

INLINE Complex load_complex(const char *from, int wide)
{
    Real a = load(from, wide), b = load(from + (wide ? 32 : 16), wide);
    return (Complex){_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b)};
}

INLINE void store_complex(char *to, Complex z, int wide)
{
    Real a = _mm256_unpacklo_pd(z.re, z.im), b = _mm256_unpackhi_pd(z.re, z.im);
    if (wide) {
        _mm256_storeu_pd((double *)to, a);
        _mm256_storeu_pd((double *)to + FOUR, b);
    } else {
        _mm_storeu_ps((float *)to, _mm256_cvtpd_ps(a));
        _mm_storeu_ps((float *)to + FOUR, _mm256_cvtpd_ps(b));
    }
}

INLINE Complex product(Complex a, Complex b)
{
    return (Complex){_mm256_fmsub_pd(a.re, b.re, times(a.im, b.im)),
                     _mm256_fmadd_pd(a.re, b.im, times(a.im, b.re))};
}

INLINE Real squared(Complex z) { return _mm256_fmadd_pd(z.re, z.re, times(z.im, z.im)); }

INLINE Complex whole(Complex z, const Work *w)
{
    const Real one = all(1);
    Complex result = {one, all(0)};
    Real modulus = _mm256_sqrt_pd(squared(z));
    Real off = _mm256_andnot_pd(all(-0.0), _mm256_sub_pd(modulus, one));
    Real near = _mm256_cmp_pd(off, all(UNIT), _CMP_LT_OQ);
    Real factor = _mm256_blendv_pd(one, _mm256_div_pd(one, modulus), near);
    z = (Complex){times(z.re, factor), times(z.im, factor)};
    if (w->inverse) {
        factor = _mm256_div_pd(one, squared(z));
        z = (Complex){times(z.re, factor), times(z.im, _mm256_xor_pd(factor, all(-0.0)))};
    }
    for (unsigned long long left = w->power;; z = product(z, z)) {
        if (left & 1)
            result = product(result, z);
        if (!(left >>= 1))
            return result;
    }
}

/* The phasor of so many turns. */
INLINE Complex turned(Real turns, Real exponent)
{
    enum { NEAREST = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC };
    static const double SINE[] = {1.58969099521155010221e-10, -2.50507602534068634195e-08,
                                  2.75573137070700676789e-06, -1.98412698298579493134e-04,
                                  8.33333333332248946124e-03, -1.66666666666666324348e-01};
    static const double COSINE[] = {-1.13596475577881948265e-11, 2.08757232129817482790e-09,
                                    -2.75573143513906633035e-07, 2.48015872894767294178e-05,
                                    -1.38888888888741095749e-03, 4.16666666666666019037e-02};
    Real off = _mm256_round_pd(times(turns, exponent), NEAREST);
    turns = _mm256_fmsub_pd(turns, exponent, off);
    Real quarters = _mm256_round_pd(times(turns, all(4)), NEAREST); /* of a turn, -2 … 2 */
    Real x = times(_mm256_fnmadd_pd(quarters, all(.25), turns), all(6.283185307179586));
    Real square = times(x, x), sine = all(SINE[0]), cosine = all(COSINE[0]);
    for (int i = 1; i < 6; i++) {
        sine = _mm256_fmadd_pd(sine, square, all(SINE[i]));
        cosine = _mm256_fmadd_pd(cosine, square, all(COSINE[i]));
    }
    sine = _mm256_fmadd_pd(times(sine, square), x, x);
    cosine = _mm256_fmadd_pd(times(cosine, square), square, _mm256_fnmadd_pd(square, all(.5), all(1)));
    /* a quarter makes of the two each other, and two of them their opposites */
    __m256i quarter = _mm256_cvtepi32_epi64(_mm256_cvtpd_epi32(quarters)), two = _mm256_set1_epi64x(2);
    Real odd = _mm256_castsi256_pd(_mm256_slli_epi64(quarter, 63));
    __m256i next = _mm256_add_epi64(quarter, _mm256_set1_epi64x(1));
    Real minus = _mm256_castsi256_pd(_mm256_slli_epi64(_mm256_and_si256(quarter, two), 62));
    Real less = _mm256_castsi256_pd(_mm256_slli_epi64(_mm256_and_si256(next, two), 62));
    return (Complex){_mm256_xor_pd(_mm256_blendv_pd(cosine, sine, odd), less),
                     _mm256_xor_pd(_mm256_blendv_pd(sine, cosine, odd), minus)};
}

INLINE void four(char *to, const char *from, const Work *w, Real exponent, int wide)
{
    /* phases in the order in which complex numbers are taken apart */
    Complex z = w->exponents ? turned(_mm256_permute4x64_pd(load(from, 1), 0xD8), exponent)
                             : whole(load_complex(from, wide), w);
    store_complex(to, z, wide);
}

/* The last ones of a row in a room of their own, so that all are computed by the same instructions. */
INLINE void compute(const Work *w, int wide)
{
    const size_t size = wide ? 16 : 8, of = w->exponents ? sizeof(double) : size;
    char *to = w->out;
    for (Py_ssize_t row = 0; row < w->rows; row++) {
        const Real exponent = all(w->exponents ? w->exponents[row] : 0);
        const char *from = w->from;
        Py_ssize_t left = w->count;
        for (; left >= FOUR; left -= FOUR, from += FOUR * of, to += FOUR * size)
            four(to, from, w, exponent, wide);
        if (left) {
            char last[FOUR * 16] = {0}, made[FOUR * 16];
            four(made, memcpy(last, from, (size_t)left * of), w, exponent, wide);
            memcpy(to, made, (size_t)left * size);
            to += (size_t)left * size;
        }
    }
}

WIDE static void compute_f(const Work *w) { compute(w, 0); }
WIDE static void compute_d(const Work *w) { compute(w, 1); }

/* Of real numbers and their weights, or none; 0 of what has no length. Each sum in vectors of its own, as one
 * alone would wait for each of its additions. */
INLINE double cosine_of(const char *a, const char *b, const char *weights, Py_ssize_t left, int wide,
                        int weighs)
{
    enum { VECTORS = 2, MANY = VECTORS * FOUR };
    const size_t size = wide ? sizeof(double) : sizeof(float);
    Real sums[3][VECTORS];
    double total[3] = {0}, lanes[FOUR];
    for (int i = 0; i < 3 * VECTORS; i++)
        sums[i / VECTORS][i % VECTORS] = all(0);
    for (; left > 0; left -= MANY, a += MANY * size, b += MANY * size) {
        char last[3][MANY * sizeof(double)] = {{0}};
        const char *from[3] = {a, b, weights};
        for (int j = 0; j < 2 + weighs && left < MANY; j++)
            from[j] = memcpy(last[j], from[j], (size_t)left * size);
        for (int i = 0; i < VECTORS; i++) {
            Real x = load(from[0] + i * FOUR * size, wide), y = load(from[1] + i * FOUR * size, wide);
            Real u = x, v = y;
            if (weighs) {
                Real weight = load(from[2] + i * FOUR * size, wide);
                u = times(weight, x), v = times(weight, y);
            }
            sums[0][i] = _mm256_fmadd_pd(u, x, sums[0][i]);
            sums[1][i] = _mm256_fmadd_pd(u, y, sums[1][i]);
            sums[2][i] = _mm256_fmadd_pd(v, y, sums[2][i]);
        }
        if (weighs)
            weights += MANY * size;
    }
    for (int j = 0; j < 3; j++)
        for (int i = 0; i < VECTORS; i++) {
            _mm256_storeu_pd(lanes, sums[j][i]);
            total[j] += lanes[0] + lanes[1] + lanes[2] + lanes[3];
        }
    return total[0] > 0 && total[2] > 0 ? total[1] / (sqrt(total[0]) * sqrt(total[2])) : 0;
}

WIDE static double cosine_f(const char *a, const char *b, const char *weights, Py_ssize_t count)
{
    return weights ? cosine_of(a, b, weights, count, 0, 1) : cosine_of(a, b, NULL, count, 0, 0);
}

WIDE static double cosine_d(const char *a, const char *b, const char *weights, Py_ssize_t count)
{
    return weights ? cosine_of(a, b, weights, count, 1, 1) : cosine_of(a, b, NULL, count, 1, 0);
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

static void run(const Work *w, const Py_buffer *out)
{
    void (*loop)(const Work *) = is(out, "Zd") ? compute_d : compute_f;
    if (out->len < UNLOCK) {
        loop(w);
        return;
    }
    Py_BEGIN_ALLOW_THREADS
    loop(w);
    Py_END_ALLOW_THREADS
}

PyObject *whole_power(PyObject *self, PyObject *arguments)
{
    PyObject *arrays[2];
    Py_buffer views[2];
    long long power;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOL", arrays, arrays + 1, &power))
        return NULL;
    int opened = open_all(arrays, views, 2, 1), done = 0;
    if (opened == 2 && complex_format(views) && is(views, views[1].format)
        && views[0].len == views[1].len) {
        Work work = {.out = views[0].buf, .from = views[1].buf, .rows = 1,
                     .count = views[0].len / views[0].itemsize, .inverse = power < 0,
                     .power = power < 0 ? 0ULL - (unsigned long long)power : (unsigned long long)power};
        run(&work, views);
        done = 1;
    }
    close_all(views, opened);
    return PyBool_FromLong(done);
}

PyObject *real_powers(PyObject *self, PyObject *arguments)
{
    PyObject *arrays[3];
    Py_buffer views[3];
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOO", arrays, arrays + 1, arrays + 2))
        return NULL;
    int opened = open_all(arrays, views, 3, 1), done = 0;
    if (opened == 3 && complex_format(views) && is(views + 1, "d") && is(views + 2, "d")) {
        Work work = {.out = views[0].buf, .from = views[1].buf, .exponents = views[2].buf,
                     .rows = views[2].len / views[2].itemsize,
                     .count = views[1].len / views[1].itemsize};
        done = work.rows * work.count == views[0].len / views[0].itemsize;
        if (done)
            run(&work, views);
    }
    close_all(views, opened);
    return PyBool_FromLong(done);
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
        result = PyFloat_FromDouble((wide ? cosine_d : cosine_f)(v[0].buf, v[1].buf,
                                                                 many == 3 ? v[2].buf : NULL, count));
    } else
        Py_INCREF(result = Py_None);
    close_all(v, opened);
    return result;
}
