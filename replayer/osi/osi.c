/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/osi/osi_private.h"

static void free_name(gpointer name)
{
    AilOsiName *n = name;
    g_free(n->name);
    g_free(n);
}

AilOsi *ail_osi_new(const AilOsiHost *host, AilMachineArch arch)
{
    AilOsi *o = g_new0(AilOsi, 1);
    o->host = *host;
    o->arch = arch;
    o->tasks = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    o->spaces = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    o->mms =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, (GDestroyNotify)g_bytes_unref);
    o->files = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, ail_osi_files_free);
    o->names = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_name);
    o->modules = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    o->images = ail_osi_images_new();
    o->content_left = AIL_OSI_MAX_PAGES;
    o->symbols_left = AIL_OSI_MAX_SYMBOLS;
    return o;
}

void ail_osi_free(AilOsi *o)
{
    if (!o)
        return;
    GHashTable *const tables[] = {o->tasks, o->spaces,  o->mms,   o->files,
                                  o->names, o->modules, o->images};
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        g_hash_table_unref(tables[i]);
    ail_buf_clear(&o->buf);
    ail_buf_clear(&o->out);
    g_free(o);
}

const AilOsiProfile *ail_osi_kernel(const AilOsi *o)
{
    return o->known ? &o->profile : NULL;
}

/* So that one read gets everything that is looked at. */
static AilStatus find_task_part(AilOsi *o, AilError *err)
{
    const AilOsiOffsets *off = &o->profile.off;
    const struct {
        int32_t at;
        uint32_t size;
    } members[] = {{off->task_pid, 4},
                   {off->task_tgid, 4},
                   {off->task_comm, 16},
                   {off->task_mm, o->pointer},
                   {off->task_files, o->pointer},
                   {off->task_real_parent, o->pointer},
                   {off->task_flags, 4},
                   {off->task_start_time, 8},
                   {off->task_start_boottime, 8}};
    uint32_t from = UINT32_MAX, to = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        if (members[i].at < 0)
            continue;
        from = MIN(from, (uint32_t)members[i].at);
        to = MAX(to, (uint32_t)members[i].at + members[i].size);
    }
    if (to - from > 1 << 16)
        return ail_error_set(err, "the kernel's task_struct would be %u bytes", to - from);
    o->task_at = from;
    o->task_len = to - from;
    return AIL_OK;
}

AilStatus ail_osi_take_kernel(AilOsi *o, const AilOsiProfile *profile, const AilKallsyms *symbols,
                              AilError *err)
{
    o->profile = *profile;
    o->pointer = profile->pointer_size;
    AilStatus status = ail_osi_profile_check(&o->profile, err);
    if (status == AIL_OK)
        status = find_task_part(o, err);
    o->known = status == AIL_OK;
    AilBuf bytes = {0};
    if (symbols)
        ail_kallsyms_save(symbols, &bytes);
    AilGuestKernel k = {.banner = {profile->banner, (uint32_t)strlen(profile->banner)},
                        .symbols = bytes.data,
                        .symbols_len = (uint32_t)bytes.len};
    ail_guest_put_kernel(&o->buf, &k);
    ail_osi_tell(o, AIL_EVENT_KERNEL, profile->sym.text, 0);
    ail_buf_clear(&bytes);
    return status;
}
