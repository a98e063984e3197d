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

/*
 * The text as a JSON string (RFC 8259, section 7), quotes included, for terminals too: all control
 * characters are escaped, U+007F to U+009F as well; bytes that are not UTF-8 become U+FFFD. Free
 * the result with g_free.
 */
char *ail_text_json(const char *text);

#endif
