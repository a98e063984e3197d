/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tasks have mapped and open. */
#include "analyzers/guest_private.h"

#include <string.h>

static void map_clear(gpointer p)
{
    g_free((gpointer)((AilMapping *)p)->path);
}

void ail_guest_space_free(gpointer p)
{
    GuestSpace *s = p;
    g_array_free(s->maps, TRUE);
    g_free(s);
}

GuestSpace *ail_guest_space(AilGuest *g, uint64_t mm, bool make)
{
    GuestSpace *s = g_hash_table_lookup(g->spaces, &mm);
    if (s || !make || !ail_guest_afford(g, sizeof *s + 128))
        return s;
    s = g_new0(GuestSpace, 1);
    s->maps = g_array_new(FALSE, FALSE, sizeof(AilMapping));
    g_array_set_clear_func(s->maps, map_clear);
    g_hash_table_insert(g->spaces, g_memdup2(&mm, sizeof mm), s);
    return s;
}

static size_t cost(const AilMapping *m)
{
    return sizeof *m + strlen(m->path) + 32;
}

static void refund(AilGuest *g, const GuestSpace *s, guint from, guint to)
{
    for (guint i = from; i < to; i++)
        g->left += cost(&g_array_index(s->maps, AilMapping, i));
}

void ail_guest_space_clear(AilGuest *g, GuestSpace *s)
{
    refund(g, s, 0, s->maps->len);
    g_array_set_size(s->maps, 0);
}

/* How many of them end at or below addr. */
static guint below(const GArray *maps, uint64_t addr)
{
    guint low = 0, high = maps->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(maps, AilMapping, middle).end <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* m without what is below `from`. */
static void cut_low(AilMapping *m, uint64_t from)
{
    if (m->inode)
        m->offset += from - m->start;
    m->start = from;
}

/* Take away what is mapped in from..to-1; where in the array that is. */
static guint make_hole(AilGuest *g, GuestSpace *s, uint64_t from, uint64_t to)
{
    guint first = below(s->maps, from), last = first;
    AilMapping *m = first < s->maps->len ? &g_array_index(s->maps, AilMapping, first) : NULL;
    if (m && m->start < from && m->end > to && ail_guest_afford(g, cost(m))) { /* in its midst */
        AilMapping upper = *m;
        upper.path = g_strdup(m->path);
        m->end = from;
        cut_low(&upper, to);
        g_array_insert_val(s->maps, first + 1, upper);
        return first + 1;
    }
    if (m && m->start < from) {
        m->end = from;
        last = ++first;
    }
    while (last < s->maps->len && g_array_index(s->maps, AilMapping, last).end <= to)
        last++;
    if (last < s->maps->len && g_array_index(s->maps, AilMapping, last).start < to)
        cut_low(&g_array_index(s->maps, AilMapping, last), to);
    refund(g, s, first, last);
    if (last > first)
        g_array_remove_range(s->maps, first, last - first);
    return first;
}

/* Mappings that an event tells, as far as they make sense: ascending, in the part it is about. */
static GArray *told_maps(AilGuest *g, AilGuestMaps *e, guint room)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(AilMapping));
    uint64_t end = 0;
    AilGuestMap m;
    while (list->len < e->n && ail_guest_next_map(&e->next, &m)) {
        if (m.start < end || m.end <= e->from || m.start >= e->to)
            continue;
        g->full |= list->len >= room;
        if (list->len >= room || !ail_guest_afford(g, sizeof(AilMapping) + m.path.len + 32))
            break;
        AilMapping own = {
            m.start, m.end, m.offset, m.inode, m.dev, m.flags, ail_guest_text_dup(m.path)};
        g->left += m.path.len - strlen(own.path); /* up to a NUL */
        g_array_append_val(list, own);
        end = m.end;
    }
    return list;
}

void ail_guest_take_maps(AilGuest *g, const AilEvent *e)
{
    AilGuestMaps maps;
    GuestSpace *s = NULL;
    if (!ail_guest_maps(e, &maps) || maps.to <= maps.from ||
        !(s = ail_guest_space(g, e->value, true)))
        return;
    uint64_t from = maps.from, to = maps.to;
    guint room = AIL_GUEST_MAX_MAPS > s->maps->len ? AIL_GUEST_MAX_MAPS - s->maps->len : 0;
    if (!from && to == UINT64_MAX)
        room = AIL_GUEST_MAX_MAPS; /* all are going to be replaced */
    GArray *told = told_maps(g, &maps, room);
    if (told->len) { /* whole mappings, which may reach beyond */
        from = MIN(from, g_array_index(told, AilMapping, 0).start);
        to = MAX(to, g_array_index(told, AilMapping, told->len - 1).end);
    }
    guint at = make_hole(g, s, from, to);
    if (told->len)
        g_array_insert_vals(s->maps, at, told->data, told->len);
    g_array_free(told, TRUE);
}

