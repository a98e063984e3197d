/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/listening.h"

#include "cli/cli.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define UNIX "unix:"

static int listen_unix(AilListening *l, const char *name, const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (!*path || strlen(path) >= sizeof a.sun_path)
        return ail_cli_usage(name, "--gdb unix:PATH wants a path of at most %zu bytes",
                             sizeof a.sun_path - 1);
    memcpy(a.sun_path, path, strlen(path) + 1);
    mode_t mask = umask(0077);
    bool bound = bind(l->fd, (struct sockaddr *)&a, sizeof a) == 0;
    int error = errno;
    umask(mask);
    if (!bound)
        return ail_cli_fail(name, "%s: %s", path, g_strerror(error));
    l->socket = g_strdup(path);
    g_snprintf(l->address, sizeof l->address, "%s", path);
    return AIL_EXIT_OK;
}

static int listen_tcp(AilListening *l, const char *name, const char *text)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t len = sizeof a;
    guint64 port = 0;
    if (text && (*text != ':' || !g_ascii_string_to_unsigned(text + 1, 10, 1, 65535, &port, NULL)))
        return ail_cli_usage(name, "--gdb %s: wants :PORT or unix:PATH", text);
    a.sin_port = htons((uint16_t)port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(l->fd, (struct sockaddr *)&a, sizeof a) < 0 ||
        getsockname(l->fd, (struct sockaddr *)&a, &len) < 0)
        return ail_cli_fail(name, "port %u of 127.0.0.1: %s", (unsigned)port, g_strerror(errno));
    g_snprintf(l->address, sizeof l->address, "127.0.0.1:%u", ntohs(a.sin_port));
    return AIL_EXIT_OK;
}

int ail_listening_begin(AilListening *l, const char *name, const char *where)
{
    bool local = where && g_str_has_prefix(where, UNIX);
    l->fd = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int status = l->fd < 0 ? ail_cli_fail(name, "socket: %s", g_strerror(errno))
                 : local   ? listen_unix(l, name, where + strlen(UNIX))
                           : listen_tcp(l, name, where);
    if (status == AIL_EXIT_OK && listen(l->fd, 1) < 0)
        status = ail_cli_fail(name, "listen: %s", g_strerror(errno));
    return status;
}

void ail_listening_end(AilListening *l)
{
    if (l->fd >= 0)
        close(l->fd);
    if (l->socket)
        g_unlink(l->socket);
    g_free(l->socket);
    *l = (AilListening){.fd = -1};
}
