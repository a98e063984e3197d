/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What instructions take in or say that no memory access shows: what x86 reads from ports, and
 * hypercalls (formats/hypercall.h).
 *
 * QEMU ends a block with an `in` when it replays, as a device may be asked for the time; so what it
 * has read is in its register when the next block begins.
 */
#include "replayer/plugin/plugin.h"

#include <string.h>

#include "formats/hypercall.h"
#include "trace/guest.h"

void ail_spoken_find_registers(void)
{
    static const char *const names[][5] = {{"rax", "rcx", "rdi", "rsi", "rdx"},
                                           {"eax", "ecx", "edi", "esi", "edx"},
                                           {"x0", "x1", "x2", "x3", ""}};
    Plugin *p = &ail_plugin;
    for (guint i = 0; i < p->registers->len; i++) {
        const qemu_plugin_reg_descriptor *d =
            &g_array_index(p->registers, qemu_plugin_reg_descriptor, i);
        for (size_t k = 0; k < G_N_ELEMENTS(names) * 5; k++)
            if (!strcmp(d->name, names[k / 5][k % 5]) && p->arch <= AIL_ARCH_ARM64)
                p->spoken[k % 5] = d->handle;
    }
}

/* --- ports --- */

/* The others tell states; they are read over and over. */
static bool hands_over_data(unsigned port)
{
    return port == 0x3f8 || port == 0x2f8 || port == 0x3e8 || port == 0x2e8 || port == 0x60;
}

static void on_in(unsigned vcpu, void *user)
{
    (void)vcpu;
    Plugin *p = &ail_plugin;
    uint32_t size = GPOINTER_TO_UINT(user) >> 16, port = GPOINTER_TO_UINT(user) & 0xffff;
    if (p->failed)
        return;
    if (!port)
        port = (uint16_t)ail_guest_read(p->spoken[4]);
    if (!hands_over_data(port))
        return;
    p->port_read = (uint32_t)AIL_PORT_VALUE(port, size, 0);
    p->limit = 0; /* so that the next block asks what it was */
}

/* The block's last instruction, if it is an `in` of a port that may be told. */
static void hook_in(struct qemu_plugin_tb *tb, const Block *b)
{
    Prefixes had;
    size_t len = b->lengths[b->n - 1];
    const uint8_t *end = b->lengths + b->n + b->size;
    const uint8_t *at = ail_where_skip_prefixes(end - len, end, b->mode, &had);
    bool of_dx = at < end && (*at & 0xfe) == 0xec;
    bool of_number = end - at == 2 && (*at & 0xfe) == 0xe4;
    if (!of_dx && !(of_number && hands_over_data(at[1])))
        return;
    uint32_t size = !(*at & 1) ? 1 : had.operand == (b->mode == AIL_MODE_X86_16) ? 4 : 2;
    uint32_t what = size << 16 | (of_number ? at[1] : 0);
    qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(tb, b->n - 1), on_in,
                                           QEMU_PLUGIN_CB_R_REGS, GUINT_TO_POINTER(what));
}

void ail_spoken_settle(bool to_its_end)
{
    Plugin *p = &ail_plugin;
    uint32_t port = p->port_read;
    p->port_read = 0;
    if (!port || !to_its_end)
        return;
    uint64_t mask = (UINT64_C(1) << 8 * AIL_PORT_SIZE(port)) - 1;
    uint64_t read = ail_guest_read(p->spoken[0]) & mask;
    AilRawEvent e = {.icount = p->icount, .type = AIL_EVENT_PORT, .pc = p->prev->last_pc};
    e.value = AIL_PORT_VALUE(AIL_PORT_NUMBER(port), AIL_PORT_SIZE(port), read);
    ail_plugin_put_event(e, NULL, 0);
}

/* --- hypercalls --- */

static void on_hypercall(unsigned vcpu, void *user)
{
    (void)vcpu;
    Plugin *p = &ail_plugin;
    if (p->failed || (uint32_t)ail_guest_read(p->spoken[0]) != AIL_HYPERCALL_MAGIC)
        return;
    AilGuestHypercall call = {.insn = GPOINTER_TO_UINT(user),
                              .addr = ail_guest_read(p->spoken[2]),
                              .len = ail_guest_read(p->spoken[3])};
    AilRawEvent e = {.icount = p->icount - p->prev->n, .type = AIL_EVENT_HYPERCALL};
    AilBuf data = {0};
    e.value = (uint32_t)ail_guest_read(p->spoken[1]);
    e.pc = p->prev->pc;
    for (uint32_t i = 0; i < call.insn; i++)
        e.pc += p->prev->lengths[i];
    ail_guest_put_hypercall(&data, &call);
    p->flow--; /* the block was entered already; this comes before */
    ail_plugin_put_event(e, data.data, data.len);
    p->flow++;
    ail_buf_clear(&data);
    p->limit = 0; /* so that a full segment is noticed at the next block */
}

static bool is_hypercall(const Block *b, const uint8_t *insn, size_t len)
{
    if (b->mode == AIL_MODE_A64)
        return !memcmp(insn, "\xff\x2f\x03\xd5", 4);
    return b->mode <= AIL_MODE_X86_64 && len == 2 && insn[0] == 0x0f && insn[1] == 0xa2;
}

void ail_spoken_translate(struct qemu_plugin_tb *tb, const Block *b)
{
    const uint8_t *insn = b->lengths + b->n;
    if (!ail_plugin.spoken[3])
        return;
    for (uint32_t i = 0; i < b->n; insn += b->lengths[i++])
        if (is_hypercall(b, insn, b->lengths[i]))
            qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_tb_get_insn(tb, i), on_hypercall,
                                                   QEMU_PLUGIN_CB_R_REGS, GUINT_TO_POINTER(i));
    if (ail_plugin.arch == AIL_ARCH_X86)
        hook_in(tb, b);
}
