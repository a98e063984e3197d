/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flip bits of what an instruction may read, one byte at a time, and see what changes: each such
 * dependency has to be in what taint says. */
#include <stdio.h>
#include <string.h>

#include "tests/lift/check.h"

/* A job of the runner: what was flipped. Atoms first .. first + n - 1. */
typedef struct Flip {
    uint16_t first, n;
} Flip;

typedef struct Flips {
    Check *c;
    unsigned state;
    const Slot *in, *out; /* of the state as it was */
    uint64_t pc;
    Flip flip[SLOT_MAX];
    unsigned n;
    bool active[UNITS_MAX]; /* something depends on it: its bytes are tried by themselves */
    bool dead;
    AilCell cell[CHECK_PASSES][OUTPUTS]; /* what taint has after the instruction */
    bool stored[WINDOW_SIZE];
    CheckAccesses was; /* of the state as it was */
} Flips;

/* --- what taint says --- */

static bool says(const Flips *f, unsigned pass, unsigned input, unsigned output)
{
    uint32_t set = ail_cell_set(f->cell[pass][output]);
    return set && ail_sets_has(f->c->taint->sets, set, input + 1);
}

/* --- what is observed --- */

typedef enum { DATA, POINTER, CONTROL } Flow;

/* Of as many accesses. */
static bool same_addresses(const GArray *a, const GArray *b)
{
    return !a->len || !memcmp(a->data, b->data, a->len * sizeof(uint64_t));
}

/* Whether the flipped state has the instruction make other accesses: then what changes is not all
 * data flow. */
static Flow flow_of(Flips *f, const Slot *in, const Slot *out)
{
    Check *c = f->c;
    const Evaluation *e = &c->evaluation;
    if (f->was.anywhere || !check_evaluate(c, in, out))
        return DATA;
    if (e->iterations != f->was.iterations || e->loads->len != f->was.loads->len ||
        e->stores->len != f->was.stores->len)
        return CONTROL;
    if (!same_addresses(e->loads, f->was.loads) || !same_addresses(e->stores, f->was.stores))
        return POINTER;
    return DATA;
}

/* Input is missing in what taint says of output: whether it need not be there. */
static bool is_excused(Flips *f, unsigned pass, const Slot *in, const Slot *out)
{
    Flow flow = flow_of(f, in, out);
    const char *name = f->c->code.mnemonic;
    if (flow == DATA && (!strcmp(name, "fptan") || !strcmp(name, "fsincos")))
        flow = CONTROL; /* a number out of their range has them push nothing */
    f->c->counts.implied += flow != DATA && pass == 0;
    return flow == CONTROL || (flow == POINTER && pass == 0);
}

static void tell_missed(const Flips *f, unsigned pass, unsigned input, unsigned output,
                        const Slot *in, const Slot *out)
{
    const Atoms *atoms = &f->c->atoms;
    char from[40], to[40] = "where control goes";
    const Atom *i = &atoms->atom[input];
    if (output != LABEL_PC)
        atom_name(atoms, output, to, sizeof to);
    printf("  missed%s: %s depends on %s\n", pass ? ", through pointers" : "", to,
           atom_name(atoms, input, from, sizeof from));
    printf("    %s: %02x, flipped %02x", from, f->in->byte[i->at] & i->mask,
           in->byte[i->at] & i->mask);
    if (output != LABEL_PC)
        printf("; %s: %02x, then %02x", to, f->out->byte[atoms->atom[output].at],
               out->byte[atoms->atom[output].at]);
    printf("\n");
}

/* Output changes with input. */
static void observe(Flips *f, unsigned input, unsigned output, const Slot *in, const Slot *out)
{
    Check *c = f->c;
    bool memory = output != LABEL_PC && c->atoms.atom[output].cell == NO_CELL;
    c->seen[output][input / 8] |= (uint8_t)(1 << input % 8);
    c->counts.dependencies++;
    /* a byte that was not written but in the flipped state: control, not data */
    if (memory && input != output && !f->was.anywhere &&
        !f->stored[output - c->atoms.first_window]) {
        c->counts.implied++;
        return;
    }
    if (memory && f->was.anywhere && input == output)
        return;
    for (unsigned pass = 0; pass < CHECK_PASSES; pass++) {
        if (says(f, pass, input, output) || is_excused(f, pass, in, out))
            continue;
        if (check_fault(c, FAULT_MISSED))
            tell_missed(f, pass, input, output, in, out);
    }
}

/* What changed with a flip of one atom. */
static void look(Flips *f, unsigned input, const Slot *in, const Slot *out, uint64_t pc)
{
    const Atoms *atoms = &f->c->atoms;
    f->c->tried[input] = true;
    if (pc != f->pc)
        observe(f, input, LABEL_PC, in, out);
    for (unsigned at = 0; at < SLOT_SIZE; at += 8) {
        if (slot_u64(f->out, at) == slot_u64(out, at))
            continue;
        for (unsigned k = atoms->first_of[at]; k < atoms->first_of[at + 8]; k++) {
            unsigned o = atoms->by_byte[k];
            if (atom_differs(&atoms->atom[o], f->out, out) && check_sees(f->c, o))
                observe(f, input, o, in, out);
        }
    }
}

