/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of the vector widths this processor has. */
#include "batch/lanes_internal.h"

lanes_fit_fn *lanes_fit_width(size_t i)
{
    lanes_fit_fn *found[4] = {NULL, NULL, NULL, NULL};
    size_t n = 0;

#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
        found[n++] = lanes_fit_avx512;
    }
    if (__builtin_cpu_supports("avx2")) {
        found[n++] = lanes_fit_avx2;
    }
#endif
    found[n] = lanes_fit_baseline;
    return i <= n ? found[i] : NULL;
}
