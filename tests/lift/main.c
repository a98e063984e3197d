/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The differential test of lifting and taint: random instructions are executed, one at a time, on
 * random states, by QEMU's user mode; what changes there is held against what lifting and taint
 * say. See README.md.
 */
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lift/check.h"

typedef struct Options {
    char *processor, *runners, *bytes, *llvm;
    gint64 seed;
    int encodings, verbose, every;
    gboolean native, precision, spoil;
} Options;

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static void print_precision(Check *c, bool all)
{
    static const char quality[] = "ERCU";
    GList *names = g_list_sort(g_hash_table_get_keys(c->precision), by_name);
    if (all)
        printf("%-16s %9s %7s %10s %10s %7s\n", "mnemonic", "encodings", "quality", "said", "seen",
               "ratio");
    for (GList *n = names; n; n = n->next) {
        const Precision *p = g_hash_table_lookup(c->precision, n->data);
        if (all)
            printf("%-16s %9" PRIu64 " %7c %10" PRIu64 " %10" PRIu64 " %7.2f%s\n", (char *)n->data,
                   p->encodings, quality[p->quality & 3], p->said, p->seen,
                   p->seen ? (double)p->said / (double)p->seen : 0, p->faulty ? "  WRONG" : "");
    }
    g_list_free(names);
}

static void print_faulty(Check *c)
{
    GList *names = g_list_sort(g_hash_table_get_keys(c->precision), by_name);
    bool any = false;
    for (GList *n = names; n; n = n->next) {
        const Precision *p = g_hash_table_lookup(c->precision, n->data);
        if (p->faulty)
            printf("%s%s %" PRIu64 " of %" PRIu64, any ? ", " : "wrong: ", (char *)n->data,
                   p->faulty, p->encodings);
        any = any || p->faulty;
    }
    if (any)
        printf("\n");
    g_list_free(names);
}

/* Dependencies that taint says for one that was seen, of instructions that are modelled, or of the
 * others. */
static double ratio(Check *c, bool modelled)
{
    uint64_t said = 0, seen = 0;
    GHashTableIter it;
    gpointer value;
    g_hash_table_iter_init(&it, c->precision);
    while (g_hash_table_iter_next(&it, NULL, &value)) {
        const Precision *p = value;
        if ((p->quality <= AIL_LIFT_ROUGH) != modelled)
            continue;
        said += p->said;
        seen += p->seen;
    }
    return seen ? (double)said / (double)seen : 0;
}

static int summary(Check *c, const Options *o)
{
    const Counts *n = &c->counts;
    print_precision(c, o->precision);
    print_faulty(c);
    printf("%s, seed %" G_GINT64_FORMAT ": %" PRIu64 " encodings of %u mnemonics (%" PRIu64
           " exact, %" PRIu64 " rough, %" PRIu64 " conservative, %" PRIu64 " unknown), %" PRIu64
           " states, %" PRIu64 " runs with flipped bits\n",
           c->processor->name, o->seed, n->encodings, g_hash_table_size(c->precision),
           n->by_quality[0], n->by_quality[1], n->by_quality[2], n->by_quality[3], n->states,
           n->runs);
    printf("%" PRIu64 " values compared; %" PRIu64 " dependencies observed, %" PRIu64
           " of them through addresses or control alone; for one observed taint says %.2f",
           n->values, n->dependencies, n->implied, ratio(c, true));
    if (n->by_quality[2] + n->by_quality[3])
        printf(" (%.2f where it is conservative)", ratio(c, false));
    printf("\n");
    printf("wrong encodings: %" PRIu64 " by value, %" PRIu64 " without a value, %" PRIu64
           " that miss a dependency, %" PRIu64 " without sense\n",
           n->faults[FAULT_VALUE], n->faults[FAULT_NOVALUE], n->faults[FAULT_MISSED],
           n->faults[FAULT_NONSENSE]);
    if (n->ir_encodings || n->faults[FAULT_IR])
        printf("LLVM's IR: %" PRIu64 " encodings run on %" PRIu64 " states, %" PRIu64 " wrong\n",
               n->ir_encodings, n->ir_states, n->faults[FAULT_IR]);
    if (n->abandoned)
        printf("encodings that ended the runner: %" PRIu64 "\n", n->abandoned);
    for (unsigned i = 1; i <= FAULT_IR; i++)
        if (n->faults[i])
            return 1;
    return 0;
}

