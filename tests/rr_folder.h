/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder for each test of recordings: "in" has the files of one, x.rr is one, "out" is where it
 * is unpacked. */
#ifndef AIL_TESTS_RR_FOLDER_H
#define AIL_TESTS_RR_FOLDER_H

#include "formats/rr.h"

/* For TestSuite: make it before each test, remove it afterwards. */
void rr_folder_setup(void);
void rr_folder_teardown(void);

/* The folder's path. */
const char *rr_folder(void);

/* The path of a file in it; free with g_free. */
char *rr_at(const char *name);

enum { RR_SNAPSHOT_SIZE = 300000 };

/* Write the files of a recording to "in": a snapshot with holes, a log, a kernel. Returns a
 * manifest that goes with them, but does not list them yet. */
AilManifest *rr_recording(void);

/* Unpack x.rr into "out", which is emptied before. */
AilStatus rr_unpack(AilManifest **m, AilError *err);

#endif
