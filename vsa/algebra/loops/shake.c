/* SHAKE-256 (FIPS 202) of several keys at a time: a lane of a vector for each of four states, by AVX-512 of eight.
 *
 * vsa/algebra/streams.py calls this, and hashlib where it is not; the bytes are the same.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#include "processor.h"

enum { LANES = 8, HALF = LANES / 2, RATE = 136, WORDS = RATE / 8 }; /* bytes of a state written at a time */

typedef uint64_t Four __attribute__((vector_size(8 * HALF)));
typedef uint64_t Eight __attribute__((vector_size(8 * LANES)));

typedef struct {
    const char *bytes;
    Py_ssize_t size;
} Key;

static const uint64_t constants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000A, 0x000000008000808B, 0x800000000000008B, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};
static const int turns[25] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                              25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};

#define TURNED(x, n) ((x) << (n) | (x) >> (-(n) & 63))
#define EACH(i) _Pragma("GCC unroll 5") for (int i = 0; i < 5; i++)

/* Keccak-f[1600] of states whose words are of a type: θ, ρ and π, χ, ι. */
#define PERMUTE(NAME, WORD, PROCESSOR)                                                              \
    PROCESSOR static void NAME(WORD *a)                                                             \
    {                                                                                               \
        for (int round = 0; round < 24; round++) {                                                  \
            WORD c[5], b[25];                                                                       \
            EACH(x) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];                     \
            EACH(x)                                                                                 \
            {                                                                                       \
                WORD d = c[(x + 4) % 5] ^ TURNED(c[(x + 1) % 5], 1);                                \
                EACH(y)                                                                             \
                {                                                                                   \
                    WORD one = a[x + 5 * y] ^ d;                                                    \
                    b[y + 5 * ((2 * x + 3 * y) % 5)] = TURNED(one, turns[x + 5 * y]);               \
                }                                                                                   \
            }                                                                                       \
            EACH(y)                                                                                 \
            EACH(x) a[x + 5 * y] = b[x + 5 * y] ^ (~b[(x + 1) % 5 + 5 * y] & b[(x + 2) % 5 + 5 * y]); \
            a[0] ^= constants[round];                                                               \
        }                                                                                           \
    }

PERMUTE(permute_one, uint64_t, WIDE)
PERMUTE(permute_four, Four, WIDE)
PERMUTE(permute_eight, Eight, WIDER)

/* Where the streams of keys go, one behind the other: so many bytes of each, or, where there is a table of 2¹⁶
 * numbers of eight bytes, those that they name by two bytes each. */
typedef struct {
    char *to;
    Py_ssize_t size;
    const uint64_t *table;
} Sink;

/* Put some of a stream, from a byte on. */
static inline void put(const Sink *sink, Py_ssize_t key, Py_ssize_t from, const uint64_t *words)
{
    const Py_ssize_t some = sink->size - from < RATE ? sink->size - from : RATE, start = key * sink->size + from;
    uint16_t at[RATE / 2];
    if (!sink->table) {
        memcpy(sink->to + start, words, (size_t)some);
        return;
    }
    memcpy(at, words, RATE);
    for (Py_ssize_t i = 0; i < some / 2; i++)
        ((uint64_t *)sink->to)[start / 2 + i] = sink->table[at[i]];
}

/* How many blocks a key takes with what ends it, at least one byte. */
static Py_ssize_t blocks(const Key *key)
{
    return key->size / RATE + 1;
}

/* A block of a key, padded if it is the last. */
static void block_of(const Key *key, Py_ssize_t block, uint64_t *words)
{
    Py_ssize_t from = block * RATE, left = key->size - from;
    memset(words, 0, RATE);
    memcpy(words, key->bytes + from, (size_t)(left < RATE ? left : RATE));
    if (left < RATE) { /* a suffix that says SHAKE, and a bit at the end */
        ((unsigned char *)words)[left] ^= 0x1F;
        ((unsigned char *)words)[RATE - 1] ^= 0x80;
    }
}

/* The streams of some keys that take as many blocks, the first of which is of a number.  LANE(i): of word i. */
#define STREAMS(NAME, WORD, PERMUTED, LANE, PROCESSOR)                                              \
    PROCESSOR static void NAME(const Key *keys, int count, const Sink *sink, Py_ssize_t first)      \
    {                                                                                               \
        WORD state[25] = {0};                                                                       \
        uint64_t words[WORDS];                                                                      \
        for (Py_ssize_t block = 0; block < blocks(keys); block++) {                                 \
            for (int lane = 0; lane < count; lane++) {                                              \
                block_of(keys + lane, block, words);                                                \
                for (int i = 0; i < WORDS; i++)                                                     \
                    LANE(i) ^= words[i];                                                            \
            }                                                                                       \
            PERMUTED(state);                                                                        \
        }                                                                                           \
        for (Py_ssize_t done = 0; done < sink->size; done += RATE) {                                \
            if (done)                                                                               \
                PERMUTED(state);                                                                    \
            for (int lane = 0; lane < count; lane++) {                                              \
                for (int i = 0; i < WORDS; i++)                                                     \
                    words[i] = LANE(i);                                                             \
                put(sink, first + lane, done, words);                                               \
            }                                                                                       \
        }                                                                                           \
    }
#define ALONE(i) state[i]
#define AMONG(i) state[i][lane]
STREAMS(stream, uint64_t, permute_one, ALONE, WIDE)
STREAMS(streams_4, Four, permute_four, AMONG, WIDE)
STREAMS(streams_8, Eight, permute_eight, AMONG, WIDER)

/* The same of up to `LANES`; a single one has no use for the width. */
static void streams(const Key *keys, int count, const Sink *sink, Py_ssize_t first)
{
    if (count > HALF && wider())
        streams_8(keys, count, sink, first);
    else
        for (int i = 0; i < count; i += HALF)
            (count - i > 1 ? streams_4 : stream)(keys + i, count - i < HALF ? count - i : HALF, sink, first + i);
}

PyObject *shake256(PyObject *self, PyObject *arguments)
{
    PyObject *given, *found = NULL;
    Py_buffer out, table = {0};
    (void)self;
    if (!PyArg_ParseTuple(arguments, "O!w*|y*", &PyTuple_Type, &given, &out, &table))
        return NULL;
    Py_ssize_t count = PyTuple_Size(given), size = count ? out.len / count : 0;
    const Sink sink = {out.buf, table.buf ? size / 4 : size, table.buf};
    Key *keys = PyMem_Calloc((size_t)count + 1, sizeof(Key));
    if (!keys) {
        PyErr_NoMemory();
        goto end;
    }
    if (table.buf && (table.len != (1 << 16) * (Py_ssize_t)sizeof(uint64_t) || size % (Py_ssize_t)sizeof(uint64_t)
                      || (size_t)out.buf % sizeof(uint64_t) || (size_t)table.buf % sizeof(uint64_t))) {
        PyErr_SetString(PyExc_ValueError, "the arrays are not those that shake256() is for");
        goto end;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        if (PyBytes_AsStringAndSize(PyTuple_GetItem(given, i), (char **)&keys[i].bytes, &keys[i].size) < 0)
            goto end;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t first = 0, some; first < count; first += some) {
        for (some = 1; some < LANES && first + some < count; some++)
            if (blocks(keys + first + some) != blocks(keys + first))
                break;
        streams(keys + first, (int)some, &sink, first);
    }
    Py_END_ALLOW_THREADS
    found = Py_NewRef(Py_None);
end:
    PyMem_Free(keys);
    PyBuffer_Release(&table);
    PyBuffer_Release(&out);
    return found;
}
