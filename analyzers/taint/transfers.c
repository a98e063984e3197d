/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/transfers.h"

#include <string.h>

enum {
    MAX_CALLS = 65536, /* under way */
    MAX_PIECES = 1024, /* of one call */
    MAX_LEN = 1 << 30, /* of one piece, bytes */
};

struct AilTransfers {
    const AilGuest *guest;
    void (*begin)(void *self, const AilTransfer *t);
    void (*end)(void *self, const AilTransfer *t);
    void *self;
    GHashTable *calls; /* key of the task -> AilTransfer; owned */
};

static void transfer_free(gpointer p)
{
    AilTransfer *t = p;
    g_array_free(t->in, TRUE);
    g_array_free(t->out, TRUE);
    g_free((char *)t->path);
    g_free(t);
}

AilTransfers *ail_transfers_new(const AilGuest *guest,
                                void (*begin)(void *self, const AilTransfer *t),
                                void (*end)(void *self, const AilTransfer *t), void *self)
{
    AilTransfers *t = g_new0(AilTransfers, 1);
    *t = (AilTransfers){guest, begin, end, self, NULL};
    t->calls = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, transfer_free);
    return t;
}

void ail_transfers_free(AilTransfers *t)
{
    if (!t)
        return;
    g_hash_table_destroy(t->calls);
    g_free(t);
}

/* --- what arguments point to --- */

/* `len` bytes at an address, if the event has them. */
static const uint8_t *memory_at(const AilGuestSyscall *call, uint64_t addr, size_t len)
{
    AilCursor at = call->pieces;
    AilGuestPiece piece;
    for (uint32_t i = 0; i < call->n_pieces && ail_guest_next_piece(&at, &piece); i++)
        if (addr >= piece.addr && addr - piece.addr <= piece.len &&
            piece.len - (addr - piece.addr) >= len)
            return piece.bytes + (addr - piece.addr);
    return NULL;
}

static uint64_t word_at(const uint8_t *bytes, unsigned word)
{
    uint64_t value = 0;
    memcpy(&value, bytes, word);
    return value;
}

static void add_piece(GArray *to, uint64_t addr, uint64_t len, unsigned arg)
{
    AilTransferPiece piece = {addr, MIN(len, (uint64_t)MAX_LEN), (uint8_t)arg};
    if (addr && len && to->len < MAX_PIECES)
        g_array_append_val(to, piece);
}

static void add_iovec(GArray *to, const AilGuestSyscall *call, uint64_t addr, uint64_t n,
                      unsigned arg)
{
    unsigned word = ail_abi_word(call->abi);
    for (uint64_t i = 0; i < n && i < MAX_PIECES; i++) {
        const uint8_t *at = memory_at(call, addr + i * 2 * word, 2 * word);
        if (!at)
            break;
        add_piece(to, word_at(at, word), word_at(at + word, word), arg);
    }
}

/* struct msghdr: name, namelen (of a word, padded), iov, iovlen */
static void add_message(GArray *to, const AilGuestSyscall *call, uint64_t addr, unsigned arg)
{
    unsigned word = ail_abi_word(call->abi);
    const uint8_t *at = memory_at(call, addr, 4 * word);
    if (at)
        add_iovec(to, call, word_at(at + 2 * word, word), word_at(at + 3 * word, word), arg);
}

static void add_string(GArray *to, const AilGuestSyscall *call, uint64_t addr, unsigned arg)
{
    AilCursor at = call->pieces;
    AilGuestPiece piece;
    for (uint32_t i = 0; i < call->n_pieces && ail_guest_next_piece(&at, &piece); i++)
        if (piece.addr == addr)
            add_piece(to, addr, strnlen((const char *)piece.bytes, piece.len), arg);
}

static uint64_t length_of(const AilSyscallArg *arg, const uint64_t *args)
{
    switch (arg->len_from) {
    case AIL_LEN_REG:
        return arg->len < 6 ? args[arg->len] : 0;
    case AIL_LEN_FIXED:
        return arg->len;
    case AIL_LEN_RESULT:
        return MAX_LEN; /* cut to the result later */
    default:
        return 1;
    }
}

static void add_argument(GArray *to, const AilGuestSyscall *call, const AilSyscallArg *arg,
                         unsigned i)
{
    uint64_t addr = arg->reg < 6 ? call->args[arg->reg] : 0;
    switch (arg->kind) {
    case AIL_ARG_PATH:
    case AIL_ARG_STRING:
        add_string(to, call, addr, i);
        break;
    case AIL_ARG_BYTES:
    case AIL_ARG_TEXT:
    case AIL_ARG_ADDR:
        add_piece(to, addr, length_of(arg, call->args), i);
        break;
    case AIL_ARG_STRUCT:
        add_piece(to, addr, arg->layout ? arg->layout->size : 1, i);
        break;
    case AIL_ARG_IOVEC:
        add_iovec(to, call, addr, length_of(arg, call->args), i);
        break;
    case AIL_ARG_MSG:
        add_message(to, call, addr, i);
        break;
    default:
        break;
    }
}

