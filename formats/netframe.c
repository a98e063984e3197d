/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/netframe.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
    ETHERNET = 1, /* kinds of devices that give frames Ethernet's header */
    LOOPBACK = 772,
    TYPE_IPV4 = 0x0800, /* EtherTypes */
    TYPE_ARP = 0x0806,
    TYPE_VLAN = 0x8100,
    TYPE_QINQ = 0x88a8,
    TYPE_IPV6 = 0x86dd,
    FRAGMENT = 44, /* IPv6's extension headers, and the protocols */
    MAX_TAGS = 2,
    MAX_HEADERS = 8,
};

/* Bytes that are left. */
typedef struct Rest {
    const uint8_t *at;
    size_t len;
} Rest;

static bool skip(Rest *r, size_t n)
{
    if (n > r->len)
        return false;
    r->at += n;
    r->len -= n;
    return true;
}

static unsigned be16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static void put_protocol(AilNetFrame *f, unsigned protocol)
{
    static const struct {
        unsigned number;
        const char *name;
    } known[] = {{1, "icmp"}, {2, "igmp"}, {6, "tcp"}, {17, "udp"}, {58, "icmp"}, {132, "sctp"}};
    snprintf(f->protocol, sizeof f->protocol, "ip %u", protocol & 0xff);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].number == protocol)
            snprintf(f->protocol, sizeof f->protocol, "%s", known[i].name);
}

static void put_address(char *to, size_t size, int family, const uint8_t *address, int port)
{
    char text[INET6_ADDRSTRLEN];
    bool six = family == AF_INET6 && port >= 0;
    if (!inet_ntop(family, address, text, sizeof text))
        return;
    int n = snprintf(to, size, "%s%s%s", six ? "[" : "", text, six ? "]" : "");
    if (port >= 0 && n > 0)
        snprintf(to + n, size - (size_t)n, ":%d", port);
}

/* r: behind IP's headers; whole: not a later fragment, which has no ports. */
static void put_addresses(AilNetFrame *f, int family, const uint8_t *from, const uint8_t *to,
                          unsigned protocol, Rest r, bool whole)
{
    bool has_ports = whole && r.len >= 4 && (protocol == 6 || protocol == 17 || protocol == 132);
    put_protocol(f, protocol);
    put_address(f->from, sizeof f->from, family, from, has_ports ? (int)be16(r.at) : -1);
    put_address(f->to, sizeof f->to, family, to, has_ports ? (int)be16(r.at + 2) : -1);
}

static void read_ipv4(AilNetFrame *f, Rest r)
{
    const uint8_t *ip = r.at;
    size_t header = r.len ? (size_t)(ip[0] & 15) * 4 : 0;
    if (r.len < 20 || ip[0] >> 4 != 4 || header < 20)
        return;
    bool whole = skip(&r, header) && !(be16(ip + 6) & 0x1fff);
    put_addresses(f, AF_INET, ip + 12, ip + 16, ip[9], r, whole);
}

static bool is_extension(unsigned header)
{
    return header == 0 || header == 43 || header == FRAGMENT || header == 60;
}

static void read_ipv6(AilNetFrame *f, Rest r)
{
    const uint8_t *ip = r.at;
    if (r.len < 40 || ip[0] >> 4 != 6)
        return;
    unsigned next = ip[6];
    bool whole = skip(&r, 40);
    for (int i = 0; i < MAX_HEADERS && whole && is_extension(next); i++) {
        const uint8_t *header = r.at;
        bool fragment = next == FRAGMENT;
        whole = r.len >= 8 && skip(&r, fragment ? 8 : ((size_t)header[1] + 1) * 8) &&
                !(fragment && be16(header + 2) & 0xfff8);
        if (r.at != header)
            next = header[0];
    }
    put_addresses(f, AF_INET6, ip + 8, ip + 24, next, r, whole);
}

static void read_ethernet(AilNetFrame *f, Rest r)
{
    if (!skip(&r, 12))
        return;
    for (int i = 0; i < MAX_TAGS && r.len >= 4; i++)
        if (be16(r.at) == TYPE_VLAN || be16(r.at) == TYPE_QINQ)
            skip(&r, 4);
    if (r.len < 2)
        return;
    unsigned type = be16(r.at);
    skip(&r, 2);
    if (type == TYPE_IPV4)
        read_ipv4(f, r);
    else if (type == TYPE_IPV6)
        read_ipv6(f, r);
    else if (type == TYPE_ARP)
        strcpy(f->protocol, "arp");
    else
        snprintf(f->protocol, sizeof f->protocol, "ethernet 0x%04x", type & 0xffff);
}

void ail_netframe_read(uint32_t hardware, const uint8_t *bytes, size_t len, AilNetFrame *f)
{
    Rest r = {bytes, len};
    memset(f, 0, sizeof *f);
    if (hardware == ETHERNET || hardware == LOOPBACK)
        read_ethernet(f, r);
    else if (len && bytes[0] >> 4 == 6)
        read_ipv6(f, r);
    else
        read_ipv4(f, r);
}

void ail_netframe_text(const AilNetFrame *f, char *to, size_t size)
{
    bool both = *f->from && *f->to;
    snprintf(to, size, "%s%s%s%s%s", f->protocol, both ? " " : "", both ? f->from : "",
             both ? " -> " : "", both ? f->to : "");
}
