/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our own guests, recorded and replayed by the commands: what the trace says must be the facts
 * (tests/guests/baremetal/README.md), to the instruction, and a second replay must give the same
 * bytes.
 */
#include "tests/facts.h"
#include "trace/reader.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>

/* An exception in the measured part; icount from its beginning. */
typedef struct Taken {
    uint64_t vector, icount, pc;
} Taken;

/* What the trace says of the measured part. */
typedef struct Measured {
    uint64_t begin, end, symbol_end; /* addresses */
    bool started, counting, watching;
    uint64_t insns, first;      /* completed; icount of the first */
    GHashTable *completed;      /* pc -> times, both pointer-sized integers */
    GHashTable *spaces, *users; /* asid -> instructions, as pointer-sized integers */
    GArray *taken;              /* of Taken */
    uint64_t interrupts;
    uint64_t asid, asid_changes;
    GString *console;
} Measured;

static void run(const char *arguments, ...)
{
    va_list args;
    va_start(args, arguments);
    char *rest = g_strdup_vprintf(arguments, args);
    char *line = g_strdup_printf("%s %s", AIL_PROGRAM, rest), *out = NULL, *err = NULL;
    int status = -1;
    va_end(args);
    cr_assert(g_spawn_command_line_sync(line, &out, &err, &status, NULL), "%s", line);
    cr_assert_eq(status, 0, "%s: status %d: %s", line, status, err);
    g_free(rest);
    g_free(line);
    g_free(out);
    g_free(err);
}

static void add(GHashTable *table, uint64_t key, uint64_t n)
{
    gpointer k = (gpointer)(uintptr_t)key;
    uintptr_t had = (uintptr_t)g_hash_table_lookup(table, k);
    g_hash_table_insert(table, k, (gpointer)(had + n));
}

static uint64_t times(GHashTable *table, uint64_t key)
{
    return (uintptr_t)g_hash_table_lookup(table, (gpointer)(uintptr_t)key);
}

static void see_event(Measured *m, const AilEvent *e)
{
    if (e->type == AIL_EVENT_CONSOLE)
        g_string_append_len(m->console, (const char *)e->data, e->len);
    if (e->type == AIL_EVENT_ASID) {
        m->asid = e->value;
        m->asid_changes += m->counting;
    }
    m->interrupts += e->type == AIL_EVENT_INTERRUPT && m->watching;
    if (e->type == AIL_EVENT_EXCEPTION && m->counting) {
        Taken t = {e->value, e->icount - m->first, e->pc};
        g_array_append_val(m->taken, t);
    }
}

static void see_insn(Measured *m, const AilBlock *b, uint32_t i, uint64_t icount)
{
    uint64_t pc = b->pc + b->start[i];
    if (pc == m->begin && !m->started) {
        m->started = m->counting = m->watching = true;
        m->first = icount;
    }
    if (pc == m->end)
        m->counting = false;
    if (pc == m->symbol_end)
        m->watching = false;
    if (m->watching)
        add(m->completed, pc, 1);
    if (!m->counting)
        return;
    m->insns++;
    add(m->spaces, m->asid, 1);
    add(m->users, m->asid, b->user);
}

static void see_chunk(Measured *m, const AilChunk *c)
{
    uint64_t icount = c->icount;
    uint32_t event = 0, cut = 0;
    if (!c->number)
        m->asid = c->asid;
    for (uint32_t i = 0; i <= c->n_flow; i++) {
        const AilBlock *b = i < c->n_flow ? ail_dict_get(c->dict, c->flow[i]) : NULL;
        for (; event < c->n_events && c->events[event].flow_index <= i; event++)
            see_event(m, &c->events[event]);
        uint32_t n = b ? b->n_insns : 0;
        if (cut < c->n_cuts && c->cuts[cut].at == i)
            n = c->cuts[cut++].executed;
        for (uint32_t k = 0; k < n; k++)
            see_insn(m, b, k, icount + k);
        icount += n;
    }
    cr_expect_eq(icount, c->icount + c->insns);
}

static void measure(Measured *m, const char *trace, const AilFacts *facts)
{
    *m = (Measured){.begin = ail_facts_begin(facts), .end = ail_facts_end(facts)};
    m->symbol_end = ail_facts_address(facts, "end");
    m->completed = g_hash_table_new(NULL, NULL);
    m->spaces = g_hash_table_new(NULL, NULL);
    m->users = g_hash_table_new(NULL, NULL);
    m->taken = g_array_new(FALSE, FALSE, sizeof(Taken));
    m->console = g_string_new(NULL);
    AilTraceReader *r = ail_trace_reader_new();
    const AilChunk *c;
    AilStatus status = ail_trace_reader_open(r, trace, 0, AIL_COL_ALL);
    while (status == AIL_OK && (status = ail_trace_reader_next(r, &c)) == AIL_OK)
        see_chunk(m, c);
    cr_assert_eq(status, AIL_END, "%s", ail_trace_reader_error(r));
    ail_trace_reader_free(r);
}

static void forget(Measured *m)
{
    g_hash_table_unref(m->completed);
    g_hash_table_unref(m->spaces);
    g_hash_table_unref(m->users);
    g_array_unref(m->taken);
    g_string_free(m->console, TRUE);
}

