/* Rows of packed bits within a distance of each query: bits compared, counted, added up over planes,
 * weighed and held to the query's limit, in one pass over the rows. No distance is written that is
 * too large.
 *
 * The bits are looked up by four: what each sixteenth of them is away from those of a query stands in
 * a table, with its weights, so that several bits a coordinate cost no more than one. A vector of
 * bytes looks them up for 32 rows at a time, which stand beside each other for that; so it takes a
 * block of rows apart once for all queries; for one or two the processor counts bits as soon. Source: F. André, A.-M. Kermarrec, N. Le Scouarnec, Cache
 * locality is not enough, VLDB 2015; for these bits J. Gao, C. Long, RaBitQ, SIGMOD 2024.
 *
 * Part of the extension of _fused.c, which says what it is built for.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <immintrin.h>
#include <string.h>

#define WIDE __attribute__((target("avx2,fma")))
#define COUNTING __attribute__((target("popcnt"), noinline)) /* which takes its registers */
#define GROUPS 4             /* of 32 rows, that are compared at a time */
#define ROWS (32 * GROUPS)
#define LINE 64              /* bytes */
#define PART 16              /* bytes of a row that are taken apart at a time, into 2 · PART fours */
#define FEW 2                /* queries, times their bits, for which taking rows apart does not pay */
#define MOST_BITS 5          /* of a query's coordinate, so that a byte holds what four of them differ by */

/* What is compared: (planes) arrays of rows and as many of queries, lowest bits first. */
typedef struct {
    const Py_buffer *rows, *queries;
    Py_ssize_t planes, length, count, bits;
    Py_ssize_t fours;                /* of bits, of a row over all planes */
    const int *farthest;
    Py_ssize_t *which, *row, *apart; /* what is found */
    __m256i *block;                  /* rows (fours, GROUPS) */
    __m128i *tables;                 /* of queries (queries, fours) */
} Work;

/* The fours of bytes, of each the upper half first, as it stands in the bits. */
#define LOW(x, mask) _mm256_and_si256(x, mask)
#define HIGH(x, mask) _mm256_and_si256(_mm256_srli_epi16(x, 4), mask)

/* Write the fours of 32 rows, one beside the other. */
WIDE static void take_apart(const Work *w, Py_ssize_t start, __m256i *to)
{
    const __m256i mask = _mm256_set1_epi8(15);
    for (Py_ssize_t p = 0; p < w->planes; p++) {
        const Py_buffer *plane = w->rows + p;
        for (Py_ssize_t i = 0; i < plane->shape[1]; i += PART) {
            const size_t some = plane->shape[1] - i < PART ? (size_t)(plane->shape[1] - i) : PART;
            __m256i x[PART], y[PART];
            for (int r = 0; r < PART; r++) {
                __m128i halves[2];
                for (int h = 0; h < 2; h++) {
                    Py_ssize_t row = start + r + PART * h;
                    const char *from = (const char *)plane->buf + row * plane->strides[0] + i;
                    halves[h] = _mm_setzero_si128();
                    if (row < w->length && some == PART)
                        halves[h] = _mm_loadu_si128((const __m128i *)from);
                    else if (row < w->length)
                        memcpy(halves + h, from, some);
                }
                x[r] = _mm256_set_m128i(halves[1], halves[0]);
            }
            for (int round = 0; round < 2; round++) { /* four shuffles of all make columns of rows */
                for (int r = 0; r < PART / 2; r++) {
                    y[2 * r] = _mm256_unpacklo_epi8(x[r], x[r + PART / 2]);
                    y[2 * r + 1] = _mm256_unpackhi_epi8(x[r], x[r + PART / 2]);
                }
                for (int r = 0; r < PART / 2; r++) {
                    x[2 * r] = _mm256_unpacklo_epi8(y[r], y[r + PART / 2]);
                    x[2 * r + 1] = _mm256_unpackhi_epi8(y[r], y[r + PART / 2]);
                }
            }
            for (int r = 0; r < PART; r++, to += 2 * GROUPS) {
                to[0] = LOW(x[r], mask);
                to[GROUPS] = HIGH(x[r], mask);
            }
        }
    }
}

