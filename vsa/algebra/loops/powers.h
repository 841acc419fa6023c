/* Whole powers of complex numbers, and real powers of phases, REALS numbers at a time: powers.c includes
 * this for each width of vectors. The arithmetic is the same, and so are the numbers, bit for bit.
 */
#if REALS == 4
#define ON WIDE
#define OF(name) _mm256_##name
#define NAME(name) name##_4
#define REAL __m256d
#define SINGLES __m256
#define LOAD_HALF(from) _mm_loadu_ps(from)
#define JOINED(a, b) _mm256_set_m128(b, a)
#define APART(x) _mm256_permute4x64_pd(x, 0xD8)
#define CAST(x) _mm256_castpd_si256(x)
#define CAST_BACK(x) _mm256_castsi256_pd(x)
#define IF_LESS(a, b, x, other) _mm256_blendv_pd(other, x, _mm256_cmp_pd(a, b, _CMP_LT_OQ))
#define IF_ODD(bits, x, other) _mm256_blendv_pd(other, x, CAST_BACK(_mm256_slli_epi64(bits, 63)))
#define NO_NAN(x, suffix) !_mm256_movemask_##suffix(_mm256_cmp_##suffix(x, x, _CMP_UNORD_Q))
#else
#define ON WIDER
#define OF(name) _mm512_##name
#define NAME(name) name##_8
#define REAL __m512d
#define SINGLES __m512
#define LOAD_HALF(from) _mm256_loadu_ps(from)
#define JOINED(a, b) _mm512_insertf32x8(_mm512_castps256_ps512(a), b, 1)
#define APART(x) _mm512_permutexvar_pd(_mm512_set_epi64(7, 3, 6, 2, 5, 1, 4, 0), x)
#define CAST(x) _mm512_castpd_si512(x)
#define CAST_BACK(x) _mm512_castsi512_pd(x)
#define IF_LESS(a, b, x, other) _mm512_mask_blend_pd(_mm512_cmp_pd_mask(a, b, _CMP_LT_OQ), other, x)
#define IF_ODD(bits, x, other) \
    _mm512_mask_blend_pd(_mm512_test_epi64_mask(bits, _mm512_set1_epi64(1)), other, x)
#define NO_NAN(x, suffix) !_mm512_cmp_##suffix##_mask(x, x, _CMP_UNORD_Q)
#endif
#define INLINE ON static inline __attribute__((always_inline))
#define Real NAME(Real)
#define Complex NAME(Complex)
#define Seen NAME(Seen)
#define all(x) OF(set1_pd)(x)
#define times(a, b) OF(mul_pd)(a, b)
#define minus_if(bits, x) OF(xor_pd)(x, OF(and_pd)(CAST_BACK(OF(slli_epi64)(bits, 62)), all(-0.0)))

typedef REAL Real; /* in the order in which complex numbers are taken apart */
typedef struct {
    Real re, im;
} Complex;
typedef struct { /* zero times each number that was stored, added up: NaN if one was not finite */
    Real d;
    SINGLES f;
} Seen;

INLINE Real NAME(load)(const char *from, int wide)
{
    return wide ? OF(loadu_pd)((const double *)from) : OF(cvtps_pd)(LOAD_HALF((const float *)from));
}

INLINE Complex NAME(load_complex)(const char *from, int wide)
{
    Real a = NAME(load)(from, wide), b = NAME(load)(from + REALS * (wide ? 8 : 4), wide);
    return (Complex){OF(unpacklo_pd)(a, b), OF(unpackhi_pd)(a, b)};
}

INLINE void NAME(store_complex)(char *to, Complex z, int wide, Seen *seen)
{
    Real a = OF(unpacklo_pd)(z.re, z.im), b = OF(unpackhi_pd)(z.re, z.im);
    if (wide) {
        OF(storeu_pd)((double *)to, a);
        OF(storeu_pd)((double *)to + REALS, b);
        seen->d = OF(fmadd_pd)(a, all(0), OF(fmadd_pd)(b, all(0), seen->d));
    } else {
        SINGLES both = JOINED(OF(cvtpd_ps)(a), OF(cvtpd_ps)(b));
        OF(storeu_ps)((float *)to, both);
        seen->f = OF(fmadd_ps)(both, OF(setzero_ps)(), seen->f);
    }
}

INLINE Complex NAME(product)(Complex a, Complex b)
{
    return (Complex){OF(fmsub_pd)(a.re, b.re, times(a.im, b.im)),
                     OF(fmadd_pd)(a.re, b.im, times(a.im, b.re))};
}

INLINE Real NAME(squared)(Complex z) { return OF(fmadd_pd)(z.re, z.re, times(z.im, z.im)); }

