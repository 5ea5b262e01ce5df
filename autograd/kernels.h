/* The innermost loops of the machine, for the compiler: kernels.py says what each computes.

   kernel_loops.h is read once for every processor, and once more for those with AVX2 and FMA, which
   are recognised at run time. */
#ifndef CHALKGRAD_KERNELS
#define CHALKGRAD_KERNELS

#include <stddef.h>
#include <string.h>

#if defined(__GNUC__)
typedef double chalkgrad_four __attribute__((vector_size(32), aligned(8), may_alias));
typedef long long chalkgrad_mask __attribute__((vector_size(32), aligned(8), may_alias));
#define FOUR 4
#define SPLAT(x) ((chalkgrad_four) {(x), (x), (x), (x)})
#define SUM_OF(f) (((f)[0] + (f)[2]) + ((f)[1] + (f)[3]))
#else
typedef double chalkgrad_four;
#define FOUR 1
#define SPLAT(x) (x)
#define SUM_OF(f) (f)
#endif
#define AT(p) (*(chalkgrad_four *) (p))
#define READ(p) (*(const chalkgrad_four *) (p))

#if defined(__clang__)
#define FUSE _Pragma("clang fp contract(fast)")
#define FAST
#elif defined(__GNUC__)
#define FUSE
#define FAST __attribute__((optimize("O3", "fp-contract=fast")))
#else
#define FUSE
#define FAST
#endif

#define KERNEL(name) chalkgrad_##name##_anywhere
#define TARGET FAST
#include "kernel_loops.h"
#undef KERNEL
#undef TARGET

#if defined(__GNUC__) && defined(__x86_64__)
#define KERNEL(name) chalkgrad_##name##_avx2
#define TARGET FAST __attribute__((target("avx2,fma")))
#include "kernel_loops.h"
#undef KERNEL
#undef TARGET

static int chalkgrad_has_avx2(void) {
    static int known = -1;
    if (known < 0) {
        __builtin_cpu_init();
        known = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    }
    return known;
}
#define BEST(name) (chalkgrad_has_avx2() ? chalkgrad_##name##_avx2 : chalkgrad_##name##_anywhere)
#else
#define BEST(name) chalkgrad_##name##_anywhere
#endif

#endif
