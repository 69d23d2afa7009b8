/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The comparison behind assert_near and assert_relative. */
#include "support/near.h"

#include <math.h>

void near_(double got, double want, double tol, double floor_, const char *what, const char *file,
           int line)
{
    if ((isnan(got) && isnan(want)) || got == want) {
        return;
    }
    const double scale = fmax(floor_, fabs(want));

    if (!(fabs(got - want) <= tol * scale)) {
        print_error("%s: got %.17g, want %.17g, tolerance %g\n", what, got, want, tol);
        _fail(file, line);
    }
}
