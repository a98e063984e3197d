/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events: into the segment, and those of the replay log that come at their icount. */
#include "replayer/plugin/plugin.h"

#include <string.h>

void ail_plugin_put_event(AilRawEvent event, const void *data, size_t len)
{
    Plugin *p = &ail_plugin;
    AilSegment *s = p->segment;
    AilRawEvent *events = ail_segment_array(p->wire->events_at);
    if (s->n_events == p->wire->events_cap || len > p->wire->edata_cap - s->edata_len) {
        ail_plugin_fail("too many events at instruction %" G_GUINT64_FORMAT, p->icount);
        return;
    }
    if (len) {
        event.data_at = s->edata_len;
        event.data_len = (uint32_t)len;
        memcpy((uint8_t *)ail_segment_array(p->wire->edata_at) + s->edata_len, data, len);
        s->edata_len += event.data_len;
    }
    event.flow_index = (uint32_t)(p->flow - p->flow_base);
    events[s->n_events++] = event;
}

bool ail_marks_redirects(const AilMark *m)
{
    return m->kind == AIL_MARK_INTERRUPT || m->kind == AIL_MARK_EXCEPTION;
}

void ail_marks_seek_redirect(void)
{
    Plugin *p = &ail_plugin;
    while (!ail_marks_redirects(&p->marks[p->redirect]) &&
           p->marks[p->redirect].kind != AIL_MARK_END)
        p->redirect++;
}

void ail_marks_deliver(uint64_t icount)
{
    Plugin *p = &ail_plugin;
    static const uint8_t type[] = {[AIL_MARK_CONSOLE] = AIL_EVENT_CONSOLE,
                                   [AIL_MARK_INPUT] = AIL_EVENT_INPUT,
                                   [AIL_MARK_PACKET] = AIL_EVENT_PACKET,
                                   [AIL_MARK_SHUTDOWN] = AIL_EVENT_SHUTDOWN};
    for (;; p->mark++) {
        const AilMark *m = &p->marks[p->mark];
        if (m->kind == AIL_MARK_END || m->icount > icount ||
            (ail_marks_redirects(m) && p->mark >= p->redirect))
            return;
        if (ail_marks_redirects(m))
            continue; /* delivered when it happened */
        AilRawEvent e = {.icount = m->icount, .type = type[m->kind]};
        if (m->kind == AIL_MARK_SHUTDOWN)
            e.value = m->len;
        else
            e.data_len = m->len;
        ail_plugin_put_event(e, NULL, 0);
    }
}
