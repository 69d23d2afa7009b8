/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 as FIPS 180-4 defines it, in the letters of the standard. */
#include "frame/sha256.h"

#include <stdint.h>
#include <string.h>

enum { BLOCK = 64, LENGTH_AT = 56 };

/* Section 4.2.2: first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotr(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static uint32_t big_endian(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Section 6.2.2, step 1: the message schedule. */
static void schedule(uint32_t W[64], const unsigned char *block)
{
    for (int t = 0; t < 16; t++) {
        W[t] = big_endian(block + 4 * t);
    }
    for (int t = 16; t < 64; t++) {
        const uint32_t s0 = rotr(W[t - 15], 7) ^ rotr(W[t - 15], 18) ^ W[t - 15] >> 3;
        const uint32_t s1 = rotr(W[t - 2], 17) ^ rotr(W[t - 2], 19) ^ W[t - 2] >> 10;

        W[t] = s1 + W[t - 7] + s0 + W[t - 16];
    }
}

/* Section 6.2.2, steps 2 to 4, over whole blocks. */
static void absorb(uint32_t H[8], const unsigned char *block, size_t blocks)
{
    uint32_t W[64];

    for (; blocks > 0; blocks--, block += BLOCK) {
        uint32_t a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];

        schedule(W, block);
        for (int t = 0; t < 64; t++) {
            const uint32_t S1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25);
            const uint32_t T1 = h + S1 + ((e & f) ^ (~e & g)) + K[t] + W[t];
            const uint32_t S0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22);
            const uint32_t T2 = S0 + ((a & b) ^ (a & c) ^ (b & c));

            h = g;
            g = f;
            f = e;
            e = d + T1;
            d = c;
            c = b;
            b = a;
            a = T1 + T2;
        }
        H[0] += a;
        H[1] += b;
        H[2] += c;
        H[3] += d;
        H[4] += e;
        H[5] += f;
        H[6] += g;
        H[7] += h;
    }
}

/* Section 5.1.1: the rest of the message, a one bit, zeros, and the length in bits. */
static void finish(uint32_t H[8], const unsigned char *rest, size_t left, size_t size)
{
    unsigned char tail[2 * BLOCK] = {0};
    const size_t blocks = left < LENGTH_AT ? 1 : 2;
    const uint64_t bits = (uint64_t)size * 8;

    if (rest && left > 0) {
        memcpy(tail, rest, left);
    }
    tail[left] = 0x80;
    for (size_t i = 0; i < 8; i++) {
        tail[blocks * BLOCK - 1 - i] = (unsigned char)(bits >> (8 * i) & 0xFF);
    }
    absorb(H, tail, blocks);
}

void tq_sha256_hex(const void *bytes, size_t size, char hex[TQ_SHA256_HEX])
{
    static const char digits[] = "0123456789abcdef";
    /* Section 5.3.3: the same of the square roots of the first eight primes. */
    uint32_t H[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const unsigned char *message = bytes;
    const size_t whole = size - size % BLOCK;

    absorb(H, message, whole / BLOCK);
    finish(H, whole < size ? message + whole : NULL, size - whole, size);
    for (size_t i = 0; i < TQ_SHA256_HEX - 1; i++) {
        hex[i] = digits[H[i / 8] >> (28 - 4 * (i % 8)) & 0xF];
    }
    hex[TQ_SHA256_HEX - 1] = '\0';
}
