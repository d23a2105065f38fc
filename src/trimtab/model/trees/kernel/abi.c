/* What library.py asks before it calls anything else. */

#include "kernel.h"

int trimtab_abi(void) { return TRIMTAB_ABI; }

/* Whether this machine has the instructions of a set. */
int trimtab_has_baseline(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2") != 0;
#else
    return 1;
#endif
}

int trimtab_has_avx2(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") != 0;
#else
    return 0;
#endif
}
