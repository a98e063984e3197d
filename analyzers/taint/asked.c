/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the guest asks: which labels do these bytes have now? */
#include <inttypes.h>

#include "analyzers/taint/taint_private.h"

enum { ASK_MAX = 1 << 20, ANSWERS_MAX = 1 << 22, LABELS = 16 };

/* Neighbouring bytes of one question with the same labels and depth. */
typedef struct Answer {
    uint32_t offset, bytes, set, depth;
} Answer;

typedef struct Question {
    uint64_t icount, addr;
    uint32_t bytes, tainted, unknown;
    uint32_t answers; /* how many, behind those of the questions before */
    uint32_t pid;
    char *comm; /* owned, or NULL */
} Question;

struct TaintAsked {
    Taint *taint;
    GArray *questions; /* of Question; owned */
    GArray *answers;   /* of Answer; owned */
    uint64_t missed;   /* bytes that were too many */
};

static void question_clear(void *data)
{
    Question *q = data;
    g_free(q->comm);
}

TaintAsked *taint_asked_new(Taint *t)
{
    TaintAsked *a = g_new0(TaintAsked, 1);
    a->taint = t;
    a->questions = g_array_new(FALSE, FALSE, sizeof(Question));
    g_array_set_clear_func(a->questions, question_clear);
    a->answers = g_array_new(FALSE, FALSE, sizeof(Answer));
    return a;
}

void taint_asked_free(TaintAsked *a)
{
    if (!a)
        return;
    g_array_free(a->questions, TRUE);
    g_array_free(a->answers, TRUE);
    g_free(a);
}

/* Byte i of the question has this. */
static void answer(TaintAsked *a, Question *q, uint32_t i, AilCell cell)
{
    Answer is = {i, 1, ail_cell_set(cell), ail_cell_depth(cell)};
    Answer *last = q->answers ? &g_array_index(a->answers, Answer, a->answers->len - 1) : NULL;
    q->tainted++;
    if (last && last->offset + last->bytes == i && last->set == is.set && last->depth == is.depth) {
        last->bytes++;
        return;
    }
    if (a->answers->len == ANSWERS_MAX) {
        a->missed++;
        return;
    }
    g_array_append_val(a->answers, is);
    q->answers++;
}

void taint_asked_add(TaintAsked *a, uint64_t addr, uint64_t len)
{
    AilTaintEngine *engine = a->taint->engine;
    const AilShadow *shadow = ail_taint_engine_taint(engine)->shadow;
    TaintWho who = taint_who(a->taint);
    Question q = {.icount = ail_taint_engine_icount(engine), .addr = addr, .pid = who.pid};
    uint64_t phys = 0;
    bool known = false;
    q.comm = g_strdup(who.comm);
    q.bytes = (uint32_t)MIN(len, (uint64_t)ASK_MAX);
    a->missed += len - q.bytes;
    for (uint32_t i = 0; i < q.bytes; i++, phys++) {
        if (!i || !((addr + i) & 4095))
            known = ail_taint_engine_phys(engine, addr + i, &phys);
        AilCell cell = known ? ail_shadow_get(shadow, phys) & AIL_CELL_TAINT : 0;
        q.unknown += !known;
        if (cell)
            answer(a, &q, i, cell);
    }
    g_array_append_val(a->questions, q);
}

uint64_t taint_asked_missed(const TaintAsked *a)
{
    return a->missed;
}

/* --- printing --- */

static void question_record(const Question *q, guint number, AilOutput *out)
{
    ail_json_begin(out, "taint");
    ail_json_text(out, "kind", "query");
    ail_json_number(out, "query", number);
    ail_json_number(out, "icount", q->icount);
    ail_json_address(out, "addr", q->addr);
    ail_json_number(out, "bytes", q->bytes);
    ail_json_number(out, "tainted", q->tainted);
    if (q->unknown)
        ail_json_number(out, "unknown", q->unknown);
    if (q->pid)
        ail_json_number(out, "pid", q->pid);
    if (q->comm)
        ail_json_text(out, "comm", q->comm);
    ail_json_end(out);
}

static void question_line(const Question *q, guint number, AilOutput *out)
{
    ail_output_text(out, "%14" PRIu64 "  %5u  %8u  %8u  %#" PRIx64, q->icount, number, q->bytes,
                    q->tainted, q->addr);
    if (q->comm)
        ail_output_styled(out, AIL_STYLE_DIM, "  %s (%u)", q->comm, q->pid);
    ail_output_text(out, "\n");
}

static void answer_record(const Answer *is, const char *labels, guint number, AilOutput *out)
{
    ail_json_begin(out, "taint");
    ail_json_text(out, "kind", "answer");
    ail_json_number(out, "query", number);
    ail_json_number(out, "offset", is->offset);
    ail_json_number(out, "bytes", is->bytes);
    ail_json_number(out, "depth", is->depth);
    ail_json_text(out, "labels", labels);
    ail_json_end(out);
}

static void answer_line(const Answer *is, const char *labels, AilOutput *out)
{
    ail_output_text(out, "%14s  byte %u", "", is->offset);
    if (is->bytes > 1)
        ail_output_text(out, "-%u", is->offset + is->bytes - 1);
    ail_output_text(out, ", depth %u", is->depth);
    ail_output_styled(out, AIL_STYLE_DIM, "  %s", labels);
    ail_output_text(out, "\n");
}

static void print_question(const TaintAsked *a, guint i, const Answer *answers, AilOutput *out)
{
    const Question *q = &g_array_index(a->questions, Question, i);
    bool text = ail_output_wants_text(out) && (!a->taint->top || i < a->taint->top);
    bool records = ail_output_wants_records(out);
    if (text)
        question_line(q, i + 1, out);
    if (records)
        question_record(q, i + 1, out);
    for (guint k = 0; k < q->answers && (text || records); k++) {
        TaintLabels labels = taint_labels(a->taint, answers[k].set, LABELS);
        if (text && (!a->taint->top || k < a->taint->top))
            answer_line(&answers[k], labels.few, out);
        if (records)
            answer_record(&answers[k], labels.all, i + 1, out);
        taint_labels_clear(&labels);
    }
    if (text && a->taint->top && q->answers > a->taint->top)
        ail_output_styled(out, AIL_STYLE_DIM, "%14s  (%u more: --top=0 lists all)\n", "",
                          q->answers - a->taint->top);
}

void taint_asked_print(const TaintAsked *a, AilOutput *out)
{
    guint n = a->questions->len, at = 0;
    bool text = n && ail_output_wants_text(out);
    if (text) {
        ail_output_styled(out, AIL_STYLE_HEADING, "\nAsked by the guest: %u\n", n);
        ail_output_styled(out, AIL_STYLE_DIM, "%14s  %5s  %8s  %8s  %s\n", "at", "query", "bytes",
                          "labelled", "address, process");
    }
    for (guint i = 0; i < n; i++) {
        const Question *q = &g_array_index(a->questions, Question, i);
        const Answer *answers = (const Answer *)(void *)a->answers->data + at;
        print_question(a, i, answers, out);
        at += q->answers;
    }
    if (text && a->taint->top && n > a->taint->top)
        ail_output_styled(out, AIL_STYLE_DIM, "%14s  (%u more: --top=0 lists all)\n", "",
                          n - a->taint->top);
}
