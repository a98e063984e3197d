/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/trail_print.h"

#include <inttypes.h>

struct TrailPrint {
    AilArch arch;
    AilLift *lift; /* owned */
    AilSymbolizer *symbolizer;
    const AilGuest *guest;
    AilOutput *out;
    uint64_t constants, devices, reads;
    uint64_t read_first, read_n; /* bytes of the read at hand that are wanted */
    uint64_t device_n;           /* bytes of one moment, to be told together */
    uint64_t device_at, device_phys;
};

TrailPrint *trail_print_new(AilArch arch, AilSymbolizer *symbolizer, const AilGuest *guest,
                            AilOutput *out, AilError *err)
{
    AilLift *lift = ail_lift_new(arch, err);
    if (!lift)
        return NULL;
    TrailPrint *p = g_new0(TrailPrint, 1);
    *p = (TrailPrint){.arch = arch, .lift = lift, .symbolizer = symbolizer, .guest = guest};
    p->out = out;
    return p;
}

void trail_print_free(TrailPrint *p)
{
    if (!p)
        return;
    ail_lift_free(p->lift);
    g_free(p);
}

void trail_print_question(TrailPrint *p, const char *what)
{
    if (!ail_output_wants_text(p->out))
        return;
    ail_output_styled(p->out, AIL_STYLE_HEADING, "Where %s came from, latest step first\n", what);
    ail_output_styled(p->out, AIL_STYLE_DIM, "%8s  %14s  %-20s  %s\n", "step", "icount", "process",
                      "instruction, and the steps that used what it wrote (#0: the question)");
}

static bool name_of(TrailPrint *p, const AilTaintMoment *at, char *buf, size_t size)
{
    if (!p->symbolizer)
        return false;
    uint64_t mm = ail_guest_mm_of(p->guest, at->asid);
    return ail_symbolizer_name(p->symbolizer, p->guest, mm, at->pc, buf, size) ||
           (at->block->user && ail_symbolizer_name_any(p->symbolizer, at->pc, buf, size));
}

static void flush_device(TrailPrint *p)
{
    if (!p->device_n)
        return;
    if (ail_output_wants_text(p->out))
        ail_output_text(p->out,
                        "%8s  %14" PRIu64 "  %-20s  wrote %" PRIu64 " of the bytes, at physical "
                        "%#" PRIx64 ", after this\n",
                        "*", p->device_at, "a device", p->device_n, p->device_phys);
    if (ail_output_wants_records(p->out)) {
        ail_json_begin(p->out, "taint");
        ail_json_text(p->out, "kind", "device");
        ail_json_number(p->out, "icount", p->device_at);
        ail_json_address(p->out, "phys", p->device_phys);
        ail_json_number(p->out, "bytes", p->device_n);
        ail_json_end(p->out);
    }
    p->device_n = 0;
}

/* The last of a range of users. They were told before, so have lower numbers than the step: where
 * there are more than can be kept apart, any number is meant. */
static uint32_t last_user(const AilBackStep *step, uint32_t i)
{
    return MIN(step->users[i].last, step->number - 1);
}

static void print_users(AilOutput *out, const AilBackStep *step)
{
    enum { MOST = 4 };
    uint32_t n = step->n_users;
    ail_output_text(out, "  ->");
    for (uint32_t i = 0; i < n && i < MOST; i++)
        if (step->users[i].first == last_user(step, i))
            ail_output_text(out, " #%u", step->users[i].first);
        else
            ail_output_text(out, " #%u-%u", step->users[i].first, last_user(step, i));
    ail_output_text(out, "%s\n", n > MOST ? " ..." : "");
}

static void step_line(TrailPrint *p, const AilBackStep *step, const char *text, const char *name,
                      const AilPastTask *task)
{
    char who[32];
    g_snprintf(who, sizeof who, "%s (%u)", task && *task->comm ? task->comm : "?",
               task ? task->pid : 0);
    ail_output_text(p->out, "%8u  %14" PRIu64 "  %-20s  ", step->number, step->at.icount, who);
    ail_output_text(p->out, "%#" PRIx64, step->at.pc);
    if (name)
        ail_output_text(p->out, " %s", name);
    ail_output_styled(p->out, AIL_STYLE_STRONG, "  %s", text);
    if (step->constant)
        ail_output_text(p->out, "  (constant)");
    if (step->device)
        ail_output_text(p->out, "  (from a device)");
    if (step->rough)
        ail_output_text(p->out, "  (not modelled exactly)");
    print_users(p->out, step);
}

