/* Rows of packed bits within a distance of each query: bits compared, counted, added up over planes,
 * weighed and held to the query's limit, in one pass over the rows. No distance is kept that is too
 * large.
 *
 * The bits are looked up by four: what each sixteenth of them is away from those of a query stands in
 * a table, with its weights, so that several bits a coordinate cost no more than one. A vector of
 * bytes looks them up for 32 rows at a time, which stand beside each other for that; so it takes a
 * block of rows apart once for all queries; for one or two, bytes are looked up row by row. Source:
 * F. André, A.-M. Kermarrec, N. Le Scouarnec, Cache locality is not enough, VLDB 2015; for these bits
 * J. Gao, C. Long, RaBitQ, SIGMOD 2024.
 */
#include "bits.h"

#define GROUPS 4             /* of 32 rows, that are compared at a time */
#define ROWS (32 * GROUPS)
#define LINE 64              /* bytes */
#define PART 16              /* bytes of a row that are taken apart at a time, into 2 · PART fours */
#define FEW 2                /* queries, times their bits, for which taking rows apart does not pay */
#define ROOM 64              /* rows of a list, to begin with */

/* Put a row on the list of a query. */
static inline void keep(Work *w, Py_ssize_t query, Py_ssize_t row, int apart)
{
    List *list = w->lists + query;
    if (list->count == list->room) {
        Py_ssize_t room = list->room ? 2 * list->room : ROOM;
        Near *near = realloc(list->near, (size_t)room * sizeof(Near));
        if (!near) {
            w->failed = 1;
            return;
        }
        list->near = near;
        list->room = room;
    }
    list->near[list->count++] = (Near){row, apart};
}

/* The fours of bytes, of each the upper half first, as it stands in the bits. */
#define LOW(x, mask) _mm256_and_si256(x, mask)
#define HIGH(x, mask) _mm256_and_si256(_mm256_srli_epi16(x, 4), mask)

