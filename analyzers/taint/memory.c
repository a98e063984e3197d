/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the streams of an instruction and the shadow. */
#include "analyzers/taint/run_private.h"

static uint8_t value_byte(const AilTaintAccess *access, unsigned i)
{
    return (uint8_t)(access->value[i / 8] >> i % 8 * 8);
}

uint64_t taint_phys_of(const AilTaintAccess *access, unsigned i)
{
    if (access->phys == AIL_TAINT_NOWHERE)
        return AIL_TAINT_NOWHERE;
    unsigned here = 4096 - (access->phys & 4095);
    if (i < here)
        return access->phys + i;
    return access->phys2 == AIL_TAINT_NOWHERE ? AIL_TAINT_NOWHERE : access->phys2 + (i - here);
}

AilCell taint_load_byte(AilTaint *t, const AilTaintAccess *access, unsigned i)
{
    uint64_t phys = taint_phys_of(access, i);
    if (phys == AIL_TAINT_NOWHERE)
        return i ? 0 : access->given;
    AilCell cell = ail_shadow_get(t->shadow, phys);
    if (!cell || !access->has_value)
        return cell & AIL_CELL_TAINT;
    uint8_t value = value_byte(access, i);
    if (!(cell & AIL_CELL_HAS_VALUE)) {
        ail_shadow_set(t->shadow, phys, taint_with_value(cell, value));
    } else if ((uint8_t)(cell >> AIL_CELL_VALUE_SHIFT) != value) {
        ail_shadow_set(t->shadow, phys, 0);
        t->overwritten++;
        return 0;
    }
    return cell & AIL_CELL_TAINT;
}

void taint_store_byte(AilTaint *t, const AilTaintAccess *access, unsigned i, AilCell cell)
{
    uint64_t phys = taint_phys_of(access, i);
    cell &= AIL_CELL_TAINT;
    if (phys == AIL_TAINT_NOWHERE) {
        if (cell && t->watch.device)
            t->watch.device(t->watch.self, access->insn, access->addr + i, cell);
        return;
    }
    if (cell && access->has_value)
        cell = taint_with_value(cell, value_byte(access, i));
    if (cell || ail_shadow_maybe(t->shadow, phys))
        ail_shadow_set(t->shadow, phys, cell);
}

void ail_taint_load(AilTaint *t, const AilTaintAccess *access, unsigned n_access, unsigned from,
                    unsigned n, AilCell *to)
{
    unsigned at = 0;
    for (unsigned k = 0; k < n_access && n; k++) {
        if (access[k].write)
            continue;
        for (unsigned i = 0; i < access[k].size && n; i++, at++) {
            if (at < from)
                continue;
            *to++ = taint_load_byte(t, &access[k], i);
            n--;
        }
    }
    while (n--)
        *to++ = 0;
}

void ail_taint_store(AilTaint *t, const AilTaintAccess *access, unsigned n_access, unsigned at,
                     unsigned n, const AilCell *from)
{
    unsigned here = 0;
    for (unsigned k = 0; k < n_access && n; k++) {
        if (!access[k].write)
            continue;
        for (unsigned i = 0; i < access[k].size && n; i++, here++) {
            if (here < at)
                continue;
            taint_store_byte(t, &access[k], i, *from++);
            n--;
        }
    }
}

AilCell taint_load_all(AilTaint *t, const AilTaintAccess *access, unsigned n_access)
{
    AilCell all = 0;
    for (unsigned k = 0; k < n_access; k++)
        for (unsigned i = 0; i < access[k].size && !access[k].write; i++)
            all = ail_taint_union(t, all, taint_load_byte(t, &access[k], i));
    return all;
}

void taint_store_all(AilTaint *t, const AilTaintAccess *access, unsigned n_access, AilCell cell)
{
    for (unsigned k = 0; k < n_access; k++)
        for (unsigned i = 0; i < access[k].size && access[k].write; i++)
            taint_store_byte(t, &access[k], i, cell);
}

/* --- areas: see AilArea --- */

uint64_t taint_area_base(const AilArea *area, const AilTaintAccess *access, unsigned n_access)
{
    uint64_t base = UINT64_MAX;
    for (unsigned k = 0; k < n_access; k++) {
        if (area->header && !access[k].write)
            return access[k].addr - area->header;
        base = access[k].addr < base ? access[k].addr : base;
    }
    return base & ~((uint64_t)area->align - 1);
}

/* The state's byte that is at that offset; -1: none. */
int taint_area_state(const AilArea *area, uint64_t offset)
{
    for (unsigned i = 0; i < area->n_parts; i++) {
        const AilAreaPart *part = &area->parts[i];
        if (offset >= part->offset && offset - part->offset < part->size)
            return (int)(part->at + (offset - part->offset));
    }
    return -1;
}

AilCell taint_area(AilTaint *t, const AilArea *area, const AilTaintAccess *access,
                   unsigned n_access, bool write)
{
    uint64_t base = taint_area_base(area, access, n_access);
    AilCell seen = 0;
    for (unsigned k = 0; k < n_access; k++)
        for (unsigned i = 0; i < access[k].size && access[k].write == write; i++) {
            int at = taint_area_state(area, access[k].addr + i - base);
            AilCell cell = !write ? taint_load_byte(t, &access[k], i) : at >= 0 ? t->state[at] : 0;
            if (write)
                taint_store_byte(t, &access[k], i, cell);
            else if (at >= 0)
                t->state[at] = cell;
            seen = ail_taint_union(t, seen, cell);
        }
    return seen;
}
