/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 against the examples of FIPS 180-4 and of NIST's secure hashing page. */
#include "support/near.h"

#include <stdlib.h>
#include <string.h>

#include "frame/sha256.h"

static void check(const char *message, size_t size, const char *digest)
{
    char hex[TQ_SHA256_HEX];

    tq_sha256_hex(message, size, hex);
    assert_string_equal(hex, digest);
}

static void sha256_gives_the_standards_examples(void **state)
{
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static const char two_more[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                                   "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

    (void)state;
    check("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check(two, sizeof two - 1, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check(two_more, sizeof two_more - 1,
          "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

static void sha256_of_a_million_a(void **state)
{
    const size_t size = 1000000;
    char *const message = malloc(size);

    (void)state;
    assert_non_null(message);
    memset(message, 'a', size);
    check(message, size, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(message);
}

/* Lengths about the end of a block, where the padding takes one block or two. */
static void sha256_pads_at_every_length(void **state)
{
    static const struct {
        size_t size;
        const char *digest;
    } cases[] = {
        {1, "8e35c2cd3bf6641bdb0e2050b76932cbb2e6034a0ddacc1d9bea82a6ba57f7cf"},
        {55, "85528b5baff5639cb8e7daca79d085ac29ac0978e873ed7527158616b2b6c379"},
        {56, "f8ce2f8d6990c639668fe404262f35ed72d8bb145ad6bae786af7284447386df"},
        {57, "243be04ce55d66163de2c19e9a13edbcea43775ecd0c28047f30338ea24a15af"},
        {63, "9b49777003a4143d8c3f4d3002eb631c6bda8b030a3ccc87f8a21d5f61c89e87"},
        {64, "ee8e658590c9a5e119400a774415a01db104de1ee6e2c29ec69aa73ef46544d2"},
        {65, "2b6c3f7f12b1b12fc5409626dc4e5302d8d37082cbeddea7755eac43aba039c8"},
        {119, "c8bc8a6e9626586bb888ad131d44ed2bd37fc608e902904ade3c566c4208e6ca"},
        {120, "77a2d49d72a11e41678c51f8f0cb67f5cb570f30370c3aeffe266a0d1ee43209"},
        {128, "652713bcb795a6978fa84aa8d071d13e9ee581a8e716e8ab18daa49d1e920360"},
    };
    char message[128];

    (void)state;
    memset(message, 'q', sizeof message);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check(message, cases[i].size, cases[i].digest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_standards_examples),
        cmocka_unit_test(sha256_of_a_million_a),
        cmocka_unit_test(sha256_pads_at_every_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