static bool moves_data(const AilSyscallArg *arg)
{
    return arg->kind == AIL_ARG_BYTES || arg->kind == AIL_ARG_TEXT || arg->kind == AIL_ARG_IOVEC ||
           arg->kind == AIL_ARG_MSG;
}

/* --- calls --- */

static const AilTask *running(const AilTransfers *t, uint64_t *key)
{
    const AilTask *task = ail_guest_running(t->guest);
    *key = task ? task->key : 0;
    return task;
}

/* An offset in a file that an argument points to, as of sendfile, splice, copy_file_range. */
static void take_offset(AilTransfer *transfer, const AilGuestSyscall *call,
                        const AilSyscallArg *arg, unsigned i)
{
    unsigned size = arg->layout ? arg->layout->size : 0;
    bool is = arg->kind == AIL_ARG_STRUCT && (size == 4 || size == 8) && arg->reg < 6 && i < 6;
    const uint8_t *bytes = is ? memory_at(call, call->args[arg->reg], size) : NULL;
    if (bytes)
        transfer->at[i] = word_at(bytes, size);
}

static void add_arguments(AilTransfer *transfer, const AilGuestSyscall *call, const AilTask *task,
                          const AilGuest *guest)
{
    bool has_fd = false;
    for (unsigned i = 0; i < transfer->call->n_args; i++) {
        const AilSyscallArg *arg = &transfer->call->args[i];
        if (arg->kind == AIL_ARG_FD && !has_fd && arg->reg < 6) {
            has_fd = true;
            transfer->fd = (uint32_t)call->args[arg->reg];
            transfer->files = task ? task->files : 0;
            transfer->path =
                g_strdup(task ? ail_guest_file(guest, task->files, transfer->fd) : NULL);
        }
        transfer->data |= has_fd && moves_data(arg);
        take_offset(transfer, call, arg, i);
        if (arg->in)
            add_argument(transfer->in, call, arg, i);
        if (arg->out)
            add_argument(transfer->out, call, arg, i);
    }
}

static void on_call(AilTransfers *t, const AilEvent *event)
{
    AilGuestSyscall call;
    uint64_t key;
    const AilTask *task = running(t, &key);
    const AilSyscall *known =
        ail_guest_syscall(event, &call) ? ail_syscall_find(call.abi, event->value) : NULL;
    g_hash_table_remove(t->calls, &key);
    if (!known || g_hash_table_size(t->calls) >= MAX_CALLS)
        return;
    AilTransfer *transfer = g_new0(AilTransfer, 1);
    transfer->call = ail_syscall_variant(known, call.args);
    transfer->number = event->value;
    transfer->abi = call.abi;
    transfer->icount = event->icount;
    memcpy(transfer->args, call.args, sizeof transfer->args);
    transfer->in = g_array_new(FALSE, FALSE, sizeof(AilTransferPiece));
    transfer->out = g_array_new(FALSE, FALSE, sizeof(AilTransferPiece));
    add_arguments(transfer, &call, task, t->guest);
    g_hash_table_insert(t->calls, g_memdup2(&key, sizeof key), transfer);
    if (t->begin)
        t->begin(t->self, transfer);
}

/* What was written is as much as the result says, where that counts bytes. */
static void cut_to_result(AilTransfer *transfer, int64_t result)
{
    uint64_t left = result > 0 ? (uint64_t)result : 0;
    for (guint i = 0; i < transfer->out->len; i++) {
        AilTransferPiece *piece = &g_array_index(transfer->out, AilTransferPiece, i);
        if (!transfer->data || !moves_data(&transfer->call->args[piece->arg])) {
            piece->len = result < 0 ? 0 : piece->len;
            continue;
        }
        piece->len = MIN(piece->len, left);
        left -= piece->len;
    }
}

static void on_return(AilTransfers *t, const AilEvent *event)
{
    AilGuestSysret ret;
    uint64_t key;
    running(t, &key);
    AilTransfer *transfer = g_hash_table_lookup(t->calls, &key);
    if (!transfer || !ail_guest_sysret(event, &ret) || ret.number != transfer->number)
        return;
    transfer->result = (int64_t)event->value;
    cut_to_result(transfer, transfer->result);
    if (t->end)
        t->end(t->self, transfer);
    g_hash_table_remove(t->calls, &key);
}

void ail_transfers_event(AilTransfers *t, const AilEvent *event)
{
    if (event->type == AIL_EVENT_SYSCALL)
        on_call(t, event);
    else if (event->type == AIL_EVENT_SYSRET)
        on_return(t, event);
}
