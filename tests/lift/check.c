/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lift/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void on_branch(void *self, unsigned insn, bool target, AilCell cell)
{
    Check *c = self;
    (void)insn, (void)target;
    c->branch = ail_taint_union(c->taint, c->branch, cell);
}

/* New sets of labels: those of earlier instructions would only fill memory. */
static void renew_taint(Check *c)
{
    ail_taint_free(c->taint);
    c->taint = ail_taint_new(256u << 20);
    c->taint->watch = (AilTaintWatch){.self = c, .branch = on_branch};
    for (unsigned i = 0; i < c->atoms.n_atoms; i++)
        c->one[i] = ail_sets_one(c->taint->sets, i + 1);
}

bool check_init(Check *c, const Processor *p, const char *runners, bool native, uint64_t seed)
{
    static const unsigned flags[CHECK_PASSES] = {0, AIL_TAINT_POINTERS};
    AilError err = {0};
    memset(c, 0, sizeof *c);
    c->processor = p;
    c->random.state = seed;
    c->verbose = 1;
    c->precision = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    c->done = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    evaluation_init(&c->evaluation);
    c->lift = ail_lift_new(p->arch, &err);
    for (unsigned i = 0; i < CHECK_PASSES; i++)
        c->lower[i] = ail_taint_lower_new(p->arch, flags[i], &err);
    if (!atoms_init(&c->atoms, p) || !maker_init(&c->maker, p, &c->random))
        return false;
    c->machine = machine_new(p, runners, native);
    return c->machine && c->lift;
}

void check_clear(Check *c)
{
    check_ir_close(c);
    machine_free(c->machine);
    maker_clear(&c->maker);
    ail_lift_free(c->lift);
    for (unsigned i = 0; i < CHECK_PASSES; i++)
        ail_taint_lower_free(c->lower[i]);
    ail_taint_free(c->taint);
    evaluation_clear(&c->evaluation);
    g_hash_table_destroy(c->precision);
    g_hash_table_destroy(c->done);
}

/* --- telling --- */

static Precision *precision_of(Check *c)
{
    Precision *p = g_hash_table_lookup(c->precision, c->code.mnemonic);
    if (!p) {
        p = g_new0(Precision, 1);
        g_hash_table_insert(c->precision, g_strdup(c->code.mnemonic), p);
    }
    return p;
}

static void tell_code(Check *c)
{
    static const char *const quality[] = {"exact", "rough", "conservative", "unknown"};
    char buf[200];
    printf("\n");
    for (unsigned i = 0; i < c->code.size; i++)
        printf("%02x", c->code.bytes[i]);
    printf("  %s  (%s)\n", c->code.text, quality[c->lifted.quality & 3]);
    for (unsigned i = 0; i < c->lifted.n_ops; i++)
        printf("    %s\n", ail_lift_print(c->processor->arch, &c->ops[i], buf, sizeof buf));
}

bool check_fault(Check *c, FaultKind kind)
{
    Precision *p = precision_of(c);
    if (c->fault == FAULT_NONE) {
        c->fault = kind;
        c->counts.faults[kind]++;
        if (p->faulty++ < c->verbose) {
            tell_code(c);
            return true;
        }
        return false;
    }
    return false;
}

/* --- all of an instruction --- */

/* Sums become differences, and carries carry no taint. */
static void spoil(Check *c)
{
    for (unsigned i = 0; i < c->lifted.n_ops; i++)
        if (c->ops[i].code == AIL_OP_ADD && c->ops[i].b.kind != AIL_VAR_CONST)
            c->ops[i].code = AIL_OP_SUB;
    for (unsigned i = 0; i < CHECK_PASSES; i++)
        for (unsigned k = 0; k < c->program[i]->n_steps; k++)
            if (c->program[i]->steps[k].code == AIL_STEP_RISE)
                c->program[i]->steps[k].n = 0;
}

/* Each encoding counts once. */
static bool is_new(Check *c)
{
    GString *hex = g_string_new(NULL);
    for (unsigned i = 0; i < c->code.size; i++)
        g_string_append_printf(hex, "%02x", c->code.bytes[i]);
    return g_hash_table_add(c->done, g_string_free(hex, FALSE));
}