/* "480fafc3" */
static bool take_bytes(Check *c, const char *hex)
{
    uint8_t bytes[16] = {0};
    unsigned n = 0;
    for (; hex[2 * n] && hex[2 * n + 1] && n < 15; n++)
        bytes[n] =
            (uint8_t)(g_ascii_xdigit_value(hex[2 * n]) << 4 | g_ascii_xdigit_value(hex[2 * n + 1]));
    return maker_take(&c->maker, bytes, n, &c->code);
}

static int run(Check *c, const Options *o)
{
    AilError err = {0};
    if (o->llvm && !check_ir_open(c, o->llvm, &err)) {
        fprintf(stderr, "lift: %s\n", err.text);
        return 1;
    }
    if (o->bytes && !take_bytes(c, o->bytes)) {
        fprintf(stderr, "lift: %s is no instruction that is executed here\n", o->bytes);
        return 2;
    }
    int most = o->bytes ? 1 : o->encodings;
    for (int i = 0; c->counts.encodings < (uint64_t)most; i++) {
        if (!o->bytes)
            maker_next(&c->maker, &c->code);
        if (!check_code(c))
            return 1;
        if (i > 100 * (most + 1)) {
            fprintf(stderr, "lift: hardly an instruction can be executed\n");
            return 1;
        }
    }
    return summary(c, o);
}

int main(int argc, char **argv)
{
    Options o = {.seed = 1, .encodings = 2500, .verbose = 1, .every = 1};
    const GOptionEntry entries[] = {
        {"processor", 'p', 0, G_OPTION_ARG_STRING, &o.processor,
         "x86_64, i386, aarch64, arm, thumb", "NAME"},
        {"runners", 0, 0, G_OPTION_ARG_FILENAME, &o.runners, "folder of the runners", "DIR"},
        {"seed", 's', 0, G_OPTION_ARG_INT64, &o.seed, "of what is random", "N"},
        {"encodings", 'n', 0, G_OPTION_ARG_INT, &o.encodings, "how many", "N"},
        {"bytes", 'b', 0, G_OPTION_ARG_STRING, &o.bytes, "only this instruction", "HEX"},
        {"verbose", 'v', 0, G_OPTION_ARG_INT, &o.verbose, "failures to print of each mnemonic",
         "N"},
        {"llvm", 0, 0, G_OPTION_ARG_FILENAME, &o.llvm, "run LLVM's IR, too, by this module",
         "FILE"},
        {"every", 0, 0, G_OPTION_ARG_INT, &o.every, "... of each so many'th encoding (1)", "N"},
        {"native", 0, 0, G_OPTION_ARG_NONE, &o.native, "without QEMU", NULL},
        {"spoil", 0, 0, G_OPTION_ARG_NONE, &o.spoil, "falsify: it has to be found", NULL},
        {"precision", 0, 0, G_OPTION_ARG_NONE, &o.precision, "print precision by mnemonic", NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    GOptionContext *context = g_option_context_new(NULL);
    GError *error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    bool ok = g_option_context_parse(context, &argc, &argv, &error);
    g_option_context_free(context);
    const Processor *p = ok ? processor_find(o.processor) : NULL;
    if (!p || !o.runners) {
        fprintf(stderr, "lift_diff: %s\n",
                error ? error->message : "which --processor, --runners?");
        g_clear_error(&error);
        return 2;
    }
    Check *c = g_new0(Check, 1);
    int status = 1;
    if (check_init(c, p, o.runners, o.native, (uint64_t)o.seed)) {
        c->verbose = (unsigned)o.verbose;
        c->spoil = o.spoil;
        c->ir_every = (unsigned)o.every;
        status = run(c, &o);
    }
    check_clear(c);
    g_free(c);
    g_free(o.processor);
    g_free(o.runners);
    g_free(o.bytes);
    g_free(o.llvm);
    return status;
}
