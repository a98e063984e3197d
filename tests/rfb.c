/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/rfb.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { VERSION_LEN = 12, INIT_LEN = 24, KEY_EVENT = 4, ENTER = 0xff0d };

static void get(int fd, void *to, size_t len)
{
    for (char *at = to; len;) {
        ssize_t n = read(fd, at, len);
        cr_assert_gt(n, 0, "the VNC server closed the connection");
        at += n;
        len -= (size_t)n;
    }
}

static void put(int fd, const void *bytes, size_t len)
{
    cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
}

static int dial(const char *socket_name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_strlcpy(address.sun_path, socket_name, sizeof address.sun_path);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0, "%s", socket_name);
    return fd;
}

/* Version, no password, a shared desktop; what the server says of it is not needed. */
static void greet(int fd)
{
    uint8_t bytes[512];
    get(fd, bytes, VERSION_LEN);
    put(fd, "RFB 003.008\n", VERSION_LEN);
    get(fd, bytes, 1);
    get(fd, bytes, bytes[0]);
    put(fd, "\1", 1);
    get(fd, bytes, 4);
    put(fd, "\1", 1);
    get(fd, bytes, INIT_LEN);
    get(fd, bytes, bytes[INIT_LEN - 1]); /* the desktop's name */
}

void ail_rfb_type(const char *socket_name, const char *keys)
{
    int fd = dial(socket_name);
    greet(fd);
    for (; *keys; keys++) {
        for (uint8_t down = 2; down-- > 0;) {
            unsigned code = *keys == '\r' ? ENTER : (uint8_t)*keys;
            uint8_t event[8] = {KEY_EVENT, down, 0, 0, 0, 0, (uint8_t)(code >> 8), (uint8_t)code};
            put(fd, event, sizeof event);
        }
    }
    /* Closed at once, what was typed might not be read. An answer to this, or the server's end
     * because the guest has powered off, comes after. */
    uint8_t update[10] = {3, 0, 0, 0, 0, 0, 0, 1, 0, 1};
    (void)!send(fd, update, sizeof update, MSG_NOSIGNAL);
    (void)!read(fd, update, 1);
    close(fd);
}
