/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/callstack_print.h"

#include "formats/text.h"

#include <inttypes.h>

static const char *kind_name(const AilFrame *frame)
{
    static const char *const names[] = {"root", "call", "syscall", "exception", "interrupt"};
    return names[frame->kind];
}

/* Where the function that frame n belongs to was left for frame n - 1. */
static uint64_t left_at(const AilFrame *inner)
{
    return inner->kind == AIL_FRAME_CALL ? inner->site : inner->ret;
}

static const char *label(const Stack *s, uint64_t pc, char *buf, size_t size)
{
    int n = snprintf(buf, size, "0x%" PRIx64, pc);
    char name[AIL_SYMBOL_MAX];
    if (ail_stacks_name(s->stacks, s->symbols, pc, name, sizeof name))
        snprintf(buf + n, size - (size_t)n, " %s", ail_text_disarm(name));
    return buf;
}

static void json_name(const Stack *s, const char *key, uint64_t pc, AilOutput *out)
{
    char name[AIL_SYMBOL_MAX];
    if (ail_stacks_name(s->stacks, s->symbols, pc, name, sizeof name))
        ail_json_text(out, key, name);
}

static void print_json(const Stack *s, AilOutput *out)
{
    uint64_t pc = s->pc;
    ail_json_begin(out, "callstack");
    ail_json_text(out, "why", s->why);
    ail_json_number(out, "icount", s->icount);
    ail_json_address(out, "asid", s->asid);
    const AilTask *t = ail_stacks_task(s->stacks, s->symbols);
    if (t) {
        ail_json_number(out, "pid", t->tgid);
        ail_json_number(out, "tid", t->pid);
        ail_json_text(out, "comm", t->comm);
    }
    ail_json_number(out, "depth", s->depth);
    ail_json_array(out, "frames");
    for (size_t i = 0; i < s->n; i++) {
        const AilFrame *f = s->frames[i];
        ail_json_object(out, NULL);
        ail_json_address(out, "pc", pc);
        ail_json_address(out, f->kind == AIL_FRAME_ROOT ? "first_seen" : "function", f->entry);
        json_name(s, "symbol", pc, out);
        json_name(s, f->kind == AIL_FRAME_ROOT ? "first_seen_symbol" : "function_symbol", f->entry,
                  out);
        ail_json_text(out, "kind", kind_name(f));
        if (f->kind != AIL_FRAME_ROOT)
            ail_json_address(out, "returns_to", f->ret);
        ail_json_object_end(out);
        pc = left_at(f);
    }
    ail_json_array_end(out);
    ail_json_end(out);
}

static void print_text(const Stack *s, AilOutput *out)
{
    uint64_t pc = s->pc;
    char at[AIL_SYMBOL_MAX + 32], in[AIL_SYMBOL_MAX + 32], who[96] = "";
    const AilTask *t = ail_stacks_task(s->stacks, s->symbols);
    if (t)
        g_snprintf(who, sizeof who, ", %s %u/%u", t->comm, t->tgid, t->pid);
    ail_output_styled(out, AIL_STYLE_STRONG, "icount %" PRIu64 ", asid 0x%" PRIx64 "%s (%s):\n",
                      s->icount, s->asid, ail_text_disarm(who), s->why);
    for (size_t i = 0; i < s->n; i++) {
        const AilFrame *f = s->frames[i];
        bool root = f->kind == AIL_FRAME_ROOT;
        ail_output_text(out, "  #%-3zu %-18s %s %s\n", i, label(s, pc, at, sizeof at),
                        root ? "first seen at" : "in", label(s, f->entry, in, sizeof in));
        if (f->kind >= AIL_FRAME_SYSCALL)
            ail_output_styled(out, AIL_STYLE_DIM, "       --- %s ---\n", kind_name(f));
        pc = left_at(f);
    }
    if (s->n < s->depth)
        ail_output_text(out, "  ... and %zu more frames (max-depth)\n", s->depth - s->n);
}

void callstack_print(const Stack *s, AilOutput *out)
{
    if (ail_output_wants_records(out))
        print_json(s, out);
    if (ail_output_wants_text(out))
        print_text(s, out);
}

static void note_record(AilOutput *out, const char *text)
{
    if (!ail_output_wants_records(out))
        return;
    ail_json_begin(out, "callstack");
    ail_json_text(out, "note", text);
    ail_json_end(out);
}

void callstack_note(AilOutput *out, bool text_too, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    note_record(out, text);
    if (text_too && ail_output_wants_text(out))
        ail_output_text(out, "%s\n", text);
    g_free(text);
}
