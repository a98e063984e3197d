/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/debug_states.h"

#include "replayer/debug_kept.h"

enum {
    WAIT_US = 10000, /* between questions whether to go on waiting */
    AHEAD = 64, /* those that wait stand so many instructions before where one may go back from */
    SMALL_MIB = 1024, /* a machine of which there can be more copies */
    RETRY = 20000,
    TRIES = 8,
};

/* In instructions: how far before a place a state is worth having, and from which distance on. */
static const struct {
    uint64_t before, worth;
} ladder[] = {{1 << 24, 1 << 27}, {1 << 17, 1 << 21}};

/* Those that wait this near need not be nearer. */
#define NEARBY (UINT64_C(1) << 20)

struct AilStates {
    const AilRunnerConfig *config; /* borrowed */
    GThread *thread;
    GMutex lock; /* over all below */
    GCond changed;
    AilKept *kept;      /* owned */
    GPtrArray *parked;  /* of AilRunner, owned: they wait */
    GPtrArray *dropped; /* of AilRunner, owned: to be ended */
    AilError failure;
    uint64_t need, goal, target; /* what was asked for; from where; what is being made */
    bool needed, expected, failed, quit;
    bool checked;         /* only the thread's: QEMU's version was */
    unsigned runs, keeps; /* so many, for names */
    unsigned tries;       /* only the caller's thread: to keep a state where disks are busy */
};

/* Who waits at `icount` or at most so many before, nearer than a state, which would have to be
 * loaded. */
static guint find_parked(AilStates *s, uint64_t icount, uint64_t reach)
{
    guint best = s->parked->len;
    uint64_t at_least = MAX(ail_kept_last(s->kept, icount), icount - MIN(icount, reach));
    for (guint i = 0; i < s->parked->len; i++) {
        uint64_t at = ail_runner_icount(s->parked->pdata[i]);
        if (at >= at_least && at <= icount) {
            at_least = at;
            best = i;
        }
    }
    return best;
}

/* What is made ahead of time has to wait when something else is needed. */
static bool go_on(void *user, uint64_t icount, uint64_t total)
{
    (void)icount, (void)total;
    AilStates *s = user;
    g_mutex_lock(&s->lock);
    bool yes = !s->quit && !(s->needed && s->need < s->target);
    g_mutex_unlock(&s->lock);
    return yes;
}

static void keep(AilStates *s, AilRunner *r, bool near)
{
    AilError ignored = {{0}};
    g_mutex_lock(&s->lock);
    char *folder = g_strdup_printf("%s/state%u", s->config->dir, s->keeps++);
    if (near)
        ail_kept_make_room(s->kept);
    g_mutex_unlock(&s->lock);
    AilStatus status = ail_runner_keep(r, folder, &ignored);
    g_mutex_lock(&s->lock);
    if (status == AIL_OK)
        ail_kept_add(s->kept, ail_runner_icount(r), folder, near);
    g_mutex_unlock(&s->lock);
    g_free(folder);
}

/* One that waits, but too far away. */
static AilRunner *reuse(AilStates *s, uint64_t target)
{
    AilRunner *r = NULL;
    g_mutex_lock(&s->lock);
    guint i = find_parked(s, target, UINT64_MAX);
    if (i < s->parked->len && ail_runner_icount(s->parked->pdata[i]) + NEARBY < target)
        r = g_ptr_array_steal_index(s->parked, i);
    g_mutex_unlock(&s->lock);
    return r;
}

/* Start at the last state before. */
static AilStatus start(AilStates *s, uint64_t target, AilRunner **runner, AilError *err)
{
    g_mutex_lock(&s->lock);
    uint64_t at = ail_kept_last(s->kept, target);
    char *folder = g_strdup(ail_kept_folder(s->kept, at));
    *runner = ail_runner_new(s->config, s->runs++, s->checked);
    g_mutex_unlock(&s->lock);
    ail_runner_set_owner(*runner, go_on, s);
    AilStatus status = ail_runner_start(*runner, folder, at, err);
    g_free(folder);
    s->checked = s->checked || status == AIL_OK;
    return status == AIL_OK ? AIL_OK : AIL_ERR;
}

