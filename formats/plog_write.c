/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing plogs: entries are gathered until they are enough for a chunk. */
#include "formats/plog_chunk.h"

#include "formats/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct AilPlogWriter {
    int fd;
    char *path, *partial;     /* owned; partial NULL: not a regular file */
    ZSTD_CCtx *zstd;          /* owned */
    AilPlogChunk chunk;       /* what is said of the entries in raw */
    AilBuf raw, out, scratch; /* owned */
    AilBuf index;             /* owned: of the chunks that are written */
    uint64_t offset, last;    /* of the next byte, and of the chunk written last */
    uint64_t chunks, entries;
    bool failed, finished;
    AilError error;
};

AilPlogWriter *ail_plog_writer_new(void)
{
    AilPlogWriter *w = g_new0(AilPlogWriter, 1);
    w->fd = -1;
    ail_plog_chunk_init(&w->chunk);
    return w;
}

static void close_file(AilPlogWriter *w)
{
    if (w->fd > STDERR_FILENO)
        close(w->fd);
    w->fd = -1;
}

void ail_plog_writer_free(AilPlogWriter *w)
{
    if (!w)
        return;
    if (w->fd >= 0 && w->partial && !w->finished)
        g_unlink(w->partial);
    close_file(w);
    ZSTD_freeCCtx(w->zstd);
    ail_plog_chunk_clear(&w->chunk);
    ail_buf_clear(&w->raw);
    ail_buf_clear(&w->out);
    ail_buf_clear(&w->scratch);
    ail_buf_clear(&w->index);
    g_free(w->path);
    g_free(w->partial);
    g_free(w);
}

const char *ail_plog_writer_error(const AilPlogWriter *w)
{
    return w->error.text;
}

static AilStatus fail(AilPlogWriter *w, const char *what)
{
    w->failed = true;
    return ail_error_set(&w->error, "%s: %s", w->path, what);
}

static AilStatus fail_errno(AilPlogWriter *w, int why)
{
    w->failed = true;
    return ail_error_set_errno(&w->error, why, "cannot write %s", w->path);
}

/* Write what is in w->out. */
static AilStatus flush(AilPlogWriter *w)
{
    for (size_t done = 0; done < w->out.len;) {
        ssize_t n = write(w->fd, w->out.data + done, w->out.len - done);
        if (n < 0 && errno != EINTR)
            return fail_errno(w, errno);
        done += n > 0 ? (size_t)n : 0;
    }
    w->offset += w->out.len;
    w->out.len = 0;
    return AIL_OK;
}

static AilStatus put_meta(AilPlogWriter *w, const AilBuf *content)
{
    return ail_frame_put_meta(&w->out, w->zstd, content) ? AIL_OK : fail(w, "zstd cannot compress");
}

static AilStatus open_file(AilPlogWriter *w)
{
    struct stat st;
    if (!strcmp(w->path, "-")) {
        w->fd = STDOUT_FILENO;
        return AIL_OK;
    }
    bool special = stat(w->path, &st) == 0 && !S_ISREG(st.st_mode);
    if (!special)
        w->partial = g_strconcat(w->path, ".partial", NULL);
    w->fd = open(special ? w->path : w->partial,
                 O_WRONLY | O_CLOEXEC | (special ? 0 : O_CREAT | O_TRUNC), 0666);
    return w->fd < 0 ? fail_errno(w, errno) : AIL_OK;
}

static void put_string(AilBuf *out, const void *bytes, size_t len)
{
    ail_buf_varint(out, len);
    ail_buf_put(out, bytes, len);
}

AilStatus ail_plog_writer_open(AilPlogWriter *w, const char *path, const AilPlogSource *source,
                               const char *tool)
{
    w->path = g_strdup(path);
    w->zstd = ZSTD_createCCtx();
    if (!w->zstd || ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1)))
        return fail(w, "zstd cannot be set up");
    if (open_file(w) != AIL_OK)
        return AIL_ERR;
    AilBuf *head = &w->scratch;
    ail_buf_put(head, AIL_TAG_PLOG, 4);
    ail_buf_varint(head, AIL_PLOG_VERSION);
    put_string(head, tool, strlen(tool));
    put_string(head, source->text, strlen(source->text));
    put_string(head, source->descriptor, source->descriptor_len);
    return put_meta(w, head) == AIL_OK ? flush(w) : AIL_ERR;
}

static void index_chunk(AilPlogWriter *w)
{
    ail_buf_varint(&w->index, w->offset - w->last);
    ail_plog_chunk_put(&w->chunk, &w->index);
    w->last = w->offset;
    w->chunks++;
    w->entries += w->chunk.entries;
}

static AilStatus end_chunk(AilPlogWriter *w)
{
    AilBuf frame = {0}, *head = &w->scratch;
    w->chunk.raw_size = w->raw.len;
    bool good = ail_frame_put(&frame, w->zstd, &w->raw);
    w->chunk.size = frame.len;
    head->len = 0;
    ail_buf_put(head, AIL_TAG_ENTRIES, 4);
    ail_plog_chunk_put(&w->chunk, head);
    AilStatus status = good ? put_meta(w, head) : fail(w, "zstd cannot compress");
    ail_buf_put(&w->out, frame.data, frame.len);
    ail_buf_clear(&frame);
    if (status == AIL_OK) {
        index_chunk(w);
        status = flush(w);
    }
    ail_plog_chunk_clear(&w->chunk);
    ail_plog_chunk_init(&w->chunk);
    w->raw.len = 0;
    return status;
}

AilStatus ail_plog_writer_add(AilPlogWriter *w, const AilBuf *message)
{
    AilPlogEntry e;
    if (w->failed)
        return AIL_ERR;
    if (message->len > AIL_PLOG_ENTRY_MAX)
        return fail(w, "a record of more than 4 MiB");
    if (!ail_plog_entry_parse(ail_cursor(message->data, message->len), &e))
        return fail(w, "an entry that is no message");
    ail_plog_chunk_count(&w->chunk, &e);
    ail_wire_put_bytes(&w->raw, AIL_PLOG_ENTRY, message->data, message->len);
    return w->raw.len >= AIL_PLOG_CHUNK_SIZE ? end_chunk(w) : AIL_OK;
}

static AilStatus put_end(AilPlogWriter *w)
{
    AilBuf *index = &w->scratch;
    index->len = 0;
    ail_buf_put(index, AIL_TAG_INDEX, 4);
    ail_buf_varint(index, w->chunks);
    ail_buf_put(index, w->index.data, w->index.len);
    if (put_meta(w, index) != AIL_OK)
        return AIL_ERR;
    ail_buf_le32(&w->out, AIL_SKIPPABLE_TRAILER);
    ail_buf_le32(&w->out, AIL_TRAILER_SIZE - 8);
    ail_buf_put(&w->out, AIL_TAG_END, 4);
    ail_buf_le32(&w->out, AIL_PLOG_VERSION);
    ail_buf_le64(&w->out, w->offset);
    ail_buf_le64(&w->out, w->entries);
    return flush(w);
}

AilStatus ail_plog_writer_finish(AilPlogWriter *w)
{
    AilStatus status = w->failed ? AIL_ERR : AIL_OK;
    if (status == AIL_OK && w->raw.len)
        status = end_chunk(w);
    if (status == AIL_OK)
        status = put_end(w);
    if (status == AIL_OK && w->partial && (fsync(w->fd) < 0 || g_rename(w->partial, w->path) < 0))
        status = fail_errno(w, errno);
    w->finished = status == AIL_OK;
    return status;
}
