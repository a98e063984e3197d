/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do an instruction's operations on the state that it was executed on: what they have is to be what
 * it did. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/lift/check.h"

/* What of the state the runner does not say, but instructions may read. */
static void set_fixed(Check *c, const Slot *in, uint8_t *state)
{
    static const struct {
        const char *name;
        uint64_t value;
        unsigned size;
    } fixed[] = {{"mxcsr", 0x1f80, 4}, {"fpu_cw", 0x37f, 2}, {"fpu_tag", 0, 2}};
    AilVar v;
    for (unsigned i = 0; i < G_N_ELEMENTS(fixed); i++) {
        v = ail_lift_find(c->processor->arch, fixed[i].name);
        if (v.kind)
            memcpy(state + v.at, &fixed[i].value, fixed[i].size);
    }
    v = ail_lift_find(c->processor->arch, "rflags");
    if (v.kind) {
        uint64_t others = slot_u64(in, AT_FLAGS) & ~UINT64_C(0xcd5);
        memcpy(state + v.at, &others, 8);
    }
}

/* How often rep did: so much less is in rcx. */
static uint64_t iterations(const Check *c, const Slot *in, const Slot *out)
{
    if (!(c->lifted.flags & AIL_LIFT_REPEATS))
        return 1;
    uint64_t n = slot_u64(in, 8) - slot_u64(out, 8);
    return MIN(n, WINDOW_SIZE);
}

void check_prepare(Check *c, const Slot *in, Evaluation *e)
{
    memset(e->byte, 0, sizeof e->byte);
    set_fixed(c, in, e->byte);
    for (unsigned i = 0; i < c->atoms.first_window; i++) {
        const Atom *a = &c->atoms.atom[i];
        uint8_t byte = in->byte[a->at] & a->mask;
        e->byte[a->cell] = a->mask == 0xff ? byte : byte != 0;
    }
    memcpy(e->window, in->byte + AT_WINDOW, WINDOW_SIZE);
    e->code = machine_code_page(c->machine);
}

bool check_evaluate(Check *c, const Slot *in, const Slot *out)
{
    Evaluation *e = &c->evaluation;
    char why[100];
    check_prepare(c, in, e);
    if (evaluate(e, &c->lifted, iterations(c, in, out), why, sizeof why))
        return true;
    if (check_fault(c, FAULT_NONSENSE))
        printf("  %s\n", why);
    return false;
}

/* What the evaluation has of an atom; false: no value. */
static bool evaluated(const Check *c, unsigned atom, uint8_t *value)
{
    const Evaluation *e = &c->evaluation;
    const Atom *a = &c->atoms.atom[atom];
    if (a->cell == NO_CELL) {
        unsigned i = atom - c->atoms.first_window;
        *value = e->window[i];
        return !e->window_unknown[i];
    }
    /* a flag is 1 or 0: what is neither is never as it should be */
    uint8_t byte = e->byte[a->cell];
    *value = a->mask == 0xff ? byte : byte == 1 ? a->mask : byte ? (uint8_t)~a->mask : 0;
    return !e->unknown[a->cell];
}

bool check_sees(const Check *c, unsigned atom)
{
    const Unit *unit = &c->atoms.unit[c->atoms.atom[atom].unit];
    if (unit->vector && c->code.flow)
        return false;
    if (!unit->fpu)
        return true;
    /* MMX's registers are those of the x87: a processor sets the rest of one that it writes, QEMU
     * does not */
    return c->code.fpu && !(c->code.mmx && atom - unit->first >= 8);
}

static void tell_values(Check *c, const Slot *in, const Slot *out, bool missing)
{
    char name[40];
    unsigned told = 0;
    for (unsigned i = 0; i < c->atoms.n_atoms && told < 40; i++) {
        const Atom *a = &c->atoms.atom[i];
        uint8_t value, is = out->byte[a->at] & a->mask;
        bool known = evaluated(c, i, &value);
        if (check_sees(c, i) && (missing ? !known : known && value != is)) {
            printf("  %s: was %02x, is %02x", atom_name(&c->atoms, i, name, sizeof name),
                   in->byte[a->at] & a->mask, is);
            printf(known ? ", the operations have %02x\n" : ", the operations have no value\n",
                   value);
            told++;
        }
    }
}

static void tell_inputs(const Check *c, const Slot *in)
{
    printf("  state before:");
    for (const SlotReg *reg = c->processor->regs; reg->name; reg++)
        if (reg->at < AT_FLAGS && reg->size)
            printf(" %s=%" PRIx64, reg->name, slot_u64(in, reg->at));
    printf(" flags=%" PRIx64 "\n", slot_u64(in, AT_FLAGS));
}

void check_values(Check *c, const Slot *in, const Slot *out, uint64_t pc)
{
    if (!check_evaluate(c, in, out))
        return;
    const Evaluation *e = &c->evaluation;
    bool wrong = !e->next_unknown && e->next != pc, missing = e->next_unknown;
    if (e->outside)
        return;
    for (unsigned i = 0; i < c->atoms.n_atoms; i++) {
        const Atom *a = &c->atoms.atom[i];
        uint8_t value;
        if (!check_sees(c, i))
            continue;
        if (!evaluated(c, i, &value))
            missing = true;
        else if (value != (out->byte[a->at] & a->mask))
            wrong = true;
        else
            c->counts.values++;
    }
    if (wrong && check_fault(c, FAULT_VALUE)) {
        if (!e->next_unknown && e->next != pc)
            printf("  goes to %" PRIx64 ", the operations say %" PRIx64 "\n", pc, e->next);
        tell_values(c, in, out, false);
        tell_inputs(c, in);
    } else if (!wrong && missing && c->lifted.quality == AIL_LIFT_EXACT &&
               check_fault(c, FAULT_NOVALUE)) {
        tell_values(c, in, out, true);
    }
}
