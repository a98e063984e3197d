/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of a virtual machine, as far as it can be chosen. How QEMU is told to be this
 * machine is recorder/machine.h's matter. All functions are thread-safe on distinct objects.
 */
#ifndef AIL_FORMATS_MACHINE_H
#define AIL_FORMATS_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/error.h"

#define AIL_MACHINE_MAX_DISKS   8
#define AIL_MACHINE_MAX_IDE     4 /* of these, on IDE: disks and CDs */
#define AIL_MACHINE_MAX_MEM_MIB 65536
#define AIL_MACHINE_MAX_APPEND  2047 /* bytes of the kernel's command line */

typedef enum {
    AIL_MACHINE_X86_64 = 0,
    AIL_MACHINE_AARCH64 = 1,
    AIL_MACHINE_I386 = 2,
    AIL_MACHINE_ARM = 3,
    AIL_MACHINE_PPC = 4,
} AilMachineArch;

typedef enum {
    AIL_NET_NONE = 0,
    AIL_NET_USER = 1, /* QEMU's user-mode network behind an rtl8139 card */
} AilNet;

typedef enum {
    AIL_BUS_VIRTIO = 0,
    AIL_BUS_IDE = 1,
    AIL_BUS_CDROM = 2, /* a CD in an IDE drive */
} AilBus;

typedef enum {
    AIL_DISPLAY_NONE = 0,
    AIL_DISPLAY_VGA = 1, /* x86: QEMU's standard VGA, beside the keyboard and mouse of each PC */
} AilDisplay;

/* A disk image, which is never written to: the guest's writes go to a scratch overlay that starts
 * empty in the recording and in each replay. The recording has what was read of it. */
typedef struct AilDisk {
    char *path;       /* owned; absolute. Of a recording: the file's name only, for people */
    uint64_t size;    /* of the file, in bytes */
    int64_t mtime_ns; /* its last change, nanoseconds since 1970; 0 in a recording */
    bool qcow2;       /* format: qcow2, else raw */
    AilBus bus;       /* how it is attached */
} AilDisk;

/* A machine, as far as it can be chosen. What is not here is fixed (recorder/machine.c). */
typedef struct AilMachine {
    AilMachineArch arch;
    uint64_t mem_mib; /* RAM in MiB */
    char *cpu;        /* owned; QEMU's name of a CPU model, with features: "qemu64,+smep" */
    char *append;     /* owned; the kernel's command line, "" for none */
    AilNet net;
    AilDisplay display;
    int64_t rtc_base; /* what the guest's clock says at the start: seconds since 1970, UTC */
    unsigned shift;   /* an instruction takes 2^shift ns of guest time */
    bool kernel;      /* a kernel is loaded (member "kernel") */
    bool initrd;      /* with an initial RAM disk (member "initrd"); needs a kernel */
    bool firmware;    /* own firmware (member "firmware"), not QEMU's */
    unsigned n_disks;
    AilDisk disks[AIL_MACHINE_MAX_DISKS];
} AilMachine;

/* QEMU's names of the architectures, in the order of AilMachineArch, ended by NULL. */
extern const char *const ail_machine_arch_names[];

/* QEMU's name of an architecture ("x86_64"), and back: -1 for an unknown one. */
const char *ail_machine_arch_name(AilMachineArch arch);
int ail_machine_arch_parse(const char *name);

/* A machine with the defaults of `arch`: 256 MiB, its plain CPU, no kernel, disk or network. */
void ail_machine_init(AilMachine *machine, AilMachineArch arch);
void ail_machine_clear(AilMachine *machine);

/* A deep copy of `from` into *to, whose contents are not looked at. */
void ail_machine_copy(AilMachine *to, const AilMachine *from);

/* Whether the description is one that can be recorded and replayed; the message says what is
 * wrong with it. Looks at no files. */
AilStatus ail_machine_check(const AilMachine *machine, AilError *err);

#endif
