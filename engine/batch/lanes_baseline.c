/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernels in vectors of 2 lanes, which every processor has or its compiler makes. */
#define LANES 2
#include "batch/lanes_kernel_internal.h"

void lanes_fit_baseline(const lanes_model *model, lanes_block *block)
{
    fit_block(model, block);
}
