/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What sockets are, and where they are bound and connected to, in words: "tcp 10.0.2.15:22 ->
 * 10.0.2.2:54321", "unix stream /run/x", "netlink route 7" (facts: Linux, include/net/sock.h,
 * include/net/af_unix.h, include/uapi/linux/netlink.h; socket(2), unix(7)).
 */
#include "replayer/osi/osi_private.h"

#include <arpa/inet.h>
#include <sys/socket.h>

enum { TIME_WAIT = 6, LISTENS = 10, REQUEST = 12 }; /* a sock's state */

/* A number that is not known is 0. */
static uint16_t u16_at(AilOsi *o, uint64_t addr, int32_t offset)
{
    uint8_t bytes[2];
    return offset >= 0 && ail_osi_read(o, addr + (uint64_t)offset, bytes, 2) ? ail_get_le16(bytes)
                                                                             : 0;
}

static uint8_t u8_at(AilOsi *o, uint64_t addr, int32_t offset)
{
    uint8_t byte = 0;
    return offset >= 0 && ail_osi_read(o, addr + (uint64_t)offset, &byte, 1) ? byte : 0;
}

static const char *type_name(uint16_t type)
{
    static const char *const names[] = {[SOCK_STREAM] = "stream",
                                        [SOCK_DGRAM] = "dgram",
                                        [SOCK_RAW] = "raw",
                                        [SOCK_SEQPACKET] = "seqpacket"};
    return type < G_N_ELEMENTS(names) && names[type] ? names[type] : "socket";
}

/* --- IP --- */

static const char *ip_protocol(uint16_t type, uint8_t protocol)
{
    if (type == SOCK_RAW)
        return "raw";
    switch (protocol) {
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        return "icmp";
    case IPPROTO_SCTP:
        return "sctp";
    case IPPROTO_UDPLITE:
        return "udplite";
    default:
        return type == SOCK_STREAM ? "tcp" : "udp";
    }
}

static void put_address(GString *s, int family, const uint8_t *address, uint16_t port)
{
    char text[INET6_ADDRSTRLEN];
    if (inet_ntop(family, address, text, sizeof text))
        g_string_append_printf(s, family == AF_INET6 ? " [%s]:%u" : " %s:%u", text, port);
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i])
            return false;
    return true;
}

static void put_ip(AilOsi *o, GString *s, uint64_t sk, int family, uint16_t type)
{
    const AilOsiOffsets *off = &o->profile.off;
    bool six = family == AF_INET6;
    int32_t here = six ? off->sock_v6_rcv_saddr : off->sock_rcv_saddr;
    int32_t there = six ? off->sock_v6_daddr : off->sock_daddr;
    size_t len = six ? 16 : 4;
    uint8_t from[16], to[16];
    uint16_t port = u16_at(o, sk, off->sock_num);
    uint16_t remote = GUINT16_SWAP_LE_BE(u16_at(o, sk, off->sock_dport));
    g_string_append(s, ip_protocol(type, u8_at(o, sk, off->sock_protocol)));
    if (here < 0 || there < 0 || !ail_osi_read(o, sk + (uint64_t)here, from, len) ||
        !ail_osi_read(o, sk + (uint64_t)there, to, len) || (is_zero(from, len) && !port))
        return;
    put_address(s, family, from, port);
    if (remote || !is_zero(to, len)) {
        g_string_append(s, " ->");
        put_address(s, family, to, remote);
    } else if (type == SOCK_STREAM && u8_at(o, sk, off->sock_state) == LISTENS) {
        g_string_append(s, " listens");
    }
}

/* --- in the machine --- */

/* The name that a unix socket is bound to, if it has one. */
static bool put_unix_name(AilOsi *o, GString *s, uint64_t sk, const char *before)
{
    const AilOsiOffsets *off = &o->profile.off;
    enum { FAMILY = 2, LONGEST = 108 };
    uint8_t name[LONGEST];
    uint64_t address = ail_osi_pointer(o, sk + (uint64_t)off->unix_addr);
    uint32_t len = address ? ail_osi_u32(o, address + (uint64_t)off->unix_address_len) : 0;
    if (len <= FAMILY || len > FAMILY + LONGEST ||
        !ail_osi_read(o, address + (uint64_t)off->unix_address_name + FAMILY, name, len - FAMILY))
        return false;
    len -= FAMILY;
    if (name[0]) /* a path */
        len = (uint32_t)strnlen((const char *)name, len);
    g_string_append(s, before);
    for (uint32_t i = 0; i < len; i++) /* in no folder: zero bytes are shown as @ */
        g_string_append_c(s, name[i] ? (char)name[i] : '@');
    return true;
}

