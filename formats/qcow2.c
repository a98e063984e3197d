/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/qcow2.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/bytes.h"

enum {
    HEADER = 80,
    ENTRY = 40,        /* of the table of snapshots, without what is variable */
    EXTRA_SIZE = 0,    /* in an entry's extra data: 64 bits of the state's size, */
    EXTRA_ICOUNT = 16, /* and the instruction count */
    MAX_SNAPSHOTS = 65536,
    MAX_EXTRA = 1024,
    MAX_L1 = 4 << 20, /* entries */
};

#define OFFSET_MASK    0x00fffffffffffe00u /* of L1 and L2 entries */
#define COMPRESSED     (UINT64_C(1) << 62)
#define READS_AS_ZEROS 1u
#define EXTENDED_L2    (1u << 4) /* of the incompatible features of version 3 */

struct AilQcow2 {
    AilError err;
    char *path; /* owned */
    int fd;
    uint64_t file_size;
    unsigned cluster_bits;
    uint64_t *l1; /* owned; the snapshot's, in host order */
    uint32_t l1_size;
    uint64_t first; /* L1 entry where the machine's state begins */
    uint64_t state_size;
    uint64_t icount_at; /* in the file; 0: the entry has none */
};

AilQcow2 *ail_qcow2_new(void)
{
    AilQcow2 *q = g_new0(AilQcow2, 1);
    q->fd = -1;
    return q;
}

void ail_qcow2_free(AilQcow2 *q)
{
    if (!q)
        return;
    if (q->fd >= 0)
        close(q->fd);
    g_free(q->l1);
    g_free(q->path);
    g_free(q);
}

const char *ail_qcow2_error(const AilQcow2 *q)
{
    return q->err.text;
}

uint64_t ail_qcow2_state_size(const AilQcow2 *q)
{
    return q->state_size;
}

static AilStatus damaged(AilQcow2 *q, const char *what, uint64_t at)
{
    return ail_error_set(&q->err, "%s: the qcow2 image is damaged: %s (offset %" PRIu64 ")",
                         q->path, what, at);
}

static AilStatus read_at(AilQcow2 *q, uint64_t at, void *bytes, size_t len)
{
    ssize_t n = at > INT64_MAX ? 0 : pread(q->fd, bytes, len, (off_t)at);
    if (n < 0)
        return ail_error_set_errno(&q->err, errno, "%s", q->path);
    return (size_t)n == len ? AIL_OK : damaged(q, "it points behind its end", at);
}

/* The header: where the snapshots are. */
static AilStatus read_header(AilQcow2 *q, uint64_t *size, uint32_t *n_snapshots, uint64_t *at)
{
    uint8_t h[HEADER];
    if (q->file_size < HEADER)
        return ail_error_set(&q->err, "%s: not a qcow2 image", q->path);
    if (read_at(q, 0, h, sizeof h) != AIL_OK)
        return AIL_ERR;
    uint32_t version = ail_get_be32(h + 4);
    if (memcmp(h, "QFI\xfb", 4) || version < 2 || version > 3)
        return ail_error_set(&q->err, "%s: not a qcow2 image", q->path);
    q->cluster_bits = ail_get_be32(h + 20);
    *size = ail_get_be64(h + 24);
    *n_snapshots = ail_get_be32(h + 60);
    *at = ail_get_be64(h + 64);
    bool extended = version == 3 && (ail_get_be64(h + 72) & EXTENDED_L2);
    if (extended)
        return ail_error_set(&q->err, "%s: a qcow2 image with extended L2 tables", q->path);
    if (q->cluster_bits < 9 || q->cluster_bits > 21 || *n_snapshots > MAX_SNAPSHOTS)
        return damaged(q, "impossible header", 0);
    return AIL_OK;
}

static AilStatus read_l1(AilQcow2 *q, uint64_t at, uint32_t n)
{
    if (n > MAX_L1 || (uint64_t)n * 8 > q->file_size)
        return damaged(q, "impossible table of the snapshot", at);
    q->l1 = g_new(uint64_t, n);
    q->l1_size = n;
    if (read_at(q, at, q->l1, (size_t)n * 8) != AIL_OK)
        return AIL_ERR;
    for (uint32_t i = 0; i < n; i++)
        q->l1[i] = GUINT64_FROM_BE(q->l1[i]);
    return AIL_OK;
}

/* One entry of the table of snapshots; *at moves behind it. */
static AilStatus read_entry(AilQcow2 *q, const char *tag, uint64_t *at, bool *found)
{
    uint8_t e[ENTRY], extra[MAX_EXTRA];
    if (read_at(q, *at, e, sizeof e) != AIL_OK)
        return AIL_ERR;
    size_t id_len = (size_t)e[12] << 8 | e[13], name_len = (size_t)e[14] << 8 | e[15];
    uint32_t extra_len = ail_get_be32(e + 36);
    if (extra_len > MAX_EXTRA)
        return damaged(q, "impossible snapshot", *at);
    uint64_t extra_at = *at + ENTRY, name_at = extra_at + extra_len + id_len;
    char name[256];
    if (read_at(q, extra_at, extra, extra_len) != AIL_OK)
        return AIL_ERR;
    *at = (name_at + name_len + 7) & ~UINT64_C(7);
    *found = name_len == strlen(tag) && name_len < sizeof name &&
             read_at(q, name_at, name, name_len) == AIL_OK && !memcmp(name, tag, name_len);
    if (!*found)
        return AIL_OK;
    q->state_size = extra_len >= EXTRA_SIZE + 8 ? ail_get_be64(extra + EXTRA_SIZE) : 0;
    if (!q->state_size)
        q->state_size = ail_get_be32(e + 32);
    q->icount_at = extra_len >= EXTRA_ICOUNT + 8 ? extra_at + EXTRA_ICOUNT : 0;
    return read_l1(q, ail_get_be64(e), ail_get_be32(e + 8));
}

