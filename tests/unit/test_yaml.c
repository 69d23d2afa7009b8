/* SPDX-License-Identifier: GPL-3.0-or-later */
/* YAML documents: the tree and its lines, tables of keys, and what is refused. */
#include "support/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "frame/yaml.h"

static tq_yaml *parse(const char *text)
{
    tq_yaml *doc = NULL;
    tq_error err;

    if (tq_yaml_parse(text, strlen(text), "knee.yaml", &doc, &err) != TQ_OK) {
        fail_msg("line %zu: %s", err.line, err.message);
    }
    return doc;
}

static void refuse_bytes(const char *bytes, size_t size, tq_status status, size_t line,
                         const char *message)
{
    tq_yaml *untouched = (tq_yaml *)&line, *doc = untouched;
    tq_error err = {0};

    assert_int_equal(tq_yaml_parse(bytes, size, "knee.yaml", &doc, &err), status);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, "knee.yaml");
    assert_int_equal(err.line, line);
    assert_ptr_equal(doc, untouched);
    assert_int_equal(tq_yaml_parse(bytes, size, "knee.yaml", &doc, NULL), status);
}

static void refuse(const char *text, size_t line, const char *message)
{
    refuse_bytes(text, strlen(text), TQ_EINVAL, line, message);
}

/* A document on one line: {key: value, ...}, [item, ...], 'text', ~. */
static void flat(const tq_yaml_node *node, tq_buffer *out)
{
    const int map = node->kind == TQ_YAML_MAP;

    if (node->kind == TQ_YAML_SCALAR || node->kind == TQ_YAML_EMPTY) {
        tq_buffer_format(out, node->kind == TQ_YAML_EMPTY ? "~" : "'%s'", node->text);
        return;
    }
    tq_buffer_text(out, map ? "{" : "[");
    for (size_t i = 0; i < node->n; i++) {
        tq_buffer_text(out, i ? ", " : "");
        if (map) {
            tq_buffer_format(out, "%s: ", node->key[i]->text);
        }
        flat(node->item[i], out);
    }
    tq_buffer_text(out, map ? "}" : "]");
}

static void check(const char *text, const char *want)
{
    tq_yaml *doc = parse(text);
    tq_buffer out = {0};

    flat(tq_yaml_root(doc), &out);
    assert_string_equal(out.data, want);
    tq_buffer_free(&out);
    tq_yaml_free(doc);
}

/* ---- the tree ---- */

static void documents_become_trees(void **state)
{
    (void)state;
    check("title: Cell therapy\nanalyses:\n  - id: pain\n    mcid: -9.5\n  - {id: function}\n",
          "{title: 'Cell therapy', analyses: [{id: 'pain', mcid: '-9.5'}, {id: 'function'}]}");
    check("- no\n- 'null'\n- null\n- ~\n-\n- \"\"\n", "['no', 'null', ~, ~, ~, '']");
    check("a: |\n  two\n  lines\nb: >\n  folded\n  text\n",
          "{a: 'two\nlines\n', b: 'folded text\n'}");
    check("\xEF\xBB\xBF%YAML 1.1\n---\n{}\n...\n", "{}");
    check("plain\n", "'plain'");
    check("[]", "[]");
}

static void aliases_are_what_they_stand_for(void **state)
{
    (void)state;
    check("a: &m {test: knha}\nb: *m\nc: &t text\nd: [*t, *t]\n",
          "{a: {test: 'knha'}, b: {test: 'knha'}, c: 'text', d: ['text', 'text']}");
    check("- &x 1\n- &x 2\n- *x\n", "['1', '2', '2']");
}

static void nodes_know_their_place(void **state)
{
    tq_yaml *doc =
        parse("# a comment\n\ntitle: Knee\nmodel:\n  - method: PM\n    mods: |\n      ~ a\n"
              "last: [1,\n  2]\n");
    const tq_yaml_node *root = tq_yaml_root(doc), *row = tq_yaml_member(root, "model")->item[0];
    const tq_yaml_node *last = tq_yaml_member(root, "last");

    (void)state;
    assert_int_equal(tq_yaml_key_node(root, "title")->line, 3);
    assert_int_equal(tq_yaml_member(root, "title")->column, 8);
    assert_int_equal(row->line, 5);
    assert_int_equal(row->column, 5);
    assert_int_equal(tq_yaml_key_node(row, "mods")->line, 6);
    assert_int_equal(last->item[1]->line, 9);
    assert_string_equal(last->item[1]->source, "knee.yaml");
    assert_ptr_equal(tq_yaml_key_node(root, "none"), root);
    assert_int_equal(root->weight, 14);
    assert_int_equal(root->height, 3);
    assert_int_equal(strlen(tq_yaml_sha256(doc)), 64);
    tq_yaml_free(doc);
    tq_yaml_free(NULL);
}

/* ---- what is refused ---- */

