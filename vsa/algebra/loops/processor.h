/* What a function may use of the processor: AVX2, which the module is not loaded without, or AVX-512.
 *
 * A function for the latter stands beside one for the former, and is called where the processor has what
 * it takes. Compiled with -DAVX2_ONLY it never is, as on a processor without.
 */
#ifndef PROCESSOR_H
#define PROCESSOR_H

#ifdef AVX2_ONLY
#define HAS(feature) 0
#else
#define HAS(feature) __builtin_cpu_supports(feature)
#endif

#define WIDE __attribute__((target("avx2,fma,popcnt")))
#define WIDER                                                                                         \
    __attribute__((                                                                                   \
        target("avx2,fma,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx512ifma")))

/* Whether a `WIDER` function can be called. */
static inline int wider(void)
{
    return HAS("avx512f") && HAS("avx512bw") && HAS("avx512dq") && HAS("avx512vl")
           && HAS("avx512vpopcntdq") && HAS("avx512ifma");
}

#endif
