/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/control.h"

#include <errno.h>
#include <glib.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "formats/bytes.h"

struct AilClient {
    unsigned refs;
    int fd;    /* -1: gone */
    bool mute; /* it sends no more */
    AilBuf in; /* not yet a whole line */
};

struct AilControl {
    AilControlHandler *handler;
    void *user;
    char *path; /* owned; of the socket that we made */
    int listener;
    int64_t deaf_us;    /* until then nobody is let in: descriptors have run out */
    GPtrArray *clients; /* of AilClient, held */
};

AilControl *ail_control_new(AilControlHandler *handler, void *user)
{
    AilControl *c = g_new0(AilControl, 1);
    c->handler = handler;
    c->user = user;
    c->listener = -1;
    c->clients = g_ptr_array_new();
    return c;
}

static void hang_up(AilClient *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

AilClient *ail_client_hold(AilClient *client)
{
    client->refs++;
    return client;
}

void ail_client_drop(AilClient *client)
{
    if (!client || --client->refs)
        return;
    hang_up(client);
    ail_buf_clear(&client->in);
    g_free(client);
}

void ail_control_free(AilControl *c)
{
    if (!c)
        return;
    for (guint i = 0; i < c->clients->len; i++) {
        hang_up(c->clients->pdata[i]);
        ail_client_drop(c->clients->pdata[i]);
    }
    g_ptr_array_unref(c->clients);
    if (c->listener >= 0)
        close(c->listener);
    if (c->path)
        unlink(c->path);
    g_free(c->path);
    g_free(c);
}

/* Whether `at` is a socket that nobody listens on. */
static bool is_dead_socket(const struct sockaddr_un *at)
{
    struct stat st;
    if (lstat(at->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool dead = connect(fd, (const struct sockaddr *)at, sizeof *at) < 0 && errno == ECONNREFUSED;
    close(fd);
    return dead;
}

static int bind_privately(int fd, const struct sockaddr_un *at)
{
    mode_t mask = umask(0177);
    int result = bind(fd, (const struct sockaddr *)at, sizeof *at);
    int saved = errno;
    umask(mask);
    errno = saved;
    return result;
}

AilStatus ail_control_listen(AilControl *c, const char *path, AilError *err)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof at.sun_path)
        return ail_error_set(err, "%s: a socket's name has at most %zu bytes", path,
                             sizeof at.sun_path - 1);
    g_strlcpy(at.sun_path, path, sizeof at.sun_path);
    c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->listener < 0)
        return ail_error_set_errno(err, errno, "cannot make a socket");
    int bound = bind_privately(c->listener, &at);
    if (bound < 0 && errno == EADDRINUSE && is_dead_socket(&at) && unlink(path) == 0)
        bound = bind_privately(c->listener, &at);
    if (bound < 0)
        return ail_error_set_errno(err, errno, "cannot listen on %s", path);
    c->path = g_canonicalize_filename(path, NULL);
    if (listen(c->listener, 8) < 0)
        return ail_error_set_errno(err, errno, "cannot listen on %s", path);
    return AIL_OK;
}

void ail_control_add(AilControl *c, int fd)
{
    AilClient *client = g_new0(AilClient, 1);
    client->refs = 1;
    client->fd = fd;
    g_ptr_array_add(c->clients, client);
}

bool ail_control_is_deserted(const AilControl *c)
{
    return c->listener < 0 && !c->clients->len;
}

size_t ail_control_fds(const AilControl *c, struct pollfd *fds)
{
    size_t n = 0;
    bool room = c->clients->len < AIL_CONTROL_MAX_FDS - 1 && c->deaf_us <= g_get_monotonic_time();
    fds[n++] = (struct pollfd){room ? c->listener : -1, POLLIN, 0};
    for (guint i = 0; i < c->clients->len; i++) {
        const AilClient *client = c->clients->pdata[i];
        fds[n++] = (struct pollfd){client->fd, client->mute ? 0 : POLLIN, 0};
    }
    return n;
}

/* Hand over the whole lines that have come. */
static void take_lines(AilControl *c, AilClient *client)
{
    uint8_t *end;
    while (client->in.len && (end = memchr(client->in.data, '\n', client->in.len))) {
        size_t len = (size_t)(end - client->in.data);
        char *line = g_strndup((const char *)client->in.data, len);
        client->in.len -= len + 1;
        memmove(client->in.data, end + 1, client->in.len);
        g_strchomp(line);
        c->handler(c->user, client, line);
        g_free(line);
    }
    if (client->in.len > AIL_CONTROL_MAX_LINE) {
        ail_client_answer(client, false, "the line is too long");
        hang_up(client);
    }
}

static bool is_waiting(const AilClient *client)
{
    return client->refs > 1;
}

/* What has no newline is a command too. Who waits for an answer gets it. */
static void end_input(AilControl *c, AilClient *client)
{
    client->mute = true;
    if (client->in.len) {
        ail_buf_u8(&client->in, '\n');
        take_lines(c, client);
    }
}

static void read_client(AilControl *c, AilClient *client, short events)
{
    uint8_t bytes[1024];
    if (client->mute && events) { /* it has gone altogether */
        hang_up(client);
        return;
    }
    ssize_t n = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0) {
        hang_up(client);
        return;
    }
    if (n == 0) {
        end_input(c, client);
        return;
    }
    ail_buf_put(&client->in, bytes, (size_t)n);
    take_lines(c, client);
}

/* Who cannot be let in waits: the socket would be readable all the while. */
static void let_in(AilControl *c)
{
    enum { DEAF_US = 200000 };
    int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        ail_control_add(c, fd);
    else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        c->deaf_us = g_get_monotonic_time() + DEAF_US;
}

int64_t ail_control_deadline(const AilControl *c)
{
    return c->deaf_us > g_get_monotonic_time() ? c->deaf_us : INT64_MAX;
}

void ail_control_turn(AilControl *c, const struct pollfd *fds, size_t n)
{
    for (guint i = 0; i < c->clients->len && i + 1 < n; i++)
        if (fds[i + 1].revents)
            read_client(c, c->clients->pdata[i], fds[i + 1].revents);
    for (guint i = c->clients->len; i-- > 0;) {
        AilClient *client = c->clients->pdata[i];
        if (client->mute && !is_waiting(client))
            hang_up(client);
        if (client->fd < 0)
            ail_client_drop(g_ptr_array_remove_index(c->clients, i));
    }
    if (n && fds[0].revents)
        let_in(c);
}

static char *to_json(bool ok, const char *text)
{
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);
    JsonObject *object = json_object_new();
    json_object_set_boolean_member(object, "ok", ok);
    char *valid = g_utf8_make_valid(text, -1); /* messages may be cut within a character */
    json_object_set_string_member(object, "text", valid);
    g_free(valid);
    json_node_take_object(node, object);
    char *line = json_to_string(node, FALSE), *with_end = g_strconcat(line, "\n", NULL);
    g_free(line);
    json_node_unref(node);
    return with_end;
}

/* Answers are short and rare: a client that leaves so many unread that they do not fit its socket
 * is let go. */
void ail_client_answer(AilClient *client, bool ok, const char *text)
{
    if (!client || client->fd < 0)
        return;
    char *line = to_json(ok, text);
    ssize_t len = (ssize_t)strlen(line);
    if (send(client->fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) != len)
        hang_up(client);
    g_free(line);
}
