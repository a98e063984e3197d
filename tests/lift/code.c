/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lift/code.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

/* What differs between processors. */
typedef struct Ways {
    cs_arch arch;
    cs_mode mode;
    unsigned (*bytes)(Maker *m, uint8_t *bytes);
    bool (*suits)(Maker *m, Code *code);
    void (*aim)(Maker *m, const Code *code, Slot *slot);
} Ways;

static const Ways ways[AIL_MODE_COUNT] = {
    [AIL_MODE_X86_32] = {CS_ARCH_X86, CS_MODE_32, x86_bytes, x86_suits, x86_aim},
    [AIL_MODE_X86_64] = {CS_ARCH_X86, CS_MODE_64, x86_bytes, x86_suits, x86_aim},
    [AIL_MODE_A64] = {CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, aarch64_bytes, aarch64_suits,
                      aarch64_aim},
    [AIL_MODE_A32] = {CS_ARCH_ARM, (cs_mode)(CS_MODE_ARM | CS_MODE_V8), arm_bytes, arm_suits,
                      arm_aim},
    [AIL_MODE_T32] = {CS_ARCH_ARM, (cs_mode)(CS_MODE_THUMB | CS_MODE_V8), arm_bytes, arm_suits,
                      arm_aim},
};

bool maker_init(Maker *m, const Processor *p, Random *random)
{
    *m = (Maker){.processor = p, .random = random, .ways = &ways[p->mode]};
    cs_err err = cs_open(m->ways->arch, m->ways->mode, &m->handle);
    if (err == CS_ERR_OK)
        err = cs_option(m->handle, CS_OPT_DETAIL, CS_OPT_ON);
    if (err == CS_ERR_OK)
        m->insn = cs_malloc(m->handle);
    if (!m->insn)
        fprintf(stderr, "lift: the disassembler: %s\n", cs_strerror(err));
    return m->insn;
}

void maker_clear(Maker *m)
{
    if (m->insn)
        cs_free(m->insn, 1);
    if (m->handle)
        cs_close(&m->handle);
}

static bool decode(Maker *m, const Code *code)
{
    const uint8_t *bytes = code->bytes;
    size_t size = code->size;
    uint64_t pc = CODE;
    return cs_disasm_iter(m->handle, &bytes, &size, &pc, m->insn);
}

bool maker_take(Maker *m, const uint8_t *bytes, unsigned size, Code *out)
{
    *out = (Code){.size = size, .insn = m->insn};
    memcpy(out->bytes, bytes, size);
    bool x86 = m->processor->arch == AIL_ARCH_X86;
    if (decode(m, out))
        out->size = m->insn->size;
    else if (!x86)
        out->insn = NULL;
    else
        return false;
    if (!m->ways->suits(m, out))
        return false;
    if (!out->insn)
        return true;
    if (!decode(m, out))
        return false;
    g_strlcpy(out->mnemonic, m->insn->mnemonic, sizeof out->mnemonic);
    snprintf(out->text, sizeof out->text, "%s%s%s", m->insn->mnemonic, *m->insn->op_str ? " " : "",
             m->insn->op_str);
    return true;
}

void maker_next(Maker *m, Code *out)
{
    uint8_t bytes[16];
    unsigned size;
    do {
        memset(bytes, 0, sizeof bytes);
        size = m->ways->bytes(m, bytes);
    } while (!maker_take(m, bytes, size, out));
}

uint64_t window_address(Random *r)
{
    uint64_t at = WINDOW + 128 + random_below(r, 192);
    return random_chance(r, 25) ? at : at & ~UINT64_C(31);
}

