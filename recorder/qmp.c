/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/qmp_private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_LINE (4u << 20)

enum { IDLE_MS = 10 }; /* between two calls of the idle function */

AilQmp *ail_qmp_new(int fd)
{
    AilQmp *qmp = g_new0(AilQmp, 1);
    qmp->fd = fd;
    g_queue_init(&qmp->events);
    return qmp;
}

void ail_qmp_free(AilQmp *qmp)
{
    if (!qmp)
        return;
    close(qmp->fd);
    ail_buf_clear(&qmp->in);
    g_queue_clear_full(&qmp->events, (GDestroyNotify)json_object_unref);
    g_clear_pointer(&qmp->reply, json_object_unref);
    g_free(qmp->version);
    g_free(qmp->package);
    g_free(qmp);
}

const char *ail_qmp_error(const AilQmp *qmp)
{
    return qmp->err.text;
}

int ail_qmp_fd(const AilQmp *qmp)
{
    return qmp->fd;
}

const char *ail_qmp_version(const AilQmp *qmp)
{
    return qmp->version ? qmp->version : "";
}

const char *ail_qmp_package(const AilQmp *qmp)
{
    return qmp->package ? qmp->package : "";
}

static AilStatus ended(AilQmp *qmp)
{
    qmp->closed = true;
    ail_error_set(&qmp->err, "QEMU ended");
    return AIL_END;
}

/* Sort one line: an event is queued, anything else answers what was sent last. */
static AilStatus take_line(AilQmp *qmp, const char *line, size_t len)
{
    JsonParser *parser = json_parser_new();
    JsonNode *root = NULL;
    if (json_parser_load_from_data(parser, line, (gssize)len, NULL))
        root = json_parser_get_root(parser);
    AilStatus s = AIL_OK;
    if (!root || !JSON_NODE_HOLDS_OBJECT(root)) {
        s = ail_error_set(&qmp->err, "QEMU sent something that is not QMP: '%.*s'",
                          (int)MIN(len, 80), line);
    } else {
        JsonObject *object = json_object_ref(json_node_get_object(root));
        if (json_object_has_member(object, "event")) {
            g_queue_push_tail(&qmp->events, object);
        } else {
            g_clear_pointer(&qmp->reply, json_object_unref);
            qmp->reply = object;
        }
    }
    g_object_unref(parser);
    return s;
}

static AilStatus take_lines(AilQmp *qmp)
{
    size_t at = 0;
    AilStatus s = AIL_OK;
    while (s == AIL_OK && at < qmp->in.len) {
        const char *line = (const char *)qmp->in.data + at;
        const char *end = memchr(line, '\n', qmp->in.len - at);
        if (!end)
            break;
        if (end > line)
            s = take_line(qmp, line, (size_t)(end - line));
        at += (size_t)(end - line) + 1;
    }
    if (at)
        memmove(qmp->in.data, qmp->in.data + at, qmp->in.len - at);
    qmp->in.len -= at;
    if (qmp->in.len > MAX_LINE)
        return ail_error_set(&qmp->err, "QEMU sent a line without an end");
    return s;
}

AilStatus ail_qmp_receive(AilQmp *qmp, int timeout_ms)
{
    if (qmp->closed)
        return AIL_END;
    struct pollfd p = {qmp->fd, POLLIN, 0};
    int ready = poll(&p, 1, timeout_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR))
        return AIL_OK;
    ail_buf_reserve(&qmp->in, 65536);
    ssize_t n = recv(qmp->fd, qmp->in.data + qmp->in.len, 65536, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return AIL_OK;
    if (n <= 0)
        return ended(qmp);
    qmp->in.len += (size_t)n;
    return take_lines(qmp);
}

void ail_qmp_set_idle(AilQmp *qmp, bool (*idle)(void *user), void *user)
{
    qmp->idle = idle;
    qmp->user = user;
}

/* Adds to *deadline how long it took, in microseconds. */
static AilStatus do_other_work(AilQmp *qmp, const char *what, int64_t *deadline)
{
    int64_t start = g_get_monotonic_time();
    bool go_on = !qmp->idle || qmp->reply || qmp->idle(qmp->user);
    *deadline += g_get_monotonic_time() - start;
    return go_on ? AIL_OK : ail_error_set(&qmp->err, "no longer waiting for '%s'", what);
}

