/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a session share: files and seal (session_files.c), the run (session.c), what it
 * is told meanwhile (session_keys.c), its end (session_end.c). */
#ifndef AIL_RECORDER_SESSION_PRIVATE_H
#define AIL_RECORDER_SESSION_PRIVATE_H

#include "formats/bytes.h"
#include "recorder/expect.h"
#include "recorder/origin.h"
#include "recorder/qemu.h"
#include "recorder/session.h"
#include "recorder/workdir.h"

enum { AIL_SESSION_QMP_MS = 60000 };

/* What QEMU says when it cannot write its log. */
#define AIL_LOG_WRITE_ERROR "replay write error"

typedef struct AilLive AilLive;

struct AilSession {
    AilError err;
    const AilSessionConfig *config; /* borrowed */
    AilSessionResult result;
    AilMachine machine;    /* owned; the config's, with the disks that it really has */
    AilOrigin origin;      /* where it begins, if it is not its first instruction */
    AilManifest *manifest; /* owned */
    AilWorkdir *work;      /* owned; the working directory */
    AilQemu *qemu;         /* owned */
    AilLive *live;         /* owned; NULL when all of the run, from its first instruction, is
                              recorded */
    int serial_fd;         /* owned; our end, -1 when closed */
    int input_fd;          /* the config's, -1 after its end */
    AilBuf keys;           /* typed on the terminal, not yet sent */
    AilExpect output;      /* what `until` is looked for in */
    int64_t start_us;      /* when the guest began to run */
    int64_t key_us;        /* when the next key may be sent */
    int64_t key_sent_us;   /* when the last one was; 0: it was taken */
    uint64_t key_icount;   /* and at which instruction */
    int64_t wake_us;       /* when the script wants to be asked again */
    const char *end;       /* what ended the run; NULL while it runs */
    bool running;          /* the machine was started */
    bool gone;             /* QEMU closed its end of QMP */
};

/* Whether a recording can be written to `path`. */
AilStatus ail_session_check_output(const char *path, bool force, AilError *err);

/* The manifest of a recording that begins now; the caller's. */
AilManifest *ail_session_describe(const AilSession *s);

/* Keep up what the working directory says of a recording of all of the run. */
AilStatus ail_session_note(AilSession *s, bool ended, int64_t cause);

/* Make the working directory and what QEMU reads in it. */
AilStatus ail_session_prepare(AilSession *s);

/* End QEMU, and the guest in it if it still runs; then read what its log says of the run. */
AilStatus ail_session_finish(AilSession *s);

/* Take what was typed on the terminal. */
void ail_session_read_terminal(AilSession *s);
/* Do what the script wants done now, and send the guest a key if it is time for one. */
void ail_session_send(AilSession *s, int64_t now);

/* Take what the guest has printed. */
void ail_session_output(AilSession *s, const void *bytes, size_t len);

/* How the machine is run. */
AilMachineMode ail_session_mode(const AilSession *s);

/* QEMU's failure, as the session's; and one of its control connection. */
AilStatus ail_session_qemu_failed(AilSession *s);
AilStatus ail_session_qmp_failed(AilSession *s, const char *doing);

#endif
