/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text from strangers, on its way to people. */
#ifndef AIL_FORMATS_TEXT_H
#define AIL_FORMATS_TEXT_H

/*
 * Make a string harmless to print: what would begin a line or command a terminal (control
 * characters, in ASCII, in UTF-8 and as single bytes 0x80 .. 0x9f) becomes question marks, as many
 * as it has bytes. All else stays, UTF-8 or not. Changes `text` itself and returns it.
 */
char *ail_text_disarm(char *text);

#endif
