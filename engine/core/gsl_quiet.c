/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one place that touches GSL's global error handler. */
#include "core/gsl_quiet.h"

#include <threads.h>

#include <gsl/gsl_errno.h>

static once_flag once = ONCE_FLAG_INIT;

static void switch_off(void)
{
    gsl_set_error_handler_off();
}

void tq_gsl_quiet(void)
{
    call_once(&once, switch_off);
}
