/* SHAKE-256 (FIPS 202) of several keys, four at a time: a lane of a vector for each of four states.
 *
 * vsa/algebra/streams.py calls this, and hashlib where it is not; the bytes are the same.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define WIDE __attribute__((target("avx2")))

enum { LANES = 4, RATE = 136, WORDS = RATE / 8 }; /* bytes of a state that are read or written at a time */

typedef uint64_t Four __attribute__((vector_size(8 * LANES)));

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
#define PERMUTE(NAME, WORD)                                                                         \
    WIDE static void NAME(WORD *a)                                                                  \
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

PERMUTE(permute_one, uint64_t)
PERMUTE(permute_four, Four)

/* The states of so many keys; a single one has no use for the width. */
WIDE static void permute(Four *state, int count)
{
    uint64_t one[25];
    if (count > 1) {
        permute_four(state);
        return;
    }
    for (int i = 0; i < 25; i++)
        one[i] = state[i][0];
    permute_one(one);
    for (int i = 0; i < 25; i++)
        state[i][0] = one[i];
}

/* How many blocks a key takes with what ends it, at least one byte. */
static Py_ssize_t blocks(const Key *key)
{
    return key->size / RATE + 1;
}

/* Add a block of a key to its lane of the states. */
WIDE static void absorb(Four *state, int lane, const Key *key, Py_ssize_t block)
{
    uint64_t words[WORDS] = {0};
    Py_ssize_t from = block * RATE, left = key->size - from;
    memcpy(words, key->bytes + from, (size_t)(left < RATE ? left : RATE));
    if (left < RATE) { /* the last: a suffix that says SHAKE, and a bit at the end */
        ((unsigned char *)words)[left] ^= 0x1F;
        ((unsigned char *)words)[RATE - 1] ^= 0x80;
    }
    for (int i = 0; i < WORDS; i++)
        state[i][lane] ^= words[i];
}

/* The streams of up to four keys that take as many blocks, each `size` bytes. */
WIDE static void streams(const Key *keys, int count, char *out, Py_ssize_t size)
{
    Four state[25] = {0};
    for (Py_ssize_t block = 0; block < blocks(keys); block++) {
        for (int lane = 0; lane < count; lane++)
            absorb(state, lane, keys + lane, block);
        permute(state, count);
    }
    for (Py_ssize_t done = 0; done < size; done += RATE) {
        if (done)
            permute(state, count);
        for (int lane = 0; lane < count; lane++) {
            uint64_t words[WORDS];
            for (int i = 0; i < WORDS; i++)
                words[i] = state[i][lane];
            memcpy(out + lane * size + done, words, (size_t)(size - done < RATE ? size - done : RATE));
        }
    }
}

PyObject *shake256(PyObject *self, PyObject *arguments)
{
    PyObject *given, *found = NULL;
    Py_buffer out;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "O!w*", &PyTuple_Type, &given, &out))
        return NULL;
    Py_ssize_t count = PyTuple_Size(given), size = count ? out.len / count : 0;
    Key *keys = PyMem_Calloc((size_t)count + 1, sizeof(Key));
    if (!keys) {
        PyErr_NoMemory();
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
        streams(keys + first, (int)some, (char *)out.buf + first * size, size);
    }
    Py_END_ALLOW_THREADS
    found = Py_NewRef(Py_None);
end:
    PyMem_Free(keys);
    PyBuffer_Release(&out);
    return found;
}
