/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pass on several threads. Mergeable analyses have an instance in each thread; sequential ones
 * have one, which gets the chunks in order. */
#include "analyzers/pass_private.h"

/* What one thread has of one analysis. */
typedef struct Slot {
    void *self;       /* mergeable: this thread's instance */
    AilStatus status; /* mergeable: how it took the chunk at hand */
    AilError error;
    void *prepared; /* sequential: owned until it is taken or discarded; may be NULL */
} Slot;

struct AilCrew {
    AilPass *pass;
    unsigned n;
    Slot *slots; /* by thread, then by stage; owned; the first thread's instances are the pass's */
    AilPassProgress progress;
    void *user;
    uint64_t done, total;
};

static Slot *slot_of(const AilCrew *crew, unsigned worker, guint i)
{
    return &crew->slots[worker * crew->pass->by_stage->len + i];
}

static bool is_mergeable(const AilMember *m)
{
    return m->ops.order == AIL_MERGEABLE;
}

static AilStatus create_instances(AilCrew *crew, guint i, AilError *err)
{
    const AilMember *m = ail_pass_member(crew->pass, i);
    slot_of(crew, 0, i)->self = m->self;
    for (unsigned w = 1; w < crew->n; w++) {
        void *self = ail_member_create(crew->pass, m, err);
        if (!self)
            return AIL_ERR;
        slot_of(crew, w, i)->self = self;
    }
    return AIL_OK;
}

AilCrew *ail_crew_new(AilPass *pass, unsigned n, AilError *err)
{
    AilCrew *crew = g_new0(AilCrew, 1);
    crew->pass = pass;
    crew->n = n;
    crew->slots = g_new0(Slot, (gsize)n * pass->by_stage->len + 1);
    for (guint i = 0; i < pass->by_stage->len; i++) {
        if (is_mergeable(ail_pass_member(pass, i)) && create_instances(crew, i, err) != AIL_OK) {
            ail_crew_free(crew);
            return NULL;
        }
    }
    return crew;
}

void ail_crew_free(AilCrew *crew)
{
    if (!crew)
        return;
    for (guint i = 0; i < crew->pass->by_stage->len; i++) {
        for (unsigned w = 1; w < crew->n; w++) {
            Slot *slot = slot_of(crew, w, i);
            if (slot->self)
                ail_pass_member(crew->pass, i)->ops.destroy(slot->self);
        }
    }
    g_free(crew->slots);
    g_free(crew);
}

void ail_crew_on_progress(AilCrew *crew, AilPassProgress progress, void *user, uint64_t total)
{
    crew->progress = progress;
    crew->user = user;
    crew->total = total;
}

static void work(void *self, unsigned worker, const AilChunk *chunk)
{
    AilCrew *crew = self;
    for (guint i = 0; i < crew->pass->by_stage->len; i++) {
        AilMember *m = ail_pass_member(crew->pass, i);
        Slot *slot = slot_of(crew, worker, i);
        if (is_mergeable(m))
            slot->status = m->ops.chunk(slot->self, chunk, &slot->error);
        else if (m->ops.prepare && !atomic_load_explicit(&m->done, memory_order_relaxed))
            slot->prepared = m->ops.prepare(m->self, chunk);
    }
}

static void drop(void *self, unsigned worker)
{
    AilCrew *crew = self;
    for (guint i = 0; i < crew->pass->by_stage->len; i++) {
        Slot *slot = slot_of(crew, worker, i);
        if (slot->prepared)
            ail_pass_member(crew->pass, i)->ops.discard(slot->prepared);
        slot->prepared = NULL;
    }
}

/* The chunk's turn for one analysis. */
static AilStatus commit_one(AilMember *m, Slot *slot, bool shared_out, const AilChunk *chunk,
                            AilError *err)
{
    if (!is_mergeable(m)) {
        void *prepared = slot->prepared;
        slot->prepared = NULL;
        return ail_member_take(m, chunk, prepared, err);
    }
    if (slot->status != AIL_ERR)
        return shared_out ? AIL_OK : ail_member_follow(m, chunk, err);
    *err = slot->error;
    return ail_member_blame(m, err);
}

static AilStatus commit(void *self, unsigned worker, const AilChunk *chunk, AilError *err)
{
    AilCrew *crew = self;
    bool wanted = false;
    AilStatus status = AIL_OK;
    ail_pass_follow(crew->pass, chunk);
    for (guint i = 0; i < crew->pass->by_stage->len && status != AIL_ERR; i++) {
        AilMember *m = ail_pass_member(crew->pass, i);
        if (!m->done)
            status = commit_one(m, slot_of(crew, worker, i), crew->pass->shared_out, chunk, err);
        wanted |= !m->done;
    }
    drop(crew, worker); /* what an analysis that is done, or comes after a failure, did not take */
    if (status == AIL_ERR || !wanted)
        return status == AIL_ERR ? AIL_ERR : AIL_END;
    crew->done = MAX(crew->done, chunk->icount + chunk->insns);
    if (crew->progress)
        crew->progress(crew->user, crew->done, crew->total);
    return AIL_OK;
}

AilChunkJob ail_crew_job(AilCrew *crew)
{
    bool ordered = crew->pass->symbolizer != NULL;
    for (guint i = 0; i < crew->pass->by_stage->len; i++) {
        const AilMember *m = ail_pass_member(crew->pass, i);
        ordered |= !is_mergeable(m) || (m->ops.follow && !crew->pass->shared_out);
    }
    return (AilChunkJob){crew, work, commit, drop, ordered};
}

AilStatus ail_crew_merge(AilCrew *crew, AilError *err)
{
    for (guint i = 0; i < crew->pass->by_stage->len; i++) {
        AilMember *m = ail_pass_member(crew->pass, i);
        for (unsigned w = 1; w < crew->n && is_mergeable(m); w++)
            if (m->ops.merge(m->self, slot_of(crew, w, i)->self, err) != AIL_OK)
                return ail_member_blame(m, err);
    }
    return AIL_OK;
}
