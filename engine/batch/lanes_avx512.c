/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernels in vectors of 8 lanes. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "batch/lanes_internal.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl"))), \
                             apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512vl")
#endif

#define LANES 8
#include "batch/lanes_kernel_internal.h"

void lanes_fit_avx512(const lanes_model *model, lanes_block *block)
{
    fit_block(model, block);
}

#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int lanes_avx512_is_of_x86_alone;
#endif
