/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pictures of asidstory: text art and SVG. */
#include "analyzers/asidstory_private.h"

#include "formats/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Instructions in the stretch of cells from..to, which may start and end within cells. */
static double amount(const uint64_t *cells, double from, double to)
{
    double sum = 0;
    for (unsigned c = (unsigned)from; c < STORY_CELLS && c < to; c++) {
        double covered = fmin(to, c + 1) - fmax(from, c);
        sum += covered * (double)cells[c];
    }
    return sum;
}

double story_share(const Story *story, const StoryRow *row, unsigned x, unsigned n)
{
    double used = (double)(story->end - story->origin) / (double)story->cell;
    double from = used * x / n, to = used * (x + 1) / n;
    double mine = amount(row->cells, from, to), all = amount(story->total, from, to);
    return all > 0 ? mine / all : 0;
}

const char *story_label(const StoryRow *row, char *buf, size_t size)
{
    if (*row->label)
        g_strlcpy(buf, row->label, size);
    else if (row->rest)
        g_strlcpy(buf, "the rest", size);
    else
        snprintf(buf, size, "0x%" PRIx64, row->asid);
    return ail_text_disarm(buf);
}

const char *story_amount(uint64_t n, char *buf, size_t size)
{
    static const char units[] = " kMGTPE";
    double v = (double)n;
    unsigned unit = 0;
    while (v >= 999.5 && units[unit + 1]) {
        v /= 1000;
        unit++;
    }
    if (!unit)
        g_snprintf(buf, size, "%" PRIu64, n);
    else
        snprintf(buf, size,
                 v < 9.995   ? "%.2f %c"
                 : v < 99.95 ? "%.1f %c"
                             : "%.0f %c",
                 v, units[unit]);
    return buf;
}

/* The darkest shade is for more than 7/8 of a column, the lightest for anything at all. */
static unsigned shade(double share)
{
    return share <= 0 ? 0 : share < 0.125 ? 1 : share < 0.5 ? 2 : share < 0.875 ? 3 : 4;
}

static void axis(const Story *story, AilOutput *out, unsigned label, unsigned columns)
{
    char from[16], middle[16], to[16];
    story_amount(story->origin, from, sizeof from);
    story_amount((story->origin + story->end) / 2, middle, sizeof middle);
    story_amount(story->end, to, sizeof to);
    unsigned half = columns / 2;
    ail_output_styled(out, AIL_STYLE_DIM, "%*s|%-*s|%-*s%s\n", (int)label, "icount ", (int)half - 1,
                      from, (int)MAX(1, (int)(columns - half - strlen(to))), middle, to);
}

void story_draw_text(const Story *story, AilOutput *out)
{
    static const char *const ascii[] = {" ", ".", ":", "+", "#"};
    static const char *const blocks[] = {" ", "\u2591", "\u2592", "\u2593", "\u2588"};
    const char *const *shades = ail_output_is_utf8(out) ? blocks : ascii;
    char label[STORY_LABEL];
    unsigned wide = 8;
    for (guint i = 0; i < story->rows->len; i++) {
        unsigned n = (unsigned)strlen(story_label(story->rows->pdata[i], label, sizeof label));
        wide = MAX(wide, n + 1);
    }
    unsigned width = ail_output_width(out);
    unsigned columns = width > wide + 22 ? width - wide - 2 : 20;
    axis(story, out, wide, columns);
    for (guint i = 0; i < story->rows->len; i++) {
        const StoryRow *row = story->rows->pdata[i];
        GString *line = g_string_new(NULL);
        for (unsigned x = 0; x < columns; x++)
            g_string_append(line, shades[shade(story_share(story, row, x, columns))]);
        ail_output_text(out, "%-*s|%s|\n", (int)wide, story_label(row, label, sizeof label),
                        line->str);
        g_string_free(line, TRUE);
    }
    ail_output_styled(out, AIL_STYLE_DIM,
                      "%*s shade: share of the column's instructions: "
                      "%s any  %s 1/8  %s 1/2  %s 7/8\n\n",
                      (int)wide, "", shades[1], shades[2], shades[3], shades[4]);
}

enum { PLOT = 800, ROW = 22, HEAD = 46, SHARE = 110 };

static unsigned label_width(const Story *story)
{
    return story->tasks ? 230 : 150;
}