/* Write the fours of 32 rows, one beside the other. */
WIDE static void take_apart(const Work *w, Py_ssize_t start, __m256i *to)
{
    const __m256i mask = _mm256_set1_epi8(15);
    for (Py_ssize_t p = 0; p < w->planes; p++) {
        const Plane *plane = w->rows + p;
        for (Py_ssize_t i = 0; i < plane->width; i += PART) {
            const size_t some = plane->width - i < PART ? (size_t)(plane->width - i) : PART;
            __m256i x[PART], y[PART];
            for (int r = 0; r < PART; r++) {
                __m128i halves[2];
                for (int h = 0; h < 2; h++) {
                    Py_ssize_t row = start + r + PART * h;
                    const char *from = plane->bytes + row * plane->step + i;
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
        const Plane *plane = w->queries + p;
        const Py_ssize_t width = plane->width;
        for (Py_ssize_t j = 0; j < w->bits; j++) {
            const char *from = plane->bytes + (j * w->count + query) * plane->step;
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

/* Write the distances of a block of rows to two queries; of each group those of even rows, then of odd. */
WIDE static void compare(const Work *w, const __m128i *const *tables, __m256i even[][GROUPS],
                         __m256i odd[][GROUPS])
{
    const __m256i *rows = w->block, zero = _mm256_setzero_si256(), low = _mm256_set1_epi16(255);
    const Py_ssize_t some = 255 / (4 * ((1 << w->bits) - 1)); /* that a byte has room for */
    for (int g = 0; g < GROUPS; g++)
        even[0][g] = odd[0][g] = even[1][g] = odd[1][g] = zero;
    for (Py_ssize_t i = 0; i < w->fours;) {
        __m256i sums[2][GROUPS] = {{zero, zero, zero, zero}, {zero, zero, zero, zero}};
        Py_ssize_t end = w->fours - i > some ? i + some : w->fours;
        for (; i < end; i++, rows += GROUPS) {
            const __m256i first = _mm256_broadcastsi128_si256(tables[0][i]);
            const __m256i second = _mm256_broadcastsi128_si256(tables[1][i]);
            for (int g = 0; g < GROUPS; g++) {
                sums[0][g] = _mm256_add_epi8(sums[0][g], _mm256_shuffle_epi8(first, rows[g]));
                sums[1][g] = _mm256_add_epi8(sums[1][g], _mm256_shuffle_epi8(second, rows[g]));
            }
        }
        for (int q = 0; q < 2; q++)
            for (int g = 0; g < GROUPS; g++) {
                even[q][g] = _mm256_add_epi16(even[q][g], _mm256_and_si256(sums[q][g], low));
                odd[q][g] = _mm256_add_epi16(odd[q][g], _mm256_srli_epi16(sums[q][g], 8));
            }
    }
}

/* Which of 16 distances are no larger than the limit, both unsigned. */
#define WITHIN(apart, limit) _mm256_cmpeq_epi16(_mm256_min_epu16(apart, limit), apart)

/* Put on the list of a query what is near enough of a block of rows. */
WIDE static void choose(Work *w, Py_ssize_t q, Py_ssize_t start, const __m256i *even, const __m256i *odd)
{
    const int farthest = w->farthest[q];
    const __m256i low = _mm256_set1_epi16(255);
    const __m256i limit = _mm256_set1_epi16((short)(farthest < 65535 ? farthest : 65535));
    if (farthest < 0 || w->lists[q].count >= w->most)
        return;
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
        for (; near; near &= near - 1) {
            int i = __builtin_ctz(near);
            keep(w, q, first + i, apart[i & 1][i / 2]);
        }
    }
}

/* Look for all queries, two at a time, in one block of rows after the other. */
WIDE static void search_many(Work *w)
{
    for (Py_ssize_t q = 0; q < w->count; q++)
        tabulate(w, q, w->tables + q * w->fours);
    for (Py_ssize_t start = 0; start < w->length; start += ROWS) {
        for (int g = 0; g < GROUPS; g++)
            take_apart(w, start + 32 * g, w->block + g);
        for (Py_ssize_t q = 0; q < w->count; q += 2) {
            __m256i even[2][GROUPS], odd[2][GROUPS];
            const Py_ssize_t more = q + 1 < w->count;
            const __m128i *tables[] = {w->tables + q * w->fours, w->tables + (q + more) * w->fours};
            compare(w, tables, even, odd);
            for (Py_ssize_t i = 0; i <= more; i++)
                choose(w, q + i, start, even[i], odd[i]);
        }
    }
}

/* How many bits of each byte are set. */
#define ONES(x)                                                                                       \
    _mm256_add_epi8(_mm256_shuffle_epi8(ones, _mm256_and_si256(x, low)),                              \
                    _mm256_shuffle_epi8(ones, _mm256_and_si256(_mm256_srli_epi16(x, 4), low)))
#define DIFFERENT(a, b, i)                                                                            \
    _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(a) + i), _mm256_loadu_si256((b) + i))

/* Add the number of bits in which each of some rows differs from a query, times 2ʲ.
 * apart: has room for a multiple of four. */
WIDE static void add(const char *row, Py_ssize_t step, Py_ssize_t rows, const char *query,
                     Py_ssize_t bytes, int j, int *apart)
{
    const __m256i low = _mm256_set1_epi8(15), zero = _mm256_setzero_si256();
    const __m256i ones = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2,
                                          2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    for (; bytes >= LINE; bytes -= LINE, row += LINE, query += LINE)
        for (Py_ssize_t r = 0; r < rows; r += 4) { /* of which each has 64 bits of a sum of four */
            __m256i sums[4], two[2];
            for (Py_ssize_t k = 0; k < 4; k++) {
                const char *a = row + (r + k < rows ? r + k : rows - 1) * step;
                const __m256i *b = (const __m256i *)query, x = DIFFERENT(a, b, 0), y = DIFFERENT(a, b, 1);
                sums[k] = _mm256_sad_epu8(_mm256_add_epi8(ONES(x), ONES(y)), zero);
            }
            for (int k = 0; k < 2; k++)
                two[k] = _mm256_or_si256(sums[2 * k], _mm256_slli_epi64(sums[2 * k + 1], 32));
            two[0] = _mm256_add_epi32(_mm256_unpacklo_epi64(two[0], two[1]),
                                      _mm256_unpackhi_epi64(two[0], two[1]));
            __m128i all = _mm_add_epi32(_mm256_castsi256_si128(two[0]), _mm256_extracti128_si256(two[0], 1));
            __m128i *to = (__m128i *)(apart + r);
            _mm_storeu_si128(to, _mm_add_epi32(_mm_loadu_si128(to), _mm_slli_epi32(all, j)));
        }
    for (Py_ssize_t i = 0; i < bytes; i++)
        for (Py_ssize_t r = 0; r < rows; r++)
            apart[r] += __builtin_popcount((unsigned char)(row[r * step + i] ^ query[i])) << j;
}

WIDE int differing(const char *a, const char *b, Py_ssize_t bytes)
{
    long long x, y;
    int apart = 0;
    for (; bytes >= (Py_ssize_t)sizeof x; bytes -= sizeof x, a += sizeof x, b += sizeof x) {
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        apart += __builtin_popcountll((unsigned long long)(x ^ y));
    }
    for (Py_ssize_t i = 0; i < bytes; i++)
        apart += __builtin_popcount((unsigned char)(a[i] ^ b[i]));
    return apart;
}

/* What `search_many` does, pair by pair. */
static void search_few(Work *w)
{
    for (Py_ssize_t start = 0; start < w->length; start += ROWS) {
        const Py_ssize_t rows = w->length - start < ROWS ? w->length - start : ROWS;
        for (Py_ssize_t q = 0; q < w->count && w->lists[q].count < w->most; q++) {
            const int farthest = w->farthest[q];
            int apart[ROWS] = {0};
            for (Py_ssize_t p = 0; p < w->planes; p++)
                for (Py_ssize_t j = 0; j < w->bits; j++) {
                    const Plane *plane = w->rows + p, *queries = w->queries + p;
                    add(plane->bytes + start * plane->step, plane->step, rows,
                        queries->bytes + (j * w->count + q) * queries->step, plane->width, (int)j, apart);
                }
            for (Py_ssize_t r = 0; r < rows; r++)
                if (apart[r] <= farthest)
                    keep(w, q, start + r, apart[r]);
        }
    }
}

int search(Work *w)
{
    w->fours = 0;
    for (Py_ssize_t p = 0; p < w->planes; p++)
        w->fours += 2 * PART * ((w->rows[p].width + PART - 1) / PART);
    if (4 * w->fours * ((1 << w->bits) - 1) >= 1 << 16)
        return 0; /* a sum would not find room */
    if (w->bits * w->count <= FEW) {
        search_few(w);
        return 1;
    }
    size_t block = sizeof(__m256i) * GROUPS * (size_t)w->fours;
    char *memory = malloc(LINE + block + sizeof(__m128i) * (size_t)(w->fours * w->count));
    w->failed = !memory;
    if (memory) {
        w->block = (__m256i *)(memory + (LINE - (size_t)memory % LINE));
        w->tables = (__m128i *)((char *)w->block + block);
        search_many(w);
    }
    free(memory);
    return 1;
}

/* --- what Python gives and gets --- */

int open_planes(PyObject *tuple, Py_buffer *views, Plane *planes)
{
    int opened = 0;
    for (; opened < PyTuple_Size(tuple); opened++) {
        Py_buffer *view = views + opened;
        PyObject *array = PyTuple_GetItem(tuple, opened);
        if (!array || PyObject_GetBuffer(array, view, PyBUF_STRIDED_RO | PyBUF_FORMAT) < 0)
            break;
        if (view->ndim != 2 || strcmp(view->format, "B") || (view->shape[1] > 1 && view->strides[1] != 1)
            || view->shape[0] != views->shape[0]) {
            PyErr_SetString(PyExc_ValueError, "planes are bytes (rows, width), as many rows in each");
            PyBuffer_Release(view);
            break;
        }
        planes[opened] = (Plane){view->buf, view->strides[0], view->shape[1]};
    }
    return opened;
}

int begin_lists(Work *w)
{
    w->lists = calloc((size_t)w->count + 1, sizeof(List));
    return w->lists || (PyErr_NoMemory(), 0);
}

void end_lists(Work *w)
{
    for (Py_ssize_t q = 0; w->lists && q < w->count; q++)
        free(w->lists[q].near);
    free(w->lists);
}

PyObject *listed(const Work *w)
{
    Py_ssize_t all = 0, q = 0;
    for (q = 0; q < w->count; q++)
        all += w->lists[q].count;
    PyObject *ends = PyByteArray_FromStringAndSize(NULL, (w->count + 1) * (Py_ssize_t)sizeof(Py_ssize_t));
    PyObject *rows = PyByteArray_FromStringAndSize(NULL, all * (Py_ssize_t)sizeof(Py_ssize_t));
    PyObject *values = PyByteArray_FromStringAndSize(NULL, all * (Py_ssize_t)sizeof(double));
    if (w->failed)
        PyErr_NoMemory();
    if (ends && rows && values && !w->failed) {
        Py_ssize_t *end = (Py_ssize_t *)PyByteArray_AsString(ends);
        Py_ssize_t *row = (Py_ssize_t *)PyByteArray_AsString(rows);
        double *value = (double *)PyByteArray_AsString(values);
        for (q = 0, end[0] = 0; q < w->count; q++) {
            const List *list = w->lists + q;
            for (Py_ssize_t i = 0; i < list->count; i++) {
                *row++ = list->near[i].row;
                *value++ = list->near[i].value;
            }
            end[q + 1] = end[q] + list->count;
        }
    }
    PyObject *result = PyErr_Occurred() ? NULL : PyTuple_Pack(3, ends, rows, values);
    Py_XDECREF(ends);
    Py_XDECREF(rows);
    Py_XDECREF(values);
    return result;
}
