/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What compiling taint programs costs, and what it is good for.  bench-taint-jit MODULE TRACE [N]
 * Takes N (500) blocks from all over the first dictionary of the trace, and prints one line of
 * JSON: milliseconds of compiling a block; then, for registers and memory that are not tainted
 * (`clean`), tainted with one set (`one`), or with several (`several`), nanoseconds an instruction
 * takes in the interpreter and in compiled code. Accesses are made at random; CPU time of one
 * thread.
 */
#include "analyzers/taint/jit.h"
#include "tests/random_taint.h"
#include "trace/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ASKED: executions after which any block is hot. */
enum { BLOCKS = 500, RUNS = 2000, TRIES = 16, ASKED = 2 * AIL_BLOCK_MAX_INSNS };

typedef struct Program {
    AilTaintProgram *program;
    GArray *accesses;
} Program;

static double now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void clear_program(gpointer data)
{
    Program *p = data;
    ail_taint_program_free(p->program);
    g_array_unref(p->accesses);
}

static GArray *lower_some(AilTaintLower *lower, const AilDict *dict, unsigned wanted)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(Program));
    GRand *rand = g_rand_new_with_seed(1);
    unsigned every = MAX(1, ail_dict_count(dict) / MAX(1, wanted));
    g_array_set_clear_func(list, clear_program);
    for (uint32_t i = 0; i < ail_dict_count(dict) && list->len < wanted; i += every) {
        Program p = {.program = ail_taint_lower(lower, ail_dict_get(dict, i))};
        p.accesses = random_accesses(p.program, rand);
        g_array_append_val(list, p);
    }
    g_rand_free(rand);
    return list;
}

static GArray *programs_of(const char *path, unsigned wanted)
{
    AilError err = {""};
    AilTraceReader *reader = ail_trace_reader_new();
    AilTaintLower *lower = NULL;
    GArray *list = NULL;
    const AilChunk *chunk;
    AilDict *dict = NULL;
    if (ail_trace_reader_open(reader, path, AIL_COL_FLOW, 0) == AIL_OK)
        lower = ail_taint_lower_new(ail_trace_reader_info(reader)->arch, 0, &err);
    while (lower && ail_trace_reader_next(reader, &chunk) == AIL_OK) {
        if (dict && !ail_dict_is(chunk->dict, dict))
            break;
        ail_dict_unref(dict);
        dict = ail_dict_ref(chunk->dict);
    }
    if (dict)
        list = lower_some(lower, dict, wanted);
    else
        fprintf(stderr, "bench-taint-jit: %s%s\n", ail_trace_reader_error(reader), err.text);
    ail_dict_unref(dict);
    ail_taint_lower_free(lower);
    ail_trace_reader_free(reader);
    return list;
}

/* Nanoseconds of RUNS executions of each. how: 0 clean, 1 one set, 2 several. jit: NULL for the
 * interpreter. */
static double measure(GArray *programs, AilTaint *t, AilTaintJit *jit, unsigned how, unsigned runs)
{
    double sum = 0;
    AilCell cells[3] = {0, 2, 3};
    for (guint i = 0; i < programs->len; i++) {
        const Program *p = &g_array_index(programs, Program, i);
        const AilTaintAccess *access = (const AilTaintAccess *)(void *)p->accesses->data;
        AilTaintMask all;
        memset(t->state, 0, sizeof t->state);
        memset(&all, 0xff, sizeof all);
        for (unsigned c = 0; c < AIL_STATE_TEMP; c += 8) /* half of the registers */
            for (unsigned k = 0; how && k < 8 && c % 16; k++)
                t->state[c + k] = how == 1 ? cells[1] : cells[1 + k % 2];
        ail_taint_refresh(t, &all);
        double begin = now();
        for (unsigned k = 0; k < runs && jit; k++)
            ail_taint_jit_run(jit, t, p->program, access, p->accesses->len);
        for (unsigned k = 0; k < runs && !jit; k++)
            ail_taint_run(t, p->program, 0, p->program->n_insns, access, p->accesses->len);
        sum += now() - begin;
    }
    return sum;
}

static uint64_t count_insns(const GArray *programs)
{
    uint64_t n = 0;
    for (guint i = 0; i < programs->len; i++)
        n += g_array_index(programs, Program, i).program->n_insns;
    return n;
}

/* How many of TRIES random states of each program come out differently when it is compiled. */
static unsigned differing(GArray *programs, AilTaintJit *jit)
{
    AilTaint *a = ail_taint_new(1 << 20), *b = ail_taint_new(1 << 20);
    unsigned n = 0;
    random_sets(a);
    random_sets(b);
    for (guint i = 0; i < programs->len * TRIES; i++) {
        const Program *p = &g_array_index(programs, Program, i / TRIES);
        const AilTaintAccess *access = (const AilTaintAccess *)(void *)p->accesses->data;
        GRand *x = g_rand_new_with_seed(i), *y = g_rand_new_with_seed(i);
        random_taint(a, p->program, p->accesses, x);
        random_taint(b, p->program, p->accesses, y);
        ail_taint_run(a, p->program, 0, p->program->n_insns, access, p->accesses->len);
        ail_taint_jit_run(jit, b, p->program, access, p->accesses->len);
        char *difference = random_taint_compare(a, b, p->accesses);
        n += difference != NULL;
        g_free(difference);
        g_rand_free(x);
        g_rand_free(y);
    }
    ail_taint_free(a);
    ail_taint_free(b);
    return n;
}

/* As the analysis does: it wants to know of every instruction. */
static void on_insn(void *self, unsigned insn, AilCell cell)
{
    *(uint64_t *)self += insn + cell;
}

static int bench(const char *module, GArray *programs)
{
    static const char *const names[] = {"clean", "one", "several"};
    AilTaint *t = ail_taint_new(1 << 24);
    AilTaintJit *jit = ail_taint_jit_new(&(AilTaintJitConfig){.module = module, .hot = 1});
    double insns = (double)count_insns(programs) * RUNS;
    uint64_t seen = 0;
    random_sets(t);
    measure(programs, t, jit, 1, ASKED); /* all are asked for, watched and not */
    t->watch = (AilTaintWatch){.self = &seen, .insn = on_insn};
    measure(programs, t, jit, 1, ASKED);
    ail_taint_jit_wait(jit);
    AilTaintJitCounts counts = ail_taint_jit_counts(jit);
    bool good = !*ail_taint_jit_problem(jit);
    if (!good)
        fprintf(stderr, "bench-taint-jit: %s\n", ail_taint_jit_problem(jit));
    printf("{\"blocks\":%u,\"instructions\":%.0f,\"differ\":%u,\"compile_ms\":%.2f", programs->len,
           insns / RUNS, differing(programs, jit),
           (double)counts.nanoseconds / 1e6 / (double)MAX(1, counts.compiled));
    for (unsigned how = 0; how < 3 && good; how++)
        printf(",\"%s_interpreted_ns\":%.2f,\"%s_compiled_ns\":%.2f", names[how],
               measure(programs, t, NULL, how, RUNS) / insns, names[how],
               measure(programs, t, jit, how, RUNS) / insns);
    printf("}\n");
    ail_taint_jit_free(jit);
    ail_taint_free(t);
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: bench-taint-jit MODULE TRACE [N]\n");
        return 2;
    }
    GArray *programs = programs_of(argv[2], argc == 4 ? (unsigned)atoi(argv[3]) : BLOCKS);
    int code = programs ? bench(argv[1], programs) : 1;
    if (programs)
        g_array_unref(programs);
    return code;
}
