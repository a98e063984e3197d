/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of the host that a machine is reached at while it is recorded. */
#include "recorder/machine.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static bool is_port(const char *text)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);
    return g_ascii_isdigit(*text) && !*end && port > 0 && port < 65536;
}

static bool is_address(const char *text)
{
    struct in_addr unused;
    return !*text || inet_pton(AF_INET, text, &unused) == 1;
}

/* [protocol, host address, "port-guest address", guest port] */
static char *forward_of(char **parts)
{
    char *dash = g_strv_length(parts) == 4 ? strchr(parts[2], '-') : NULL;
    if (!dash || (strcmp(parts[0], "tcp") && strcmp(parts[0], "udp")))
        return NULL;
    *dash = '\0';
    if (!is_address(parts[1]) || !is_port(parts[2]) || !is_address(dash + 1) || !is_port(parts[3]))
        return NULL;
    return g_strdup_printf("%s:%s:%s-%s:%s", parts[0], *parts[1] ? parts[1] : "127.0.0.1", parts[2],
                           dash + 1, parts[3]);
}

char *ail_forward_parse(const char *text, AilError *err)
{
    char **parts = g_strsplit(text, ":", -1);
    char *forward = forward_of(parts);
    g_strfreev(parts);
    if (!forward)
        ail_error_set(err, "a port is forwarded like tcp:127.0.0.1:2222-:22, not '%s'", text);
    return forward;
}

char *ail_vnc_parse(const char *text, AilError *err)
{
    static const char local[] = "unix:";
    const char *colon = strrchr(text, ':');
    if (g_str_has_prefix(text, local) && text[strlen(local)] && !strchr(text, ',')) {
        char *path = g_canonicalize_filename(text + strlen(local), NULL);
        char *address = strchr(path, ',') ? NULL : g_strconcat(local, path, NULL);
        g_free(path);
        if (address)
            return address;
    } else if (colon && colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1) &&
               !strchr(text, ',') && strlen(colon) <= 5) {
        return g_strdup_printf("%s%s", colon == text ? "127.0.0.1" : "", text);
    }
    ail_error_set(err, "a VNC server listens at unix:PATH, :DISPLAY or HOST:DISPLAY, not '%s'",
                  text);
    return NULL;
}