static void step_record(TrailPrint *p, const AilBackStep *step, const char *text, const char *name,
                        const AilPastTask *task)
{
    AilOutput *out = p->out;
    ail_json_begin(out, "taint");
    ail_json_text(out, "kind", "step");
    ail_json_number(out, "step", step->number);
    ail_json_number(out, "icount", step->at.icount);
    ail_json_address(out, "pc", step->at.pc);
    if (name)
        ail_json_text(out, "symbol", name);
    if (task && task->pid)
        ail_json_number(out, "pid", task->pid);
    if (task && *task->comm)
        ail_json_text(out, "comm", task->comm);
    ail_json_text(out, "instruction", text);
    if (step->constant)
        ail_json_bool(out, "constant", true);
    if (step->device)
        ail_json_bool(out, "device", true);
    if (step->rough)
        ail_json_bool(out, "rough", true);
    ail_json_array(out, "users");
    for (uint32_t i = 0; i < step->n_users; i++)
        for (uint32_t k = step->users[i].first; k <= last_user(step, i); k++)
            ail_json_number(out, NULL, k);
    ail_json_array_end(out);
    ail_json_end(out);
}

void trail_print_step(TrailPrint *p, const AilBackStep *step, const AilPastTask *task)
{
    AilLifted lifted;
    char name[AIL_SYMBOL_MAX];
    const AilBlock *block = step->at.block;
    unsigned at = block->start[step->at.insn], size = block->start[step->at.insn + 1] - at;
    flush_device(p);
    p->constants += step->constant;
    ail_lift_insn(p->lift, block->mode, block->user, step->at.pc, block->bytes + at, size, &lifted);
    bool named = name_of(p, &step->at, name, sizeof name);
    if (ail_output_wants_text(p->out))
        step_line(p, step, lifted.text, named ? name : NULL, task);
    if (ail_output_wants_records(p->out))
        step_record(p, step, lifted.text, named ? name : NULL, task);
}

void trail_print_device(TrailPrint *p, uint64_t icount, uint64_t phys, const AilLabelRange *users,
                        uint32_t n_users)
{
    (void)users, (void)n_users;
    if (p->device_n && p->device_at != icount)
        flush_device(p);
    if (!p->device_n)
        p->device_phys = phys;
    p->device_phys = MIN(p->device_phys, phys);
    p->device_at = icount;
    p->device_n++;
    p->devices++;
}

void trail_print_read(TrailPrint *p, const AilPastRead *read, uint64_t offset,
                      const AilLabelRange *users, uint32_t n_users)
{
    (void)read, (void)users, (void)n_users;
    if (!p->read_n)
        p->read_first = offset;
    p->read_n++;
}

void trail_print_read_end(TrailPrint *p, const AilPastRead *read)
{
    const char *path = *read->path ? read->path : "a file that is not known";
    if (!p->read_n)
        return;
    flush_device(p);
    p->reads++;
    if (ail_output_wants_text(p->out)) {
        char who[32];
        g_snprintf(who, sizeof who, "%s (%u)", read->comm, read->pid);
        ail_output_text(p->out, "%8s  %14" PRIu64 "  %-20s  ", "*", read->icount, who);
        ail_output_styled(p->out, AIL_STYLE_STRONG, "%s of %s", read->call, path);
        ail_output_text(p->out,
                        ": %" PRIu64 " of the bytes, from byte %" PRIu64 " of what it got\n",
                        p->read_n, p->read_first);
    }
    if (ail_output_wants_records(p->out)) {
        ail_json_begin(p->out, "taint");
        ail_json_text(p->out, "kind", "read");
        ail_json_number(p->out, "icount", read->icount);
        ail_json_text(p->out, "call", read->call);
        ail_json_text(p->out, "path", read->path);
        ail_json_number(p->out, "pid", read->pid);
        ail_json_text(p->out, "comm", read->comm);
        ail_json_number(p->out, "offset", p->read_first);
        ail_json_number(p->out, "bytes", p->read_n);
        ail_json_end(p->out);
    }
    p->read_n = 0;
}

static void print_rest(TrailPrint *p, const char *what, uint64_t n)
{
    if (!n)
        return;
    if (ail_output_wants_text(p->out))
        ail_output_text(p->out, "%14" PRIu64 "  %s\n", n, what);
    if (!ail_output_wants_records(p->out))
        return;
    ail_json_begin(p->out, "taint");
    ail_json_text(p->out, "kind", "note");
    ail_json_text(p->out, "note", what);
    ail_json_number(p->out, "count", n);
    ail_json_end(p->out);
}

void trail_print_end(TrailPrint *p, const AilBack *back)
{
    flush_device(p);
    if (ail_output_wants_text(p->out))
        ail_output_styled(p->out, AIL_STYLE_HEADING, "\n%u steps\n", ail_back_steps(back));
    print_rest(p, "of them begin with constants", p->constants);
    print_rest(p, "times what a system call had read was passed (*)", p->reads);
    print_rest(p, "bytes came from a device", p->devices);
    bool limited = ail_back_limited(back);
    print_rest(p,
               limited ? "bytes of memory to be followed further: the limit of --steps was reached"
                       : "bytes of memory were there when the trace began",
               ail_back_wanted_memory(back));
    print_rest(p,
               limited ? "registers to be followed further" : "registers were so at its beginning",
               ail_back_wanted_state(back));
}
