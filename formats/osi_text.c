/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles as files: a group of a GLib key file, as PANDA's kernelinfo.conf. */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/osi_private.h"
#include "formats/text.h"

enum { MAX_FILE = 16 << 20, MAX_OFFSET = 1 << 24 };

static const char *const version_keys[] = {"version.a", "version.b", "version.c"};

static void put_machine(GString *s, const AilOsiProfile *p)
{
    if (*p->banner)
        g_string_append_printf(s, "name = %s\n", p->banner);
    for (int i = 0; i < 3 && p->version[0]; i++)
        g_string_append_printf(s, "%s = %u\n", version_keys[i], p->version[i]);
    const char *arch =
        p->arch <= AIL_MACHINE_PPC ? ail_machine_arch_name((AilMachineArch)p->arch) : NULL;
    if (arch)
        g_string_append_printf(s, "arch = %s\n", arch);
    if (p->pointer_size)
        g_string_append_printf(s, "pointer_size = %u\nbig_endian = %u\n", p->pointer_size,
                               p->big_endian);
}

char *ail_osi_profile_text(const AilOsiProfile *p, const char *group)
{
    GString *s = g_string_new(NULL);
    const uint64_t *symbols = (const uint64_t *)(const void *)&p->sym;
    const int32_t *offsets = (const int32_t *)(const void *)&p->off;
    g_string_append_printf(s, "[%s]\n", group);
    put_machine(s, p);
    for (size_t i = 0; i < AIL_OSI_N_SYMBOLS; i++) {
        char *key = osi_symbol_key(&osi_symbol_rows[i]);
        if (p->has_symbol[i])
            g_string_append_printf(s, "%s = %" PRIu64 "\n", key, symbols[i]);
        g_free(key);
    }
    for (size_t i = 0; i < AIL_OSI_N_OFFSETS; i++) {
        char *key = osi_offset_key(&osi_offset_rows[i]);
        if (offsets[i] != AIL_OSI_NONE)
            g_string_append_printf(s, "%s = %d\n", key, offsets[i]);
        g_free(key);
    }
    return g_string_free(s, FALSE);
}

typedef struct Reading {
    GKeyFile *file;
    const char *where, *group;
    AilError *err;
} Reading;

/* AIL_END: there is no such key. Decimal, or with 0x hexadecimal; where `negative` is not NULL it
 * may be said to be so. */
static AilStatus read_number(const Reading *r, const char *key, uint64_t max, uint64_t *value,
                             bool *negative)
{
    char *text = g_key_file_get_value(r->file, r->group, key, NULL), *end;
    if (!text)
        return AIL_END;
    const char *digits = g_strstrip(text);
    bool minus = negative && *digits == '-';
    int base = g_str_has_prefix(digits, "0x") ? 16 : 10;
    errno = 0;
    uint64_t v = strtoull(digits + minus, &end, base);
    bool good = g_ascii_isdigit(digits[minus]) && !*end && !errno;
    g_free(text);
    if (!good || v > max)
        return ail_error_set(r->err, "%s: [%s]: %s is not a number from 0 to %" PRIu64, r->where,
                             r->group, key, max);
    *value = v;
    if (negative)
        *negative = minus;
    return AIL_OK;
}

static AilStatus read_machine(const Reading *r, AilOsiProfile *p)
{
    uint64_t v;
    AilStatus s = AIL_END;
    char *name = g_key_file_get_value(r->file, r->group, "name", NULL);
    if (name)
        g_strlcpy(p->banner, ail_text_disarm(name), sizeof p->banner);
    g_free(name);
    for (int i = 0; i < 3 && s != AIL_ERR; i++)
        if ((s = read_number(r, version_keys[i], 65535, &v, NULL)) == AIL_OK)
            p->version[i] = (uint32_t)v;
    if (s != AIL_ERR && (s = read_number(r, "pointer_size", 8, &v, NULL)) == AIL_OK)
        p->pointer_size = v == 4 || v == 8 ? (uint32_t)v : 0;
    if (s != AIL_ERR && (s = read_number(r, "big_endian", 1, &v, NULL)) == AIL_OK)
        p->big_endian = (uint32_t)v;
    char *arch = g_key_file_get_value(r->file, r->group, "arch", NULL);
    if (arch && s != AIL_ERR) {
        int known = ail_machine_arch_parse(g_strstrip(arch));
        p->arch = known < 0 ? UINT32_MAX : (uint32_t)known;
    }
    g_free(arch);
    osi_take_version(p);
    return s == AIL_ERR ? AIL_ERR : AIL_OK;
}