/* Write how far each sixteen of four bits are from those of a query. */
WIDE static void tabulate(const Work *w, Py_ssize_t query, __m128i *to)
{
    const __m128i each = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m128i ones = _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    memset(to, 0, sizeof(__m128i) * (size_t)w->fours);
    for (Py_ssize_t p = 0; p < w->planes; p++) {
        const Py_buffer *plane = w->queries + p;
        const Py_ssize_t width = plane->shape[1];
        for (Py_ssize_t j = 0; j < w->bits; j++) {
            const unsigned char *from = plane->buf;
            from += (j * w->count + query) * plane->strides[0];
            for (Py_ssize_t i = 0; i < 2 * width; i++) {
                char four = (char)(from[i / 2] >> 4 * (i & 1) & 15);
                __m128i differ = _mm_xor_si128(each, _mm_set1_epi8(four));
                __m128i apart = _mm_slli_epi16(_mm_shuffle_epi8(ones, differ), (int)j);
                to[i] = _mm_add_epi8(to[i], apart);
            }
        }
        to += 2 * PART * ((width + PART - 1) / PART);
    }
}

/* Write the distances of a block of rows to a query; of each group those of even rows, then of odd. */
WIDE static void compare(const Work *w, const __m128i *table, __m256i *even, __m256i *odd)
{
    const __m256i *rows = w->block, zero = _mm256_setzero_si256(), low = _mm256_set1_epi16(255);
    const Py_ssize_t some = 255 / (4 * ((1 << w->bits) - 1)); /* that a byte has room for */
    for (int g = 0; g < GROUPS; g++)
        even[g] = odd[g] = zero;
    for (Py_ssize_t i = 0; i < w->fours;) {
        __m256i sums[GROUPS] = {zero, zero, zero, zero};
        Py_ssize_t end = w->fours - i > some ? i + some : w->fours;
        for (; i < end; i++, rows += GROUPS) {
            const __m256i both = _mm256_broadcastsi128_si256(table[i]);
            sums[0] = _mm256_add_epi8(sums[0], _mm256_shuffle_epi8(both, rows[0]));
            sums[1] = _mm256_add_epi8(sums[1], _mm256_shuffle_epi8(both, rows[1]));
            sums[2] = _mm256_add_epi8(sums[2], _mm256_shuffle_epi8(both, rows[2]));
            sums[3] = _mm256_add_epi8(sums[3], _mm256_shuffle_epi8(both, rows[3]));
        }
        for (int g = 0; g < GROUPS; g++) {
            even[g] = _mm256_add_epi16(even[g], _mm256_and_si256(sums[g], low));
            odd[g] = _mm256_add_epi16(odd[g], _mm256_srli_epi16(sums[g], 8));
        }
    }
}

/* Which of 16 distances are no larger than the limit, both unsigned. */
#define WITHIN(apart, limit) _mm256_cmpeq_epi16(_mm256_min_epu16(apart, limit), apart)

