/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An unpacked recording becomes an archive again. */
#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "formats/rr_private.h"

/* A small file as text; free with g_free. NULL: err says why not. */
static char *read_text(const char *dir, const char *name, size_t limit, AilError *err)
{
    uint64_t size;
    int fd = ail_rr_open_file(dir, name, &size, err);
    if (fd < 0)
        return NULL;
    char *text = size <= limit ? g_malloc0(size + 1) : NULL;
    ssize_t n = text ? read(fd, text, size) : -1;
    close(fd);
    if (text && n == (ssize_t)size && strlen(text) == size)
        return text;
    ail_error_set(err, "%s/%s: not as a recording has it", dir, name);
    g_free(text);
    return NULL;
}

/* Whether the manifest is the one that was unpacked. */
static AilStatus check_sum(const char *dir, const char *json, AilError *err)
{
    char *sum = read_text(dir, AIL_RR_SUM, 128, err);
    if (!sum)
        return AIL_ERR;
    char *want = ail_rr_sum_line(json, strlen(json));
    AilStatus s = AIL_OK;
    if (strcmp(want, sum))
        s = ail_error_set(err,
                          "%s/%s: has changed: its checksum is not the one in %s; "
                          "--update-checksums packs it as another recording",
                          dir, AIL_RR_MANIFEST, AIL_RR_SUM);
    g_free(want);
    g_free(sum);
    return s;
}

static void identify(const char *json, char identity[AIL_RR_IDENTITY_SIZE])
{
    char *sum = ail_rr_sum_line(json, strlen(json));
    g_strlcpy(identity, sum, AIL_RR_IDENTITY_SIZE);
    g_free(sum);
}

AilStatus ail_rr_pack(const AilRrWrite *w, bool update, AilManifest **manifest,
                      char identity[AIL_RR_IDENTITY_SIZE], uint64_t *size, AilError *err)
{
    AilManifest *m = NULL;
    char *json = read_text(w->dir, AIL_RR_MANIFEST, AIL_MANIFEST_MAX_SIZE, err);
    if (!json)
        return AIL_ERR;
    AilRrWrite write = *w;
    write.text = update ? NULL : json;
    AilStatus s = update ? AIL_OK : check_sum(w->dir, json, err);
    if (s == AIL_OK)
        s = ail_manifest_from_json(w->dir, json, strlen(json), &m, err);
    if (s == AIL_OK)
        s = ail_rr_write(&write, m, size, err);
    if (s == AIL_OK) {
        char *text = update ? ail_manifest_to_json(m) : g_strdup(json);
        identify(text, identity);
        g_free(text);
        *manifest = m;
    } else {
        ail_manifest_free(m);
    }
    g_free(json);
    return s;
}
