/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of qmp.h. */
#ifndef AIL_RECORDER_QMP_PRIVATE_H
#define AIL_RECORDER_QMP_PRIVATE_H

#include "formats/bytes.h"
#include "recorder/qmp.h"

struct AilQmp {
    AilError err;
    int fd; /* owned */
    AilBuf in;
    bool closed;
    GQueue events;     /* of JsonObject, owned */
    JsonObject *reply; /* owned; the reply or greeting that came last, not yet looked at */
    bool (*idle)(void *user);
    void *user;
    char *version; /* owned */
    char *package; /* owned */
};

#endif
