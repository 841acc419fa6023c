/* Products of many rows with many units, for one kind of vectors: included by cosines.c for each, which
 * says what they are. NAME(x): the name of what is defined here. TARGET, REAL, VECTOR. OF(x): the
 * intrinsic. SOME(from, count): a vector of the first few numbers, and zeros. ROWS, UNITS: of a tile;
 * ONE: rows of one of a single unit.
 *
 * A sum is kept in the lanes of one register, and takes up the numbers of its row in the same order
 * whatever is summed beside it. So a product is the same to the last bit in any tile, block or batch.
 */
enum { NAME(LANES) = sizeof(VECTOR) / sizeof(REAL), NAME(PART) = PART / sizeof(REAL) };
#define LANES NAME(LANES)
#define FULL(count) (((count) + LANES - 1) / LANES * LANES) /* with the zeros behind them */

/* Write the products (units, height) of `count` numbers of each.
 *
 * row: the first of `have` rows, `step` bytes apart; those beyond are the last one once more. unit: as
 * `lay_out` has them. next: of the rows to be fetched meanwhile, the first of `nexts`. */
TARGET static inline __attribute__((always_inline)) void NAME(tile)(
    const int height, const int units, const char *row, Py_ssize_t step, int have, const REAL *unit,
    Py_ssize_t count, const char *next, int nexts, REAL products[][MOST])
{
    const Py_ssize_t whole = count / LANES, some = count % LANES;
    const char *rows[MOST];
    VECTOR sums[UNITS][MOST], x;
    for (int r = 0; r < height; r++)
        rows[r] = row + LESS(r, have - 1) * step;
    UNROLLED for (int q = 0; q < units; q++)
        UNROLLED for (int r = 0; r < height; r++)
            sums[q][r] = OF(setzero)();
    for (Py_ssize_t j = 0; j < whole; j++, unit += units * LANES) {
        for (int n = 0; n < nexts; n++)
            _mm_prefetch(next + n * step + j * (Py_ssize_t)sizeof(VECTOR), _MM_HINT_T0);
        UNROLLED for (int r = 0; r < height; r++) {
            x = OF(loadu)((const REAL *)rows[r] + j * LANES);
            UNROLLED for (int q = 0; q < units; q++)
                sums[q][r] = OF(fmadd)(x, OF(loadu)(unit + q * LANES), sums[q][r]);
        }
    }
    if (some)
        UNROLLED for (int r = 0; r < height; r++) {
            x = SOME((const REAL *)rows[r] + whole * LANES, some);
            UNROLLED for (int q = 0; q < units; q++)
                sums[q][r] = OF(fmadd)(x, OF(loadu)(unit + q * LANES), sums[q][r]);
        }
    UNROLLED for (int q = 0; q < units; q++)
        UNROLLED for (int r = 0; r < height; r += 4) { /* what is beyond the rows counts for nothing */
            const VECTOR *of = sums[q];
            NAME(four)(of[r], of[LESS(r + 1, height - 1)], of[LESS(r + 2, height - 1)],
                       of[LESS(r + 3, height - 1)], products[q] + r);
        }
}

/* Copy the units, part by part, those of a tile beside each other: a vector of each, the next of each,
 * the last filled up with zeros. They are read again with every tile, and so from whole lines. */
TARGET static void NAME(lay_out)(const Product *p, REAL *to)
{
    for (Py_ssize_t from = 0; from < p->dim; from += NAME(PART)) {
        const Py_ssize_t count = LESS(NAME(PART), p->dim - from);
        for (Py_ssize_t first = 0; first < p->count; first += UNITS) {
            const Py_ssize_t units = LESS(UNITS, p->count - first);
            for (Py_ssize_t q = 0; q < units; q++) {
                const REAL *unit = (const REAL *)(p->units + (first + q) * p->unit_step) + from;
                REAL *at = to + q * LANES;
                Py_ssize_t j = 0;
                for (; j + LANES <= count; j += LANES, at += units * LANES)
                    OF(storeu)(at, OF(loadu)(unit + j));
                if (j < count)
                    OF(storeu)(at, SOME(unit + j, count - j));
            }
            to += units * FULL(count);
        }
    }
}

/* The products of a tile of rows, from `row` on, with all units, over a part of their numbers, from
 * `from` on; added to those of the parts before. next: the rows that are fetched meanwhile, some with each
 * group of units. */
TARGET static inline __attribute__((always_inline)) void NAME(meet)(
    const Product *p, const int height, Py_ssize_t row, Py_ssize_t from, const REAL *laid, const char *next)
{
    const Py_ssize_t count = LESS(NAME(PART), p->dim - from), step = p->row_step;
    const Py_ssize_t groups = (p->count + UNITS - 1) / UNITS;
    const int have = (int)LESS(height, p->length - row), each = (int)((height + groups - 1) / groups);
    const char *rows = p->rows + row * step + from * (Py_ssize_t)sizeof(REAL);
    REAL products[UNITS][MOST];
    int left = height; /* rows that have not been asked for */
    for (Py_ssize_t q = 0; q < p->count; q += UNITS) {
        const int units = (int)LESS(UNITS, p->count - q), nexts = LESS(each, left);
        const REAL *unit = laid + from * p->count + q * FULL(count);
        if (height != ROWS)
            NAME(tile)(height, 1, rows, step, have, unit, count, next, nexts, products);
        else if (units == UNITS)
            NAME(tile)(ROWS, UNITS, rows, step, have, unit, count, next, nexts, products);
        else if (units == 1)
            NAME(tile)(ROWS, 1, rows, step, have, unit, count, next, nexts, products);
        else if (units == 2)
            NAME(tile)(ROWS, 2, rows, step, have, unit, count, next, nexts, products);
        else
            NAME(tile)(ROWS, 3, rows, step, have, unit, count, next, nexts, products);
        for (int k = 0; k < units; k++) {
            REAL *out = (REAL *)(p->out + (q + k) * p->out_step) + row;
            for (int r = 0; r < have; r++)
                out[r] = from ? out[r] + products[k][r] : products[k][r];
        }
        next += nexts * step;
        left -= nexts;
    }
}

/* All products, tile by tile, a part of which meets all units before the next is looked at. */
TARGET static inline __attribute__((always_inline)) void NAME(walk)(const Product *p, const int height,
                                                                  const REAL *laid)
{
    for (Py_ssize_t row = 0; row < p->length; row += height)
        for (Py_ssize_t from = 0; from < p->dim; from += NAME(PART)) {
            const char *next = p->rows + (row + height) * p->row_step;
            if (from + NAME(PART) < p->dim) /* the next part of this tile */
                next = p->rows + row * p->row_step + (from + NAME(PART)) * (Py_ssize_t)sizeof(REAL);
            NAME(meet)(p, height, row, from, laid, next);
        }
}

/* room: for the units. Tiles of one unit are higher where rows come from memory, which brings more of
 * them at a time; out of a cache fewer come sooner. */
TARGET static void NAME(cosines)(const Product *p, void *room)
{
    NAME(lay_out)(p, room);
    if (p->count == 1 && p->length * p->row_step > NEAR)
        NAME(walk)(p, ONE, room);
    else if (p->count)
        NAME(walk)(p, ROWS, room);
}
#undef LANES
#undef FULL
#undef NAME
#undef TARGET
#undef REAL
#undef VECTOR
#undef OF
#undef SOME
#undef ROWS
#undef ONE
#undef UNITS
