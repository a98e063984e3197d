/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How every Ailurus library reports failure: a function returns an AilStatus, and the handle it
 * was called on keeps one line of text that says what went wrong and where. Nothing in a library
 * prints or exits; the command that owns the handle decides what its user sees.
 */
#ifndef AIL_FORMATS_ERROR_H
#define AIL_FORMATS_ERROR_H

#include <stdarg.h>

typedef enum {
    AIL_OK = 0,   /* done */
    AIL_END = 1,  /* nothing more to read; not a failure */
    AIL_ERR = -1, /* failed; the handle's message says why */
} AilStatus;

/* A message buffer that handles embed. Zero-initialised it holds the empty message. */
typedef struct AilError {
    char text[512];
} AilError;

/*
 * Store a printf-formatted message, replacing any earlier one.
 * The text should be one line without a trailing newline: "FILE: what is wrong (where)". Control
 * characters, which a name from a stranger may hold, become question marks.
 * err may be NULL (the message is dropped). Returns AIL_ERR so that callers can
 * `return ail_error_set(...)`. Not thread-safe on one AilError.
 */
AilStatus ail_error_set(AilError *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As ail_error_set, with ": " and the text of errno value `errnum` appended. */
AilStatus ail_error_set_errno(AilError *err, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Copy the message of `from` into `to` with "prefix: " before it (prefix may be NULL). */
AilStatus ail_error_copy(AilError *to, const AilError *from, const char *prefix);

#endif