/* --- files --- */

static size_t file_cost(const char *path)
{
    return path ? strlen(path) + 32 : 0;
}

static void close_file(AilGuest *g, char **path)
{
    g->left += file_cost(*path);
    g_clear_pointer(path, g_free);
}

static void forget_files(AilGuest *g, uint64_t key)
{
    GPtrArray *table = g_hash_table_lookup(g->files, &key);
    if (!table)
        return;
    for (guint i = 0; i < table->len; i++)
        close_file(g, (char **)&table->pdata[i]);
    g->left += 256 + table->len * sizeof(gpointer);
    g_hash_table_remove(g->files, &key);
}

/* The table, with room for the descriptor; NULL: there is none. */
static GPtrArray *files_with(AilGuest *g, uint64_t key, uint64_t fd)
{
    GPtrArray *table = g_hash_table_lookup(g->files, &key);
    if (!table) {
        if (!ail_guest_afford(g, 256))
            return NULL;
        table = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(g->files, g_memdup2(&key, sizeof key), table);
    }
    if (fd >= table->len) {
        if (!ail_guest_afford(g, (fd + 1 - table->len) * sizeof(gpointer)))
            return NULL;
        g_ptr_array_set_size(table, (gint)fd + 1);
    }
    return table;
}

/* Path, NUL, what a socket is, NUL. */
static char *file_dup(AilGuestText text)
{
    char *copy = g_malloc0(text.len + 2u);
    memcpy(copy, text.at, text.len);
    return copy;
}

/* What a socket is now, for all that have it open: processes are looked at when they make calls
 * about sockets themselves, and may share one. The oldest are not forgotten one by one: of too many
 * all are, and then each process has what it had last. */
static void take_socket(AilGuest *g, const char *path)
{
    const char *is = path + strlen(path) + 1;
    if (!*is)
        return;
    if (g_hash_table_size(g->sockets) >= AIL_GUEST_MAX_SOCKETS)
        g_hash_table_remove_all(g->sockets);
    g_hash_table_replace(g->sockets, g_strdup(path), g_strdup(is));
}

void ail_guest_take_file(AilGuest *g, const AilEvent *e)
{
    AilGuestText text;
    if (!ail_guest_text(e, &text))
        return;
    if (e->pc == AIL_GUEST_ALL_FILES)
        forget_files(g, e->value);
    if (e->pc >= AIL_GUEST_MAX_FD)
        return;
    GPtrArray *table =
        text.len ? files_with(g, e->value, e->pc) : g_hash_table_lookup(g->files, &e->value);
    if (!table || e->pc >= table->len)
        return;
    char **path = (char **)&table->pdata[e->pc];
    close_file(g, path);
    if (text.len && ail_guest_afford(g, text.len + 34u)) {
        *path = file_dup(text);
        take_socket(g, *path);
        g->left += text.len + 34u - file_cost(*path);
    }
}

/* --- questions --- */

const AilMapping *ail_guest_mappings(const AilGuest *g, uint64_t mm, size_t *n)
{
    const GuestSpace *s = g_hash_table_lookup(g->spaces, &mm);
    *n = s ? s->maps->len : 0;
    return s ? (const AilMapping *)(void *)s->maps->data : NULL;
}

const AilMapping *ail_guest_mapping(const AilGuest *g, uint64_t mm, uint64_t addr)
{
    const GuestSpace *s = g_hash_table_lookup(g->spaces, &mm);
    guint i = s ? below(s->maps, addr) : 0;
    if (!s || i == s->maps->len)
        return NULL;
    const AilMapping *m = &g_array_index(s->maps, AilMapping, i);
    return m->start <= addr ? m : NULL;
}

uint64_t ail_guest_mm_of(const AilGuest *g, uint64_t asid)
{
    const uint64_t *mm = g_hash_table_lookup(g->mms, &asid);
    return mm ? *mm : 0;
}

uint64_t ail_guest_space_id(const AilGuest *g, uint64_t mm)
{
    const GuestSpace *s = g_hash_table_lookup(g->spaces, &mm);
    return s ? s->id : 0;
}

const char *ail_guest_file(const AilGuest *g, uint64_t files, uint32_t fd)
{
    const GPtrArray *table = g_hash_table_lookup(g->files, &files);
    return table && fd < table->len ? table->pdata[fd] : NULL;
}

const char *ail_guest_socket(const AilGuest *g, uint64_t files, uint32_t fd)
{
    const char *path = ail_guest_file(g, files, fd);
    const char *socket = path ? path + strlen(path) + 1 : "";
    const char *now = path ? g_hash_table_lookup(g->sockets, path) : NULL;
    return now ? now : *socket ? socket : NULL;
}

uint32_t ail_guest_n_files(const AilGuest *g, uint64_t files)
{
    const GPtrArray *table = g_hash_table_lookup(g->files, &files);
    return table ? table->len : 0;
}