static void wrong_documents_are_refused_with_their_line(void **state)
{
    (void)state;
    refuse("", 0, "the file is empty");
    refuse("# nothing\n---\n", 0, "the file is empty");
    refuse("a: 1\n---\nb: 2\n", 2, "a second document; a file has one of them");
    refuse("a: 1\nb: 2\na: 3\n", 3, "key 'a' is given twice (line 1)");
    refuse("a: 1\nb:\n  - {x: 1, y: 2, x: 3}\n", 3, "key 'x' is given twice (line 3)");
    refuse("a: *m\n", 1, "alias '*m' has no anchor before it");
    refuse("a: &m\n  b: *m\n", 2, "alias '*m' stands inside its own anchor");
    refuse("a: &m b\n*m : c\n", 2, "a key must be a text, not an alias");
    refuse("? [a, b]\n: c\n", 1, "a key must be a text, not a list or a map");
    refuse("a: 1\n?\n: c\n", 2, "a key is missing before ':'");
    refuse("a: 1\nb: !!python/object x\n", 2, "tags (!name) are not read; leave it out");
    refuse("a: !x [1]\n", 1, "tags (!name) are not read; leave it out");
    refuse("a: \"\\0\"\n", 1, "a text with a NUL character in it");
    refuse("a: [1, 2\nb: 3\n", 2,
           "no valid YAML: did not find expected ',' or ']' while parsing a flow sequence");
    refuse("a: 1\n\tb: 2\n", 2,
           "no valid YAML: found a tab character that violates indentation while scanning a plain "
           "scalar");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    refuse_bytes("a: 1\nb: \0", 9, TQ_EREAD, 2,
                 "byte 0x00 is no text in UTF-8; save the file as UTF-8");
    refuse_bytes("a: 1\nb: \xFF\n", 10, TQ_EREAD, 2,
                 "byte 0xFF is no text in UTF-8; save the file as UTF-8");
}

static void what_is_too_much_is_refused(void **state)
{
    char deep[TQ_YAML_MAX_DEPTH + 2];
    char *big = malloc(TQ_YAML_MAX_BYTES + 1);
    tq_buffer text = {0};

    (void)state;
    memset(deep, '[', sizeof deep);
    refuse_bytes(deep, sizeof deep, TQ_EINVAL, 1, "more than 32 lists and maps in one another");
    assert_non_null(big);
    memset(big, '#', TQ_YAML_MAX_BYTES + 1);
    refuse_bytes(big, TQ_YAML_MAX_BYTES + 1, TQ_EREAD, 0, "larger than 1048576 bytes, the limit");
    free(big);

    /* Each line stands for ten of the line before: 10^9 texts from a few hundred bytes. */
    tq_buffer_text(&text, "- &a0 x\n");
    for (int i = 1; i < 10; i++) {
        tq_buffer_format(&text, "- &a%d [", i);
        for (int j = 0; j < 10; j++) {
            tq_buffer_format(&text, "*a%d,", i - 1);
        }
        tq_buffer_text(&text, "]\n");
    }
    refuse(text.data, 6, "more than 100000 values, aliases counted as what they stand for");
    tq_buffer_free(&text);

    /* Lists that grow deeper by aliases. */
    tq_buffer_text(&text, "- &a0 [x]\n");
    for (int i = 1; i < 40; i++) {
        tq_buffer_format(&text, "- &a%d [*a%d]\n", i, i - 1);
    }
    refuse(text.data, 32, "more than 32 lists and maps in one another");
    tq_buffer_free(&text);

    for (int i = 0; i <= TQ_YAML_MAX_ANCHORS; i++) {
        tq_buffer_format(&text, "- &a%d x\n", i);
    }
    refuse(text.data, TQ_YAML_MAX_ANCHORS + 1, "more than 1000 anchors");
    tq_buffer_free(&text);
}

static void files_are_read(void **state)
{
    char path[] = "/tmp/tausq_yaml_XXXXXX";
    const int fd = mkstemp(path);
    tq_yaml *doc = NULL;
    tq_error err;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(dprintf(fd, "a: [1]\n"), 7);
    close(fd);
    assert_int_equal(tq_yaml_read(path, &doc, &err), TQ_OK);
    assert_string_equal(tq_yaml_root(doc)->source, path);
    tq_yaml_free(doc);
    unlink(path);
    assert_int_equal(tq_yaml_read(path, &doc, &err), TQ_EREAD);
    assert_string_equal(err.message, "no such file");
    assert_string_equal(err.file, path);
}

/* ---- tables of keys ---- */

static const tq_yaml_key keys[] = {
    {"title", TQ_YAML_IS_TEXT, 1, NULL},
    {"mcid", TQ_YAML_IS_NUMBER, 0, NULL},
    {"require", TQ_YAML_IS_YES_NO, 0, NULL},
    {"tests", TQ_YAML_IS_TEXTS, 0, NULL},
    {"analyses", TQ_YAML_IS_LIST, 0, NULL},
    {"labels", TQ_YAML_IS_MAP, 0, NULL},
    {"data", TQ_YAML_IS_NUMBER | TQ_YAML_IS_YES_NO, 0, NULL},
    {NULL, 0, 0, NULL},
};

