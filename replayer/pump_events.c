/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What events carry: some the plugin has written, the rest only the replayer has. */
#include "replayer/pump_private.h"

#include <inttypes.h>
#include <unistd.h>

/* The payload of the next event of this kind in the log. */
static AilStatus next_payload(AilPump *p, AilRrlogKind kind, AilBuf *out)
{
    AilRrlogEvent e;
    AilStatus status;
    while ((status = ail_rrlog_next(p->log, &e)) == AIL_OK) {
        if (e.kind == kind) {
            ail_buf_put(out, e.payload, e.len);
            return AIL_OK;
        }
    }
    return ail_error_set(&p->error, "the log has no payload for an input event");
}

static void read_console(AilPump *p, uint32_t len, AilBuf *out)
{
    ail_buf_reserve(out, len);
    uint8_t *to = out->data + out->len;
    memset(to, 0, len);
    for (uint32_t got = 0; p->console_fd >= 0 && got < len;) {
        ssize_t n = pread(p->console_fd, to + got, len - got, (off_t)(p->console_at + got));
        if (n <= 0)
            break;
        got += (uint32_t)n;
    }
    out->len += len;
    p->console_at += len;
}

AilStatus pump_fill_events(AilPump *p, AilRawEvent *events, uint32_t n, const uint8_t *own,
                           AilBuf *data)
{
    enum { MOST = 512 << 20 }; /* less than a column may have */
    AilStatus status = AIL_OK;
    data->len = 0;
    for (uint32_t i = 0; i < n && status == AIL_OK; i++) {
        uint32_t at = events[i].data_at;
        if (data->len > MOST)
            return ail_error_set(&p->error,
                                 "the log has impossibly much input and output at instruction "
                                 "%" PRIu64,
                                 events[i].icount);
        events[i].data_at = (uint32_t)data->len;
        if (events[i].type >= AIL_EVENT_KERNEL)
            ail_buf_put(data, own + at, events[i].data_len);
        else if (events[i].type == AIL_EVENT_CONSOLE)
            read_console(p, events[i].data_len, data);
        else if (events[i].type == AIL_EVENT_INPUT)
            status = next_payload(p, AIL_RRLOG_CHAR_INPUT, data);
        else if (events[i].type == AIL_EVENT_PACKET)
            status = next_payload(p, AIL_RRLOG_PACKET, data);
        events[i].data_len = (uint32_t)data->len - events[i].data_at;
    }
    return status;
}