/* A number as programs have them: small, negative, at an edge, or anything. */
static uint64_t number(Random *r)
{
    uint64_t v = random_u64(r);
    switch (random_below(r, 12)) {
    case 0:
        return v & 0xf;
    case 1:
        return v & 0xff;
    case 2:
        return ~(v & 0xff);
    case 3:
        return 0;
    case 4:
        return UINT64_C(1) << (v & 63);
    case 5:
        return (UINT64_C(1) << (v & 63)) - 1;
    case 6:
        return (v >> 8) & UINT64_C(0x00ff00ff00ff00ff); /* lanes with zeros */
    case 7:
        return v & UINT64_C(0x7f7f7f7f7f7f7f7f);
    default:
        return v;
    }
}

/* Floating-point numbers of ordinary size, as two floats or one double. */
static uint64_t real(Random *r)
{
    uint64_t v = random_u64(r), bits;
    if (random_chance(r, 50)) {
        double d = ((double)(v >> 12) / 4503599627370496.0 - 0.5) * 1000;
        memcpy(&bits, &d, 8);
        return bits;
    }
    float f[2] = {((float)(v >> 40) / 16777216.0f - 0.5f) * 1000,
                  ((float)(v >> 8 & 0xffffff) / 16777216.0f - 0.5f) * 100};
    memcpy(&bits, f, 8);
    return bits;
}

static void fill_fpu(Random *r, Slot *s)
{
    uint8_t *fpu = s->byte + AT_FPU;
    memset(fpu, 0, 512);
    uint16_t control = 0x037f;
    memcpy(fpu, &control, 2);
    fpu[4] = 0xff; /* tags: all in use */
    for (unsigned i = 0; i < 8; i++) {
        uint8_t *st = fpu + 32 + 16 * i;
        uint64_t mantissa = random_u64(r) | UINT64_C(1) << 63;
        uint16_t exponent = (uint16_t)(0x3fff - 8 + random_below(r, 24));
        if (random_chance(r, 50))
            mantissa &= ~UINT64_C(0) << 40; /* few digits */
        if (random_chance(r, 30))
            exponent |= 0x8000;
        memcpy(st, &mantissa, 8);
        memcpy(st + 8, &exponent, 2);
    }
    uint32_t mxcsr = 0x1f80, mask = 0xffff;
    memcpy(fpu + 24, &mxcsr, 4);
    memcpy(fpu + 28, &mask, 4);
}

/* Numbers of one kind in all of the state, or of all kinds. */
static uint64_t value(Random *r, unsigned kind)
{
    switch (kind) {
    case 0:
        return random_u64(r);
    case 1:
        return random_u64(r) & 0x3f;
    case 2:
        return real(r);
    default:
        return number(r);
    }
}

void maker_state(Maker *m, const Code *code, Slot *out)
{
    Random *r = m->random;
    bool x86 = m->processor->arch == AIL_ARCH_X86;
    memset(out, 0, sizeof *out);
    unsigned kind = random_below(r, 5), vector_kind = random_below(r, 5);
    for (unsigned at = 0; at < AT_FLAGS; at += 8)
        slot_set_u64(out, at, value(r, kind == 2 ? 3 : kind));
    for (unsigned at = AT_VECTOR; at < AT_FPU; at += 8)
        slot_set_u64(out, at, value(r, vector_kind));
    for (unsigned at = AT_WINDOW; at < SLOT_SIZE; at += 8)
        slot_set_u64(out, at, value(r, vector_kind));
    for (const SlotReg *reg = m->processor->regs; reg->name; reg++)
        if (!reg->size && random_chance(r, 50) &&
            !(x86 && reg->bit == 10 && !random_chance(r, 30))) /* df is rare */
            out->byte[AT_FLAGS + reg->bit / 8] |= (uint8_t)(1 << reg->bit % 8);
    if (x86) {
        out->byte[AT_FLAGS] |= 2;
        out->byte[AT_FLAGS + 1] |= 2; /* interrupts are on */
        slot_set_u64(out, AT_FPCR, 0x1f80);
        fill_fpu(r, out);
    }
    m->ways->aim(m, code, out);
    if (m->processor->mode == AIL_MODE_X86_32)
        for (unsigned at = 0; at < 64; at += 8)
            memset(out->byte + at + 4, 0, 4);
}