static void refuse_keys(const char *text, size_t line, const char *message)
{
    tq_yaml *doc = parse(text);
    tq_error err = {0};

    assert_int_equal(tq_yaml_check(tq_yaml_root(doc), "a plan", keys, &err), TQ_EINVAL);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, "knee.yaml");
    assert_int_equal(err.line, line);
    assert_int_equal(tq_yaml_check(tq_yaml_root(doc), "a plan", keys, NULL), TQ_EINVAL);
    tq_yaml_free(doc);
}

static void keys_are_checked_against_their_table(void **state)
{
    (void)state;
    refuse_keys("title: a\nanalysis: []\n", 2,
                "unknown key 'analysis' of a plan; did you mean 'analyses'?");
    refuse_keys("title: a\n\nxyzzyxyzzy: 1\n", 3, "unknown key 'xyzzyxyzzy' of a plan");
    refuse_keys("mcid: 3\n", 1, "a plan needs the key 'title'");
    refuse_keys("- a\n", 1, "a plan must be a map of keys and values, not a list");
    refuse_keys("a\n", 1, "a plan must be a map of keys and values, not 'a'");
    refuse_keys("title: [a]\n", 1, "'title' of a plan must be a text, not a list");
    refuse_keys("title:\n", 1, "'title' of a plan must be a text, not nothing");
    refuse_keys("title: a\nmcid:\n  - 9\n", 3, "'mcid' of a plan must be a number, not a list");
    refuse_keys("title: a\nmcid: 1e999\n", 2, "'mcid' of a plan must be a number, not '1e999'");
    refuse_keys("title: a\nmcid: 9,5\n", 2, "'mcid' of a plan must be a number, not '9,5'");
    refuse_keys("title: a\nrequire: maybe\n", 2,
                "'require' of a plan must be yes or no, not 'maybe'");
    refuse_keys("title: a\ntests: [a, [b]]\n", 2,
                "'tests' of a plan must be a text or a list of texts, not a list");
    refuse_keys("title: a\nanalyses: x\n", 2, "'analyses' of a plan must be a list, not 'x'");
    refuse_keys("title: a\nlabels: []\n", 2,
                "'labels' of a plan must be a map of keys and values, not a list");
    refuse_keys("title: a\ndata: x\n", 2,
                "'data' of a plan must be a number or yes or no, not 'x'");
}

static void members_are_read_by_key(void **state)
{
    tq_yaml *doc = parse("title: Knee\nmcid: -9.5\nrequire: no\ntests: egger\nanalyses: [1, 2]\n"
                         "labels: {}\ndata: true\n");
    const tq_yaml_node *root = tq_yaml_root(doc), *tests = tq_yaml_member(root, "tests");
    double x = 7.0;
    int yes = 7;

    (void)state;
    assert_int_equal(tq_yaml_check(root, "a plan", keys, NULL), TQ_OK);
    assert_string_equal(tq_yaml_text(root, "title", "none"), "Knee");
    assert_string_equal(tq_yaml_text(root, "absent", "none"), "none");
    assert_near(tq_yaml_number(root, "mcid", 0.0), -9.5, 0.0);
    assert_near(tq_yaml_number(root, "absent", 2.385), 2.385, 0.0);
    assert_int_equal(tq_yaml_yes_no(root, "require", 1), 0);
    assert_int_equal(tq_yaml_yes_no(root, "data", 0), 1);
    assert_int_equal(tq_yaml_yes_no(root, "absent", 1), 1);
    assert_int_equal(tq_yaml_count(tests), 1);
    assert_string_equal(tq_yaml_at(tests, 0)->text, "egger");
    assert_int_equal(tq_yaml_count(tq_yaml_member(root, "analyses")), 2);
    assert_string_equal(tq_yaml_at(tq_yaml_member(root, "analyses"), 1)->text, "2");
    assert_int_equal(tq_yaml_count(NULL), 0);
    assert_null(tq_yaml_member(tests, "a"));
    assert_null(tq_yaml_member(NULL, "a"));
    assert_false(tq_yaml_is_number(tests, &x));
    assert_false(tq_yaml_is_yes_no(tests, &yes));
    assert_near(x, 7.0, 0.0);
    assert_int_equal(yes, 7);
    tq_yaml_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_become_trees),
        cmocka_unit_test(aliases_are_what_they_stand_for),
        cmocka_unit_test(nodes_know_their_place),
        cmocka_unit_test(wrong_documents_are_refused_with_their_line),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(what_is_too_much_is_refused),
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(keys_are_checked_against_their_table),
        cmocka_unit_test(members_are_read_by_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
