/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plogs from strangers. Frames have checksums that no random change gets past, so the input is what
 * is in them, u8 options and (u8 kind, le32 length, length bytes)*, and is joined to a plog here.
 * File and pipe must agree, a filter must find what reading all finds, and all that is printed as
 * JSON must be JSON.
 */
#include "formats/plog_chunk.h"
#include "formats/plog_print.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/plog_parts.h"

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* What reading says. */
typedef struct Said {
    AilStatus status;
    bool complete;
    uint64_t entries, chosen; /* chosen: of those, what the filter wants */
} Said;

static void check_print(const AilPlogReader *r, const AilPlogEntry *e)
{
    AilError err = {""};
    GString *line = g_string_new(NULL);
    const AilPlogSchema *schema = ail_plog_reader_schema(r);
    AilStatus status = ail_plog_print(schema, e, AIL_PLOG_AS_LINE, line, &err);
    EXPECT(status != AIL_OK || !strchr(line->str, '\n'));
    g_string_truncate(line, 0);
    EXPECT(ail_plog_print(schema, e, AIL_PLOG_AS_JSON, line, &err) == status);
    EXPECT(status != AIL_OK || (!strchr(line->str, '\n') && !strchr(line->str, 27)));
    JsonParser *json = json_parser_new();
    EXPECT(status != AIL_OK || json_parser_load_from_data(json, line->str, -1, NULL));
    g_object_unref(json);
    g_string_free(line, TRUE);
}

static bool chooses(const AilPlogReader *r, const AilPlogFilter *f, const AilPlogEntry *e)
{
    char *type = ail_plog_entry_type(ail_plog_reader_schema(r), e);
    bool is = !f->type || !strcmp(type, f->type);
    g_free(type);
    return is && (!f->timed || (e->has_icount && e->icount >= f->from && e->icount < f->to));
}

/* select: only what the filter wants; else all, of which that is counted. */
static Said read_plog(const char *path, const AilPlogFilter *filter, bool select)
{
    Said said = {0};
    AilPlogEntry e;
    AilPlogReader *r = ail_plog_reader_new();
    said.status = ail_plog_reader_open(r, path);
    if (said.status == AIL_OK && select)
        EXPECT(ail_plog_reader_select(r, filter) == AIL_OK);
    while (said.status == AIL_OK && (said.status = ail_plog_reader_next(r, &e)) == AIL_OK) {
        said.entries++;
        said.chosen += chooses(r, filter, &e);
        if (!select)
            check_print(r, &e);
    }
    const char *why = ail_plog_reader_error(r);
    EXPECT(said.status != AIL_ERR || (*why && !strchr(why, '\n')));
    said.complete = ail_plog_reader_complete(r);
    ail_plog_reader_free(r);
    return said;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    AilBuf plog = {0};
    char path[INPUT_PATH];
    plog_join(data, len, &plog);
    bool type = len && *data & 64, timed = len && *data & 128;
    AilPlogFilter filter = {type ? "callstack" : NULL, timed, 5, 5000};
    int fd = input_file(plog.data, plog.len, path);
    Said file = read_plog(path, &filter, false), some = read_plog(path, &filter, true);
    close(fd);
    EXPECT(file.status == AIL_ERR ||
           (some.status == AIL_END && some.entries == file.chosen && some.chosen == file.chosen));
    fd = input_pipe(plog.data, plog.len, path);
    if (fd >= 0) {
        Said pipe = read_plog(path, &filter, false);
        close(fd);
        EXPECT(pipe.status == file.status);
        EXPECT(file.status == AIL_ERR ||
               (pipe.entries == file.entries && pipe.complete == file.complete));
    }
    ail_buf_clear(&plog);
    return 0;
}

/* Change one part, mostly, and keep the lengths right. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned seed)
{
    AilBuf out = {0};
    unsigned n = plog_parts(data, len), which = n ? seed / 16 % n : 0;
    if (!n || seed % 16 == 0)
        return LLVMFuzzerMutate(data, len, max);
    AilCursor in = ail_cursor(data, len);
    ail_buf_u8(&out, (uint8_t)(seed % 16 == 1 ? seed >> 8 : ail_cursor_u8(&in)));
    in.at = data + 1;
    for (unsigned i = 0; i < n; i++) {
        PlogPart part;
        plog_part_take(&in, &part);
        AilBuf bytes = {0};
        ail_buf_put(&bytes, part.bytes, part.len);
        ail_buf_reserve(&bytes, 64);
        if (i == which && seed % 16 != 1)
            bytes.len = LLVMFuzzerMutate(bytes.data, bytes.len, bytes.len + 64);
        plog_part_put(&out, part.kind, bytes.data, bytes.len);
        ail_buf_clear(&bytes);
    }
    size_t size = MIN(out.len, max);
    memcpy(data, out.data, size);
    ail_buf_clear(&out);
    return size;
}
