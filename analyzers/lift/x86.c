/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86 instructions, of 16, 32 and 64 bits: which table lifts them. */
#include "analyzers/lift/x86_fpu.h"
#include "analyzers/lift/x86_vector.h"

static cs_err open_mode(AilMode mode, csh *handle)
{
    cs_mode cs = mode == AIL_MODE_X86_16   ? CS_MODE_16
                 : mode == AIL_MODE_X86_32 ? CS_MODE_32
                                           : CS_MODE_64;
    return ail_open(CS_ARCH_X86, cs, handle);
}

static const AilX86Entry *const tables[] = {
    ail_x86_moves,   ail_x86_stack,  ail_x86_integer, ail_x86_flow, ail_x86_shifts, ail_x86_bits,
    ail_x86_strings, ail_x86_system, ail_x86_control, ail_x86_msr,  ail_x86_areas,
};

static bool lift_by_id(AilX86 *l)
{
    for (unsigned i = 0; i < sizeof tables / sizeof *tables; i++) {
        const AilX86Entry *entry = &tables[i][l->b->insn->id];
        l->how = entry->how;
        if (entry->lift)
            return entry->lift(l);
    }
    return false;
}

/* What a table has lifts it, or says that it cannot: movsd is two instructions. */
static bool lift(AilBuild *b)
{
    static const AilX86Lift ways[] = {lift_by_id, ail_x86_vector, ail_x86_fpu};
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
        AilX86 l = {.b = b, .x = &b->insn->detail->x86};
        b->n_ops = 0;
        b->flags = 0;
        b->temp = AIL_STATE_TEMP;
        b->quality = AIL_LIFT_EXACT;
        if (ways[i](&l))
            return true;
    }
    return false;
}

static AilVar reg(AilMode mode, bool user, unsigned which)
{
    (void)mode, (void)user;
    return ail_x86_reg(which);
}

const AilLifter ail_lifter_x86 = {ail_x86_state, ail_x86_others,    open_mode,
                                  lift,          ail_x86_undecoded, reg};
