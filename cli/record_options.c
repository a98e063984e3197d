/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of `ailurus record`, and the machine that they describe. */
#include "cli/record.h"
#include "recorder/machine.h"

#include <errno.h>
#include <string.h>

#define NAME "record"

GOptionEntry *ail_record_options(void **state)
{
    AilRecord *r = g_new0(AilRecord, 1);
    *state = r;
    r->stop.fd = -1;
    r->smp = 1;
#define TEXT(name, place, help, value)                                                             \
    {                                                                                              \
        name, 0, 0, G_OPTION_ARG_FILENAME, &r->place, help, value                                  \
    }
#define FLAG(name, place, help)                                                                    \
    {                                                                                              \
        name, 0, 0, G_OPTION_ARG_NONE, &r->place, help, NULL                                       \
    }
    const GOptionEntry table[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &r->output, "write the recording here",
         "NAME.rr"},
        FLAG("force", force, "replace an existing recording or serial log"),
        TEXT("arch", arch, "x86_64 (default), i386, aarch64, arm or ppc", "ARCH"),
        TEXT("mem", mem, "memory: 512M, 2G, a number alone is MiB (default 256)", "SIZE"),
        TEXT("cpu", cpu, "QEMU's name of a CPU model (default: a plain one)", "MODEL"),
        TEXT("kernel", kernel, "boot this kernel: Linux, or on x86 a multiboot ELF", "FILE"),
        TEXT("initrd", initrd, "initial RAM disk for the kernel", "FILE"),
        TEXT("append", append, "the kernel's command line", "TEXT"),
        TEXT("firmware", firmware, "run this firmware instead of QEMU's", "FILE"),
        {"disk", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &r->disks,
         "attach a disk image, raw or qcow2; never modified; repeatable", "FILE"},
        TEXT("disk-bus", disk_bus, "attach disks by virtio (default) or, on x86, ide", "BUS"),
        {"cdrom", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &r->cdroms,
         "attach a CD image (x86); repeatable", "FILE"},
        TEXT("record-from", from, "begin at this snapshot of the disks, of the same machine",
             "SNAPSHOT"),
        TEXT("from-image", from_image,
             "the qcow2 image with the state of --record-from, if it is not a disk", "FILE"),
        TEXT("net", net, "none (default) or user: a network card and the host's network", "KIND"),
        {"forward", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &r->forwards,
         "forward a port of this host to the guest, as tcp:127.0.0.1:2222-:22; repeatable",
         "PROTOCOL:[HOST]:PORT-[GUEST]:PORT"},
        TEXT("vnc", vnc,
             "give the machine a display (x86), shown at unix:PATH or :DISPLAY (of this host only)",
             "ADDRESS"),
        FLAG("console", console, "the guest's serial port on this terminal; Ctrl-] ends"),
        TEXT("serial-log", serial_log, "write the serial port's output here", "FILE"),
        TEXT("input", input, "type what this file says (see above)", "FILE"),
        TEXT("until", until, "end when the guest has printed this", "TEXT"),
        {"seconds", 0, 0, G_OPTION_ARG_DOUBLE, &r->seconds, "end after so many seconds", "N"},
        FLAG("interactive", interactive,
             "record pieces of the run: a monitor on this terminal says which"),
        TEXT("control", control, "record pieces: take commands from this socket (ailurus ctl)",
             "SOCKET"),
        FLAG("hypercalls", hypercalls, "record pieces: the guest says which, with recctl"),
        FLAG("check", check,
             "see whether the recording replays (default: if it took under a minute)"),
        FLAG("no-check", no_check, "do not"),
        FLAG("json", json, "print the result as a JSON object"),
        /* For bench/shift, which shows why nobody should want another. */
        {"shift", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &r->shift, "", "N"},
        /* Asked for by habit; answered with why not. */
        {"smp", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &r->smp, "", "N"},
        {"enable-kvm", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &r->kvm, "", NULL},
        {"accel", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &r->accel, "", "NAME"},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
#undef TEXT
#undef FLAG
    r->entries = g_memdup2(table, sizeof table);
    return r->entries;
}

void ail_record_discard(void *state)
{
    AilRecord *r = state;
    char *texts[] = {r->arch,     r->mem,    r->cpu,   r->kernel,     r->initrd,
                     r->firmware, r->append, r->net,   r->serial_log, r->input,
                     r->until,    r->output, r->accel, r->control,    r->disk_bus,
                     r->vnc,      r->vnc_at, r->from,  r->from_image};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_strfreev(r->disks);
    g_strfreev(r->cdroms);
    g_strfreev(r->forwards);
    if (r->forwarding)
        g_ptr_array_free(r->forwarding, TRUE);
    ail_machine_clear(&r->machine);
    ail_script_free(r->script);
    if (r->log)
        fclose(r->log);
    ail_stop_end(&r->stop);
    g_free(r->entries);
    g_free(r);
}

/* "512M", "2G", "256" -> MiB; 0 when it is none of them. */
static uint64_t parse_size(const char *text)
{
    char *end;
    errno = 0;
    uint64_t n = g_ascii_strtoull(text, &end, 10);
    if (errno || end == text || *text == '-' || n > UINT32_MAX)
        return 0;
    if (!*end || !g_ascii_strcasecmp(end, "M"))
        return n;
    return !g_ascii_strcasecmp(end, "G") ? n << 10 : 0;
}

