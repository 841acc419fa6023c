/* Sums of elementwise products of complex rows, Σ aᵢ·bᵢ + Σ cⱼ, in one pass over memory, and scaled
 * to length 1 if asked, while they are in cache.
 *
 * NumPy makes one product and one sum at a time, each a pass over its operands; here a vector of
 * eight numbers is summed in a register and written once. The order of operations and their rounding
 * are those of NumPy where it multiplies with FMA: the products first, from left to right. Every
 * number is computed by the same instructions wherever in a block it stands, so that results do not
 * depend on how rows are cut. vsa/algebra/fused.py calls this, and does without where it is not.
 *
 * Built by hatch_build.py against Python's stable ABI, for x86-64; of processors without AVX2 and FMA
 * the import fails, since NumPy is faster there than this would be.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <immintrin.h>
#include <math.h>
#include <string.h>

#define WIDE __attribute__((target("avx2,fma")))
#define UNLOCK (1 << 16) /* bytes of a result from which on other threads may run meanwhile */

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

/* The loop, for float (f, ps) and double (d, pd). At j the sum of all terms is `sum`. */
#define SUM(VECTOR, KIND, SUFFIX, LOAD)                                                             \
    VECTOR sum = times_##KIND(LOAD(0), LOAD(pairs));                                                \
    for (Py_ssize_t i = 1; i < pairs; i++)                                                          \
        sum = _mm256_add_##SUFFIX(sum, times_##KIND(LOAD(i), LOAD(pairs + i)));                     \
    for (Py_ssize_t i = 2 * pairs; i < all; i++)                                                    \
        sum = _mm256_add_##SUFFIX(sum, LOAD(i));

