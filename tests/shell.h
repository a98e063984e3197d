/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands run as a user does, with a shell, in a folder of the test's own. $A is the program under
 * test, $G the folder of the guests.
 */
#ifndef AIL_TESTS_SHELL_H
#define AIL_TESTS_SHELL_H

#include <stdint.h>

typedef struct AilOutcome {
    int status;      /* exit status, -1 after a signal */
    char *out, *err; /* owned: ail_outcome_clear */
} AilOutcome;

/* Run `command` in folder `dir`. */
AilOutcome ail_shell(const char *dir, const char *command);
void ail_outcome_clear(AilOutcome *o);

/* The command succeeds; else the test ends. */
void ail_expect_success(const char *dir, const char *command);

/* The same with a command that is printed: a % is %%. */
void ail_run(const char *dir, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The command succeeds and prints a number. */
uint64_t ail_number(const char *dir, const char *command);

/* The command fails with status 1 and one line on stderr that holds `says`. */
void ail_expect_failure(const char *dir, const char *command, const char *says);

/* A new folder for temporary files, and its end with all that is in it; frees the name. */
char *ail_folder_new(void);
void ail_folder_remove(char *dir);

#endif
