/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QEMU plugin that is called back and does nothing with it: the ceiling for any replay plugin.
 * kind=none|block|addr|data: no callback; one a block; one a memory access too; the access's value
 * too. Idle time is skipped as the real plugin does, so that what differs is the work.
 */
#include "formats/qemu_plugin.h"

#include <string.h>

AIL_EXPORT int qemu_plugin_version = 4;
AIL_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                   char **argv);

typedef enum { NONE, BLOCK, ADDR, DATA } Kind;

/* QEMU hands its callbacks no state of ours. */
static Kind kind;
static uint64_t last_value;

static void on_block(unsigned vcpu, void *user)
{
    (void)vcpu, (void)user;
}

static void on_addr(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *user)
{
    (void)vcpu, (void)info, (void)vaddr, (void)user;
}

static void on_data(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *user)
{
    (void)vcpu, (void)vaddr, (void)user;
    last_value = qemu_plugin_mem_get_value(info).data.u64;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    if (kind >= BLOCK)
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, NULL);
    for (size_t i = 0; kind >= ADDR && i < qemu_plugin_tb_n_insns(tb); i++)
        qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i),
                                         kind == DATA ? on_data : on_addr, QEMU_PLUGIN_CB_NO_REGS,
                                         QEMU_PLUGIN_MEM_RW, NULL);
}

static void *keep_awake(void *unused)
{
    (void)unused;
    for (;;) {
        g_main_context_wakeup(NULL);
        g_usleep(100);
    }
    return NULL;
}

static void on_vcpu_init(qemu_plugin_id_t id, unsigned vcpu)
{
    (void)id, (void)vcpu;
    g_thread_unref(g_thread_new("awake", keep_awake, NULL));
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    static const char *const names[] = {"kind=none", "kind=block", "kind=addr", "kind=data"};
    (void)info;
    int known = -1;
    for (int i = 0; i < 4 && argc == 1; i++) {
        if (!strcmp(argv[0], names[i]))
            known = i;
    }
    if (known < 0)
        return -1;
    kind = (Kind)known;
    qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    return 0;
}
