/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stringsearch: where do successive memory values spell a string? What is matched is written down
 * in docs/analyses.md, "What stringsearch finds".
 *
 * Nearly all accesses matter to no match. In parallel, for each chunk, are found: the accesses in
 * which a pattern may start, and the matches at ascending addresses (runsearch.c). What remains is
 * done in order (stringsearch_order.c).
 */
#include "analyzers/builtin.h"
#include "analyzers/stringsearch_private.h"

static const AilOption options[] = {
    {"string", "TEXT", "search for the bytes of this text", AIL_OPTION_TEXT, true, true},
    {"hex", "BYTES", "search for these bytes: \"de ad be ef\"", AIL_OPTION_TEXT, true, false},
    {"utf16", NULL, "search for each text in UTF-16LE, too", AIL_OPTION_FLAG, false, false},
    {"each", NULL, "tell each match when it is found, not only the places at the end",
     AIL_OPTION_FLAG, false, false},
    {"window", "N",
     "instructions within which accesses at ascending addresses belong together "
     "(default 65536)",
     AIL_OPTION_NUMBER, false, false},
    {"top", "N",
     "list at most N places of each string, those with most matches (default 20 in text, all in "
     "JSON; 0: all)",
     AIL_OPTION_NUMBER, false, false},
    {NULL, NULL, NULL, 0, false, false},
};

static guint place_hash(gconstpointer p)
{
    const Place *a = p;
    uint64_t h = (a->pc ^ a->caller << 7) * 0x9e3779b97f4a7c15u;
    return (guint)(h >> 32 ^ a->asid >> 12) ^ a->pattern << 1 ^ a->write;
}

static gboolean place_equal(gconstpointer x, gconstpointer y)
{
    const Place *a = x, *b = y;
    return a->pattern == b->pattern && a->write == b->write && a->pc == b->pc &&
           a->caller == b->caller && a->asid == b->asid;
}

static void prepared_free(gpointer p)
{
    Prepared *prepared = p;
    ail_steps_clear(&prepared->steps);
    ail_chunk_search_clear(&prepared->search);
    g_free(prepared);
}

static void destroy(void *self)
{
    Search *s = self;
    g_async_queue_unref(s->spare);
    g_string_chunk_free(s->names);
    ail_matcher_free(s->matcher);
    ail_starts_free(s->starts);
    ail_classes_free(s->classes);
    ail_stacks_free(s->stacks);
    ail_taps_free(s->taps);
    ail_runs_free(s->runs);
    g_free(s->matches.all);
    g_hash_table_destroy(s->places);
    g_ptr_array_free(s->patterns, TRUE);
    g_free(s);
}

static AilStatus build_matcher(Search *s, AilError *err)
{
    const GPtrArray *patterns = s->patterns;
    const uint8_t **bytes = g_new(const uint8_t *, patterns->len);
    size_t *lengths = g_new(size_t, patterns->len);
    for (guint i = 0; i < patterns->len; i++) {
        const Pattern *p = patterns->pdata[i];
        bytes[i] = p->bytes;
        lengths[i] = p->len;
    }
    s->matcher = ail_matcher_new(bytes, lengths, patterns->len, err);
    s->starts = ail_starts_new(bytes, lengths, patterns->len);
    g_free(bytes);
    g_free(lengths);
    return s->matcher ? AIL_OK : AIL_ERR;
}

static AilStatus check(const AilOptions *o, AilError *err)
{
    GPtrArray *patterns = stringsearch_patterns(o, err);
    if (!patterns)
        return AIL_ERR;
    g_ptr_array_free(patterns, TRUE);
    return AIL_OK;
}

static void *create(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    GPtrArray *patterns = stringsearch_patterns(o, err);
    if (!patterns)
        return NULL;
    Search *s = g_new0(Search, 1);
    s->env = *env;
    s->patterns = patterns;
    s->window = ail_options_number(o, "window", 0, 65536);
    s->classes = ail_classes_new(true);
    s->stacks = ail_stacks_new(env->columns);
    s->taps = ail_taps_new();
    s->runs = ail_runs_new(s->window);
    s->topic = ail_bus_topic(env->bus, AIL_TOPIC_STRING_MATCH);
    s->places = g_hash_table_new_full(place_hash, place_equal, g_free, NULL);
    s->names = g_string_chunk_new(4096);
    s->spare = g_async_queue_new_full(prepared_free);
    s->each = ail_options_flag(o, "each");
    s->top = ail_options_count(o, "top")
                 ? (int64_t)MIN(ail_options_number(o, "top", 0, 0), INT64_MAX)
                 : -1;
    if (build_matcher(s, err) != AIL_OK) {
        destroy(s);
        return NULL;
    }
    return s;
}

static void *prepare(const void *self, const AilChunk *chunk)
{
    const Search *s = self;
    Prepared *p = g_async_queue_try_pop(s->spare);
    if (!p) {
        p = g_new0(Prepared, 1);
        p->spare = s->spare;
        p->search.runs = ail_runs_new(s->window);
    }
    p->pages = ail_classes_acquire(s->classes, chunk);
    ail_steps_find(&p->steps, p->pages, chunk, true);
    ail_chunk_search(&p->search, s->starts, s->matcher, p->pages, chunk, &p->steps);
    return p;
}

void stringsearch_discard(void *prepared)
{
    Prepared *p = prepared;
    ail_classes_release(p->pages);
    g_async_queue_push(p->spare, p);
}

static AilStatus finish(void *self, AilOutput *out, AilError *err)
{
    Search *s = self;
    (void)err;
    stringsearch_print(s->patterns, s->places, s->top, out);
    stringsearch_print_note(out, "matches were in further places, which are not listed",
                            s->unlisted);
    stringsearch_print_note(out,
                            "partial matches were forgotten for lack of room: some matches "
                            "may be missing",
                            ail_taps_forgotten(s->taps) + ail_runs_forgotten(s->runs));
    return AIL_OK;
}

const AilAnalysisOps ail_stringsearch_ops = {
    .abi = AIL_ANALYSIS_ABI,
    .size = sizeof(AilAnalysisOps),
    .name = "stringsearch",
    .summary = "Every place whose successive memory values spell a string",
    .needs = AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR | AIL_COL_DATA | AIL_COL_EVENT,
    .order = AIL_SEQUENTIAL,
    .options = options,
    .check = check,
    .create = create,
    .finish = finish,
    .destroy = destroy,
    .prepare = prepare,
    .take = stringsearch_take,
    .discard = stringsearch_discard,
};