static AilStatus find_snapshot(AilQcow2 *q, const char *tag)
{
    uint64_t size = 0, at = 0;
    uint32_t n = 0;
    bool found = false;
    AilStatus s = read_header(q, &size, &n, &at);
    for (uint32_t i = 0; i < n && s == AIL_OK && !found; i++)
        s = read_entry(q, tag, &at, &found);
    if (s != AIL_OK)
        return s;
    if (!found)
        return ail_error_set(&q->err, "%s: no snapshot named '%s'", q->path, tag);
    unsigned bits = 2 * q->cluster_bits - 3; /* of what an L1 entry covers */
    q->first = (size >> bits) + ((size & ((UINT64_C(1) << bits) - 1)) != 0);
    if (!q->state_size || q->first >= q->l1_size ||
        q->state_size > (q->l1_size - q->first) << bits || q->state_size > q->file_size)
        return ail_error_set(&q->err, "%s: snapshot '%s' has no state of a machine", q->path, tag);
    return AIL_OK;
}

AilStatus ail_qcow2_open(AilQcow2 *q, const char *path, const char *tag, int writable)
{
    q->path = g_strdup(path);
    q->fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (q->fd < 0 || fstat(q->fd, &st) < 0)
        return ail_error_set_errno(&q->err, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return ail_error_set(&q->err, "%s: not a regular file", path);
    q->file_size = (uint64_t)st.st_size;
    return find_snapshot(q, tag);
}

/* Where byte `at` of the state is in the file. */
static AilStatus locate(AilQcow2 *q, uint64_t at, uint64_t *where)
{
    unsigned l2_bits = q->cluster_bits - 3;
    uint64_t cluster = at >> q->cluster_bits;
    uint64_t l2_at = q->l1[q->first + (cluster >> l2_bits)] & OFFSET_MASK;
    uint8_t bytes[8];
    if (!l2_at)
        return damaged(q, "a part of the machine's state is missing", at);
    uint64_t entry_at = l2_at + 8 * (cluster & ((UINT64_C(1) << l2_bits) - 1));
    if (read_at(q, entry_at, bytes, 8) != AIL_OK)
        return AIL_ERR;
    uint64_t entry = ail_get_be64(bytes);
    if ((entry & (COMPRESSED | READS_AS_ZEROS)) || !(entry & OFFSET_MASK))
        return damaged(q, "a part of the machine's state is missing", entry_at);
    *where = (entry & OFFSET_MASK) + (at & ((UINT64_C(1) << q->cluster_bits) - 1));
    return AIL_OK;
}

/* Bytes from `at` on that are together in the file. */
static size_t together(const AilQcow2 *q, uint64_t at, size_t len)
{
    uint64_t left =
        (UINT64_C(1) << q->cluster_bits) - (at & ((UINT64_C(1) << q->cluster_bits) - 1));
    return (size_t)MIN(left, len);
}

static AilStatus check_range(AilQcow2 *q, uint64_t at, size_t len)
{
    if (at > q->state_size || len > q->state_size - at)
        return damaged(q, "the machine's state is too short", at);
    return AIL_OK;
}

static AilStatus write_at(AilQcow2 *q, uint64_t at, const void *bytes, size_t len)
{
    if (pwrite(q->fd, bytes, len, (off_t)at) != (ssize_t)len)
        return ail_error_set_errno(&q->err, errno, "%s: cannot write", q->path);
    return AIL_OK;
}

/* Where the state's bytes are in the file: read, or write, those that are together there. */
static AilStatus transfer(AilQcow2 *q, uint64_t at, uint8_t *to, const uint8_t *from, size_t len)
{
    uint64_t where = 0;
    AilStatus s = check_range(q, at, len);
    for (size_t done = 0, n; done < len && s == AIL_OK; done += n) {
        n = together(q, at + done, len - done);
        s = locate(q, at + done, &where);
        if (s == AIL_OK)
            s = to ? read_at(q, where, to + done, n) : write_at(q, where, from + done, n);
    }
    return s;
}

AilStatus ail_qcow2_read_state(AilQcow2 *q, uint64_t at, void *bytes, size_t len)
{
    return transfer(q, at, bytes, NULL, len);
}

AilStatus ail_qcow2_write_state(AilQcow2 *q, uint64_t at, const void *bytes, size_t len)
{
    return transfer(q, at, NULL, bytes, len);
}

AilStatus ail_qcow2_set_icount(AilQcow2 *q, uint64_t icount)
{
    uint64_t be = GUINT64_TO_BE(icount);
    return q->icount_at ? write_at(q, q->icount_at, &be, sizeof be) : AIL_OK;
}