static void svg_head(const Story *story, GString *svg)
{
    unsigned width = label_width(story) + PLOT + SHARE;
    unsigned height = HEAD + ROW * story->rows->len + 34;
    char total[16];
    g_string_append_printf(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
        "viewBox=\"0 0 %u %u\" font-family=\"sans-serif\" font-size=\"12\">\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
        "<text x=\"10\" y=\"20\" font-size=\"15\" font-weight=\"bold\">%s over "
        "time</text>\n"
        "<text x=\"%u\" y=\"20\" text-anchor=\"end\" fill=\"#555555\">%s instructions</text>\n"
        "<text x=\"10\" y=\"38\" fill=\"#555555\">%s</text>\n"
        "<text x=\"%u\" y=\"38\" fill=\"#555555\">share (user)</text>\n",
        width, height, width, height, story->tasks ? "Tasks" : "Address spaces", width - 10,
        story_amount(story->insns, total, sizeof total), story->tasks ? "pid, name" : "ASID",
        label_width(story) + PLOT + 10);
}

static double svg_percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* One row: its label, neighbouring columns of equal share as one rectangle, its shares. */
static void svg_row(const Story *story, GString *svg, guint i)
{
    static const char *const colours[] = {"#2f6db3", "#c8553d", "#3d8b5f", "#8a5fb0",
                                          "#b58a1b", "#2b8f9b", "#b04a7e", "#5f6f7f"};
    const StoryRow *row = story->rows->pdata[i];
    unsigned y = HEAD + ROW * i;
    char label[STORY_LABEL];
    char *safe = g_markup_escape_text(story_label(row, label, sizeof label), -1);
    g_string_append_printf(svg,
                           "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"%s\"/>\n"
                           "<text x=\"10\" y=\"%u\" font-family=\"monospace\">%s</text>\n",
                           label_width(story), y, PLOT, ROW - 2, i % 2 ? "#f7f7f7" : "#efefef",
                           y + 15, safe);
    g_free(safe);
    unsigned from = 0;
    int level = -1;
    for (unsigned x = 0; x <= PLOT; x++) {
        double share = x < PLOT ? story_share(story, row, x, PLOT) : 0;
        int now = x == PLOT ? -1 : share > 0 ? MAX(1, (int)(share * 20 + 0.5)) : 0;
        if (now == level)
            continue;
        if (level > 0)
            g_string_append_printf(svg,
                                   "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" "
                                   "fill=\"%s\" fill-opacity=\"%d.%02d\"/>\n",
                                   label_width(story) + from, y, x - from, ROW - 2,
                                   colours[i % G_N_ELEMENTS(colours)], (15 + level * 85 / 20) / 100,
                                   (15 + level * 85 / 20) % 100);
        from = x;
        level = now;
    }
    char share[32], user[32];
    g_ascii_formatd(share, sizeof share, "%.2f", svg_percent(row->insns, story->insns));
    g_ascii_formatd(user, sizeof user, "%.0f", svg_percent(row->user, row->insns));
    g_string_append_printf(svg, "<text x=\"%u\" y=\"%u\">%s%% (%s%%)</text>\n",
                           label_width(story) + PLOT + 10, y + 15, share, user);
}

static void svg_axis(const Story *story, GString *svg)
{
    unsigned y = HEAD + ROW * story->rows->len;
    for (unsigned t = 0; t <= 4; t++) {
        char text[16];
        unsigned x = label_width(story) + PLOT * t / 4;
        uint64_t icount = story->origin + (story->end - story->origin) / 4 * t;
        g_string_append_printf(
            svg,
            "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\" stroke=\"#555555\"/>\n"
            "<text x=\"%u\" y=\"%u\" text-anchor=\"middle\" "
            "fill=\"#555555\">%s</text>\n",
            x, y, x, y + 5, x, y + 19,
            story_amount(t == 4 ? story->end : icount, text, sizeof text));
    }
}

char *story_draw_svg(const Story *story)
{
    GString *svg = g_string_new(NULL);
    svg_head(story, svg);
    for (guint i = 0; i < story->rows->len; i++)
        svg_row(story, svg, i);
    svg_axis(story, svg);
    g_string_append(svg, "</svg>\n");
    return g_string_free(svg, FALSE);
}
