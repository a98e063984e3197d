/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following a guest's Linux kernel from outside: which task runs, what it is, what it has mapped
 * and open, what it asks the kernel for. It reads the guest's memory by way of its host, and tells
 * what it finds as events (trace/guest.h). It knows nothing of QEMU: the host calls it at the
 * moments below.
 *
 * All that it reads is a stranger's: every walk is bounded, and what makes no sense is left out.
 * One thread.
 */
#ifndef AIL_REPLAYER_OSI_H
#define AIL_REPLAYER_OSI_H

#include "formats/osi_profile.h"
#include "trace/guest.h"

typedef struct AilOsi AilOsi;

typedef struct AilOsiHost {
    void *user;
    /* `len` bytes of the guest's virtual memory as the processor has it now, whatever the
     * privilege; false: not all of them are there. */
    bool (*read)(void *user, uint64_t addr, void *to, size_t len);
    /* This happens now. data: `len` bytes, borrowed. */
    void (*tell)(void *user, AilEventType type, uint64_t value, uint64_t pc, const void *data,
                 size_t len);
} AilOsiHost;

AilOsi *ail_osi_new(const AilOsiHost *host, AilMachineArch arch); /* never NULL */
void ail_osi_free(AilOsi *osi);                                   /* may be NULL */

/* Take this kernel, and tell so. AIL_ERR: not enough is known of it to follow its tasks; the
 * message says what is missing. The profile is copied, the symbols are borrowed for the call. */
AilStatus ail_osi_take_kernel(AilOsi *osi, const AilOsiProfile *profile, const AilKallsyms *symbols,
                              AilError *err);
/* That kernel, or NULL: none yet. */
const AilOsiProfile *ail_osi_kernel(const AilOsi *osi);

/* The task that runs, by what the kernel itself says; 0: not known. */
uint64_t ail_osi_find_current(AilOsi *osi);

/* `current` runs, as one of the tasks that are there: tell all of them, and the kernel's modules.
 * 0: not known, or there are none yet. */
void ail_osi_begin(AilOsi *osi, uint64_t current);

/* The kernel goes over to task `next` (__switch_to). */
void ail_osi_switch(AilOsi *osi, uint64_t next);
/* The running task has made `child`, which may run from now on (wake_up_new_task). */
void ail_osi_fork(AilOsi *osi, uint64_t child);
/* The running task ends (do_exit). */
void ail_osi_exit(AilOsi *osi, uint64_t code);
/* A handler of the running task's has been set up (signal_setup_done); ksignal: the kernel's. */
void ail_osi_signal(AilOsi *osi, uint64_t ksignal);

/* The kernel has put `module` into its list, and is about to run its code (do_init_module). */
void ail_osi_module(AilOsi *osi, uint64_t module);

/* The kernel gives frames, a list of sk_buffs, to a net_device (dev_hard_start_xmit). */
void ail_osi_sent(AilOsi *osi, uint64_t skb, uint64_t device);
/* The kernel is about to work on what is in a pipe, or has done so (pipe_lock, pipe_unlock). */
void ail_osi_pipe(AilOsi *osi, uint64_t pipe, bool done);

typedef struct AilOsiCall {
    uint8_t abi; /* AilAbi */
    uint64_t number, args[6];
    uint64_t pc;    /* of the instruction */
    uint64_t space; /* address space, for when no kernel is known */
} AilOsiCall;

/* User code makes a system call. */
void ail_osi_call(AilOsi *osi, const AilOsiCall *call);

typedef struct AilOsiUser {
    uint64_t pc;     /* where user code goes on */
    uint64_t result; /* what the register of results has, of its full width */
    uint64_t stack;
    uint64_t space;
} AilOsiUser;

/*
 * User code is about to go on: tell what has become of the running task. user: NULL where it is not
 * known yet. To be called while the kernel's memory can be read: when ail_osi_user is, or, if that
 * is too late (false: the kernel hides itself from user code), before the address space changes.
 */
bool ail_osi_refresh(AilOsi *osi, const AilOsiUser *user);
/* User code goes on: if it made a call, the call has returned. */
void ail_osi_user(AilOsi *osi, const AilOsiUser *user);

#endif
