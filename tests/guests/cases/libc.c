/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the C library does, by whatever means. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "program.h"

/* So that the compiler calls the function, and does not do its work itself. */
static volatile size_t sixteen = IN;

void by_memcpy(void)
{
    memcpy(out, in, sixteen);
}

void by_memmove(void)
{
    memcpy(out, in, IN);
    memmove(out + 3, out, sixteen);
    memset(out, 0, 3);
}

void by_memset(void)
{
    memset(out, in[3], sixteen / 2);
}

void by_strcpy(void)
{
    strcpy(out, in);
}

void by_strncat(void)
{
    out[0] = out[1] = '>';
    strncat(out, in, sixteen - 11);
}

void by_strdup(void)
{
    char *copy = strdup(in);
    memcpy(out, copy, sixteen + 1);
    free(copy);
}

void by_strtol(void)
{
    GIVE((int64_t)strtoll(in, NULL, 10));
}

/* "0x9f": it takes letters from a table. */
void by_strtoul_hex(void)
{
    GIVE((uint64_t)strtoull(in + 12, NULL, 16));
}

/* The byte of "567.5" that has the end of the exponent and the first digits. */
void by_strtod(void)
{
    double x = strtod(in + 5, NULL);
    out[0] = ((char *)&x)[6];
}

void by_sscanf_number(void)
{
    int x = 0;
    if (sscanf(in, "%d", &x) != 1)
        fail("sscanf");
    GIVE(x);
}

void by_sscanf_word(void)
{
    if (sscanf(in, "%15s", out) != 1)
        fail("sscanf");
}

void by_printf_string(void)
{
    snprintf(out, sizeof out, "<%.5s>", in);
}

void by_printf_char(void)
{
    snprintf(out, sizeof out, "%c%c", in[3], in[7]);
}

/* '1' is 49. */
void by_printf_number(void)
{
    snprintf(out, sizeof out, "%d", in[1]);
}

static int compare(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* 0x3332312d, 0x36352034, 0x20352e37, 0x66397830 */
void by_qsort(void)
{
    memcpy(out, in, IN);
    qsort(out, 4, 4, compare);
}

void by_toupper(void)
{
    for (size_t i = 0; i < sixteen; i++)
        out[i] = (char)toupper((uint8_t)in[i]);
}

/* The memory had labels when it was given back. */
void by_calloc(void)
{
    char *before = malloc(sixteen);
    memcpy(before, in, IN);
    __asm__ volatile("" : : "r"(before) : "memory");
    free(before);
    char *after = calloc(1, sixteen);
    memcpy(out, after, IN);
    free(after);
}

void by_stream(void)
{
    FILE *file = tmpfile();
    if (!file || fwrite(in, 1, IN, file) != IN || fseek(file, 0, SEEK_SET) ||
        fread(out, 1, IN, file) != IN)
        fail("stream");
    fclose(file);
}