/* One at `target`; where that takes long, states are kept before it. */
static AilStatus make(AilStates *s, uint64_t target, bool near, AilRunner **runner, AilError *err)
{
    AilStatus status = AIL_OK;
    *runner = reuse(s, target);
    if (!*runner)
        status = start(s, target, runner, err);
    for (size_t i = 0; i < G_N_ELEMENTS(ladder) && near && status == AIL_OK; i++) {
        uint64_t at = ail_runner_icount(*runner);
        if (target - at < ladder[i].worth)
            continue;
        status = ail_runner_to(*runner, target - ladder[i].before, err);
        if (status == AIL_OK)
            keep(s, *runner, true);
    }
    if (status == AIL_OK)
        status = ail_runner_to(*runner, target, err);
    if (status != AIL_OK)
        g_clear_pointer(runner, ail_runner_free);
    return status;
}

static unsigned wanted(const AilStates *s)
{
    return s->config->manifest->machine.mem_mib <= SMALL_MIB ? 2 : 1;
}

/* Those that wait where nobody comes from any more. The lock is held. */
static void sort_out(AilStates *s)
{
    uint64_t low = ail_kept_last(s->kept, s->goal);
    for (guint i = s->parked->len; s->expected && i-- > 0;) {
        uint64_t at = ail_runner_icount(s->parked->pdata[i]);
        bool of_use = at < s->goal && at >= low;
        if (!of_use && !(s->needed && s->need == at))
            g_ptr_array_add(s->dropped, g_ptr_array_steal_index(s->parked, i));
    }
}

/* What to do next: end some, or make one at *target. The lock is held. */
static bool find_work(AilStates *s, uint64_t *target, bool *near)
{
    uint64_t back = s->goal > AHEAD ? s->goal - AHEAD : 0;
    sort_out(s);
    *near = true;
    *target = back;
    if (s->needed) {
        *target = s->need;
        *near = s->need + ladder[1].before >= s->goal && s->need <= s->goal;
        return find_parked(s, s->need, NEARBY) == s->parked->len;
    }
    unsigned n = 0;
    for (guint i = 0; i < s->parked->len; i++)
        n += ail_runner_icount(s->parked->pdata[i]) + NEARBY >= s->goal;
    return s->expected && s->goal && n < wanted(s);
}

static void work(AilStates *s, uint64_t target, bool near)
{
    AilError error = {{0}};
    AilRunner *r = NULL;
    AilStatus status = make(s, target, near, &r, &error);
    g_mutex_lock(&s->lock);
    if (status == AIL_OK) {
        g_ptr_array_add(s->parked, r);
    } else if (status == AIL_ERR && !ail_kept_forget(s->kept, target)) {
        s->expected = false;
        s->failed = s->needed;
        s->failure = error;
    }
    g_cond_broadcast(&s->changed);
    g_mutex_unlock(&s->lock);
}

static void end_dropped(AilStates *s)
{
    AilRunner *r = g_ptr_array_steal_index(s->dropped, 0);
    g_mutex_unlock(&s->lock);
    ail_runner_free(r);
    g_mutex_lock(&s->lock);
}

static void *run(void *user)
{
    AilStates *s = user;
    uint64_t target;
    bool near;
    g_mutex_lock(&s->lock);
    while (!s->quit) {
        if (find_work(s, &target, &near)) {
            s->target = target;
            g_mutex_unlock(&s->lock);
            work(s, target, near);
            g_mutex_lock(&s->lock);
        } else if (s->dropped->len) {
            end_dropped(s);
        } else {
            g_cond_wait(&s->changed, &s->lock);
        }
    }
    while (s->dropped->len)
        end_dropped(s);
    g_mutex_unlock(&s->lock);
    return NULL;
}

