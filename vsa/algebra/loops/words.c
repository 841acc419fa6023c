/* Distances of rows to many queries by AVX-512: the bits counted by words, of eight rows at a time.
 *
 * The words of eight rows stand beside each other for that, so that their counts do, too, and nothing is
 * added up across a vector; it takes a block of rows apart once for all queries.
 */
#include "bits.h"

#define WORD 8              /* bytes */
#define GROUPS (ROWS / EIGHT)
#define TOGETHER 2          /* queries, and `SOME` groups of rows, that meet at a time */
#define SOME 4

/* Write the words of eight rows of a line of the cache, one row beside the other. */
WIDER static inline void take_apart(const char *rows, Py_ssize_t step, Py_ssize_t last, __m512i *to)
{
    __m512i x[EIGHT], y[EIGHT];
    for (int k = 0; k < EIGHT; k++)
        x[k] = _mm512_loadu_si512(rows + (k < last ? k : last) * step);
    for (int k = 0; k < EIGHT; k += 2) {
        y[k] = _mm512_unpacklo_epi64(x[k], x[k + 1]);
        y[k + 1] = _mm512_unpackhi_epi64(x[k], x[k + 1]);
    }
    for (int k = 0; k < 2; k++) { /* of four rows, the words k, k + 2, k + 4 and k + 6 */
        x[4 * k] = _mm512_shuffle_i64x2(y[k], y[k + 2], 0x88);
        x[4 * k + 1] = _mm512_shuffle_i64x2(y[k], y[k + 2], 0xdd);
        x[4 * k + 2] = _mm512_shuffle_i64x2(y[k + 4], y[k + 6], 0x88);
        x[4 * k + 3] = _mm512_shuffle_i64x2(y[k + 4], y[k + 6], 0xdd);
    }
    for (int k = 0; k < 2; k++) {
        to[k] = _mm512_shuffle_i64x2(x[4 * k], x[4 * k + 2], 0x88);
        to[4 + k] = _mm512_shuffle_i64x2(x[4 * k], x[4 * k + 2], 0xdd);
        to[2 + k] = _mm512_shuffle_i64x2(x[4 * k + 1], x[4 * k + 3], 0x88);
        to[6 + k] = _mm512_shuffle_i64x2(x[4 * k + 1], x[4 * k + 3], 0xdd);
    }
}

/* Put on the lists of two queries what is near of some groups of rows.
 * words: of the groups, (groups, length).  its: of each query (length,). */
WIDER static void compare(Work *w, Py_ssize_t q, Py_ssize_t start, const __m512i *words, Py_ssize_t length,
                          const long long *const *its)
{
    __m512i apart[TOGETHER][SOME];
    for (int i = 0; i < TOGETHER; i++)
        for (int g = 0; g < SOME; g++)
            apart[i][g] = _mm512_setzero_si512();
    for (Py_ssize_t k = 0; k < length; k++)
        for (int i = 0; i < TOGETHER; i++) {
            const __m512i word = _mm512_set1_epi64(its[i][k]);
            for (int g = 0; g < SOME; g++)
                apart[i][g] = _mm512_add_epi64(
                    apart[i][g], _mm512_popcnt_epi64(_mm512_xor_si512(words[g * length + k], word)));
        }
    for (int i = 0; i < TOGETHER && q + i < w->count; i++) {
        const __m512i farthest = _mm512_set1_epi64(w->farthest[q + i]);
        for (int g = 0; g < SOME && w->lists[q + i].count < w->most; g++) {
            unsigned near = _mm512_cmple_epi64_mask(apart[i][g], farthest);
            long long each[EIGHT];
            if (near) /* seldom */
                _mm512_storeu_si512(each, apart[i][g]);
            for (; near; near &= near - 1) {
                const Py_ssize_t at = __builtin_ctz(near), row = start + g * EIGHT + at;
                if (row < w->length)
                    keep(w, q + i, row, (int)each[at]);
            }
        }
    }
}

/* Look for all queries in one block of rows after the other.
 * block: room for the words of one (groups, length).  its: words of the queries (count, length). */
WIDER static void look(Work *w, __m512i *block, const long long *its, Py_ssize_t length)
{
    for (Py_ssize_t start = 0; start < w->length; start += ROWS) {
        __m512i *to = block;
        for (Py_ssize_t row = start; row < start + ROWS; row += EIGHT) {
            const Py_ssize_t first = row < w->length ? row : w->length - 1;
            for (Py_ssize_t p = 0; p < w->planes; p++)
                for (Py_ssize_t i = 0; i < w->rows[p].width; i += LINE, to += EIGHT)
                    take_apart(w->rows[p].bytes + first * w->rows[p].step + i, w->rows[p].step,
                               w->length - 1 - first, to);
        }
        for (Py_ssize_t q = 0; q < w->count; q += TOGETHER) {
            const long long *both[TOGETHER];
            for (Py_ssize_t i = 0; i < TOGETHER; i++)
                both[i] = its + (q + i < w->count ? q + i : q) * length;
            fetch(w, start + ROWS + q * ROWS / w->count, start + ROWS + (q + TOGETHER) * ROWS / w->count);
            for (int g = 0; g < GROUPS && start + g * EIGHT < w->length; g += SOME)
                compare(w, q, start + g * EIGHT, block + g * length, length, both);
        }
    }
}

void search_words(Work *w)
{
    Py_ssize_t length = 0;
    for (Py_ssize_t p = 0; p < w->planes; p++)
        length += w->rows[p].width / WORD;
    const size_t block = GROUPS * (size_t)length * sizeof(__m512i), row = (size_t)length * WORD;
    char *memory = malloc(LINE + block + (size_t)w->count * row);
    w->failed = !memory;
    if (memory) {
        __m512i *words = (__m512i *)(memory + (LINE - (size_t)memory % LINE));
        char *its = (char *)words + block, *to = its;
        for (Py_ssize_t q = 0; q < w->count; q++)
            for (Py_ssize_t p = 0; p < w->planes; to += w->rows[p++].width)
                memcpy(to, w->queries[p].bytes + q * w->queries[p].step, (size_t)w->rows[p].width);
        look(w, words, (const long long *)its, length);
    }
    free(memory);
}
