/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of one `ailurus record`, and what its options say of the machine. */
#ifndef AIL_CLI_RECORD_H
#define AIL_CLI_RECORD_H

#include "cli/cli.h"
#include "cli/running.h"
#include "formats/machine.h"
#include "recorder/session.h"

#include <termios.h>

typedef struct AilRecord {
    GOptionEntry *entries; /* owned; options follow */
    char *arch, *mem, *cpu, *kernel, *initrd, *firmware, *append, *net, *serial_log, *input, *until,
        *output, *accel, *control, *disk_bus, *vnc, *from, *from_image;
    char **disks, **cdroms, **forwards;
    double seconds;
    int smp, shift;
    gboolean console, force, json, kvm, check, no_check, interactive, hypercalls;

    AilMachine machine;
    char *vnc_at;            /* owned; as of AilMachineRun, */
    GPtrArray *forwarding;   /* owned; and this */
    AilScript *script;       /* owned */
    FILE *log;               /* owned; the serial log */
    AilStop stop;            /* the user wants to end */
    bool raw;                /* the terminal is in raw mode */
    struct termios terminal; /* as it was */
} AilRecord;

/* As of AilCommand: the table of options with a new state; the end of a state. */
GOptionEntry *ail_record_options(void **state);
void ail_record_discard(void *state);

/* Check the options and describe the machine in r->machine; argc: of positional arguments. Returns
 * an exit status; what is wrong has been said. */
int ail_record_check(AilRecord *r, int argc);

/* Whether what is recorded are pieces of the run, and not all of it from its first instruction. */
bool ail_record_is_live(const AilRecord *r);

/* Run the machine and record pieces of it, as people, scripts and the guest say. Returns an exit
 * status. */
int ail_record_live(AilRecord *r);

/* What describes the machine of the options in a session; the rest is the caller's. */
AilSessionConfig ail_record_config(AilRecord *r);

/* What the guest prints goes to the serial log, if there is one. */
void ail_record_log(AilRecord *r, const void *bytes, size_t len);

/* With --console the terminal's keys are the guest's; and the end of that. */
void ail_record_raw_mode(AilRecord *r);
void ail_record_cooked_mode(AilRecord *r);

/* What is worth a note at the end, on stderr: a script that still waits, and so on. */
void ail_record_notes(const AilRecord *r, const char *end);

/* Whether a sealed recording replays. */
typedef enum { AIL_REPLAYS_UNKNOWN, AIL_REPLAYS_YES, AIL_REPLAYS_NO } AilReplays;

/* Replay what was recorded and sealed in wall_ms milliseconds, unless the options or that time say
 * not to. What came of it has been said. */
AilReplays ail_record_replay(const AilRecord *r, uint64_t wall_ms);

#endif
