/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's operating system: tells replayer/osi/ what happens in the guest, by hooks at the
 * beginning of a few of the kernel's functions, and where execution crosses between it and user
 * code.
 */
#include "replayer/plugin/plugin.h"

#include <stdio.h>
#include <string.h>

bool ail_plugin_read_memory(uint64_t addr, void *to, size_t len)
{
    GByteArray *bytes = ail_plugin.memory;
    g_byte_array_set_size(bytes, 0);
    if (!qemu_plugin_read_memory_vaddr(addr, bytes, len) || bytes->len < len)
        return false;
    memcpy(to, bytes->data, len);
    return true;
}

static bool host_read(void *user, uint64_t addr, void *to, size_t len)
{
    (void)user;
    return ail_plugin_read_memory(addr, to, len);
}

static void host_tell(void *user, AilEventType type, uint64_t value, uint64_t pc, const void *data,
                      size_t len)
{
    Plugin *p = user;
    AilRawEvent e = {.icount = p->event_icount, .value = value, .pc = pc, .type = (uint8_t)type};
    ail_plugin_put_event(e, data, len);
    p->limit = 0; /* so that a full segment is noticed at the next block */
}

AilMachineArch ail_plugin_machine(void)
{
    const Plugin *p = &ail_plugin;
    switch (p->arch) {
    case AIL_ARCH_ARM64:
        return AIL_MACHINE_AARCH64;
    case AIL_ARCH_ARM:
        return AIL_MACHINE_ARM;
    default:
        return p->x86_64 ? AIL_MACHINE_X86_64 : AIL_MACHINE_I386;
    }
}

void ail_plugin_osi_start(void)
{
    Plugin *p = &ail_plugin;
    if (!p->wire->introspect || p->arch == AIL_ARCH_PPC || p->osi)
        return;
    p->memory = g_byte_array_new();
    p->osi = ail_osi_new(&(AilOsiHost){.user = p, .read = host_read, .tell = host_tell},
                         ail_plugin_machine());
    ail_calls_find_registers();
}

static uint64_t hook_address(const AilOsiProfile *k, HookKind kind)
{
    switch (kind) {
    case HOOK_SWITCH:
        return k->sym.switch_to;
    case HOOK_FORK:
        return k->sym.wake_up_new_task;
    case HOOK_EXIT:
        return k->sym.do_exit;
    case HOOK_SIGNAL:
        return k->sym.signal_setup_done;
    case HOOK_MODULE:
        return k->sym.do_init_module;
    case HOOK_SENT:
        return k->sym.dev_hard_start_xmit;
    case HOOK_PIPE_LOCK:
        return k->sym.pipe_lock;
    case HOOK_PIPE_UNLOCK:
        return k->sym.pipe_unlock;
    default:
        return 0;
    }
}

void ail_plugin_osi_take(const AilOsiProfile *profile, const AilKallsyms *symbols)
{
    Plugin *p = &ail_plugin;
    AilError err = {{0}};
    if (ail_osi_take_kernel(p->osi, profile, symbols, &err) != AIL_OK) {
        g_strlcpy(p->wire->osi_note, err.text, sizeof p->wire->osi_note);
        return;
    }
    p->wire->osi_note[0] = 0;
    for (int i = 0; i < N_HOOKS; i++)
        p->hook_at[i] = hook_address(profile, (HookKind)i);
    ail_osi_begin(p->osi, ail_osi_find_current(p->osi));
}

/* --- hooks --- */

static AilAbi native_abi(const Plugin *p)
{
    return p->arch == AIL_ARCH_ARM64 ? AIL_ABI_ARM64
           : p->arch == AIL_ARCH_ARM ? AIL_ABI_ARM
           : p->x86_64               ? AIL_ABI_X86_64
                                     : AIL_ABI_I386;
}

/* 32-bit Arm's __switch_to gets the next task's thread_info. */
static uint64_t arm_next(const Plugin *p)
{
    const AilOsiOffsets *off = &ail_osi_kernel(p->osi)->off;
    uint64_t info = ail_calls_argument(AIL_ABI_ARM, 2);
    uint8_t task[4];
    if (off->task_thread_info >= 0)
        return info - (uint64_t)off->task_thread_info;
    return off->thread_info_task >= 0 &&
                   ail_plugin_read_memory(info + (uint64_t)off->thread_info_task, task, 4)
               ? ail_get_le32(task)
               : 0;
}

