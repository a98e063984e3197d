/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of network frames by their first bytes, whole and cut anywhere. */
#include "formats/netframe.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ETHERNET = 1, LOOPBACK = 772, NONE = 65534 };

#define MAC   "\2\2\2\2\2\2\3\3\3\3\3\3"
#define IPV4  "\x45\0\0\x24\0\0\x40\0\x40"
#define HOSTS "\0\0\x0a\0\2\x0f\x0a\0\2\2"
#define PORTS "\x13\x88\0\x35"
#define FE80  "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0"

static const struct {
    uint32_t hardware;
    const char *bytes;
    size_t len;
    const char *text;
} frames[] = {
#define F(hardware, bytes, text)                                                                   \
    {                                                                                              \
        hardware, bytes, sizeof(bytes) - 1, text                                                   \
    }
    F(ETHERNET, MAC "\x08\0" IPV4 "\x11" HOSTS PORTS, "udp 10.0.2.15:5000 -> 10.0.2.2:53"),
    F(LOOPBACK, MAC "\x08\0" IPV4 "\x06" HOSTS PORTS, "tcp 10.0.2.15:5000 -> 10.0.2.2:53"),
    F(NONE, IPV4 "\x01" HOSTS, "icmp 10.0.2.15 -> 10.0.2.2"),
    F(ETHERNET, MAC "\x08\0" IPV4 "\x2f" HOSTS PORTS, "ip 47 10.0.2.15 -> 10.0.2.2"),
    /* with options; a later fragment; two tags */
    F(NONE, "\x46\0\0\x28\0\0\0\0\x40\x11" HOSTS "\1\1\1\1" PORTS,
      "udp 10.0.2.15:5000 -> 10.0.2.2:53"),
    F(NONE, "\x45\0\0\x24\0\0\0\1\x40\x11" HOSTS PORTS, "udp 10.0.2.15 -> 10.0.2.2"),
    F(ETHERNET, MAC "\x88\xa8\0\1\x81\0\0\2\x08\0" IPV4 "\x11" HOSTS PORTS,
      "udp 10.0.2.15:5000 -> 10.0.2.2:53"),
    F(ETHERNET, MAC "\x08\x06\0\1", "arp"), F(ETHERNET, MAC "\x88\xcc\0\1", "ethernet 0x88cc"),
    /* IPv6: as it is; behind options to each hop; a first and a later fragment */
    F(ETHERNET, MAC "\x86\xdd\x60\0\0\0\0\4\x11\x40" FE80 "\1" FE80 "\2" PORTS,
      "udp [fe80::1]:5000 -> [fe80::2]:53"),
    F(NONE, "\x60\0\0\0\0\x0c\0\x40" FE80 "\1" FE80 "\2\x06\0\0\0\0\0\0\0" PORTS,
      "tcp [fe80::1]:5000 -> [fe80::2]:53"),
    F(NONE, "\x60\0\0\0\0\x0c\x2c\x40" FE80 "\1" FE80 "\2\x11\0\0\1\0\0\0\0" PORTS,
      "udp [fe80::1]:5000 -> [fe80::2]:53"),
    F(NONE, "\x60\0\0\0\0\x0c\x2c\x40" FE80 "\1" FE80 "\2\x11\0\0\x09\0\0\0\0" PORTS,
      "udp fe80::1 -> fe80::2"),
    F(NONE, "\x60\0\0\0\0\0\x3a\x40" FE80 "\1" FE80 "\2", "icmp fe80::1 -> fe80::2"),
    F(NONE, "\x45", ""), F(NONE, "", ""),
    F(ETHERNET, MAC "\x08\0\x44\0\0\x24\0\0\x40\0\x40\x11" HOSTS PORTS, ""), /* a short header */
};

Test(netframe, texts)
{
    char text[160];
    AilNetFrame f;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        ail_netframe_read(frames[i].hardware, (const uint8_t *)frames[i].bytes, frames[i].len, &f);
        ail_netframe_text(&f, text, sizeof text);
        cr_expect_str_eq(text, frames[i].text, "%zu: %s", i, text);
        ail_netframe_text(&f, text, 4);
        cr_expect_lt(strlen(text), 4);
    }
}

/* Nothing is said of what is not there: each is in memory of just its size, for the sanitizers. */
Test(netframe, cut)
{
    AilNetFrame f;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
        for (size_t n = 0; n < frames[i].len; n++) {
            uint8_t *part = malloc(n ? n : 1);
            cr_assert(part);
            memcpy(part, frames[i].bytes, n);
            ail_netframe_read(frames[i].hardware, part, n, &f);
            cr_expect(!*f.from == !*f.to);
            free(part);
        }
}
