/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a YAML document. */
#include "frame/yaml.h"
#include "fuzz/fuzz.h"

/* Looks at every node; returns how many there are, with depth as the limits promise. */
static size_t walk(const tq_yaml_node *node, size_t depth)
{
    const int map = node->kind == TQ_YAML_MAP, holds = map || node->kind == TQ_YAML_LIST;
    size_t seen = 1;
    double x;
    int yes;

    assert(depth + (size_t)holds <= TQ_YAML_MAX_DEPTH && node->line > 0 && node->column > 0);
    assert(holds || node->n == 0);
    (void)tq_yaml_is_number(node, &x);
    (void)tq_yaml_is_yes_no(node, &yes);
    for (size_t i = 0; i < node->n; i++) {
        /* Names are searched one by one: not in maps of thousands. */
        assert(!map || node->n > 64 || tq_yaml_member(node, node->key[i]->text) == node->item[i]);
        seen += (size_t)map + walk(node->item[i], depth + 1);
    }
    assert(seen == node->weight);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const tq_yaml_key keys[] = {{"a", TQ_YAML_IS_TEXT, 0, NULL},
                                       {"b", TQ_YAML_IS_TEXTS | TQ_YAML_IS_NUMBER, 0, NULL},
                                       {NULL, 0, 0, NULL}};
    tq_yaml *doc = NULL;
    tq_error err;

    if (tq_yaml_parse((const char *)data, size, "x", &doc, &err) != TQ_OK) {
        assert(!doc && err.message[0]);
        return 0;
    }
    assert(walk(tq_yaml_root(doc), 0) <= TQ_YAML_MAX_NODES);
    if (tq_yaml_check(tq_yaml_root(doc), "a plan", keys, &err) != TQ_OK) {
        assert(err.line > 0 && err.message[0]);
    }
    tq_yaml_free(doc);
    return 0;
}
