/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lift/evaluate.h"

#include <stdio.h>
#include <string.h>

#include "tests/lift/number.h"

void evaluation_init(Evaluation *e)
{
    memset(e, 0, sizeof *e);
    e->loads = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    e->stores = g_array_new(FALSE, FALSE, sizeof(uint64_t));
}

void evaluation_clear(Evaluation *e)
{
    g_array_free(e->loads, TRUE);
    g_array_free(e->stores, TRUE);
}

/* An operand's bytes; whether all are known. */
static bool get(const Evaluation *e, const AilVar *v, uint8_t *out)
{
    bool known = true;
    for (unsigned i = 0; i < v->size; i++) {
        if (v->kind == AIL_VAR_STATE) {
            out[i] = e->byte[v->at + i];
            known = known && !e->unknown[v->at + i];
        } else {
            out[i] = i < 8 ? (uint8_t)(v->value >> 8 * i) : v->value >> 63 ? 0xff : 0;
        }
    }
    return known;
}

static void set(Evaluation *e, const AilVar *v, const uint8_t *bytes, bool known)
{
    memcpy(e->byte + v->at, bytes, v->size);
    memset(e->unknown + v->at, !known, v->size);
}

static bool get_u64(const Evaluation *e, const AilVar *v, uint64_t *out)
{
    uint8_t bytes[AIL_VAR_MAX] = {0};
    bool known = get(e, v, bytes);
    memcpy(out, bytes, 8);
    return known;
}

static bool load(Evaluation *e, const AilOp *op)
{
    uint8_t bytes[AIL_VAR_MAX];
    uint64_t address;
    bool known = true;
    if (!get_u64(e, &op->b, &address))
        return false;
    for (unsigned i = 0; i < op->dst.size; i++) {
        uint64_t at = address + i;
        g_array_append_val(e->loads, at);
        if (at - WINDOW < WINDOW_SIZE) {
            bytes[i] = e->window[at - WINDOW];
            known = known && !e->window_unknown[at - WINDOW];
        } else {
            bytes[i] = at - CODE_PAGE < CODE_PAGE_SIZE ? e->code[at - CODE_PAGE] : 0;
            e->outside = e->outside || at - CODE_PAGE >= CODE_PAGE_SIZE;
        }
    }
    set(e, &op->dst, bytes, known);
    return true;
}

static bool store(Evaluation *e, const AilOp *op)
{
    uint8_t bytes[AIL_VAR_MAX];
    uint64_t address;
    bool known = get(e, &op->a, bytes);
    if (!get_u64(e, &op->b, &address))
        return false;
    for (unsigned i = 0; i < op->a.size; i++) {
        uint64_t at = address + i;
        g_array_append_val(e->stores, at);
        if (at - WINDOW < WINDOW_SIZE) {
            e->window[at - WINDOW] = bytes[i];
            e->window_unknown[at - WINDOW] = !known;
        } else {
            e->outside = true;
        }
    }
    return true;
}

static bool access_memory(Evaluation *e, const AilOp *op)
{
    uint8_t truth[AIL_VAR_MAX] = {1};
    if ((op->flags & AIL_OP_PREDICATED) && !get(e, &op->c, truth))
        return false;
    if (!truth[0])
        return true;
    return op->code == AIL_OP_LOAD ? load(e, op) : store(e, op);
}

/* What stores of which nothing is known may have changed. */
static void store_anywhere(Evaluation *e)
{
    e->anywhere = true;
    memset(e->window_unknown, true, WINDOW_SIZE);
}

static void jump(Evaluation *e, const AilOp *op)
{
    uint8_t truth[AIL_VAR_MAX] = {1};
    uint64_t to;
    bool known = op->c.kind == AIL_VAR_NONE || get(e, &op->c, truth);
    if (!get_u64(e, &op->a, &to) || !known)
        e->next_unknown = true;
    else if (truth[0])
        e->next = to;
}