INLINE Complex NAME(whole)(Complex z, const Work *w)
{
    const Real one = all(1);
    unsigned long long left = w->power;
    /* near 1 the modulus is √(1 + off), and 1 − off/2 + 3/8 off² its reciprocal to the last bit */
    Real off = OF(sub_pd)(NAME(squared)(z), one);
    Real apart = OF(andnot_pd)(all(-0.0), OF(sub_pd)(off, all(UNIT * UNIT)));
    Real factor = OF(fmadd_pd)(off, OF(fmadd_pd)(off, all(.375), all(-.5)), one);
    factor = IF_LESS(apart, all(2 * UNIT), factor, one);
    z = (Complex){times(z.re, factor), times(z.im, factor)};
    if (w->inverse) {
        factor = OF(div_pd)(one, NAME(squared)(z));
        z = (Complex){times(z.re, factor), times(z.im, OF(xor_pd)(factor, all(-0.0)))};
    }
    if (!left)
        return (Complex){one, all(0)};
    for (; !(left & 1); left >>= 1)
        z = NAME(product)(z, z);
    Complex result = z;
    while (left >>= 1) {
        z = NAME(product)(z, z);
        if (left & 1)
            result = NAME(product)(result, z);
    }
    return result;
}

/* The phasor of so many turns, times four: quarters of a turn, of which whole ones are lost exactly. */
INLINE Complex NAME(turned)(Real turns, Real four)
{
    static const double SINE[] = {1.58969099521155010221e-10, -2.50507602534068634195e-08,
                                  2.75573137070700676789e-06, -1.98412698298579493134e-04,
                                  8.33333333332248946124e-03, -1.66666666666666324348e-01};
    static const double COSINE[] = {-1.13596475577881948265e-11, 2.08757232129817482790e-09,
                                    -2.75573143513906633035e-07, 2.48015872894767294178e-05,
                                    -1.38888888888741095749e-03, 4.16666666666666019037e-02};
    /* so large a number has no bits for fractions: its last ones are those of the quarters */
    const Real large = all(0x1.8p52);
    Real rounded = OF(fmadd_pd)(turns, four, large), quarters = OF(sub_pd)(rounded, large);
    Real x = times(OF(fmsub_pd)(turns, four, quarters), all(1.5707963267948966));
    Real square = times(x, x), sine = all(SINE[0]), cosine = all(COSINE[0]);
    for (int i = 1; i < 6; i++) {
        sine = OF(fmadd_pd)(sine, square, all(SINE[i]));
        cosine = OF(fmadd_pd)(cosine, square, all(COSINE[i]));
    }
    sine = OF(fmadd_pd)(times(sine, square), x, x);
    cosine = OF(fmadd_pd)(times(cosine, square), square, OF(fnmadd_pd)(square, all(.5), all(1)));
    /* a quarter makes of the two each other, and two of them their opposites */
    Real re = IF_ODD(CAST(rounded), sine, cosine), im = IF_ODD(CAST(rounded), cosine, sine);
    return (Complex){minus_if(CAST(OF(add_pd)(rounded, all(1))), re), minus_if(CAST(rounded), im)};
}

INLINE void NAME(some)(char *to, const char *from, const Work *w, Real four, int wide, Seen *seen)
{
    /* phases in the order in which complex numbers are taken apart */
    Complex z = w->exponents ? NAME(turned)(APART(NAME(load)(from, 1)), four)
                             : NAME(whole)(NAME(load_complex)(from, wide), w);
    NAME(store_complex)(to, z, wide, seen);
}

/* The last ones of a row in a room of their own, so that all are computed by the same instructions. */
INLINE int NAME(compute)(const Work *w, int wide)
{
    const size_t size = wide ? 16 : 8, of = w->exponents ? sizeof(double) : size;
    char *to = w->out;
    Seen seen = {all(0), OF(setzero_ps)()};
    for (Py_ssize_t row = 0; row < w->rows; row++) {
        const Real four = all(w->exponents ? 4 * w->exponents[row] : 0);
        const char *from = w->from;
        Py_ssize_t left = w->count;
        for (; left >= REALS; left -= REALS, from += REALS * of, to += REALS * size)
            NAME(some)(to, from, w, four, wide, &seen);
        if (left) { /* with one of them for what is not there, which has a power wherever they have */
            char last[REALS * 16], made[REALS * 16];
            for (int i = 0; i < REALS; i++)
                memcpy(last + i * of, from + (i < left ? i * of : 0), of);
            NAME(some)(made, last, w, four, wide, &seen);
            memcpy(to, made, (size_t)left * size);
            to += (size_t)left * size;
        }
    }
    return NO_NAN(seen.d, pd) && NO_NAN(seen.f, ps);
}

/* Whether all numbers that were written are finite. */
ON static int NAME(powers)(const Work *w, int wide)
{
    return wide ? NAME(compute)(w, 1) : NAME(compute)(w, 0);
}

#undef REALS
#undef ON
#undef OF
#undef NAME
#undef REAL
#undef SINGLES
#undef LOAD_HALF
#undef JOINED
#undef APART
#undef CAST
#undef CAST_BACK
#undef IF_LESS
#undef IF_ODD
#undef NO_NAN
#undef INLINE
#undef Real
#undef Complex
#undef Seen
#undef all
#undef times
#undef minus_if
