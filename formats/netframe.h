/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the first bytes of a network frame say of it: between which addresses it goes, of which
 * protocol. (Ethernet: IEEE 802.3, 802.1Q; IPv4: RFC 791; IPv6: RFC 8200; UDP: RFC 768; TCP: RFC
 * 9293; ARP: RFC 826.) Thread-safe on distinct objects.
 */
#ifndef AIL_FORMATS_NETFRAME_H
#define AIL_FORMATS_NETFRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct AilNetFrame {
    char protocol[16]; /* "udp", "tcp", "icmp", "ip 47", "arp", "ethernet 0x88cc"; "": not known */
    char from[64];     /* "10.0.2.15:5001", "[fe80::1]:53", of IP without ports "10.0.2.15"; "": */
    char to[64];       /* not known */
} AilNetFrame;

/* hardware: kind of the device, as Linux has it in if_arp.h: 1 Ethernet, 772 loopback; others are
 * taken to have IP alone. bytes: the frame's first `len`; what is in none of them is not known. */
void ail_netframe_read(uint32_t hardware, const uint8_t *bytes, size_t len, AilNetFrame *frame);

/* "udp 10.0.2.15:5001 -> 10.0.2.2:53", "arp", or ""; cut to `size` bytes with its NUL. */
void ail_netframe_text(const AilNetFrame *frame, char *to, size_t size);

#endif