static void lift(Check *c)
{
    uint16_t start[2] = {0, (uint16_t)c->code.size};
    AilBlock block = {.pc = CODE,
                      .bytes = c->code.bytes,
                      .start = start,
                      .size = c->code.size,
                      .n_insns = 1,
                      .mode = (uint8_t)c->processor->mode,
                      .user = true};
    ail_lift_insn(c->lift, c->processor->mode, true, CODE, c->code.bytes, c->code.size, &c->lifted);
    memcpy(c->ops, c->lifted.ops, c->lifted.n_ops * sizeof *c->ops);
    c->lifted.ops = c->ops;
    if (!c->code.insn) {
        g_strlcpy(c->code.mnemonic, c->lifted.mnemonic, sizeof c->code.mnemonic);
        g_strlcpy(c->code.text, c->lifted.text, sizeof c->code.text);
    }
    for (unsigned i = 0; i < CHECK_PASSES; i++)
        c->program[i] = ail_taint_lower(c->lower[i], &block);
    if (c->spoil)
        spoil(c);
}

/* Execute it on random states: those that do not fault are kept. */
static bool execute(Check *c, unsigned *n)
{
    Slot *in = machine_in(c->machine);
    const Slot *out = machine_out(c->machine);
    uint64_t pc;
    machine_code(c->machine, c->code.bytes, c->code.size, c->code.flow, c->code.fpu);
    for (unsigned i = 0; i < CHECK_STATES; i++)
        maker_state(&c->maker, &c->code, &in[i]);
    if (!machine_run(c->machine, CHECK_STATES))
        return false;
    *n = 0;
    for (unsigned i = 0; i < CHECK_STATES; i++)
        if (slot_done(c->machine, &out[i], &pc) &&
            !(c->processor->arch == AIL_ARCH_X86 && x86_errs(&c->code, &in[i]))) {
            c->in[*n] = in[i];
            c->out[(*n)++] = out[i];
        }
    return true;
}

static void count_pairs(Check *c)
{
    Precision *p = precision_of(c);
    for (unsigned o = 0; o < OUTPUTS; o++)
        for (unsigned w = 0; w < ATOMS_MAX / 8; w++) {
            p->said += (unsigned)__builtin_popcount(c->said[o][w]);
            p->seen += (unsigned)__builtin_popcount(c->seen[o][w]);
        }
    p->encodings++;
    p->quality = MAX(p->quality, c->lifted.quality);
}

static bool check_states(Check *c, unsigned n)
{
    unsigned flipped = 0;
    uint64_t pc;
    bool alive = true;
    memset(c->said, 0, sizeof c->said);
    memset(c->seen, 0, sizeof c->seen);
    memset(c->tried, 0, sizeof c->tried);
    for (unsigned i = 0; i < n; i++) {
        slot_done(c->machine, &c->out[i], &pc);
        check_values(c, &c->in[i], &c->out[i], pc);
    }
    for (unsigned i = 0; i < n && alive && flipped < CHECK_FLIPPED; i++)
        if (check_evaluate(c, &c->in[i], &c->out[i]) && !c->evaluation.outside) {
            alive = check_taint(c, i);
            flipped++;
        }
    if (c->ir_every && c->counts.encodings % c->ir_every == 0)
        check_ir(c, n);
    c->counts.encodings++;
    c->counts.states += n;
    c->counts.by_quality[c->lifted.quality & 3]++;
    count_pairs(c);
    return alive;
}

bool check_code(Check *c)
{
    unsigned n = 0;
    c->fault = FAULT_NONE;
    if (!is_new(c))
        return true;
    renew_taint(c);
    bool alive = execute(c, &n);
    if (alive && n) {
        lift(c);
        alive = check_states(c, n);
        for (unsigned i = 0; i < CHECK_PASSES; i++)
            ail_taint_program_free(c->program[i]);
    }
    if (alive)
        return true;
    fprintf(stderr, "lift: the runner has ended with %s\n", c->code.text);
    c->counts.abandoned++;
    return machine_restart(c->machine);
}
