/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading: arguments, the shared memory, the registers. */
#include "replayer/plugin/plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

AIL_EXPORT int qemu_plugin_version = 4;
AIL_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                   char **argv);

/*
 * While the guest idles in a replay, QEMU's main loop sleeps in real time until a timer is due,
 * though the log says already that it is. Waking it makes idle time cost nothing.
 */
static void *keep_awake(void *unused)
{
    (void)unused;
    uint64_t last = 0;
    for (;;) {
        uint64_t now = *(volatile uint64_t *)&ail_plugin.icount;
        if (now == last)
            g_main_context_wakeup(NULL);
        last = now;
        g_usleep(100);
    }
    return NULL;
}

static AilWire *map_wire(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || (size_t)st.st_size < sizeof(AilWire))
        return NULL;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    AilWire *w = p == MAP_FAILED ? NULL : p;
    if (w && (w->magic != AIL_WIRE_MAGIC || w->size != (uint64_t)st.st_size))
        w = NULL;
    return w;
}

/* The registers' sizes are found by reading them once. */
static void describe_registers(Plugin *p)
{
    AilWire *w = p->wire;
    uint32_t total = 0;
    for (guint i = 0; i < p->registers->len && w->n_regs < AIL_WIRE_MAX_REGS; i++) {
        const qemu_plugin_reg_descriptor *d =
            &g_array_index(p->registers, qemu_plugin_reg_descriptor, i);
        g_byte_array_set_size(p->scratch, 0);
        int n = qemu_plugin_read_register(d->handle, p->scratch);
        AilWireReg *r = &w->regs[w->n_regs];
        g_strlcpy(r->name, d->name, sizeof r->name);
        r->size = n > 0 ? (uint32_t)n : 0;
        total += r->size;
        w->n_regs++;
    }
    if (total > w->sync_cap)
        ail_plugin_fail("the guest has %u bytes of registers", total);
}

static void on_vcpu_init(qemu_plugin_id_t id, unsigned vcpu)
{
    (void)id;
    Plugin *p = &ail_plugin;
    p->reached = qemu_plugin_scoreboard_find(p->reached_score.score, vcpu);
    p->registers = qemu_plugin_get_registers();
    ail_guest_find_registers();
    ail_spoken_find_registers();
    describe_registers(p);
    ail_plugin_osi_start();
    if (!p->reg.asid || !p->reg.pc)
        ail_plugin_fail("QEMU shows no page-table register or program counter of this guest");
    if (!p->failed)
        atomic_store(&p->wire->plugin_state, AIL_PLUGIN_READY);
    g_thread_unref(g_thread_new("awake", keep_awake, NULL));
}

static void on_exit_qemu(qemu_plugin_id_t id, void *user)
{
    (void)id, (void)user;
    ail_plugin_finish();
}

static void set_up(Plugin *p, AilWire *wire)
{
    p->wire = wire;
    p->marks = (const AilMark *)(const void *)((const char *)wire + wire->marks_at);
    p->reached_score.score = qemu_plugin_scoreboard_new(sizeof(uint64_t));
    p->scratch = g_byte_array_new();
    p->blocks = g_hash_table_new(ail_plugin_block_hash, ail_plugin_block_equal);
    p->handlers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    p->selectors = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    p->none.expect = 1;
    p->none.last_pc = UINT64_MAX;
    p->stale.pc = 0x4000000000000001u; /* not canonical: an address that no code can have */
    p->old = g_ptr_array_new();
    p->prev = p->translated = p->none.now = &p->none;
}

static AilArch arch_of(const char *target)
{
    static const struct {
        const char *target;
        AilArch arch;
    } known[] = {{"x86_64", AIL_ARCH_X86},
                 {"i386", AIL_ARCH_X86},
                 {"aarch64", AIL_ARCH_ARM64},
                 {"arm", AIL_ARCH_ARM},
                 {"ppc", AIL_ARCH_PPC}};
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (!strcmp(target, known[i].target))
            return known[i].arch;
    }
    return AIL_ARCH_NONE;
}

/* Whether QEMU, on this processor, reads and writes memory in the other byte order. Where it swaps
 * in registers instead it shows us values as they are in memory. */
static bool host_swaps(void)
{
#if defined(__x86_64__)
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_MOVBE);
#else
    return false;
#endif
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    int fd = -1;
    for (int i = 0; i < argc; i++) {
        if (g_str_has_prefix(argv[i], "fd="))
            fd = atoi(argv[i] + 3);
    }
    AilWire *wire = fd < 0 ? NULL : map_wire(fd);
    if (!wire) {
        fprintf(stderr,
                "ailurus plugin: no shared memory; it is loaded by `ailurus replay` only\n");
        return -1;
    }
    set_up(&ail_plugin, wire);
    ail_plugin.arch = arch_of(info->target_name);
    ail_plugin.x86_64 = !strcmp(info->target_name, "x86_64");
    ail_plugin.swaps = host_swaps();
    ail_xlate_start();
    qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init);
    qemu_plugin_register_vcpu_tb_trans_cb(id, ail_plugin_translate);
    qemu_plugin_register_flush_cb(id, ail_plugin_on_flush);
    qemu_plugin_register_atexit_cb(id, on_exit_qemu, NULL);
    return 0;
}
