/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keystrokes for a guest's serial port, from a file. Each line is typed, followed by Enter, except
 *     @wait TEXT      go on when the guest has printed TEXT (after the TEXT waited for before)
 *     @sleep SECONDS  go on after so long
 *     @type TEXT      type TEXT without Enter; \r \n \t \e \\ \xHH stand for the usual
 *     @do COMMAND     a command of recorder/live.h: "begin_record NAME", "end_record", ...
 *     @@...           type the line from its second @ on
 *     @# ...          nothing: a comment
 * A script belongs to one thread.
 */
#ifndef AIL_RECORDER_SCRIPT_H
#define AIL_RECORDER_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"

typedef struct AilScript AilScript;

/* Read the script in file `path` (at most 16 MiB). *script is the caller's. */
AilStatus ail_script_load(const char *path, AilScript **script, AilError *err);

/* A script from text; name: for messages. */
AilStatus ail_script_parse(const char *name, const char *text, size_t len, AilScript **script,
                           AilError *err);
void ail_script_free(AilScript *script); /* may be NULL */

/* Tell the script what the guest printed. */
void ail_script_feed(AilScript *script, const void *bytes, size_t len);

/*
 * The next key. now_us: the time, microseconds of any steady clock.
 * True: *key is to be typed now. False: nothing to type; *again_us = when to ask again at the
 * latest, INT64_MAX when only output can change anything or the script is over.
 */
bool ail_script_next(AilScript *script, int64_t now_us, uint8_t *key, int64_t *again_us);

/*
 * The command that is to be done before the next key, or NULL when there is none; each is given
 * once. Owned by the script. ail_script_next types nothing as long as there is one.
 */
const char *ail_script_next_command(AilScript *script);

/* Whether there are commands in it. */
bool ail_script_has_commands(const AilScript *script);

/* What the script still waits for, or NULL when it waits for no text. */
const char *ail_script_waits_for(const AilScript *script);

#endif
