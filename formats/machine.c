/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/machine.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

const char *const ail_machine_arch_names[] = {"x86_64", "aarch64", "i386", "arm", "ppc", NULL};

static const char *const default_cpus[] = {
    [AIL_MACHINE_X86_64] = "qemu64", [AIL_MACHINE_AARCH64] = "cortex-a57",
    [AIL_MACHINE_I386] = "qemu32",   [AIL_MACHINE_ARM] = "cortex-a15",
    [AIL_MACHINE_PPC] = "750_v3.1",
};

const char *ail_machine_arch_name(AilMachineArch arch)
{
    return ail_machine_arch_names[arch];
}

int ail_machine_arch_parse(const char *name)
{
    for (int i = 0; ail_machine_arch_names[i]; i++)
        if (!strcmp(ail_machine_arch_names[i], name))
            return i;
    return -1;
}

void ail_machine_init(AilMachine *m, AilMachineArch arch)
{
    *m = (AilMachine){
        .arch = arch,
        .mem_mib = 256,
        .cpu = g_strdup(default_cpus[arch]),
        .append = g_strdup(""),
        /* Longer guest time per instruction means fewer timer ticks in the log, but a guest whose
         * clock runs ahead of ours; measured in docs/recording.md. */
        .shift = 5,
    };
}

void ail_machine_clear(AilMachine *m)
{
    for (unsigned i = 0; i < m->n_disks; i++)
        g_free(m->disks[i].path);
    g_free(m->cpu);
    g_free(m->append);
    *m = (AilMachine){0};
}

void ail_machine_copy(AilMachine *to, const AilMachine *from)
{
    *to = *from;
    to->cpu = g_strdup(from->cpu);
    to->append = g_strdup(from->append);
    for (unsigned i = 0; i < from->n_disks; i++)
        to->disks[i].path = g_strdup(from->disks[i].path);
}

/* CPU names and features reach QEMU's -cpu: letters, digits and what joins them, and only values
 * that switch a feature on or off. */
static bool cpu_is_plain(const char *cpu)
{
    char **parts = g_strsplit(cpu, ",", -1);
    bool good = *cpu;
    for (int i = 0; parts[i] && good; i++) {
        const char *value = strchr(parts[i], '=');
        size_t len = value ? (size_t)(value - parts[i]) : strlen(parts[i]);
        good = len > 0 && !(value && i == 0);
        for (size_t j = 0; j < len; j++)
            good = good && (g_ascii_isalnum(parts[i][j]) || strchr("._+-", parts[i][j]));
        if (value)
            good = good && (!strcmp(value, "=on") || !strcmp(value, "=off"));
    }
    g_strfreev(parts);
    return good;
}

static bool is_pc(const AilMachine *m)
{
    return m->arch == AIL_MACHINE_X86_64 || m->arch == AIL_MACHINE_I386;
}

static AilStatus check_disks(const AilMachine *m, AilError *err)
{
    unsigned ide = 0;
    if (m->n_disks > AIL_MACHINE_MAX_DISKS)
        return ail_error_set(err, "a machine has at most %d disks", AIL_MACHINE_MAX_DISKS);
    for (unsigned i = 0; i < m->n_disks; i++)
        ide += m->disks[i].bus != AIL_BUS_VIRTIO;
    if (ide && !is_pc(m))
        return ail_error_set(err, "only x86 machines have IDE disks and CDs");
    if (ide > AIL_MACHINE_MAX_IDE)
        return ail_error_set(err, "a machine has at most %d IDE disks and CDs",
                             AIL_MACHINE_MAX_IDE);
    return AIL_OK;
}

/* What is not known to replay. */
static AilStatus check_devices(const AilMachine *m, AilError *err)
{
    if (m->display != AIL_DISPLAY_NONE && !is_pc(m))
        return ail_error_set(err, "only x86 machines have a display that is known to replay");
    if (m->arch != AIL_MACHINE_PPC)
        return AIL_OK;
    if (m->n_disks || m->net != AIL_NET_NONE)
        return ail_error_set(err, "of ppc machines no disk or network card is known to replay");
    return AIL_OK;
}

AilStatus ail_machine_check(const AilMachine *m, AilError *err)
{
    if (m->mem_mib < 1 || m->mem_mib > AIL_MACHINE_MAX_MEM_MIB)
        return ail_error_set(err, "memory must be 1 MiB to 64 GiB, not %" PRIu64 " MiB",
                             m->mem_mib);
    if (m->shift < 3 || m->shift > 10)
        return ail_error_set(err, "shift must be 3 to 10, not %u", m->shift);
    if (!strcmp(m->cpu, "host"))
        return ail_error_set(err,
                             "CPU 'host' needs hardware virtualisation, whose runs cannot be "
                             "replayed; choose a model, as in `qemu-system-%s -cpu help`",
                             ail_machine_arch_name(m->arch));
    if (!cpu_is_plain(m->cpu))
        return ail_error_set(err, "CPU '%s' is not a model with features like \"qemu64,+smep\"",
                             m->cpu);
    if (strlen(m->append) > AIL_MACHINE_MAX_APPEND)
        return ail_error_set(err, "the kernel's command line is longer than %d bytes",
                             AIL_MACHINE_MAX_APPEND);
    if ((m->initrd || *m->append) && !m->kernel)
        return ail_error_set(err, "an initrd or a kernel command line needs a kernel");
    if (!m->kernel && !m->firmware && !m->n_disks)
        return ail_error_set(err,
                             "nothing to run: the machine needs a kernel, a disk or a firmware");
    return check_disks(m, err) == AIL_OK ? check_devices(m, err) : AIL_ERR;
}