static void put_unix(AilOsi *o, GString *s, uint64_t sk, uint16_t type)
{
    const AilOsiOffsets *off = &o->profile.off;
    g_string_append_printf(s, "unix %s", type_name(type));
    if (off->unix_addr < 0 || off->unix_address_len < 0 || off->unix_address_name < 0)
        return;
    bool named = put_unix_name(o, s, sk, " ");
    uint64_t peer = off->unix_peer < 0 ? 0 : ail_osi_pointer(o, sk + (uint64_t)off->unix_peer);
    if (peer && peer != sk)
        put_unix_name(o, s, peer, " -> ");
    else if (named && u8_at(o, sk, off->sock_state) == LISTENS)
        g_string_append(s, " listens");
}

static void put_netlink(AilOsi *o, GString *s, uint64_t sk)
{
    static const char *const names[] = {
        [0] = "route",    [2] = "usersock",       [4] = "sock_diag",  [5] = "nflog",
        [6] = "xfrm",     [7] = "selinux",        [8] = "iscsi",      [9] = "audit",
        [10] = "fib",     [11] = "connector",     [12] = "netfilter", [15] = "kobject_uevent",
        [16] = "generic", [18] = "scsitransport", [20] = "rdma",      [21] = "crypto"};
    const AilOsiOffsets *off = &o->profile.off;
    uint8_t protocol = u8_at(o, sk, off->sock_protocol);
    g_string_append(s, "netlink");
    if (off->sock_protocol >= 0 && protocol < G_N_ELEMENTS(names) && names[protocol])
        g_string_append_printf(s, " %s", names[protocol]);
    uint32_t port =
        off->netlink_portid < 0 ? 0 : ail_osi_u32(o, sk + (uint64_t)off->netlink_portid);
    if (port)
        g_string_append_printf(s, " %u", port);
}

void ail_osi_socket(AilOsi *o, uint64_t file, char to[AIL_OSI_SOCKET])
{
    const AilOsiOffsets *off = &o->profile.off;
    *to = 0;
    if (off->file_private_data < 0 || off->socket_sk < 0 || off->sock_family < 0)
        return;
    uint64_t socket = ail_osi_pointer(o, file + (uint64_t)off->file_private_data);
    uint64_t sk = socket ? ail_osi_pointer(o, socket + (uint64_t)off->socket_sk) : 0;
    if (!sk)
        return;
    uint16_t family = u16_at(o, sk, off->sock_family), type = u16_at(o, socket, off->socket_type);
    if (!family)
        return;
    GString *s = g_string_new(NULL);
    if (family == AF_INET || family == AF_INET6)
        put_ip(o, s, sk, family, type);
    else if (family == AF_UNIX)
        put_unix(o, s, sk, type);
    else if (family == AF_NETLINK)
        put_netlink(o, s, sk);
    else if (family == AF_PACKET)
        g_string_append_printf(s, "packet %s", type_name(type));
    else
        g_string_append_printf(s, "family %u %s", family, type_name(type));
    g_strlcpy(to, s->str, AIL_OSI_SOCKET);
    g_string_free(s, TRUE);
}

uint64_t ail_osi_socket_inode(AilOsi *o, uint64_t sk)
{
    const AilOsiOffsets *off = &o->profile.off;
    if (!sk || off->sock_state < 0 || off->sock_socket < 0 || off->socket_file < 0 ||
        off->file_inode < 0 || off->inode_ino < 0)
        return 0;
    uint8_t state = u8_at(o, sk, off->sock_state);
    if (state == TIME_WAIT || state == REQUEST) /* they have the beginning of one alone */
        return 0;
    uint64_t socket = ail_osi_pointer(o, sk + (uint64_t)off->sock_socket);
    uint64_t file = socket ? ail_osi_pointer(o, socket + (uint64_t)off->socket_file) : 0;
    uint64_t inode = file ? ail_osi_pointer(o, file + (uint64_t)off->file_inode) : 0;
    return inode ? ail_osi_pointer(o, inode + (uint64_t)off->inode_ino) : 0;
}