#define ROW(NAME, REAL, VECTOR, KIND, SUFFIX)                                                       \
    WIDE static void NAME(char *to, char *const *terms, Py_ssize_t pairs, Py_ssize_t all,           \
                          Py_ssize_t count)                                                         \
    {                                                                                               \
        const Py_ssize_t lanes = 32 / sizeof(REAL);                                                 \
        REAL *out = (REAL *)to;                                                                     \
        Py_ssize_t j = 0, end = 2 * count;                                                          \
        for (; j + lanes <= end; j += lanes) {                                                      \
            SUM(VECTOR, KIND, SUFFIX, WHOLE_##KIND)                                                 \
            _mm256_storeu_##SUFFIX(out + j, sum);                                                   \
        }                                                                                           \
        if (j < end) {                                                                              \
            __m256i mask = first_##KIND(end - j);                                                   \
            SUM(VECTOR, KIND, SUFFIX, PART_##KIND)                                                  \
            _mm256_maskstore_##SUFFIX(out + j, mask, sum);                                          \
        }                                                                                           \
    }

/* Sums of squares in four vectors, as one alone would wait for each of its additions. */
#define SCALE(NAME, REAL, VECTOR, SUFFIX, ROOT)                                                     \
    WIDE static void NAME(char *from, const char *given, Py_ssize_t count)                          \
    {                                                                                               \
        enum { LANES = 32 / sizeof(REAL), MANY = 4 * LANES };                                       \
        const REAL *weights = (const REAL *)given;                                                  \
        REAL *row = (REAL *)from, lanes[MANY], square = 0;                                          \
        VECTOR sums[4];                                                                             \
        Py_ssize_t j = 0, end = 2 * count;                                                          \
        for (int i = 0; i < 4; i++)                                                                 \
            sums[i] = _mm256_setzero_##SUFFIX();                                                    \
        for (; j + MANY <= end; j += MANY)                                                          \
            for (int i = 0; i < 4; i++) {                                                           \
                VECTOR x = _mm256_loadu_##SUFFIX(row + j + i * LANES);                              \
                VECTOR w = _mm256_loadu_##SUFFIX(weights + j + i * LANES);                          \
                sums[i] = _mm256_fmadd_##SUFFIX(_mm256_mul_##SUFFIX(w, x), x, sums[i]);             \
            }                                                                                       \
        for (int i = 0; i < 4; i++)                                                                 \
            _mm256_storeu_##SUFFIX(lanes + i * LANES, sums[i]);                                     \
        for (int i = 0; i < MANY; i++)                                                              \
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

#define WHOLE_f(i) _mm256_loadu_ps((const float *)terms[i] + j)
#define WHOLE_d(i) _mm256_loadu_pd((const double *)terms[i] + j)
#define PART_f(i) _mm256_maskload_ps((const float *)terms[i] + j, mask)
#define PART_d(i) _mm256_maskload_pd((const double *)terms[i] + j, mask)

ROW(row_f, float, __m256, f, ps)
ROW(row_d, double, __m256d, d, pd)
SCALE(scale_f, float, __m256, ps, sqrtf)
SCALE(scale_d, double, __m256d, pd, sqrt)

/* --- arrays -------------------------------------------------------------------------------- */

/* The bytes that an array reaches over, [low, high). */
static void reach(const Py_buffer *view, char **low, char **high)
{
    *low = *high = view->buf;
    for (int d = 0; d < view->ndim; d++) {
        Py_ssize_t far = (view->shape[d] - 1) * view->strides[d];
        *(far < 0 ? low : high) += far;
    }
    *high += view->itemsize;
}

/* Whether writing to one array leaves another as it is, or changes each number after its reading. */
static int apart(const Py_buffer *out, const Py_buffer *view)
{
    char *low, *high, *from, *to;
    reach(out, &low, &high);
    reach(view, &from, &to);
    if (to <= low || high <= from)
        return 1;
    size_t size = sizeof(Py_ssize_t) * (size_t)out->ndim;
    return view->buf == out->buf && view->ndim == out->ndim
           && !memcmp(view->shape, out->shape, size) && !memcmp(view->strides, out->strides, size);
}

/* Whether the last axis of an array is as long as that of the result and in one piece, and its batch
 * broadcasts to that of the result; its steps along that batch. */
static int fits(const Py_buffer *out, const Py_buffer *view, Py_ssize_t *steps)
{
    int batch = out->ndim - 1, lack = out->ndim - view->ndim;
    if (view->ndim < 1 || lack < 0 || view->itemsize != out->itemsize
        || strcmp(view->format, out->format) || view->shape[view->ndim - 1] != out->shape[batch]
        || (out->len && out->shape[batch] > 1 && view->strides[view->ndim - 1] != view->itemsize))
        return 0; /* of a single number, or of none, the stride says nothing */
    for (int d = 0; d < batch; d++) {
        Py_ssize_t length = d < lack ? 1 : view->shape[d - lack];
        if (length != 1 && length != out->shape[d])
            return 0;
        steps[d] = length == 1 ? 0 : view->strides[d - lack];
    }
    return 1;
}

/* Whether these are real weights for each number of a row of the result, re and im. */
static int weigh(const Py_buffer *out, const Py_buffer *weights)
{
    return out->ndim > 0 && weights->ndim == 1 && weights->shape[0] == 2 * out->shape[out->ndim - 1]
           && out->format[0] == 'Z' && !strcmp(weights->format, out->format + 1);
}

/* What is computed: the terms, then the result, with the steps of each along `batch` axes. */
typedef struct {
    Row *row;
    Scale *scale;
    const char *weights; /* of a length to be 1, or none */
    Py_ssize_t pairs, all, count;
    int batch;
    const Py_ssize_t *shape;
    char **arrays;
    Py_ssize_t *steps, *index;
} Work;

static void compute(const Work *w)
{
    int d;
    do {
        w->row(w->arrays[w->all], w->arrays, w->pairs, w->all, w->count);
        if (w->weights)
            w->scale(w->arrays[w->all], w->weights, w->count);
        for (d = w->batch - 1; d >= 0; d--) { /* the next row: the last axis moves first */
            int back = ++w->index[d] == w->shape[d];
            for (Py_ssize_t t = 0; t <= w->all; t++)
                w->arrays[t] += (back ? 1 - w->shape[d] : 1) * w->steps[t * w->batch + d];
            if (!back)
                break;
            w->index[d] = 0;
        }
    } while (d >= 0);
}

/* Compute with the views of the terms and, the last, of the result; whether that can be done. */
static int summed(const Py_buffer *views, Work *w)
{
    const Py_buffer *out = views + w->all;
    int one = 1; /* whether all are in one piece, to be taken as one long row */
    if (out->ndim < 1 || (strcmp(out->format, "Zf") && strcmp(out->format, "Zd")))
        return 0;
    w->row = out->format[1] == 'f' ? row_f : row_d;
    w->scale = out->format[1] == 'f' ? scale_f : scale_d;
    w->batch = out->ndim - 1;
    w->shape = out->shape;
    w->count = out->shape[w->batch];
    w->index = w->steps + (w->all + 1) * w->batch;
    for (Py_ssize_t t = 0; t <= w->all; t++) {
        if (!fits(out, views + t, w->steps + t * w->batch) || (out->len && !apart(out, views + t)))
            return 0;
        w->arrays[t] = views[t].buf;
        one = one && views[t].len == out->len && PyBuffer_IsContiguous(views + t, 'C');
    }
    if (one && !w->weights) {
        w->batch = 0;
        w->count = out->len / out->itemsize;
    }
    if (out->len < UNLOCK) {
        if (out->len)
            compute(w);
        return 1;
    }
    Py_BEGIN_ALLOW_THREADS
    compute(w);
    Py_END_ALLOW_THREADS
    return 1;
}

static PyObject *sum_of_products(PyObject *self, PyObject *arguments)
{
    PyObject *out, *terms, *weights = Py_None;
    Py_buffer weighing = {0};
    Work work = {0};
    Py_ssize_t opened = 0, most = 0;
    int done = 0;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OO!n|O", &out, &PyTuple_Type, &terms, &work.pairs, &weights))
        return NULL;
    work.all = PyTuple_Size(terms);
    if (work.pairs < 1 || 2 * work.pairs > work.all) {
        PyErr_SetString(PyExc_ValueError, "pairs must be at least 1, and terms twice as many");
        return NULL;
    }
    Py_buffer *views = PyMem_Calloc((size_t)work.all + 1, sizeof(Py_buffer));
    work.arrays = PyMem_Calloc((size_t)work.all + 1, sizeof(char *));
    if (!views || !work.arrays)
        goto end;
    for (; opened <= work.all; opened++) {
        int last = opened == work.all;
        PyObject *array = last ? out : PyTuple_GetItem(terms, opened);
        int flags = PyBUF_FORMAT | (last ? PyBUF_STRIDED : PyBUF_STRIDED_RO);
        if (PyObject_GetBuffer(array, views + opened, flags) < 0) {
            PyErr_Clear(); /* an array of another kind of memory, or not to be written to */
            done = -1;
            goto end;
        }
        most = views[opened].ndim > most ? views[opened].ndim : most;
    }
    work.steps = PyMem_Calloc((size_t)(work.all + 2) * (size_t)(most + 1), sizeof(Py_ssize_t));
    if (!work.steps)
        goto end;
    done = -1;
    if (weights != Py_None) {
        if (PyObject_GetBuffer(weights, &weighing, PyBUF_ND | PyBUF_FORMAT) < 0)
            PyErr_Clear();
        else if (weigh(views + work.all, &weighing))
            work.weights = weighing.buf;
    }
    if ((work.weights != NULL) == (weights != Py_None) && summed(views, &work))
        done = 1;
end:
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    PyBuffer_Release(&weighing);
    PyMem_Free(work.steps);
    PyMem_Free(work.arrays);
    PyMem_Free(views);
    return done ? PyBool_FromLong(done > 0) : PyErr_NoMemory();
}

PyObject *within(PyObject *self, PyObject *arguments); /* _near.c */
PyObject *ranked(PyObject *self, PyObject *arguments);

static PyMethodDef methods[] = {
    {"sum_of_products", sum_of_products, METH_VARARGS,
     "sum_of_products(out, terms, pairs, weights=None): write Σ aᵢ·bᵢ + Σ cⱼ; whether it could.\n\n"
     "terms: a tuple of `pairs` values, as many keys, and what else is added.  weights: for each real\n"
     "number of a row, how its square counts in the squared length, which is made 1."},
    {"within", within, METH_VARARGS,
     "within(planes, queries, farthest): the rows near to each query, and how far they are; None if\n"
     "distances might be 2¹⁶ or more.\n\n"
     "planes: a tuple of bytes (rows, width).  queries: of each plane (bits · queries, width), the lowest\n"
     "bits first; a distance is Σ 2ʲ · that to bit j.  farthest: (queries,), int32.  Three buffers come\n"
     "back: ends (queries + 1) of the part of each query, rows (ssize_t) and distances (double)."},
    {"ranked", ranked, METH_VARARGS,
     "ranked(planes, units, cuts, stored, most): the rows within all cuts of each query, nearest first,\n"
     "and their products; as `within` gives them.\n\n"
     "planes: a tuple of bytes (rows, width), signs.  units: (queries, dim).  cuts: tuples (planes, bits,\n"
     "distance).  stored: (rows, dim), numbers as those of `units`.  most: a query with so many rows\n"
     "within the first cut has none."},
    {NULL, NULL, 0, NULL},
};

static int begin(PyObject *module)
{
    (void)module;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return 0;
    PyErr_SetString(PyExc_ImportError, "this processor has no AVX2 and FMA");
    return -1;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, begin}, {0, NULL}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "vsa.algebra._fused", .m_methods = methods, .m_slots = slots,
};

PyMODINIT_FUNC PyInit__fused(void)
{
    return PyModuleDef_Init(&definition);
}