/* A unit was flipped: whether anything but itself changed, or itself otherwise. */
static bool is_active(const Flips *f, const Slot *in, const Slot *out, uint64_t pc)
{
    const Atoms *atoms = &f->c->atoms;
    if (pc != f->pc)
        return true;
    for (unsigned at = 0; at < SLOT_SIZE; at += 8) {
        if (slot_u64(f->out, at) == slot_u64(out, at) && slot_u64(f->in, at) == slot_u64(in, at))
            continue;
        for (unsigned k = atoms->first_of[at]; k < atoms->first_of[at + 8]; k++) {
            unsigned o = atoms->by_byte[k];
            const Atom *a = &atoms->atom[o];
            unsigned was = f->in->byte[a->at] ^ in->byte[a->at];
            unsigned is = f->out->byte[a->at] ^ out->byte[a->at];
            if (((was ^ is) & a->mask) && check_sees(f->c, o))
                return true;
        }
    }
    return false;
}

/* --- flipping --- */

static void run_flips(Flips *f)
{
    Check *c = f->c;
    const Slot *in = machine_in(c->machine), *out = machine_out(c->machine);
    uint64_t pc;
    unsigned n = f->n;
    f->n = 0;
    if (!n || f->dead)
        return;
    f->dead = !machine_run(c->machine, n);
    c->counts.runs += n;
    for (unsigned i = 0; i < n && !f->dead; i++) {
        const Flip *flip = &f->flip[i];
        unsigned unit = c->atoms.atom[flip->first].unit;
        bool done = slot_done(c->machine, &out[i], &pc);
        if (done && flip->n == 1)
            look(f, flip->first, &in[i], &out[i], pc);
        if (!done || is_active(f, &in[i], &out[i], pc)) /* an address faults as a rule */
            f->active[unit] = true;
    }
}

/* Atoms first .. first + n - 1: of each byte one bit, or some. */
static void flip(Flips *f, unsigned first, unsigned n, bool one_bit)
{
    Random *r = &f->c->random;
    Slot *in = &machine_in(f->c->machine)[f->n];
    *in = *f->in;
    for (unsigned i = first; i < first + n; i++) {
        const Atom *a = &f->c->atoms.atom[i];
        unsigned bits = a->mask;
        if (a->mask == 0xff)
            bits = one_bit ? 1u << random_below(r, 8) : 1 + random_below(r, 255);
        in->byte[a->at] ^= (uint8_t)bits;
    }
    f->flip[f->n++] = (Flip){(uint16_t)first, (uint16_t)n};
    if (f->n == SLOT_MAX)
        run_flips(f);
}

static void flip_all(Flips *f)
{
    const Atoms *atoms = &f->c->atoms;
    for (unsigned u = 0; u < atoms->n_units; u++) {
        const Unit *unit = &atoms->unit[u];
        if (f->c->processor->mode == AIL_MODE_X86_32 && unit->first < 32)
            f->active[u] = true; /* any 32 bits can be an address of the runner's */
        for (unsigned k = 0; k < 2 && check_sees(f->c, unit->first) && !f->active[u]; k++)
            flip(f, unit->first, unit->n, false);
    }
    run_flips(f);
    for (unsigned i = 0; i < atoms->n_atoms; i++) {
        const Unit *unit = &atoms->unit[atoms->atom[i].unit];
        if (!f->active[atoms->atom[i].unit] || unit->n == 1)
            continue;
        for (unsigned k = 0; k < CHECK_TRIES; k++)
            flip(f, i, 1, k == 0);
    }
    run_flips(f);
}

/* --- all of a state --- */

static void remember_accesses(Flips *f)
{
    const Evaluation *e = &f->c->evaluation;
    f->was.loads = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    f->was.stores = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    g_array_append_vals(f->was.loads, e->loads->data, e->loads->len);
    g_array_append_vals(f->was.stores, e->stores->data, e->stores->len);
    for (unsigned i = 0; i < e->stores->len; i++)
        f->stored[g_array_index(e->stores, uint64_t, i) - WINDOW] = true;
    f->was.anywhere = e->anywhere;
    f->was.iterations = e->iterations;
}

/* What taint says of the inputs that were tried, flows through pointers included. */
static void note_said(Flips *f)
{
    Check *c = f->c;
    for (unsigned o = 0; o < OUTPUTS; o++) {
        uint32_t n, set = ail_cell_set(f->cell[1][o]);
        if ((o >= c->atoms.n_atoms && o != LABEL_PC) || !set)
            continue;
        const AilLabelRange *ranges = ail_sets_ranges(c->taint->sets, set, &n);
        for (unsigned k = 0; k < n; k++)
            for (unsigned i = ranges[k].first; i <= ranges[k].last && i <= ATOMS_MAX; i++)
                if (c->tried[i - 1])
                    c->said[o][(i - 1) / 8] |= (uint8_t)(1 << (i - 1) % 8);
    }
}

bool check_taint(Check *c, unsigned i)
{
    Flips *f = g_new0(Flips, 1);
    f->c = c;
    f->state = i;
    f->in = &c->in[i];
    f->out = &c->out[i];
    slot_done(c->machine, f->out, &f->pc);
    remember_accesses(f);
    for (unsigned pass = 0; pass < CHECK_PASSES; pass++)
        check_program(c, pass, &f->was, f->cell[pass]);
    flip_all(f);
    note_said(f);
    bool alive = !f->dead;
    g_array_free(f->was.loads, TRUE);
    g_array_free(f->was.stores, TRUE);
    g_free(f);
    return alive;
}
