/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's gdb stub, asked by us: one request, one answer. A handle belongs to one thread at a time.
 */
#ifndef AIL_REPLAYER_DEBUG_STUB_H
#define AIL_REPLAYER_DEBUG_STUB_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "formats/error.h"
#include "formats/machine.h"

typedef struct AilStub AilStub;

/* fd: connected to the stub, borrowed. Never NULL. */
AilStub *ail_stub_new(int fd, AilMachineArch arch);
void ail_stub_free(AilStub *stub); /* may be NULL */

/* Send a packet to the stub of a stopped machine, and wait for its answer. */
AilStatus ail_stub_ask(AilStub *stub, const char *request, size_t size, GString *answer,
                       AilError *err);

/* The program counter of the stopped machine. */
AilStatus ail_stub_pc(AilStub *stub, uint64_t *pc, AilError *err);

/* Set these ("0,ffff0,1": what follows Z; array of char *), or remove them. */
AilStatus ail_stub_set_breaks(AilStub *stub, const GPtrArray *breaks, bool set, AilError *err);

/* Let the machine run: 'c', or one step: 's'. From then until it has answered, nothing may be
 * asked: any byte stops the machine. */
AilStatus ail_stub_run(AilStub *stub, char how, AilError *err);

/* Wait so many microseconds for the answer, which says why the machine has stopped. AIL_END: it has
 * not. */
AilStatus ail_stub_wait(AilStub *stub, unsigned timeout_us, GString *answer, AilError *err);

/* Stop the running machine; an answer follows, if none is on its way already. */
AilStatus ail_stub_interrupt(AilStub *stub, AilError *err);

/* Whether gdb's stub of this architecture stops before an access that is watched, not behind it. */
bool ail_stub_watches_before(AilMachineArch arch);

#endif
