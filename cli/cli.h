/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all commands of `ailurus` share: the table of commands, options and their help (one source
 * for --help, the man pages and shell completion), progress, errors.
 *
 * A command is one file cli/cmd_NAME.c that defines `const AilCommand ail_command_NAME`, and its
 * name in the list of cli/CMakeLists.txt.
 */
#ifndef AIL_CLI_CLI_H
#define AIL_CLI_CLI_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { AIL_EXIT_OK = 0, AIL_EXIT_FAILURE = 1, AIL_EXIT_USAGE = 2 };

typedef struct AilExample {
    const char *command; /* as typed, without a prompt */
    const char *effect;  /* what it shows */
} AilExample;

/* One command. All text is English, whole sentences without markup. */
typedef struct AilCommand {
    const char *name;           /* "record" */
    const char *usage;          /* what follows the name: "NAME.rr -o NAME.trace" */
    const char *summary;        /* one line for the list of commands */
    const char *description;    /* paragraphs separated by blank lines */
    const AilExample *examples; /* ends with a NULL command */
    /*
     * Set *state to a new state and return the command's options, a table that ends with a NULL
     * long_name, lives as long as the state and points into it. NULL for a command without
     * options. Use G_OPTION_ARG_FILENAME for any text that is not for people: it keeps the bytes
     * as they were typed, G_OPTION_ARG_STRING refuses what the locale cannot convert.
     * --help and -h are added by the framework.
     */
    GOptionEntry *(*options)(void **state);
    /*
     * Do it. argv holds the positional arguments, argc of them (the name is not among them); the
     * strings are the caller's. Frees the state. Returns an exit status; a failed write to stdout
     * need not be looked for, unless long work depends on it: the caller checks at the end.
     */
    int (*run)(void *state, int argc, char **argv);
    /* Free a state that run is not going to get: the options were wrong, or help was asked for.
     * NULL for a command without options. */
    void (*discard)(void *state);
} AilCommand;

/* All commands, in the order of the list that `ailurus help` prints, ended by NULL. */
extern const AilCommand *const ail_commands[];

/* Print "ailurus NAME: message" on stderr (NAME may be NULL: "ailurus: message"); returns
 * AIL_EXIT_FAILURE, or AIL_EXIT_USAGE with a pointer to --help. The message is one line; control
 * characters in it, which may come from a stranger's file, are shown as "?". */
int ail_cli_fail(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int ail_cli_usage(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Progress of long work: one line on stderr, redrawn at most ten times a second, only when stderr
 * is a terminal (else ail_progress_start gives NULL, which all functions take). Used by one thread
 * at a time. End it before printing anything else on stderr.
 */
typedef struct AilProgress AilProgress;

/* what: the verb in front ("replaying"), copied. */
AilProgress *ail_progress_start(const char *what);

/* done: guest instructions so far; total: of how many (0: unknown). Shows percent, millions of
 * instructions a second and the time that is left. Cheap enough to call for each chunk. */
void ail_progress_update(AilProgress *p, uint64_t done, uint64_t total);

/* The same for work that is counted in bytes. */
void ail_progress_bytes(AilProgress *p, uint64_t done, uint64_t total);

/* Remove the line and free p. */
void ail_progress_end(AilProgress *p);

#endif
