/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows come in order and once, whether they are in memory or in temporary files. */
#include "analyzers/rows.h"

#include <criterion/criterion.h>
#include <glib.h>

typedef struct Row {
    uint32_t key, n;
} Row;

static int compare(const void *a, const void *b)
{
    uint32_t x = ((const Row *)a)->key, y = ((const Row *)b)->key;
    return x < y ? -1 : x > y;
}

static void fold(void *into, const void *from)
{
    ((Row *)into)->n += ((const Row *)from)->n;
}

static const AilRowKind kind = {sizeof(Row), compare, fold};

typedef struct Seen {
    uint32_t next;
    uint64_t sum;
} Seen;

static AilStatus see(void *user, const void *p)
{
    Seen *s = user;
    const Row *row = p;
    cr_assert_eq(row->key, s->next++);
    s->sum += row->n;
    return AIL_OK;
}

static void try(size_t room)
{
    AilRows *rows = ail_rows_new(&kind, room * sizeof(Row));
    AilError err = {""};
    for (uint32_t i = 0; i < 10000; i++) {
        Row row = {i * 7919 % 1000, i};
        cr_assert_eq(ail_rows_add(rows, &row, &err), AIL_OK);
    }
    for (int times = 0; times < 2; times++) {
        Seen seen = {0, 0};
        cr_assert_eq(ail_rows_each(rows, see, &seen, &err), AIL_OK);
        cr_expect_eq(seen.next, 1000);
        cr_expect_eq(seen.sum, (uint64_t)10000 * 9999 / 2);
    }
    ail_rows_free(rows);
}

Test(rows, are_the_same_in_any_room)
{
    try(0);    /* all in memory */
    try(1200); /* made room by folding */
    try(700);  /* files that overlap */
    try(40);
}

static AilStatus stop(void *user, const void *row)
{
    (void)row;
    return ail_error_set(user, "enough");
}

Test(rows, can_be_none_and_can_be_left)
{
    AilError err = {""};
    AilRows *rows = ail_rows_new(&kind, 0);
    Seen seen = {0, 0};
    Row row = {1, 1};
    cr_expect_eq(ail_rows_each(rows, see, &seen, &err), AIL_OK);
    cr_expect_eq(seen.next, 0);
    cr_assert_eq(ail_rows_add(rows, &row, &err), AIL_OK);
    cr_expect_eq(ail_rows_each(rows, stop, &err, &err), AIL_ERR);
    cr_expect_str_eq(err.text, "enough");
    ail_rows_free(rows);
}
