/* What a function may use of the processor: AVX2, which the module is not loaded without, or AVX-512.
 *
 * A function for the latter stands beside one for the former and is called where `wider()` says so.
 * Compiled with -DAVX2_ONLY nothing says so, as on a processor without it.
 */
#ifndef PROCESSOR_H
#define PROCESSOR_H

#define WIDE __attribute__((target("avx2,fma,popcnt")))
#define WIDER __attribute__((target("avx2,fma,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq")))

static inline int wider(void)
{
#ifdef AVX2_ONLY
    return 0;
#else
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
           && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
           && __builtin_cpu_supports("avx512vpopcntdq");
#endif
}

#endif