static int check_options(const AilRecord *r, int argc)
{
    if (argc)
        return ail_cli_usage(NAME, "takes no arguments, only options");
    bool pieces = r->interactive || r->control || r->hypercalls;
    if (!r->output && !pieces)
        return ail_cli_usage(NAME, "needs -o NAME.rr, or --interactive, --control or --hypercalls "
                                   "to record pieces of the run");
    if (r->from_image && !r->from)
        return ail_cli_usage(NAME, "--from-image has the state of --record-from");
    if (r->output && pieces)
        return ail_cli_usage(NAME, "-o records all of the run, --interactive, --control and "
                                   "--hypercalls pieces of it; they exclude each other");
    if (r->smp != 1)
        return ail_cli_fail(NAME,
                            "--smp %d: only machines with one processor can be replayed: "
                            "QEMU logs no order between several",
                            r->smp);
    if (r->kvm || (r->accel && strcmp(r->accel, "tcg")))
        return ail_cli_fail(NAME, "only QEMU's emulation (tcg) can be replayed: hardware "
                                  "virtualisation does not count instructions exactly");
    if (r->seconds < 0)
        return ail_cli_usage(NAME, "--seconds must not be negative");
    if (r->check && r->no_check)
        return ail_cli_usage(NAME, "--check and --no-check exclude each other");
    if (r->until && !*r->until)
        return ail_cli_usage(NAME, "--until wants a text that is not empty");
    return AIL_EXIT_OK;
}

static void replace(char **place, const char *text)
{
    if (!text)
        return;
    g_free(*place);
    *place = g_strdup(text);
}

static int add_disks(AilRecord *r, char **paths, AilBus bus)
{
    AilError err = {0};
    for (char **path = paths; path && *path; path++) {
        if (r->machine.n_disks == AIL_MACHINE_MAX_DISKS)
            return ail_cli_fail(NAME, "at most %d disks", AIL_MACHINE_MAX_DISKS);
        AilDisk *disk = &r->machine.disks[r->machine.n_disks];
        if (ail_machine_describe_disk(*path, disk, &err) != AIL_OK)
            return ail_cli_fail(NAME, "%s", err.text);
        disk->bus = bus;
        r->machine.n_disks++;
    }
    return AIL_EXIT_OK;
}

static int add_all_disks(AilRecord *r)
{
    bool ide = r->disk_bus && !strcmp(r->disk_bus, "ide");
    if (r->disk_bus && !ide && strcmp(r->disk_bus, "virtio"))
        return ail_cli_usage(NAME, "--disk-bus is virtio or ide, not '%s'", r->disk_bus);
    int status = add_disks(r, r->disks, ide ? AIL_BUS_IDE : AIL_BUS_VIRTIO);
    return status == AIL_EXIT_OK ? add_disks(r, r->cdroms, AIL_BUS_CDROM) : status;
}

/* What the machine is reached by while it is recorded. */
static int add_addresses(AilRecord *r)
{
    AilError err = {0};
    if (r->vnc && !(r->vnc_at = ail_vnc_parse(r->vnc, &err)))
        return ail_cli_usage(NAME, "%s", err.text);
    if (r->forwards && r->machine.net == AIL_NET_NONE)
        return ail_cli_usage(NAME, "--forward needs --net user");
    r->forwarding = g_ptr_array_new_with_free_func(g_free);
    for (char **f = r->forwards; f && *f; f++) {
        char *forward = ail_forward_parse(*f, &err);
        if (!forward)
            return ail_cli_usage(NAME, "%s", err.text);
        g_ptr_array_add(r->forwarding, forward);
    }
    g_ptr_array_add(r->forwarding, NULL);
    return AIL_EXIT_OK;
}

/* Pieces begin in the midst of a run. */
static int check_pieces(const AilRecord *r)
{
    const AilMachine *m = &r->machine;
    if (!ail_record_is_live(r))
        return AIL_EXIT_OK;
    if (m->arch == AIL_MACHINE_PPC)
        return ail_cli_fail(NAME, "of ppc machines no pieces can be recorded: QEMU does not show "
                                  "in which address space one begins");
    return AIL_EXIT_OK;
}

static int describe_machine(AilRecord *r)
{
    int arch = ail_machine_arch_parse(r->arch ? r->arch : "x86_64");
    if (arch < 0)
        return ail_cli_usage(NAME, "--arch is x86_64, i386, aarch64, arm or ppc, not '%s'",
                             r->arch);
    AilMachine *m = &r->machine;
    ail_machine_init(m, (AilMachineArch)arch);
    if (r->mem && !(m->mem_mib = parse_size(r->mem)))
        return ail_cli_usage(NAME, "--mem is a size like 512M or 2G, not '%s'", r->mem);
    if (r->net && strcmp(r->net, "none") && strcmp(r->net, "user"))
        return ail_cli_usage(NAME, "--net is none or user, not '%s'", r->net);
    replace(&m->cpu, r->cpu);
    replace(&m->append, r->append);
    m->net = r->net && !strcmp(r->net, "user") ? AIL_NET_USER : AIL_NET_NONE;
    m->display = r->vnc ? AIL_DISPLAY_VGA : AIL_DISPLAY_NONE;
    m->kernel = r->kernel;
    m->initrd = r->initrd;
    m->firmware = r->firmware;
    if (r->shift)
        m->shift = (unsigned)r->shift;
    m->rtc_base = g_get_real_time() / G_USEC_PER_SEC;
    int status = add_addresses(r);
    if (status == AIL_EXIT_OK)
        status = add_all_disks(r);
    AilError err = {0};
    if (status == AIL_EXIT_OK && ail_machine_check(m, &err) != AIL_OK)
        status = ail_cli_fail(NAME, "%s", err.text);
    return status == AIL_EXIT_OK ? check_pieces(r) : status;
}

int ail_record_check(AilRecord *r, int argc)
{
    int status = check_options(r, argc);
    return status == AIL_EXIT_OK ? describe_machine(r) : status;
}