/* Write what is found, by blocks of rows, in each by query, then by row; how many pairs that are. */
WIDE static Py_ssize_t search(const Work *w)
{
    const __m256i low = _mm256_set1_epi16(255);
    Py_ssize_t found = 0;
    for (Py_ssize_t q = 0; q < w->count; q++)
        tabulate(w, q, w->tables + q * w->fours);
    for (Py_ssize_t start = 0; start < w->length; start += ROWS) {
        for (int g = 0; g < GROUPS; g++)
            take_apart(w, start + 32 * g, w->block + g);
        for (Py_ssize_t q = 0; q < w->count; q++) {
            __m256i even[GROUPS], odd[GROUPS];
            const int farthest = w->farthest[q];
            const __m256i limit = _mm256_set1_epi16((short)(farthest < 65535 ? farthest : 65535));
            if (farthest < 0)
                continue;
            compare(w, w->tables + q * w->fours, even, odd);
            for (int g = 0; g < GROUPS; g++) {
                __m256i some = _mm256_andnot_si256(low, WITHIN(odd[g], limit));
                some = _mm256_or_si256(some, _mm256_and_si256(low, WITHIN(even[g], limit)));
                Py_ssize_t first = start + 32 * g, left = w->length - first;
                unsigned near = (unsigned)_mm256_movemask_epi8(some);
                unsigned short apart[2][16];
                near &= left < 32 ? left < 0 ? 0 : (1u << left) - 1 : ~0u;
                if (!near)
                    continue;
                _mm256_storeu_si256((__m256i *)apart[0], even[g]);
                _mm256_storeu_si256((__m256i *)apart[1], odd[g]);
                for (; near; near &= near - 1, found++) {
                    int i = __builtin_ctz(near);
                    w->which[found] = q;
                    w->row[found] = first + i;
                    w->apart[found] = apart[i & 1][i / 2];
                }
            }
        }
    }
    return found;
}

/* Eight bytes wherever they stand. */
typedef unsigned long long __attribute__((may_alias, aligned(1))) Word;
#define COUNT(i) __builtin_popcountll(a[i] ^ b##i)

/* Add the number of bits in which each of some rows differs from a query, times 2ʲ. */
COUNTING static void add(const char *row, Py_ssize_t step, Py_ssize_t rows, const char *query,
                         Py_ssize_t bytes, int j, int *apart)
{
    for (; bytes >= LINE; bytes -= LINE, row += LINE, query += LINE) {
        const Word *a = (const Word *)row, *b = (const Word *)query;
        const Word b0 = b[0], b1 = b[1], b2 = b[2], b3 = b[3], b4 = b[4], b5 = b[5], b6 = b[6], b7 = b[7];
        for (Py_ssize_t r = 0; r < rows; r++, a = (const Word *)((const char *)a + step))
            apart[r] += (COUNT(0) + COUNT(1) + COUNT(2) + COUNT(3) + COUNT(4) + COUNT(5) + COUNT(6)
                         + COUNT(7)) << j;
    }
    for (Py_ssize_t i = 0; i < bytes; i++)
        for (Py_ssize_t r = 0; r < rows; r++)
            apart[r] += __builtin_popcount((unsigned char)(row[r * step + i] ^ query[i])) << j;
}

/* What `search` does, pair by pair. */
COUNTING static Py_ssize_t search_few(const Work *w)
{
    Py_ssize_t found = 0;
    for (Py_ssize_t start = 0; start < w->length; start += ROWS) {
        const Py_ssize_t rows = w->length - start < ROWS ? w->length - start : ROWS;
        for (Py_ssize_t q = 0; q < w->count; q++) {
            const int farthest = w->farthest[q];
            int apart[ROWS] = {0};
            for (Py_ssize_t p = 0; p < w->planes; p++)
                for (Py_ssize_t j = 0; j < w->bits; j++) {
                    const Py_buffer *plane = w->rows + p, *queries = w->queries + p;
                    const Py_ssize_t step = plane->strides[0], its = queries->strides[0];
                    add((const char *)plane->buf + start * step, step, rows,
                        (const char *)queries->buf + (j * w->count + q) * its, plane->shape[1], (int)j,
                        apart);
                }
            for (Py_ssize_t r = 0; r < rows; r++) {
                if (apart[r] > farthest)
                    continue;
                w->which[found] = q;
                w->row[found] = start + r;
                w->apart[found++] = apart[r];
            }
        }
    }
    return found;
}