/* The n-th value of a fact's line, as a number. */
static uint64_t number(char **line, int i)
{
    return g_ascii_strtoull(line[i], NULL, 0);
}

static void expect_counts(const Measured *m, const AilFacts *f, const char *name)
{
    cr_expect(m->started, "%s: never began", name);
    cr_expect_eq(m->insns, ail_facts_number(f, "insns"), "%s: %" PRIu64 " instructions", name,
                 m->insns);
    char **line;
    for (unsigned n = 0; (line = ail_facts_line(f, "count", n, 2)); n++, g_strfreev(line)) {
        uint64_t got = times(m->completed, ail_facts_address(f, line[0]));
        cr_expect_eq(got, number(line, 1), "%s: %s completed %" PRIu64 " times, not %s", name,
                     line[0], got, line[1]);
    }
    for (unsigned n = 0; (line = ail_facts_line(f, "space", n, 3)); n++, g_strfreev(line)) {
        uint64_t asid = ail_facts_address(f, line[0]);
        cr_expect_eq(times(m->spaces, asid), number(line, 1), "%s: %s", name, line[0]);
        cr_expect_eq(times(m->users, asid), number(line, 2), "%s: user of %s", name, line[0]);
    }
    line = ail_facts_line(f, "asid-changes", 0, 1);
    if (line)
        cr_expect_eq(m->asid_changes, number(line, 0), "%s: %" PRIu64 " asid changes", name,
                     m->asid_changes);
    g_strfreev(line);
}

static void expect_traps(const Measured *m, const AilFacts *f, const char *name)
{
    char **line;
    unsigned n = 0;
    for (; (line = ail_facts_line(f, "exception", n, 3)); n++, g_strfreev(line)) {
        cr_assert_lt(n, m->taken->len, "%s: only %u exceptions", name, m->taken->len);
        const Taken *t = &g_array_index(m->taken, Taken, n);
        cr_expect(t->vector == number(line, 0) && t->icount == number(line, 1) &&
                      t->pc == ail_facts_address(f, line[2]),
                  "%s: exception %u is %" PRIu64 " after %" PRIu64 " to 0x%" PRIx64
                  ", not %s after %s to %s",
                  name, n, t->vector, t->icount, t->pc, line[0], line[1], line[2]);
    }
    if (n)
        cr_expect_eq(m->taken->len, n, "%s: %u exceptions", name, m->taken->len);
    for (n = 0; (line = ail_facts_line(f, "interrupts", n, 2)); n++, g_strfreev(line)) {
        cr_expect_eq(m->interrupts, number(line, 0), "%s: %" PRIu64 " interrupts", name,
                     m->interrupts);
        /* The handler is where they go, or, on Arm, where the vector's branch does. */
        uint64_t handled = times(m->completed, ail_facts_address(f, line[1]));
        cr_expect_eq(handled, number(line, 0), "%s: %s ran %" PRIu64 " times", name, line[1],
                     handled);
    }
}

/* The guest's lines; firmware may have printed before, and line ends are the guest's own. */
static void expect_console(const Measured *m, const AilFacts *f, const char *name)
{
    GString *text = g_string_new(m->console->str);
    char *serial = ail_facts_serial(f);
    g_string_replace(text, "\r", "", 0);
    cr_expect(g_str_has_suffix(text->str, serial), "%s: printed %s", name, text->str);
    g_free(serial);
    g_string_free(text, TRUE);
}

static void expect_same_bytes(const char *a, const char *b)
{
    char *x, *y;
    gsize n, k;
    cr_assert(g_file_get_contents(a, &x, &n, NULL) && g_file_get_contents(b, &y, &k, NULL));
    cr_expect(n == k && !memcmp(x, y, n), "two replays differ");
    g_free(x);
    g_free(y);
}

static void expect_facts(const AilFacts *f, const char *trace, const char *name)
{
    Measured m;
    run("trace verify %s", trace);
    measure(&m, trace, f);
    expect_counts(&m, f, name);
    expect_traps(&m, f, name);
    expect_console(&m, f, name);
    forget(&m);
}

ParameterizedTestParameters(replay, tells_the_facts)
{
    return ail_facts_guests();
}

ParameterizedTest(AilGuestName *guest, replay, tells_the_facts)
{
    AilFacts *f = ail_facts_load(guest->text);
    char *dir = g_dir_make_tmp("ailurus-replay-XXXXXX", NULL);
    char *rr = g_build_filename(dir, "g.rr", NULL), *one = g_build_filename(dir, "1.trace", NULL),
         *two = g_build_filename(dir, "2.trace", NULL),
         *small = g_build_filename(dir, "3.trace", NULL);
    run("record --no-check %s %s -o %s", ail_facts_machine(guest->text), ail_facts_elf(f), rr);
    run("replay %s -o %s", rr, one);
    run("replay %s -o %s", rr, two);
    /* Blocks are defined again and again, and chunks end anywhere. */
    run("replay %s -o %s --chunk 3000 --dictionary 5", rr, small);
    expect_facts(f, one, guest->text);
    expect_facts(f, small, guest->text);
    expect_same_bytes(one, two);
    for (char **p = (char *[]){rr, one, two, small, NULL}; *p; p++) {
        g_unlink(*p);
        g_free(*p);
    }
    g_rmdir(dir);
    g_free(dir);
    ail_facts_free(f);
}
