/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VNC viewer that types (RFC 6143), for tests: what goes wrong fails the running one. */
#ifndef AIL_TESTS_RFB_H
#define AIL_TESTS_RFB_H

/* Connect to the server at this socket and press and release these keys (ASCII; "\r" is Enter). */
void ail_rfb_type(const char *socket, const char *keys);

#endif
