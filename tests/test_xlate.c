/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical addresses. Of guests of our own, the facts; and whatever runs, each address must be what
 * QEMU says when it is asked at every access (--check-xlate).
 */
#include "tests/facts.h"
#include "tests/shell.h"
#include "trace/reader.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <inttypes.h>
#include <string.h>

/* An access by an instruction that has facts. */
typedef struct Seen {
    uint64_t pc, phys;
    uint64_t second; /* 0: it stays in one page */
} Seen;

/* Add the accesses of execution i, which begin with number `at`. */
static void see_execution(const AilChunk *c, uint32_t i, uint32_t at, uint32_t *crossing,
                          GArray *seen)
{
    const AilBlock *b = ail_dict_get(c->dict, c->flow[i]);
    for (; at < c->access_end[i]; at++) {
        Seen s = {b->pc + b->start[c->access_insn[at]], c->phys[at], 0};
        if (*crossing < c->n_crossings && c->crossings[*crossing].at == at)
            s.second = c->crossings[(*crossing)++].phys;
        g_array_append_val(seen, s);
    }
}

static GArray *see_accesses(const char *trace)
{
    GArray *seen = g_array_new(FALSE, FALSE, sizeof(Seen));
    AilTraceReader *r = ail_trace_reader_new();
    const AilChunk *c;
    AilStatus status = ail_trace_reader_open(r, trace, AIL_COL_XLATE, 0);
    while (status == AIL_OK && (status = ail_trace_reader_next(r, &c)) == AIL_OK) {
        uint32_t crossing = 0;
        for (uint32_t i = 0; i < c->n_flow; i++)
            see_execution(c, i, i ? c->access_end[i - 1] : 0, &crossing, seen);
        cr_expect_eq(crossing, c->n_crossings);
    }
    cr_assert_eq(status, AIL_END, "%s", ail_trace_reader_error(r));
    ail_trace_reader_free(r);
    return seen;
}

/* The next access by the instruction at pc, from *at on. */
static const Seen *next_by(const GArray *seen, uint64_t pc, guint *at)
{
    for (; *at < seen->len; ++*at) {
        const Seen *s = &g_array_index(seen, Seen, *at);
        if (s->pc == pc)
            return ++*at, s;
    }
    return NULL;
}

static void expect_fact(const AilFacts *f, char **fact, const Seen *s)
{
    cr_assert(s, "%s: no access at %s", fact[0], fact[1]);
    uint64_t phys = strcmp(fact[1], "-") ? ail_facts_address(f, fact[1]) : AIL_PHYS_NONE;
    uint64_t second = fact[2] ? ail_facts_address(f, fact[2]) : 0;
    cr_expect(s->phys == phys && s->second == second,
              "%s: at 0x%" PRIx64 " and 0x%" PRIx64 ", not at 0x%" PRIx64 " and 0x%" PRIx64,
              fact[0], s->phys, s->second, phys, second);
}

static void expect_facts(const AilFacts *f, const char *dir, const char *trace)
{
    char *path = g_build_filename(dir, trace, NULL), **fact;
    GArray *seen = see_accesses(path);
    uint64_t pc = 0;
    guint at = 0, n = 0;
    for (; (fact = ail_facts_line(f, "phys", n, 3)); n++, g_strfreev(fact)) {
        uint64_t next = ail_facts_address(f, fact[0]);
        if (next != pc) { /* the one before has no more accesses */
            cr_expect_null(pc ? next_by(seen, pc, &at) : NULL, "before %s", fact[0]);
            at = 0;
        }
        pc = next;
        expect_fact(f, fact, next_by(seen, pc, &at));
    }
    cr_expect_null(next_by(seen, pc, &at));
    cr_expect_gt(n, 10);
    g_array_unref(seen);
    g_free(path);
}

static void replay(const char *dir, const char *guest, const AilFacts *f)
{
    ail_run(dir, "$A record --no-check %s %s -o g.rr", ail_facts_machine(guest), ail_facts_elf(f));
    ail_run(dir, "$A replay g.rr --check-xlate -o g.trace");
}

static AilGuestName told[] = {{"arm64-pages"}, {"x86-pages"}};

ParameterizedTestParameters(xlate, tells_the_facts)
{
    return cr_make_param_array(AilGuestName, told, G_N_ELEMENTS(told));
}

ParameterizedTest(AilGuestName *guest, xlate, tells_the_facts)
{
    char *dir = ail_folder_new();
    AilFacts *f = ail_facts_load(guest->text);
    replay(dir, guest->text, f);
    expect_facts(f, dir, "g.trace");
    /* Chunks that end anywhere, and no other columns. */
    ail_run(dir, "$A replay g.rr -o small.trace --chunk 7 --from %" PRIu64 " --columns xlate",
            ail_number(dir, "$A trace info --json g.trace | grep -o '\"instructions\":[0-9]*' | "
                            "cut -d: -f2") -
                400);
    expect_facts(f, dir, "small.trace");
    ail_facts_free(f);
    ail_folder_remove(dir);
}

/* Address spaces, privilege, faults; PowerPC's real mode and segments. */
static AilGuestName checked[] = {{"x86-spaces"},   {"x86-faults"}, {"arm64-spaces"},
                                 {"arm64-faults"}, {"ppc-spaces"}, {"ppc-faults"}};

ParameterizedTestParameters(xlate, is_what_qemu_says)
{
    return cr_make_param_array(AilGuestName, checked, G_N_ELEMENTS(checked));
}

ParameterizedTest(AilGuestName *guest, xlate, is_what_qemu_says)
{
    char *dir = ail_folder_new();
    AilFacts *f = ail_facts_load(guest->text);
    replay(dir, guest->text, f);
    ail_facts_free(f);
    ail_folder_remove(dir);
}
