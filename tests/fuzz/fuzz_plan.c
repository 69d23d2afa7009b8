/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a plan. */
#include "fuzz/fuzz.h"
#include "report/plan/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const tq_yaml_key options[] = {{"method", TQ_YAML_IS_TEXT, 0, NULL},
                                          {"contrast", TQ_YAML_IS_TEXTS, 0, NULL},
                                          {"random", TQ_YAML_IS_TEXTS, 0, NULL},
                                          {NULL, 0, 0, NULL}};
    tq_plan *plan = NULL;
    tq_error err;

    if (tq_plan_parse((const char *)data, size, "x", options, &plan, &err) != TQ_OK) {
        assert(!plan && err.message[0]);
        return 0;
    }
    assert(plan->n > 0 && plan->n <= TQ_PLAN_MAX_ANALYSES && plan->title);
    for (size_t i = 0; i < plan->n; i++) {
        const tq_plan_analysis *a = &plan->analysis[i];

        assert(a->id[0] && a->title && a->data && a->better < TQ_BETTER_COUNT && !(a->mcid <= 0.0));
        for (size_t o = 0; o < a->n_options; o++) {
            assert(a->option[o].value && a->option[o].at->line > 0);
        }
        assert(a->n_own <= a->at->n);
        for (size_t b = 0; b < a->beside.n; b++) {
            const char *id = tq_plan_beside_id(&a->beside.item[b]);

            assert(!id || tq_plan_find(plan, id) < plan->n);
        }
    }
    tq_plan_free(plan);
    return 0;
}
