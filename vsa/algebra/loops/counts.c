/* Distances of rows to one query: the bits that differ, counted row by row. */
#include "bits.h"

#define AHEAD 64 /* rows, that are asked for meanwhile */

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

/* Eight counts stand in two sums of vectors, four of them side by side in each number, where the
 * multiplication puts them as it adds. */
#define FIELD 13 /* bits of a count, four of which make 52, as a product has */
#define MOST ((1 << FIELD) - 1)
#define SUM(k) (((k) & 1) + 2 * ((k) >> 2)) /* two for each, so that no addition waits for the last one */

/* The eight counts that four sums hold. */
WIDER static inline __m256i taken(const __m512i *sums)
{
    const __m512i field = _mm512_setr_epi64(0, 0, FIELD, FIELD, 2 * FIELD, 2 * FIELD, 3 * FIELD, 3 * FIELD);
    const __m512i even = _mm512_add_epi64(sums[0], sums[2]), odd = _mm512_add_epi64(sums[1], sums[3]);
    __m512i all = _mm512_add_epi64(_mm512_unpacklo_epi64(even, odd), _mm512_unpackhi_epi64(even, odd));
    all = _mm512_add_epi64(all, _mm512_shuffle_i64x2(all, all, 0x4e));
    all = _mm512_add_epi64(all, _mm512_shuffle_i64x2(all, all, 0xb1));
    return _mm512_cvtepi64_epi32(_mm512_and_si512(_mm512_srlv_epi64(all, field), _mm512_set1_epi64(MOST)));
}

/* The sums of a line of eight rows, `step` bytes apart, beside the bits of a query's: the count of row k lies
 * `field` · (k / 2 mod `fields`) bits up, and that of the highest bit alone, if `behind`, so many further on. */
WIDER static inline __attribute__((always_inline)) void sum_eight(
    const char *rows, Py_ssize_t step, const __m512i *its, int bits, int field, int fields, int behind,
    __m512i *sums)
{
    for (int i = 0; i < 4; i++)
        sums[i] = _mm512_setzero_si512();
    for (int k = 0; k < EIGHT; k++, rows += step) {
        const __m512i line = _mm512_loadu_si512(rows);
        _mm_prefetch(rows + AHEAD * step, _MM_HINT_T0);
        for (int j = 0; j < bits; j++) {
            const long long weight = 1LL << j | (behind && j == bits - 1 ? 1LL << behind : 0);
            const __m512i place = _mm512_set1_epi64(weight << (field * (k / 2 % fields)));
            const __m512i ones = _mm512_popcnt_epi64(_mm512_xor_si512(line, its[j]));
            sums[SUM(k)] = _mm512_madd52lo_epu64(sums[SUM(k)], ones, place);
        }
    }
}

/* Add the number of bits in which each of some rows differs from a query, of which each higher bit of a
 * coordinate comes `next` bytes on; of whole eights of rows and whole lines. */
WIDER static inline __attribute__((always_inline)) void add_lines(
    const char *row, Py_ssize_t step, Py_ssize_t rows, const char *query, Py_ssize_t next, Py_ssize_t bytes,
    int bits, int *apart)
{
    for (; bytes > 0; bytes -= LINE, row += LINE, query += LINE) {
        const char *from = row;
        __m512i its[MOST_BITS];
        for (int j = 0; j < bits; j++)
            its[j] = _mm512_loadu_si512(query + j * next);
        for (Py_ssize_t r = 0; r < rows; r += EIGHT, from += EIGHT * step) {
            __m512i sums[4];
            sum_eight(from, step, its, bits, FIELD, 4, 0, sums);
            __m256i *to = (__m256i *)(apart + r);
            _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), taken(sums)));
        }
    }
}

/* The same of the highest of `BITS` bits, and what all come to added to what is kept: of each row two counts
 * stand side by side, and two rows in a number. */