static void on_hook(unsigned vcpu, void *user)
{
    (void)vcpu;
    Plugin *p = &ail_plugin;
    if (p->failed)
        return;
    /* The block was entered already; all this comes before. */
    p->event_icount = p->icount - p->prev->n;
    p->flow--;
    unsigned kind = GPOINTER_TO_UINT(user);
    AilAbi abi = native_abi(p);
    uint64_t first = ail_calls_argument(abi, 0), second = ail_calls_argument(abi, 1);
    if (kind == HOOK_SWITCH)
        ail_osi_switch(p->osi, abi == AIL_ABI_ARM ? arm_next(p) : second);
    else if (kind == HOOK_FORK)
        ail_osi_fork(p->osi, first);
    else if (kind == HOOK_EXIT)
        ail_osi_exit(p->osi, first);
    else if (kind == HOOK_SIGNAL)
        ail_osi_signal(p->osi, second);
    else if (kind == HOOK_MODULE)
        ail_osi_module(p->osi, first);
    else if (kind == HOOK_SENT)
        ail_osi_sent(p->osi, first, second);
    else
        ail_osi_pipe(p->osi, first, kind == HOOK_PIPE_UNLOCK);
    p->flow++;
    if (kind >= HOOK_SENT)
        p->limit = 0; /* so that a full segment is noticed at the next block */
}

/* The registers that user code goes on with are at the very top of the kernel's stack; those of an
 * interrupted kernel are further down. */
static bool goes_to_user(const Plugin *p)
{
    enum { SLACK = 64 };
    const AilOsiOffsets *off = &ail_osi_kernel(p->osi)->off;
    uint64_t size = (uint64_t)off->thread_size, sp = ail_calls_read(native_abi(p), CALL_STACK);
    if (off->thread_size <= 0 || off->regs_size <= 0)
        return true;
    return sp % size == 0 || sp % size + (uint64_t)off->regs_size + SLACK >= size;
}

/* The last that is seen of the kernel before user code goes on. */
static void on_hide(unsigned vcpu, void *user)
{
    (void)vcpu;
    Plugin *p = &ail_plugin;
    bool may_leave = GPOINTER_TO_UINT(user) == MAY_LEAVE;
    if (p->failed || !p->osi_hides || (may_leave && !goes_to_user(p)))
        return;
    AilOsiUser before = {.result = ail_calls_read(native_abi(p), CALL_RESULT)};
    p->event_icount = p->icount - p->prev->n;
    p->flow--;
    ail_osi_refresh(p->osi, may_leave ? NULL : &before);
    p->flow++;
}

static void hook_hiding(struct qemu_plugin_tb *tb, const Block *b)
{
    size_t last = b->lengths[b->n - 1];
    const AilOsiProfile *k = ail_osi_kernel(ail_plugin.osi);
    Hiding hiding =
        k ? ail_calls_hiding(b, b->lengths + b->n + b->size - last, last, k->sym.text, k->sym.etext)
          : HIDES_NOTHING;
    if (hiding != HIDES_NOTHING)
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_hide, QEMU_PLUGIN_CB_R_REGS,
                                             GUINT_TO_POINTER(hiding));
}

void ail_plugin_osi_translate(struct qemu_plugin_tb *tb, const Block *b)
{
    Plugin *p = &ail_plugin;
    if (!p->osi)
        return;
    if (!p->osi_done && ail_plugin_may_be_kernel(b)) {
        p->osi_look |= !(p->osi_seen & (p->osi_seen + 1)); /* less and less often */
        p->osi_seen++;
        if (p->osi_look)
            p->limit = 0; /* so that it is done when how the block before ended is known */
    }
    hook_hiding(tb, b);
    for (unsigned i = 0; i < N_HOOKS && !b->user; i++) {
        if (p->hook_at[i] && p->hook_at[i] == b->pc)
            qemu_plugin_register_vcpu_tb_exec_cb(tb, on_hook, QEMU_PLUGIN_CB_R_REGS,
                                                 GUINT_TO_POINTER(i));
    }
}

/* --- crossings --- */

/* User code has made a call with the last instruction of prev. */
void ail_plugin_osi_call(const Block *prev, uint64_t icount)
{
    Plugin *p = &ail_plugin;
    AilOsiCall call = {.pc = prev->last_pc, .space = p->asid};
    ail_calls_get((Crossing)prev->crossing, prev->mode, &call);
    p->event_icount = icount;
    ail_osi_call(p->osi, &call);
}

void ail_plugin_osi_user(const Block *next)
{
    Plugin *p = &ail_plugin;
    AilAbi abi = ail_calls_abi(next->mode, NO_CROSSING);
    AilOsiUser user = {.pc = next->pc,
                       .result = ail_calls_read(abi, CALL_RESULT),
                       .stack = ail_calls_read(abi, CALL_STACK),
                       .space = p->asid};
    p->event_icount = p->icount;
    p->osi_hides |= !ail_osi_refresh(p->osi, &user);
    ail_osi_user(p->osi, &user);
}
