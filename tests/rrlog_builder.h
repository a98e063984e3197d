/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replay logs put together byte by byte. */
#ifndef AIL_TESTS_RRLOG_BUILDER_H
#define AIL_TESTS_RRLOG_BUILDER_H

#include "formats/bytes.h"
#include "formats/rrlog.h"

/* Add integers, big-endian; the log's header; an event of n instructions. Other events are the byte
 * that says which, then what the test adds. */
void rrlog_be32(AilBuf *b, uint32_t v);
void rrlog_be64(AilBuf *b, uint64_t v);
void rrlog_header(AilBuf *b);
void rrlog_insns(AilBuf *b, uint32_t n);

/* Write the bytes to a new file; returns its name, for rrlog_drop. */
char *rrlog_file(const AilBuf *b);
void rrlog_drop(char *path);

#endif
