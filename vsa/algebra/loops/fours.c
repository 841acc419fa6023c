/* Distances of rows to many queries: the bits looked up by four.
 *
 * What each sixteenth of four bits is away from those of a query stands in a table, with its weights, so
 * that several bits a coordinate cost no more than one. A vector of bytes looks them up for 32 rows at a
 * time, which stand beside each other for that; so it takes a block of rows apart once for all queries.
 * Source: F. André, A.-M. Kermarrec, N. Le Scouarnec, Cache locality is not enough, VLDB 2015; for these
 * bits J. Gao, C. Long, RaBitQ, SIGMOD 2024.
 */
#include "bits.h"

#define GROUPS (ROWS / 32) /* of rows, each of which has a byte in a vector */
#define PART 16            /* bytes of a row that are taken apart at a time, into 2 · PART fours */
#define TOGETHER 4         /* queries that a block of rows is compared with at a time */

/* What rows are looked up by, of a query: how far each sixteen of fours are from its own, less the least of
 * them, which is the same for all rows; and how much more the largest is. */
typedef struct {
    __m128i *apart;       /* (length) */
    unsigned char *range; /* (length) */
    int least;            /* in all */
} Tables;

Py_ssize_t fours(const Work *w)
{
    Py_ssize_t all = 0;
    for (Py_ssize_t p = 0; p < w->planes; p++)
        all += 2 * PART * ((w->rows[p].width + PART - 1) / PART);
    return all;
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

/* The least and the largest of 16 bytes. */
WIDE static inline void ends_of(__m128i x, int *least, int *largest)
{
    const __m128i ones = _mm_set1_epi8(-1), pairs = _mm_min_epu8(x, _mm_srli_epi16(x, 8));
    const __m128i away = _mm_xor_si128(x, ones), others = _mm_min_epu8(away, _mm_srli_epi16(away, 8));
    const __m128i low = _mm_set1_epi16(255);
    *least = _mm_extract_epi8(_mm_minpos_epu16(_mm_and_si128(pairs, low)), 0);
    *largest = 255 - _mm_extract_epi8(_mm_minpos_epu16(_mm_and_si128(others, low)), 0);
}

/* Write the tables of a query. */
WIDE static void tabulate(const Work *w, Py_ssize_t query, Tables *tables)
{
    __m128i *to = tables->apart;
    const Py_ssize_t length = fours(w);
    const __m128i each = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m128i ones = _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    memset(to, 0, sizeof(__m128i) * (size_t)length);
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
    tables->least = 0;
    for (Py_ssize_t i = 0; i < length; i++) {
        int least, largest;
        ends_of(tables->apart[i], &least, &largest);
        tables->apart[i] = _mm_sub_epi8(tables->apart[i], _mm_set1_epi8((char)least));
        tables->range[i] = (unsigned char)(largest - least);
        tables->least += least;
    }
}

/* The distances of a block of rows to some queries; of each 32 rows those of even ones, then of odd. */
typedef struct {
    __m256i even[TOGETHER][GROUPS], odd[TOGETHER][GROUPS];
} Apart;

/* Write where the sums of bytes end, `TOGETHER` queries' at a time, so that each has room for all of its fours. */
static void divide(const Tables *const *tables, Py_ssize_t length, Py_ssize_t *ends)
{
    int sums[TOGETHER] = {0};
    for (Py_ssize_t i = 0; i < length; i++) {
        int full = 0;
        for (int q = 0; q < TOGETHER; q++)
            full |= sums[q] + tables[q]->range[i] > 255;
        if (full)
            *ends++ = i;
        for (int q = 0; q < TOGETHER; q++)
            sums[q] = (full ? 0 : sums[q]) + tables[q]->range[i];
    }
    *ends = length;
}

/* Write the distances to `TOGETHER` queries, given their tables, by AVX2: of half the groups at a time. */
WIDE static void compare_256(const Work *w, const Tables *const *tables, const Py_ssize_t *ends, Apart *to)
{
    const Py_ssize_t length = fours(w);
    enum { SOME = GROUPS / 2 };
    const __m256i zero = _mm256_setzero_si256(), low = _mm256_set1_epi16(255);
    memset(to, 0, sizeof *to);
    for (int first = 0; first < GROUPS; first += SOME) {
        const __m256i *rows = w->block + first;
        const Py_ssize_t *end = ends;
        for (Py_ssize_t i = 0; i < length; end++) {
            __m256i sums[TOGETHER][SOME] = {{zero, zero}, {zero, zero}, {zero, zero}, {zero, zero}};
            for (; i < *end; i++, rows += GROUPS)
                for (int q = 0; q < TOGETHER; q++) {
                    const __m256i table = _mm256_broadcastsi128_si256(_mm_load_si128(tables[q]->apart + i));
                    for (int g = 0; g < SOME; g++)
                        sums[q][g] = _mm256_add_epi8(sums[q][g], _mm256_shuffle_epi8(table, rows[g]));
                }
            for (int q = 0; q < TOGETHER; q++)
                for (int g = 0; g < SOME; g++) {
                    __m256i *even = to->even[q] + first + g, *odd = to->odd[q] + first + g;
                    *even = _mm256_add_epi16(*even, _mm256_and_si256(sums[q][g], low));
                    *odd = _mm256_add_epi16(*odd, _mm256_srli_epi16(sums[q][g], 8));
                }
        }
    }
}

/* The same by AVX-512. */
WIDER static void compare_512(const Work *w, const Tables *const *tables, const Py_ssize_t *ends, Apart *to)
{
    const Py_ssize_t length = fours(w);
    enum { SOME = GROUPS / 2 }; /* vectors, of two groups each */
    const __m512i zero = _mm512_setzero_si512(), low = _mm512_set1_epi16(255);
    const __m512i *rows = (const __m512i *)w->block;
    __m512i even[TOGETHER][SOME], odd[TOGETHER][SOME];
    for (int q = 0; q < TOGETHER; q++)
        for (int g = 0; g < SOME; g++)
            even[q][g] = odd[q][g] = zero;
    for (Py_ssize_t i = 0; i < length; ends++) {
        __m512i sums[TOGETHER][SOME] = {{zero, zero}, {zero, zero}, {zero, zero}, {zero, zero}};
        for (; i < *ends; i++, rows += SOME)
            for (int q = 0; q < TOGETHER; q++) {
                const __m512i table = _mm512_broadcast_i32x4(_mm_load_si128(tables[q]->apart + i));
                for (int g = 0; g < SOME; g++)
                    sums[q][g] = _mm512_add_epi8(sums[q][g], _mm512_shuffle_epi8(table, rows[g]));
            }
        for (int q = 0; q < TOGETHER; q++)
            for (int g = 0; g < SOME; g++) {
                even[q][g] = _mm512_add_epi16(even[q][g], _mm512_and_si512(sums[q][g], low));
                odd[q][g] = _mm512_add_epi16(odd[q][g], _mm512_srli_epi16(sums[q][g], 8));
            }
    }
    for (int q = 0; q < TOGETHER; q++)
        for (int g = 0; g < SOME; g++) {
            _mm512_storeu_si512(to->even[q] + 2 * g, even[q][g]);
            _mm512_storeu_si512(to->odd[q] + 2 * g, odd[q][g]);
        }
}

/* Which of 16 distances are no larger than the limit, both unsigned. */
#define WITHIN(apart, limit) _mm256_cmpeq_epi16(_mm256_min_epu16(apart, limit), apart)

/* Put on the list of a query what is near enough of a block of rows. */
WIDE static void choose(Work *w, Py_ssize_t q, Py_ssize_t start, int least, const __m256i *even, const __m256i *odd)
{
    const unsigned short *apart[2] = {(const unsigned short *)even, (const unsigned short *)odd};
    const int farthest = w->farthest[q] - least;
    const __m256i low = _mm256_set1_epi16(255);
    const __m256i limit = _mm256_set1_epi16((short)(farthest < 65535 ? farthest : 65535));
    if (farthest < 0 || w->lists[q].count >= w->most)
        return;
    for (int first = 0; first < ROWS && start + first < w->length; first += 64) {
        const Py_ssize_t left = w->length - start - first;
        unsigned long long near = 0;
        for (int g = first / 32 + 1; g >= first / 32; g--) {
            __m256i some = _mm256_andnot_si256(low, WITHIN(odd[g], limit));
            some = _mm256_or_si256(some, _mm256_and_si256(low, WITHIN(even[g], limit)));
            near = near << 32 | (unsigned)_mm256_movemask_epi8(some);
        }
        for (near &= left < 64 ? (1ULL << left) - 1 : ~0ULL; near; near &= near - 1) {
            const int i = first + __builtin_ctzll(near);
            keep(w, q, start + i, least + apart[i & 1][i / 2]);
        }
    }
}

/* Look for all queries, some at a time, in one block of rows after the other.
 * ends: room for as many as there are fours, of each of these some. */
static void look(Work *w, Tables *each, Py_ssize_t *ends, Py_ssize_t length)
{
    const Tables *tables[TOGETHER];
    for (Py_ssize_t q = 0; q < w->count; q++)
        tabulate(w, q, each + q);
    for (Py_ssize_t start = -ROWS; start < w->length; start += ROWS) {
        for (int g = 0; start >= 0 && g < GROUPS; g++)
            take_apart(w, start + 32 * g, w->block + g);
        for (Py_ssize_t q = 0; q < w->count; q += TOGETHER) {
            const Py_ssize_t some = w->count - q < TOGETHER ? w->count - q : TOGETHER;
            Apart apart;
            for (Py_ssize_t i = 0; i < TOGETHER; i++)
                tables[i] = each + q + (i < some ? i : 0);
            if (start < 0) {
                divide(tables, length, ends + q / TOGETHER * length);
                continue;
            }
            fetch(w, start + ROWS + q * ROWS / w->count, start + ROWS + (q + some) * ROWS / w->count);
            (wider() ? compare_512 : compare_256)(w, tables, ends + q / TOGETHER * length, &apart);
            for (Py_ssize_t i = 0; i < some; i++)
                choose(w, q + i, start, tables[i]->least, apart.even[i], apart.odd[i]);
        }
    }
}

void search_many(Work *w)
{
    const Py_ssize_t length = fours(w);
    const size_t block = sizeof(__m256i) * GROUPS * (size_t)length, each = (sizeof(__m128i) + 1) * (size_t)length;
    const size_t groups = (size_t)(w->count + TOGETHER - 1) / TOGETHER;
    char *memory = malloc(LINE + block + each * (size_t)w->count);
    Tables *tables = malloc(sizeof(Tables) * (size_t)w->count);
    Py_ssize_t *ends = malloc(sizeof(Py_ssize_t) * groups * (size_t)length);
    w->failed = !memory || !tables || !ends;
    if (!w->failed) {
        w->block = (__m256i *)(memory + (LINE - (size_t)memory % LINE));
        __m128i *apart = (__m128i *)((char *)w->block + block);
        unsigned char *range = (unsigned char *)(apart + length * w->count);
        for (Py_ssize_t q = 0; q < w->count; q++)
            tables[q] = (Tables){apart + q * length, range + q * length, 0};
        look(w, tables, ends, length);
    }
    free(ends);
    free(tables);
    free(memory);
}
