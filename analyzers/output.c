/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/output.h"

#include "analyzers/records.h"
#include "formats/text.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <langinfo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct AilOutput {
    FILE *file;
    AilOutputKind kind;
    AilRecords *records; /* borrowed; NULL: no plog */
    unsigned width;
    bool colour;
    void (*on_write)(void *user); /* may be NULL */
    void *on_write_user;
    bool first; /* no member yet in the object or array being written */
};

static unsigned guess_width(FILE *file)
{
    struct winsize size;
    if (isatty(fileno(file)) && ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col)
        return size.ws_col;
    const char *columns = getenv("COLUMNS");
    unsigned long n = columns ? strtoul(columns, NULL, 10) : 0;
    return n >= 20 && n <= 10000 ? (unsigned)n : 100;
}

AilOutput *ail_output_new(FILE *file, AilOutputKind kind, unsigned width)
{
    AilOutput *out = g_new0(AilOutput, 1);
    const char *no_colour = getenv("NO_COLOR");
    out->file = file;
    out->kind = kind;
    out->width = width ? width : guess_width(file);
    out->colour = isatty(fileno(file)) && !(no_colour && *no_colour);
    return out;
}

void ail_output_free(AilOutput *out)
{
    g_free(out);
}

void ail_output_on_write(AilOutput *out, void (*fn)(void *user), void *user)
{
    out->on_write = fn;
    out->on_write_user = user;
}

static void about_to_write(const AilOutput *out)
{
    if (out->on_write)
        out->on_write(out->on_write_user);
}

void ail_output_set_records(AilOutput *out, AilRecords *records)
{
    out->records = records;
}

bool ail_output_wants_text(const AilOutput *out)
{
    return out->kind == AIL_OUTPUT_TEXT;
}

bool ail_output_wants_records(const AilOutput *out)
{
    return out->kind == AIL_OUTPUT_JSON || out->records;
}

bool ail_output_is_json(const AilOutput *out)
{
    return ail_output_wants_records(out);
}

bool ail_output_is_utf8(const AilOutput *out)
{
    (void)out;
    return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

unsigned ail_output_width(const AilOutput *out)
{
    return out->width;
}

void ail_output_text(AilOutput *out, const char *format, ...)
{
    about_to_write(out);
    va_list args;
    va_start(args, format);
    vfprintf(out->file, format, args);
    va_end(args);
}

void ail_output_styled(AilOutput *out, AilStyle style, const char *format, ...)
{
    static const char *const codes[] = {"", "\033[1;4m", "\033[2m", "\033[1m"};
    about_to_write(out);
    bool colour = out->colour && style != AIL_STYLE_PLAIN;
    if (colour)
        fputs(codes[style], out->file);
    va_list args;
    va_start(args, format);
    vfprintf(out->file, format, args);
    va_end(args);
    if (colour)
        fputs("\033[0m", out->file);
}

static void put_string(AilOutput *out, const char *text)
{
    char *json = ail_text_json(text);
    fputs(json, out->file);
    g_free(json);
}

/* Comma and key before a member, which goes to the file when this is JSON: false when not. */
static bool member(AilOutput *out, const char *key)
{
    if (out->kind != AIL_OUTPUT_JSON)
        return false;
    if (!out->first)
        fputc(',', out->file);
    out->first = false;
    if (key) {
        put_string(out, key);
        fputc(':', out->file);
    }
    return true;
}

static void record(AilOutput *out, const char *key, AilPlogValue value)
{
    if (out->records)
        ail_records_put(out->records, key, value);
}

void ail_json_begin(AilOutput *out, const char *analysis)
{
    if (out->records)
        ail_records_begin(out->records, analysis);
    if (out->kind != AIL_OUTPUT_JSON)
        return;
    about_to_write(out);
    fputc('{', out->file);
    out->first = true;
    member(out, "analysis");
    put_string(out, analysis);
}

void ail_json_end(AilOutput *out)
{
    if (out->records)
        ail_records_end(out->records);
    if (out->kind == AIL_OUTPUT_JSON)
        fputs("}\n", out->file);
}

void ail_json_text(AilOutput *out, const char *key, const char *value)
{
    record(out, key, (AilPlogValue){AIL_PLOG_TEXT, .text = value});
    if (member(out, key))
        put_string(out, value);
}

void ail_json_number(AilOutput *out, const char *key, uint64_t value)
{
    record(out, key, (AilPlogValue){AIL_PLOG_NUMBER, .number = value});
    if (member(out, key))
        fprintf(out->file, "%" PRIu64, value);
}

void ail_json_signed(AilOutput *out, const char *key, int64_t value)
{
    record(out, key, (AilPlogValue){AIL_PLOG_SIGNED, .integer = value});
    if (member(out, key))
        fprintf(out->file, "%" PRId64, value);
}

void ail_json_address(AilOutput *out, const char *key, uint64_t value)
{
    record(out, key, (AilPlogValue){AIL_PLOG_ADDRESS, .number = value});
    if (member(out, key))
        fprintf(out->file, "\"0x%" PRIx64 "\"", value);
}

void ail_json_real(AilOutput *out, const char *key, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    record(out, key, (AilPlogValue){AIL_PLOG_REAL, .real = value});
    if (member(out, key))
        fputs(isfinite(value) ? g_ascii_formatd(text, sizeof text, "%.6g", value) : "null",
              out->file);
}

void ail_json_bool(AilOutput *out, const char *key, bool value)
{
    record(out, key, (AilPlogValue){AIL_PLOG_FLAG, .number = value});
    if (member(out, key))
        fputs(value ? "true" : "false", out->file);
}

static void nest(AilOutput *out, const char *key, bool list)
{
    if (out->records)
        ail_records_nest(out->records, key, list);
    if (member(out, key))
        fputc(list ? '[' : '{', out->file);
    out->first = true;
}

static void unnest(AilOutput *out, char close)
{
    if (out->records)
        ail_records_unnest(out->records);
    if (out->kind == AIL_OUTPUT_JSON)
        fputc(close, out->file);
    out->first = false;
}

void ail_json_array(AilOutput *out, const char *key)
{
    nest(out, key, true);
}

void ail_json_array_end(AilOutput *out)
{
    unnest(out, ']');
}

void ail_json_object(AilOutput *out, const char *key)
{
    nest(out, key, false);
}

void ail_json_object_end(AilOutput *out)
{
    unnest(out, '}');
}

AilStatus ail_output_check(AilOutput *out, AilError *err)
{
    if (out->records && *ail_records_error(out->records))
        return ail_error_set(err, "%s", ail_records_error(out->records));
    errno = 0;
    if (fflush(out->file) || ferror(out->file))
        return ail_error_set_errno(err, errno ? errno : EIO, "cannot write the results");
    return AIL_OK;
}
