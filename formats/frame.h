/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our own files, traces and plogs, are sequences of zstd frames (RFC 8878), so that `zstd -t`
 * checks them. What is in them are ordinary frames; what describes these sits in skippable frames,
 * whose content is itself a zstd frame, so that zstd's own checksum guards it too. The last bytes
 * are a trailer of fixed size: from there an index is found.
 */
#ifndef AIL_FORMATS_FRAME_H
#define AIL_FORMATS_FRAME_H

#include "formats/bytes.h"
#include "formats/error.h"
#include <zstd.h>

enum {
    AIL_SKIPPABLE_META = 0x184D2A5A, /* headers, index */
    AIL_SKIPPABLE_TRAILER = 0x184D2A5B,
    AIL_TRAILER_SIZE = 8 + 24,
    AIL_META_MAX = 64 << 20, /* bytes: more is not believed */
};

/* The first bytes of a metadata frame's content tell its kind; the trailer begins with one, too. */
#define AIL_TAG_INDEX "AILX"
#define AIL_TAG_END   "AILE"

/* Append `payload` to out as one zstd frame with checksum; false when zstd fails. */
bool ail_frame_put(AilBuf *out, ZSTD_CCtx *zstd, const AilBuf *payload);

/* Append `payload` to out as a metadata frame. */
bool ail_frame_put_meta(AilBuf *out, ZSTD_CCtx *zstd, const AilBuf *payload);

/* Decompress one frame into out (replacing its content); at most max_size bytes. */
bool ail_frame_get(AilBuf *out, ZSTD_DCtx *zstd, const uint8_t *frame, size_t len, size_t max_size);

#endif