/* Whether all arrays are what `within` says; sets the sizes. */
static int fits(Work *w, const Py_buffer *farthest, const Py_buffer *out)
{
    if (farthest->ndim != 1 || strcmp(farthest->format, "i") || out->ndim != 2 || out->shape[0] != 3
        || out->itemsize != sizeof(Py_ssize_t) || !strchr("lqn", out->format[0]))
        return 0;
    w->count = farthest->shape[0];
    for (Py_ssize_t p = 0; p < w->planes; p++) {
        const Py_buffer *rows = w->rows + p, *queries = w->queries + p;
        if (rows->ndim != 2 || queries->ndim != 2 || strcmp(rows->format, "B")
            || strcmp(queries->format, "B") || rows->shape[1] != queries->shape[1]
            || (rows->shape[1] > 1 && (rows->strides[1] != 1 || queries->strides[1] != 1))
            || rows->shape[0] != w->rows->shape[0] || queries->shape[0] != w->queries->shape[0])
            return 0;
        w->fours += 2 * PART * ((rows->shape[1] + PART - 1) / PART);
    }
    w->length = w->rows->shape[0];
    w->bits = w->count ? w->queries->shape[0] / w->count : 1;
    return w->bits >= 1 && w->bits <= MOST_BITS
           && w->bits * w->count == w->queries->shape[0]
           && (!w->count || w->length <= out->shape[1] / w->count);
}

static PyObject *refused(void)
{
    PyErr_SetString(PyExc_ValueError, "the arrays are not those that within() is for");
    return NULL;
}

PyObject *within(PyObject *self, PyObject *arguments)
{
    PyObject *rows, *queries, *limits, *room, *result = NULL;
    Work work = {0};
    Py_ssize_t opened = 0, found = 0;
    char *memory = NULL;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "O!O!OO", &PyTuple_Type, &rows, &PyTuple_Type, &queries, &limits,
                          &room))
        return NULL;
    Py_ssize_t planes = work.planes = PyTuple_Size(rows), all = 2 * planes + 2;
    if (!planes || PyTuple_Size(queries) != planes)
        return refused();
    Py_buffer *views = PyMem_Calloc((size_t)all, sizeof(Py_buffer));
    if (!views)
        return PyErr_NoMemory();
    for (; opened < all; opened++) {
        PyObject *array = opened < planes       ? PyTuple_GetItem(rows, opened)
                          : opened < 2 * planes ? PyTuple_GetItem(queries, opened - planes)
                          : opened + 1 < all    ? limits
                                                : room;
        int kind = opened < 2 * planes ? PyBUF_STRIDED_RO
                   : opened + 1 < all  ? PyBUF_ND
                                       : PyBUF_ND | PyBUF_WRITABLE;
        if (!array || PyObject_GetBuffer(array, views + opened, kind | PyBUF_FORMAT) < 0)
            goto end;
    }
    work.rows = views;
    work.queries = views + planes;
    if (!fits(&work, views + all - 2, views + all - 1)) {
        refused();
        goto end;
    }
    if (4 * work.fours * ((1 << work.bits) - 1) >= 1 << 16) {
        Py_INCREF(result = Py_None); /* a sum would not find room */
        goto end;
    }
    work.farthest = views[all - 2].buf;
    work.which = views[all - 1].buf;
    work.row = work.which + views[all - 1].shape[1];
    work.apart = work.row + views[all - 1].shape[1];
    size_t block = sizeof(__m256i) * GROUPS * (size_t)work.fours;
    memory = PyMem_Malloc(LINE + block + sizeof(__m128i) * (size_t)(work.fours * work.count));
    if (!memory) {
        PyErr_NoMemory();
        goto end;
    }
    work.block = (__m256i *)(memory + (LINE - (size_t)memory % LINE));
    work.tables = (__m128i *)((char *)work.block + block);
    Py_BEGIN_ALLOW_THREADS
    found = work.bits * work.count > FEW ? search(&work) : search_few(&work);
    Py_END_ALLOW_THREADS
    result = PyLong_FromSsize_t(found);
end:
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    PyMem_Free(memory);
    PyMem_Free(views);
    return result;
}
