/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernels in vectors of 4 lanes. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "batch/lanes_internal.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif

#define LANES 4
#include "batch/lanes_kernel_internal.h"

void lanes_fit_avx2(const lanes_model *model, lanes_block *block)
{
    fit_block(model, block);
}

#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int lanes_avx2_is_of_x86_alone;
#endif
