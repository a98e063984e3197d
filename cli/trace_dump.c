/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A readable dump: events, instructions with disassembly, their accesses. */
#include "cli/trace_tools.h"

#include "trace/reader.h"

#include <inttypes.h>

typedef struct Dump {
    const AilTraceOptions *o;
    AilTraceReader *reader;
    const AilChunk *chunk;
    AilDisassembly *disassembly;
    uint32_t event, cut, wide, crossing; /* next of each in the chunk */
} Dump;

static void print_value(Dump *d, uint32_t i, unsigned size)
{
    const AilChunk *c = d->chunk;
    if (!c->value) {
        printf("%u bytes", size);
        return;
    }
    while (d->wide < c->n_wide && c->wide[d->wide].at < i)
        d->wide++;
    bool wide = d->wide < c->n_wide && c->wide[d->wide].at == i;
    ail_trace_print_value(ail_trace_reader_info(d->reader)->arch, c->value[i],
                          wide ? c->wide[d->wide].high : 0, size);
}

static void print_access(Dump *d, uint32_t i)
{
    const AilChunk *c = d->chunk;
    bool store = c->access_info[i] & AIL_ACCESS_STORE;
    printf("  [0x%" PRIx64 "]%s", c->addr[i], store ? "<-" : "=");
    print_value(d, i, 1u << (c->access_info[i] & AIL_ACCESS_SIZE_SHIFT));
    if (!c->phys)
        return;
    ail_trace_print_phys(" @", c->phys[i]);
    while (d->crossing < c->n_crossings && c->crossings[d->crossing].at < i)
        d->crossing++;
    if (d->crossing < c->n_crossings && c->crossings[d->crossing].at == i)
        ail_trace_print_phys("+", c->crossings[d->crossing].phys);
}

/* One instruction's line. *access: the next access of the execution, which ends at `end`. */
static void print_insn(Dump *d, const AilBlock *b, uint32_t i, uint64_t icount, uint32_t *access,
                       uint32_t end)
{
    printf("%12" PRIu64 " %c %016" PRIx64 "  ", icount, b->user ? 'u' : 'k', b->pc + b->start[i]);
    ail_trace_print_insn(d->disassembly, b->mode, b->pc + b->start[i], b->bytes + b->start[i],
                         (size_t)(b->start[i + 1] - b->start[i]));
    for (; *access < end && d->chunk->access_insn[*access] <= i; (*access)++)
        print_access(d, *access);
    putchar('\n');
}

static bool in_range(const Dump *d, uint64_t icount)
{
    return icount >= (uint64_t)d->o->from && (d->o->to < 0 || icount < (uint64_t)d->o->to);
}

static void dump_execution(Dump *d, uint32_t at, uint64_t icount, uint32_t executed)
{
    const AilChunk *c = d->chunk;
    const AilBlock *b = ail_dict_get(c->dict, c->flow[at]);
    if (d->o->blocks) {
        if (in_range(d, icount))
            printf("%12" PRIu64 " %c %016" PRIx64 "  block %u, %u of %u instructions\n", icount,
                   b->user ? 'u' : 'k', b->pc, b->id, executed, b->n_insns);
        return;
    }
    uint32_t access = at && c->access_end ? c->access_end[at - 1] : 0;
    uint32_t end = c->access_end ? c->access_end[at] : 0;
    for (uint32_t i = 0; i < executed; i++) {
        if (in_range(d, icount + i))
            print_insn(d, b, i, icount + i, &access, end);
        else
            while (access < end && c->access_insn[access] <= i)
                access++;
    }
    if (access < end && in_range(d, icount + executed)) {
        printf("             (an instruction that did not complete:");
        while (access < end)
            print_access(d, access++);
        printf(")\n");
    }
}

static void dump_chunk(Dump *d)
{
    const AilChunk *c = d->chunk;
    uint64_t icount = c->icount;
    d->event = d->cut = d->wide = d->crossing = 0;
    for (uint32_t i = 0; i < c->n_events && d->o->events; i++) {
        if (in_range(d, c->events[i].icount))
            ail_trace_print_event(&c->events[i]);
    }
    for (uint32_t i = 0; i <= c->n_flow && !d->o->events; i++) {
        for (; d->event < c->n_events && c->events[d->event].flow_index <= i; d->event++) {
            if (in_range(d, c->events[d->event].icount))
                ail_trace_print_event(&c->events[d->event]);
        }
        if (i == c->n_flow || (d->o->to >= 0 && icount >= (uint64_t)d->o->to))
            break;
        uint32_t executed = ail_dict_get(c->dict, c->flow[i])->n_insns;
        if (d->cut < c->n_cuts && c->cuts[d->cut].at == i)
            executed = c->cuts[d->cut++].executed;
        if (icount + executed >= (uint64_t)d->o->from)
            dump_execution(d, i, icount, executed);
        icount += executed;
    }
}

static AilStatus dump_range(Dump *d)
{
    AilStatus status = AIL_OK;
    /* Events right before the instruction may be in the chunk before. */
    if (d->o->from && ail_trace_reader_total(d->reader))
        status = ail_trace_reader_seek(d->reader, (uint64_t)d->o->from - 1);
    while (status == AIL_OK && !ferror(stdout)) {
        status = ail_trace_reader_next(d->reader, &d->chunk);
        if (status != AIL_OK || (d->o->to >= 0 && d->chunk->icount >= (uint64_t)d->o->to))
            break;
        dump_chunk(d);
    }
    return status;
}

int ail_trace_dump(const AilTraceOptions *o, const char *path)
{
    Dump d = {.o = o, .reader = ail_trace_reader_new(), .disassembly = ail_trace_disassembly_new()};
    int status = AIL_EXIT_OK;
    uint32_t needed = o->events ? AIL_COL_EVENT : AIL_COL_FLOW;
    AilStatus done =
        ail_trace_reader_open(d.reader, path, 0, o->events ? AIL_COL_EVENT : AIL_COL_ALL);
    if (done == AIL_OK && !(ail_trace_reader_info(d.reader)->columns & needed))
        status = ail_cli_fail("trace", "%s: has no %s column, so there is nothing to dump", path,
                              o->events ? "event" : "flow");
    else if (done == AIL_OK)
        done = dump_range(&d);
    if (done == AIL_ERR)
        status = ail_cli_fail("trace", "%s", ail_trace_reader_error(d.reader));
    ail_trace_disassembly_free(d.disassembly);
    ail_trace_reader_free(d.reader);
    return status;
}