/* Wait for the next line that is no event. */
static AilStatus await_reply(AilQmp *qmp, int timeout_ms, const char *what, JsonObject **reply)
{
    int64_t deadline = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
    while (!qmp->reply) {
        int64_t left = (deadline - g_get_monotonic_time() + 999) / 1000;
        if (left <= 0)
            qmp->closed = true; /* should it come late, it would be taken for another's */
        if (left <= 0)
            return ail_error_set(&qmp->err, "QEMU did not answer '%s' within %d ms", what,
                                 timeout_ms);
        AilStatus s = ail_qmp_receive(qmp, (int)(qmp->idle ? MIN(left, IDLE_MS) : left));
        if (s != AIL_OK && !qmp->reply)
            return s;
        s = do_other_work(qmp, what, &deadline);
        if (s != AIL_OK)
            return s;
    }
    *reply = g_steal_pointer(&qmp->reply);
    return AIL_OK;
}

static JsonObject *object_in(JsonObject *object, const char *member)
{
    JsonNode *node = object ? json_object_get_member(object, member) : NULL;
    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static const char *text_in(JsonObject *object, const char *member)
{
    const char *text = object ? json_object_get_string_member_with_default(object, member, "") : "";
    return text ? text : "";
}

static AilStatus read_greeting(AilQmp *qmp, JsonObject *greeting)
{
    JsonObject *version = object_in(object_in(greeting, "QMP"), "version");
    JsonObject *qemu = object_in(version, "qemu");
    if (!qemu)
        return ail_error_set(&qmp->err, "QEMU's greeting on the QMP socket is not understood");
    qmp->version =
        g_strdup_printf("%d.%d.%d", (int)json_object_get_int_member_with_default(qemu, "major", 0),
                        (int)json_object_get_int_member_with_default(qemu, "minor", 0),
                        (int)json_object_get_int_member_with_default(qemu, "micro", 0));
    qmp->package = g_strdup(text_in(version, "package"));
    return AIL_OK;
}

AilStatus ail_qmp_greet(AilQmp *qmp, int timeout_ms)
{
    JsonObject *greeting = NULL;
    AilStatus s = await_reply(qmp, timeout_ms, "connecting", &greeting);
    if (s != AIL_OK)
        return s;
    s = read_greeting(qmp, greeting);
    json_object_unref(greeting);
    return s == AIL_OK ? ail_qmp_execute(qmp, "qmp_capabilities", NULL, timeout_ms, NULL) : s;
}

static AilStatus send_all(AilQmp *qmp, const char *text)
{
    size_t len = strlen(text);
    while (len) {
        ssize_t n = send(qmp->fd, text, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ended(qmp);
        text += n;
        len -= (size_t)n;
    }
    return AIL_OK;
}

static AilStatus read_reply(AilQmp *qmp, const char *command, JsonObject *reply, JsonNode **result)
{
    JsonNode *value = json_object_get_member(reply, "return");
    if (!value)
        return ail_error_set(&qmp->err, "QEMU refused '%s': %s", command,
                             text_in(object_in(reply, "error"), "desc"));
    if (result)
        *result = json_node_copy(value);
    return AIL_OK;
}

AilStatus ail_qmp_execute(AilQmp *qmp, const char *command, const char *arguments, int timeout_ms,
                          JsonNode **result)
{
    if (qmp->closed)
        return AIL_END;
    g_clear_pointer(&qmp->reply, json_object_unref);
    char *line = g_strdup_printf("{\"execute\":\"%s\"%s%s}\n", command,
                                 arguments ? ",\"arguments\":" : "", arguments ? arguments : "");
    AilStatus s = send_all(qmp, line);
    g_free(line);
    JsonObject *reply = NULL;
    if (s == AIL_OK)
        s = await_reply(qmp, timeout_ms, command, &reply);
    if (s == AIL_OK)
        s = read_reply(qmp, command, reply, result);
    g_clear_pointer(&reply, json_object_unref);
    return s;
}

JsonObject *ail_qmp_take_event(AilQmp *qmp)
{
    return g_queue_pop_head(&qmp->events);
}

const char *ail_qmp_event_name(JsonObject *event)
{
    return text_in(event, "event");
}

const char *ail_qmp_event_text(JsonObject *event, const char *member)
{
    return text_in(object_in(event, "data"), member);
}