/* Most operations: dst = code(a, b, c). */
static void compute(Evaluation *e, const AilOp *op)
{
    uint8_t dst[AIL_VAR_MAX] = {0}, a[AIL_VAR_MAX] = {0}, b[AIL_VAR_MAX] = {0},
            c[AIL_VAR_MAX] = {0};
    bool known = get(e, &op->a, a);
    known = get(e, &op->b, b) && known;
    known = get(e, &op->c, c) && known;
    if (op->code == AIL_OP_SELECT && !(known = get(e, &op->c, c))) {
        set(e, &op->dst, dst, false);
        return;
    }
    if (op->code == AIL_OP_SELECT) {
        known = get(e, c[0] ? &op->a : &op->b, dst);
        set(e, &op->dst, dst, known);
        return;
    }
    known = known && number_compute(op, a, b, c, dst);
    set(e, &op->dst, dst, known);
}

/* Bytes of a, by their numbers. */
static void look_up(Evaluation *e, const AilOp *op)
{
    uint8_t dst[AIL_VAR_MAX], a[AIL_VAR_MAX], b[AIL_VAR_MAX];
    bool known = get(e, &op->a, a);
    known = get(e, &op->b, b) && known;
    for (unsigned i = 0; i < op->dst.size; i++)
        dst[i] = b[i] < op->a.size ? a[b[i]] : 0;
    set(e, &op->dst, dst, known);
}

/* NULL, or what makes no sense of it. */
static const char *nonsense(const AilOp *op)
{
    const AilVar *vars[] = {&op->dst, &op->a, &op->b, &op->c};
    for (unsigned i = 0; i < G_N_ELEMENTS(vars); i++) {
        if (vars[i]->kind == AIL_VAR_NONE)
            continue;
        if (vars[i]->size == 0 || vars[i]->size > AIL_VAR_MAX)
            return "an operand's size";
        if (vars[i]->kind == AIL_VAR_STATE && vars[i]->at + vars[i]->size > AIL_STATE_SIZE)
            return "an operand beyond the state";
    }
    if (op->dst.kind == AIL_VAR_CONST)
        return "a constant is written";
    if (op->code == AIL_OP_COPY && op->a.size != op->dst.size)
        return "a copy of another size";
    if (op->code == AIL_OP_LOAD && op->b.size != 8)
        return "an address that has not 8 bytes";
    if (op->code == AIL_OP_STORE && op->b.size != 8)
        return "an address that has not 8 bytes";
    return NULL;
}

static const char *step(Evaluation *e, const AilOp *op)
{
    const char *bad = nonsense(op);
    uint8_t none[AIL_VAR_MAX] = {0};
    if (bad)
        return bad;
    switch (op->code) {
    case AIL_OP_LOAD:
    case AIL_OP_STORE:
        return access_memory(e, op) ? NULL : "an access at an address without a value";
    case AIL_OP_LANES:
    case AIL_OP_MIX:
        set(e, &op->dst, none, false);
        return NULL;
    case AIL_OP_TABLE:
        look_up(e, op);
        return NULL;
    case AIL_OP_LOADS:
        e->anywhere = true;
        set(e, &op->dst, none, false);
        return NULL;
    case AIL_OP_AREA_LOAD:
        e->anywhere = true;
        for (unsigned i = 0; i < op->area->n_parts; i++)
            memset(e->unknown + op->area->parts[i].at, true, op->area->parts[i].size);
        return NULL;
    case AIL_OP_STORES:
    case AIL_OP_AREA_STORE:
        store_anywhere(e);
        return NULL;
    case AIL_OP_JUMP:
        jump(e, op);
        return NULL;
    default:
        compute(e, op);
        return NULL;
    }
}

bool evaluate(Evaluation *e, const AilLifted *insn, uint64_t iterations, char *why, size_t why_size)
{
    memset(e->unknown, 0, sizeof e->unknown);
    memset(e->window_unknown, 0, sizeof e->window_unknown);
    g_array_set_size(e->loads, 0);
    g_array_set_size(e->stores, 0);
    e->outside = e->anywhere = e->next_unknown = false;
    e->pc = insn->pc;
    e->next = insn->pc + insn->size;
    e->iterations = iterations;
    for (uint64_t done = 0; done < iterations; done++) {
        e->next = insn->pc + insn->size;
        for (unsigned i = 0; i < insn->n_ops; i++) {
            const char *bad = step(e, &insn->ops[i]);
            if (bad) {
                snprintf(why, why_size, "operation %u: %s", i, bad);
                return false;
            }
        }
    }
    return true;
}
