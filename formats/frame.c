/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/frame.h"

bool ail_frame_put(AilBuf *out, ZSTD_CCtx *zstd, const AilBuf *payload)
{
    size_t bound = ZSTD_compressBound(payload->len);
    ail_buf_reserve(out, bound);
    size_t n = ZSTD_compress2(zstd, out->data + out->len, bound,
                              payload->data ? payload->data : (const uint8_t *)"", payload->len);
    if (ZSTD_isError(n))
        return false;
    out->len += n;
    return true;
}

bool ail_frame_put_meta(AilBuf *out, ZSTD_CCtx *zstd, const AilBuf *payload)
{
    ail_buf_le32(out, AIL_SKIPPABLE_META);
    size_t size_at = out->len;
    ail_buf_le32(out, 0);
    if (!ail_frame_put(out, zstd, payload))
        return false;
    ail_put_le32(out->data + size_at, (uint32_t)(out->len - size_at - 4));
    return true;
}

bool ail_frame_get(AilBuf *out, ZSTD_DCtx *zstd, const uint8_t *frame, size_t len, size_t max_size)
{
    unsigned long long size = ZSTD_getFrameContentSize(frame, len);
    /* Bit 2 of the frame header's first byte: the frame ends with a checksum. */
    if (len < 5 || !(frame[4] & 4) || size == ZSTD_CONTENTSIZE_ERROR ||
        size == ZSTD_CONTENTSIZE_UNKNOWN || size > max_size)
        return false;
    out->len = 0;
    ail_buf_reserve(out, size + 1);
    size_t n = ZSTD_decompressDCtx(zstd, out->data, size, frame, len);
    if (ZSTD_isError(n) || n != size)
        return false;
    out->len = n;
    return true;
}