static AilStatus read_symbols(const Reading *r, AilOsiProfile *p)
{
    AilStatus s = AIL_OK;
    for (size_t i = 0; i < AIL_OSI_N_SYMBOLS && s != AIL_ERR; i++) {
        char *key = osi_symbol_key(&osi_symbol_rows[i]);
        uint64_t v;
        if ((s = read_number(r, key, UINT64_MAX, &v, NULL)) == AIL_OK) {
            osi_symbols(p)[i] = v;
            p->has_symbol[i] = 1;
        }
        g_free(key);
    }
    return s;
}

static AilStatus read_offsets(const Reading *r, AilOsiProfile *p)
{
    AilStatus s = AIL_OK;
    for (size_t i = 0; i < AIL_OSI_N_OFFSETS && s != AIL_ERR; i++) {
        char *key = osi_offset_key(&osi_offset_rows[i]);
        uint64_t v = 0;
        bool minus = false;
        if ((s = read_number(r, key, MAX_OFFSET, &v, &minus)) == AIL_OK)
            osi_offsets(p)[i] = minus ? -(int32_t)v : (int32_t)v; /* -1: AIL_OSI_NONE */
        if (osi_offsets(p)[i] < AIL_OSI_NONE && !strchr(osi_offset_rows[i].from, '-'))
            s = ail_error_set(r->err, "%s: [%s]: %s is negative; only differences can be", r->where,
                              r->group, key);
        g_free(key);
    }
    return s;
}

/* PANDA's files have 0 or init_task for what a kernel lacks: there is nothing there. */
static void drop_fillers(AilOsiProfile *p)
{
    if (AIL_OSI_HAS(p, current_task) && AIL_OSI_HAS(p, init_task) &&
        p->sym.current_task == p->sym.init_task) {
        p->sym.current_task = 0;
        p->has_symbol[&p->sym.current_task - osi_symbols(p)] = 0;
    }
    if (AIL_OSI_HAS(p, per_cpu_offset) && !p->sym.per_cpu_offset)
        p->has_symbol[&p->sym.per_cpu_offset - osi_symbols(p)] = 0;
}

AilStatus ail_osi_profile_parse(const char *text, size_t size, const char *where, const char *group,
                                AilOsiProfile *p, AilError *err)
{
    Reading r = {.file = g_key_file_new(), .where = where, .err = err};
    GError *gerr = NULL;
    char *first = NULL;
    AilStatus s = AIL_ERR;
    ail_osi_profile_init(p);
    if (!size || memchr(text, '\0', size) ||
        !g_key_file_load_from_data(r.file, text, size, G_KEY_FILE_NONE, &gerr)) {
        ail_error_set(err, "%s: not a profile: %s", where, gerr ? gerr->message : "not text");
    } else {
        first = g_key_file_get_start_group(r.file);
        r.group = group ? group : first;
        if (!r.group || !g_key_file_has_group(r.file, r.group))
            ail_error_set(err, "%s: not a profile with a group [%s]", where,
                          r.group ? r.group : "NAME");
        else if ((s = read_machine(&r, p)) == AIL_OK && (s = read_symbols(&r, p)) != AIL_ERR &&
                 (s = read_offsets(&r, p)) != AIL_ERR)
            s = AIL_OK;
    }
    drop_fillers(p);
    g_clear_error(&gerr);
    g_free(first);
    g_key_file_free(r.file);
    return s;
}

AilStatus ail_osi_profile_read(const char *path, const char *group, AilOsiProfile *p, AilError *err)
{
    struct stat st;
    GError *gerr = NULL;
    char *text;
    gsize size;
    if (stat(path, &st) != 0)
        return ail_error_set_errno(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode) || st.st_size > MAX_FILE)
        return ail_error_set(err, "%s: not a profile: it is no file, or a very large one", path);
    if (!g_file_get_contents(path, &text, &size, &gerr)) {
        ail_error_set(err, "%s: %s", path, gerr->message);
        g_error_free(gerr);
        return AIL_ERR;
    }
    AilStatus s = ail_osi_profile_parse(text, size, path, group, p, err);
    g_free(text);
    return s;
}
