/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plugin for QEMU while it records: it hears when the guest says that a piece shall begin or end.
 * The guest does so as formats/hypercall.h says.
 *
 * What it hears goes to the recorder as lines of text, "begin NAME" and "end", on the descriptor of
 * its argument calls=FD. The instruction itself is not changed: a replay, which has no such plugin,
 * runs it as it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "formats/hypercall.h"
#include "formats/qemu_plugin.h"

enum { MAX_NAME = 64 };

typedef struct Convention {
    const char *target; /* QEMU's name of the architecture */
    size_t size;        /* of the instruction */
    uint8_t bytes[4];
    const char *registers[4]; /* magic, what, name, length */
} Convention;

static const Convention conventions[] = {
    {"x86_64", 2, {0x0f, 0xa2}, {"rax", "rcx", "rdi", "rsi"}},
    {"i386", 2, {0x0f, 0xa2}, {"eax", "ecx", "edi", "esi"}},
    {"aarch64", 4, {0xff, 0x2f, 0x03, 0xd5}, {"x0", "x1", "x2", "x3"}},
};

AIL_EXPORT int qemu_plugin_version = 4;
AIL_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                   char **argv);

/* QEMU gives its callbacks no pointer of ours before a vCPU exists. */
static struct {
    int fd;
    const Convention *convention;
    struct qemu_plugin_register *registers[4];
    GByteArray *bytes;
} calls = {.fd = -1};

static uint64_t read_register(int i)
{
    uint64_t value = 0;
    g_byte_array_set_size(calls.bytes, 0);
    int n = qemu_plugin_read_register(calls.registers[i], calls.bytes);
    if (n > 0)
        memcpy(&value, calls.bytes->data, MIN((size_t)n, sizeof value));
    return value;
}

/* The recorder checks what it gets; here it only has to stay one line. */
static void tell(const char *what, const char *name, size_t len)
{
    char line[MAX_NAME + 16];
    int n = snprintf(line, sizeof line, "%s%.*s\n", what, (int)len, name);
    for (int i = 0; i < n - 1; i++)
        if (line[i] == '\n' || !line[i])
            line[i] = '?';
    /* Where the recorder is busy for so long that the socket is full, calls are lost. */
    (void)!send(calls.fd, line, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void on_call(unsigned vcpu, void *user)
{
    (void)vcpu, (void)user;
    if ((uint32_t)read_register(0) != AIL_HYPERCALL_MAGIC)
        return;
    uint32_t what = (uint32_t)read_register(1);
    uint64_t name = read_register(2), len = MIN(read_register(3), (uint64_t)MAX_NAME + 1);
    if (what == AIL_HYPERCALL_END) {
        tell("end", "", 0);
    } else if (what == AIL_HYPERCALL_BEGIN) {
        g_byte_array_set_size(calls.bytes, 0);
        bool read = len && qemu_plugin_read_memory_vaddr(name, calls.bytes, (size_t)len);
        tell("begin ", read ? (const char *)calls.bytes->data : "", read ? (size_t)len : 0);
    }
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    const Convention *c = calls.convention;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint8_t bytes[4];
        if (qemu_plugin_insn_size(insn) == c->size &&
            qemu_plugin_insn_data(insn, bytes, c->size) == c->size &&
            !memcmp(bytes, c->bytes, c->size))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_call, QEMU_PLUGIN_CB_R_REGS, NULL);
    }
}

static void on_vcpu_init(qemu_plugin_id_t id, unsigned vcpu)
{
    (void)vcpu;
    GArray *all = qemu_plugin_get_registers();
    bool found = true;
    for (int i = 0; i < 4; i++) {
        for (guint k = 0; k < all->len && !calls.registers[i]; k++) {
            const qemu_plugin_reg_descriptor *d =
                &g_array_index(all, qemu_plugin_reg_descriptor, k);
            if (!strcmp(d->name, calls.convention->registers[i]))
                calls.registers[i] = d->handle;
        }
        found = found && calls.registers[i];
    }
    g_array_unref(all);
    if (found)
        qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    else
        fprintf(stderr, "ailurus plugin: QEMU does not show the registers of hypercalls\n");
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (g_str_has_prefix(argv[i], "calls="))
            calls.fd = atoi(argv[i] + 6);
    for (size_t i = 0; i < G_N_ELEMENTS(conventions); i++)
        if (!strcmp(conventions[i].target, info->target_name))
            calls.convention = &conventions[i];
    if (calls.fd < 0 || !calls.convention) {
        fprintf(stderr, "ailurus plugin: no hypercalls from guests of %s\n", info->target_name);
        return -1;
    }
    calls.bytes = g_byte_array_new();
    qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init);
    return 0;
}
