/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>

#include "analyzers/taint/jit_maker.h"

static void put(GChecksum *c, const void *bytes, size_t size)
{
    g_checksum_update(c, bytes, (gssize)size);
}

static void put_number(GChecksum *c, uint64_t number)
{
    put(c, &number, sizeof number);
}

/* Structures are put member by member, as their gaps may hold anything. */
void jit_function_digest(const AilTaintProgram *p, const AilTaintShape *shape, unsigned n_shape,
                         bool noting, uint8_t *key)
{
    GChecksum *c = g_checksum_new(G_CHECKSUM_SHA256);
    put_number(c, p->n_insns);
    put_number(c, p->n_steps);
    put_number(c, n_shape);
    put_number(c, noting);
    for (unsigned i = 0; i <= p->n_insns; i++) {
        const AilTaintInsn *insn = &p->insns[i];
        put_number(c, insn->first);
        put_number(c, insn->n_load | (uint64_t)insn->n_store << 16 | (uint64_t)insn->flags << 32 |
                          (uint64_t)insn->predicated << 40);
    }
    for (unsigned i = 0; i < p->n_steps; i++) {
        const AilTaintStep *s = &p->steps[i];
        put_number(c, s->code | (uint64_t)s->lane << 8 | (uint64_t)s->n << 16 |
                          (uint64_t)s->dst << 32 | (uint64_t)s->a << 48);
        put_number(c, s->b);
    }
    for (unsigned i = 0; i < n_shape; i++)
        put_number(c,
                   shape[i].insn | (uint64_t)shape[i].size << 16 | (uint64_t)shape[i].write << 24);
    put(c, &p->writes, sizeof p->writes);
    gsize n = AIL_JIT_KEY;
    g_checksum_get_digest(c, key, &n);
    g_checksum_free(c);
}

JitFunction *jit_function_new(const AilTaintProgram *p, const AilTaintShape *shape,
                              unsigned n_shape, bool noting)
{
    JitFunction *f = g_new0(JitFunction, 1);
    AilTaintProgram *copy = &f->program;
    *copy = (AilTaintProgram){.n_insns = p->n_insns, .n_steps = p->n_steps, .writes = p->writes};
    copy->insns = g_memdup2(p->insns, (p->n_insns + 1u) * sizeof *p->insns);
    copy->steps = g_memdup2(p->steps, p->n_steps * sizeof *p->steps);
    copy->inputs = g_memdup2(p->inputs, p->insns[p->n_insns].first_input * sizeof *p->inputs);
    f->shape = g_memdup2(shape, n_shape * sizeof *shape);
    f->n_shape = n_shape;
    f->noting = noting;
    jit_function_digest(p, shape, n_shape, noting, f->content);
    return f;
}

void jit_function_drop(JitFunction *f)
{
    g_clear_pointer(&f->program.insns, g_free);
    g_clear_pointer(&f->program.steps, g_free);
    g_clear_pointer(&f->program.inputs, g_free);
    g_clear_pointer(&f->shape, g_free);
}

void jit_function_free(JitFunction *f)
{
    if (!f)
        return;
    jit_function_drop(f);
    g_free(f);
}
