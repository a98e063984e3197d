/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lift_text.h"

#include <criterion/criterion.h>
#include <glib.h>

char *ail_lift_text(AilLift *l, AilArch arch, AilMode mode, bool user, const char *bytes,
                    AilLifted *out)
{
    uint8_t code[16];
    size_t size = strlen(bytes) / 2;
    cr_assert(size > 0 && size <= sizeof code);
    for (size_t i = 0; i < size; i++)
        code[i] = (uint8_t)(g_ascii_xdigit_value(bytes[2 * i]) << 4 |
                            g_ascii_xdigit_value(bytes[2 * i + 1]));
    AilLifted lifted;
    ail_lift_insn(l, mode, user, 0x1000, code, size, &lifted);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < lifted.n_ops; i++) {
        char op[256];
        g_string_append_printf(text, "%s%s", i ? "; " : "",
                               ail_lift_print(arch, &lifted.ops[i], op, sizeof op));
    }
    if (out)
        *out = lifted;
    return g_string_free(text, FALSE);
}

AilLift *ail_lift_must(AilArch arch)
{
    AilError err = {""};
    AilLift *l = ail_lift_new(arch, &err);
    cr_assert_not_null(l, "%s", err.text);
    return l;
}

void ail_lift_check(AilArch arch, const AilLiftCase *cases, size_t n)
{
    AilLift *l = ail_lift_must(arch);
    for (size_t i = 0; i < n; i++) {
        AilLifted lifted;
        char *ops = ail_lift_text(l, arch, cases[i].mode, true, cases[i].bytes, &lifted);
        cr_expect_str_eq(ops, cases[i].ops, "%s (%s):\n  %s\nnot\n  %s", cases[i].text,
                         cases[i].bytes, ops, cases[i].ops);
        cr_expect_lt(lifted.quality, AIL_LIFT_CONSERVATIVE, "%s", cases[i].text);
        g_free(ops);
    }
    ail_lift_free(l);
}

void ail_lift_check_words(AilArch arch, AilMode mode, unsigned size, const AilLiftWord *words,
                          size_t n)
{
    AilLift *l = ail_lift_must(arch);
    for (size_t i = 0; i < n; i++) {
        char hex[9] = "";
        AilLifted lifted;
        for (unsigned k = 0; k < size; k++)
            g_snprintf(hex + 2 * k, 3, "%02x", words[i].word >> 8 * k & 0xff);
        char *ops = ail_lift_text(l, arch, mode, true, hex, &lifted);
        cr_expect_eq(lifted.quality, words[i].quality, "%08x: quality %u", words[i].word,
                     lifted.quality);
        cr_expect_str_eq(ops, words[i].ops, "%08x %s\n  is  %s\n  not %s", words[i].word,
                         lifted.text, ops, words[i].ops);
        g_free(ops);
    }
    ail_lift_free(l);
}
