/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AES-128 (FIPS 197) of one block, with a key that is not labelled: by arithmetic alone, with a
 * table for its substitution, by the processor's instructions. After two rounds each byte depends
 * on each of the block. And CRC-32, by bits and by table.
 */
#include <sys/auxv.h>

#include "program.h"

enum { ROUNDS = 10 };

static const uint8_t key[16] = "ailurus fulgens!";
static uint8_t round_key[ROUNDS + 1][16], substitute[256];

static uint8_t twice(uint8_t x)
{
    return (uint8_t)(x << 1 ^ (0x1b & -(x >> 7)));
}

static uint8_t product(uint8_t a, uint8_t b)
{
    uint8_t sum = 0;
    for (int i = 0; i < 8; i++, a = twice(a))
        sum ^= a & (uint8_t) - (b >> i & 1);
    return sum;
}

/* x^254, which is 1 / x, and an affine map. */
static uint8_t substituted(uint8_t x)
{
    uint8_t power = x, inverse = 1;
    for (int i = 0; i < 7; i++) {
        power = product(power, power);
        inverse = product(inverse, power);
    }
    uint8_t turned = inverse, sum = inverse ^ 0x63;
    for (int i = 0; i < 4; i++) {
        turned = (uint8_t)(turned << 1 | turned >> 7);
        sum ^= turned;
    }
    return sum;
}

static uint8_t by_arithmetic(uint8_t x)
{
    return substituted(x);
}

static uint8_t by_table(uint8_t x)
{
    return ((volatile uint8_t *)substitute)[x];
}

static void expand_key(void)
{
    uint8_t constant = 1;
    memcpy(round_key[0], key, 16);
    for (int r = 1; r <= ROUNDS; r++, constant = twice(constant))
        for (int i = 0; i < 16; i++) {
            const uint8_t *before = round_key[r - 1];
            uint8_t of = i < 4 ? substituted(before[12 + (i + 1) % 4]) : round_key[r][i - 4];
            round_key[r][i] = before[i] ^ of ^ (i ? 0 : constant);
        }
}

static void prepare(void)
{
    if (substitute[0])
        return;
    expand_key();
    for (int i = 0; i < 256; i++)
        substitute[i] = substituted((uint8_t)i);
}

static void mix(uint8_t column[4])
{
    uint8_t is[4];
    memcpy(is, column, 4);
    for (int i = 0; i < 4; i++)
        column[i] = twice(is[i]) ^ twice(is[(i + 1) % 4]) ^ is[(i + 1) % 4] ^ is[(i + 2) % 4] ^
                    is[(i + 3) % 4];
}

static void one_round(uint8_t block[16], int r, uint8_t (*map)(uint8_t))
{
    uint8_t is[16];
    for (int i = 0; i < 16; i++)
        is[i] = map(block[i]);
    for (int i = 0; i < 16; i++) /* rows are shifted */
        block[i] = is[(i + 4 * (i % 4)) % 16];
    for (int i = 0; i < 16 && r < ROUNDS; i += 4)
        mix(block + i);
    for (int i = 0; i < 16; i++)
        block[i] ^= round_key[r][i];
}

static void encrypt(int rounds, uint8_t (*map)(uint8_t))
{
    prepare();
    for (int i = 0; i < 16; i++)
        out[i] = (char)(in[i] ^ round_key[0][i]);
    for (int r = 1; r <= rounds; r++)
        one_round((uint8_t *)out, r, map);
}

void aes_round(void)
{
    encrypt(1, by_arithmetic);
}

/* What the others must give, too. */
static char expected[16];

void aes(void)
{
    encrypt(ROUNDS, by_arithmetic);
    memcpy(expected, out, 16);
}

static void check(void)
{
    if (memcmp(out, expected, 16))
        fail("AES");
}

void aes_by_table(void)
{
    encrypt(ROUNDS, by_table);
    check();
}

#ifdef __x86_64__
typedef long long Block __attribute__((vector_size(16)));

__attribute__((target("aes"))) void aes_by_instructions(void)
{
    Block x = TAKE(Block, 0), k[ROUNDS + 1];
    if (!__builtin_cpu_supports("aes"))
        fail("the processor has no AES");
    memcpy(k, round_key, sizeof k);
    x ^= k[0];
    for (int r = 1; r < ROUNDS; r++)
        __asm__("aesenc %1, %0" : "+x"(x) : "x"(k[r]));
    __asm__("aesenclast %1, %0" : "+x"(x) : "x"(k[ROUNDS]));
    GIVE(x);
    check();
}
#else
typedef uint8_t Block __attribute__((vector_size(16)));

void aes_by_instructions(void)
{
    Block x = TAKE(Block, 0), k[ROUNDS + 1];
    if (!(getauxval(AT_HWCAP) & 1 << 3))
        fail("the processor has no AES");
    memcpy(k, round_key, sizeof k);
    for (int r = 0; r < ROUNDS; r++) {
        __asm__(".arch_extension aes\n\taese %0.16b, %1.16b" : "+w"(x) : "w"(k[r]));
        if (r < ROUNDS - 1)
            __asm__(".arch_extension aes\n\taesmc %0.16b, %0.16b" : "+w"(x));
    }
    GIVE(x ^ k[ROUNDS]);
    check();
}
#endif

/* --- CRC-32 (ITU-T V.42) --- */

static uint32_t crc_bits(uint32_t crc)
{
    for (int i = 0; i < 8; i++)
        crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
    return crc;
}

void checksum(void)
{
    uint32_t crc = 0xffffffff;
    for (int i = 0; i < IN; i++)
        crc = crc_bits(crc ^ (uint8_t)in[i]);
    GIVE(~crc);
}

void checksum_by_table(void)
{
    static volatile uint32_t table[256];
    uint32_t crc = 0xffffffff;
    for (uint32_t i = 0; i < 256; i++)
        table[i] = crc_bits(i);
    for (int i = 0; i < IN; i++)
        crc = crc >> 8 ^ table[(uint8_t)(crc ^ (uint8_t)in[i])];
    GIVE(~crc);
}

void xored_with_key(void)
{
    for (int i = 0; i < IN; i++)
        out[i] = (char)(in[i] ^ key[(i * 7) % 16]);
}