AilStates *ail_states_new(const AilRunnerConfig *config, const char *checkpoints)
{
    AilStates *s = g_new0(AilStates, 1);
    s->config = config;
    g_mutex_init(&s->lock);
    g_cond_init(&s->changed);
    s->kept = ail_kept_new(checkpoints);
    s->parked = g_ptr_array_new();
    s->dropped = g_ptr_array_new();
    s->thread = g_thread_new("debug-states", run, s);
    return s;
}

/* The folders go with the one in which the recording is unpacked. */
void ail_states_free(AilStates *s)
{
    if (!s)
        return;
    g_mutex_lock(&s->lock);
    s->quit = true;
    g_cond_broadcast(&s->changed);
    g_mutex_unlock(&s->lock);
    g_thread_join(s->thread);
    for (guint i = 0; i < s->parked->len; i++)
        ail_runner_free(s->parked->pdata[i]);
    g_ptr_array_unref(s->parked);
    g_ptr_array_unref(s->dropped);
    ail_kept_free(s->kept);
    g_cond_clear(&s->changed);
    g_mutex_clear(&s->lock);
    g_free(s);
}

AilStatus ail_states_take(AilStates *s, uint64_t icount,
                          bool (*progress)(void *user, uint64_t icount, uint64_t total), void *user,
                          AilRunner **runner, AilError *err)
{
    AilStatus status = AIL_OK;
    guint i;
    g_mutex_lock(&s->lock);
    s->need = icount;
    s->needed = true;
    s->failed = false;
    g_cond_broadcast(&s->changed);
    while ((i = find_parked(s, icount, NEARBY)) == s->parked->len && status == AIL_OK) {
        g_cond_wait_until(&s->changed, &s->lock, g_get_monotonic_time() + WAIT_US);
        if (s->failed)
            status = ail_error_set(err, "%s", s->failure.text);
        else if (progress && !progress(user, 0, icount))
            status = AIL_END;
    }
    s->needed = s->failed = false;
    if (status == AIL_OK)
        *runner = g_ptr_array_steal_index(s->parked, i);
    g_mutex_unlock(&s->lock);
    if (status == AIL_OK)
        ail_runner_set_owner(*runner, progress, user);
    return status;
}

void ail_states_drop(AilStates *s, AilRunner *runner)
{
    if (!runner)
        return;
    g_mutex_lock(&s->lock);
    g_ptr_array_add(s->dropped, runner);
    g_cond_broadcast(&s->changed);
    g_mutex_unlock(&s->lock);
}

void ail_states_expect(AilStates *s, uint64_t icount)
{
    g_mutex_lock(&s->lock);
    s->goal = icount;
    s->expected = true;
    g_cond_broadcast(&s->changed);
    g_mutex_unlock(&s->lock);
}

uint64_t ail_states_last(AilStates *s, uint64_t icount)
{
    g_mutex_lock(&s->lock);
    uint64_t last = ail_kept_last(s->kept, icount);
    g_mutex_unlock(&s->lock);
    return last;
}

uint64_t ail_states_next(AilStates *s, uint64_t icount, uint64_t end)
{
    if (s->tries && s->tries < TRIES)
        return MIN(icount + RETRY, end);
    g_mutex_lock(&s->lock);
    uint64_t next = ail_kept_next(s->kept, icount, s->config->manifest->instructions);
    g_mutex_unlock(&s->lock);
    return MIN(next, end);
}

void ail_states_keep(AilStates *s, AilRunner *runner)
{
    uint64_t before = ail_states_last(s, ail_runner_icount(runner));
    keep(s, runner, false);
    bool kept = ail_states_last(s, ail_runner_icount(runner)) != before;
    s->tries = kept ? 0 : s->tries + 1;
}