#define FINE 12 /* bits of a count by all, of a line */
#define BOTH 22 /* and of that by the highest, behind it */
WIDER static void keep_lines(const char *row, Py_ssize_t step, Py_ssize_t rows, const char *query, Py_ssize_t next,
                             Py_ssize_t bytes, int *apart, unsigned short *kept)
{
    const __m512i all = _mm512_set1_epi64((1 << FINE) - 1), one = _mm512_set1_epi64((1 << (BOTH - FINE)) - 1);
    const __m512i field = _mm512_setr_epi64(0, 0, BOTH, BOTH, 0, 0, BOTH, BOTH);
    const __m512i behind = _mm512_add_epi64(field, _mm512_set1_epi64(FINE));
    for (; bytes > 0; bytes -= LINE, row += LINE, query += LINE) {
        const char *from = row;
        __m512i its[BITS];
        for (int j = 0; j < BITS; j++)
            its[j] = _mm512_loadu_si512(query + j * next);
        for (Py_ssize_t r = 0; r < rows; r += EIGHT, from += EIGHT * step) {
            __m512i sums[4], x, y;
            sum_eight(from, step, its, BITS, BOTH, 2, FINE, sums);
            x = _mm512_add_epi64(_mm512_unpacklo_epi64(sums[0], sums[1]), _mm512_unpackhi_epi64(sums[0], sums[1]));
            y = _mm512_add_epi64(_mm512_unpacklo_epi64(sums[2], sums[3]), _mm512_unpackhi_epi64(sums[2], sums[3]));
            x = _mm512_add_epi64(_mm512_shuffle_i64x2(x, y, 0x88), _mm512_shuffle_i64x2(x, y, 0xdd));
            x = _mm512_add_epi64(x, _mm512_shuffle_i64x2(x, x, 0xb1));
            y = _mm512_and_si512(_mm512_srlv_epi64(x, behind), one);
            x = _mm512_and_si512(_mm512_srlv_epi64(x, field), all);
            __m256i *to = (__m256i *)(apart + r);
            __m128i *fine = (__m128i *)(kept + r);
            _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), _mm512_cvtepi64_epi32(y)));
            _mm_storeu_si128(fine, _mm_add_epi16(_mm_loadu_si128(fine), _mm512_cvtepi64_epi16(x)));
        }
    }
}

/* What is counted: some rows of a plane, bits of a query, each higher ones `next` bytes on, and what is kept. */
typedef struct {
    const char *rows, *query;
    Py_ssize_t step, next, width;
    unsigned short *kept;
} Part;
static Part part(const Work *w, Py_ssize_t p, Py_ssize_t query, Py_ssize_t start)
{
    const Plane *rows = w->rows + p, *queries = w->queries + p;
    return (Part){rows->bytes + start * rows->step, queries->bytes + query * queries->step, rows->step,
                  w->count * queries->step, rows->width, w->kept ? w->kept + start : NULL};
}

/* Add what a plane has of some rows to their distances, and to what is kept; of whole eights and whole lines. */
WIDER static void add_512(const Work *w, Part p, Py_ssize_t rows, int *apart)
{
    if (p.kept)
        keep_lines(p.rows, p.step, rows, p.query - (BITS - 1) * p.next, p.next, p.width, apart, p.kept);
    else if (w->bits == 1)
        add_lines(p.rows, p.step, rows, p.query, p.next, p.width, 1, apart);
    else
        add_lines(p.rows, p.step, rows, p.query, p.next, p.width, BITS, apart);
}

/* The same of any rows, by AVX2. */
static void add_256(const Work *w, Part p, Py_ssize_t rows, int *apart)
{
    int fine[ROWS] = {0};
    for (Py_ssize_t j = 0; j < w->bits; j++)
        add(p.rows, p.step, rows, p.query + j * p.next, p.width, (int)j, apart);
    for (int j = 0; p.kept && j < BITS; j++)
        add(p.rows, p.step, rows, p.query - (BITS - 1 - j) * p.next, p.width, j, fine);
    for (Py_ssize_t r = 0; p.kept && r < rows; r++)
        p.kept[r] = (unsigned short)(p.kept[r] + fine[r]);
}

void count(const Work *w, Py_ssize_t query, Py_ssize_t start, Py_ssize_t rows, int *apart)
{
    const int bits = w->bits == 1 || w->bits == BITS;
    const Py_ssize_t whole = bits && wider() && in_lines(w) ? rows - rows % EIGHT : 0;
    memset(apart, 0, ROWS * sizeof(int));
    if (w->kept)
        memset(w->kept + start, 0, (size_t)rows * sizeof *w->kept);
    for (Py_ssize_t r = 0; w->before && r < rows; r++)
        apart[r] = w->before[start + r];
    for (Py_ssize_t p = 0; p < w->planes; p++) {
        if (whole)
            add_512(w, part(w, p, query, start), whole, apart);
        if (whole < rows)
            add_256(w, part(w, p, query, start + whole), rows - whole, apart + whole);
    }
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
