/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/guest_events.h"

#include <string.h>

/* Add the event with that data, and release it. */
static void add(ChunkBuilder *b, AilEventType type, uint64_t value, uint64_t pc, AilBuf *data)
{
    chunk_event(b, (AilEvent){.type = (uint8_t)type,
                              .value = value,
                              .pc = pc,
                              .data = data->data,
                              .len = (uint32_t)data->len});
    ail_buf_clear(data);
}

void guest_task(ChunkBuilder *b, uint64_t key, uint32_t pid, uint32_t tgid, uint64_t files,
                const char *comm)
{
    AilBuf data = {0};
    ail_guest_put_task(&data, &(AilGuestTask){.mm = 1,
                                              .files = files,
                                              .pid = pid,
                                              .tgid = tgid,
                                              .comm = {comm, (uint32_t)strlen(comm)}});
    add(b, AIL_EVENT_TASK, key, 0, &data);
}

void guest_switch(ChunkBuilder *b, uint64_t key)
{
    add(b, AIL_EVENT_SWITCH, key, 0, &(AilBuf){0});
}

void guest_exit(ChunkBuilder *b, uint64_t key, uint64_t code)
{
    add(b, AIL_EVENT_EXIT, key, code, &(AilBuf){0});
}

void guest_file(ChunkBuilder *b, uint64_t files, uint64_t fd, const char *path)
{
    AilBuf data = {0};
    ail_buf_put(&data, path, strlen(path));
    add(b, AIL_EVENT_FILE, files, fd, &data);
}

void guest_signal(ChunkBuilder *b, uint64_t number, int code, uint64_t addr)
{
    AilBuf data = {0};
    ail_guest_put_signal(&data, &(AilGuestSignal){code, addr});
    add(b, AIL_EVENT_SIGNAL, number, 0x401000, &data);
}

static uint32_t count(const Piece *pieces)
{
    uint32_t n = 0;
    while (pieces && pieces[n].bytes)
        n++;
    return n;
}

static void put_pieces(AilBuf *data, const Piece *pieces)
{
    for (; pieces && pieces->bytes; pieces++)
        ail_guest_put_piece(data, &(AilGuestPiece){pieces->addr, pieces->bytes, pieces->len});
}

void guest_call(ChunkBuilder *b, unsigned abi, uint64_t number, const uint64_t args[6],
                const Piece *pieces)
{
    AilBuf data = {0};
    AilGuestSyscall call = {.abi = (uint8_t)abi, .n_pieces = count(pieces)};
    memcpy(call.args, args, sizeof call.args);
    ail_guest_put_syscall(&data, &call);
    put_pieces(&data, pieces);
    add(b, AIL_EVENT_SYSCALL, number, 0x401000, &data);
}

static void put_return(ChunkBuilder *b, unsigned abi, uint64_t number, int64_t result,
                       unsigned flags, const Piece *pieces)
{
    AilBuf data = {0};
    ail_guest_put_sysret(&data, &(AilGuestSysret){.number = number,
                                                  .abi = (uint8_t)abi,
                                                  .flags = (uint8_t)flags,
                                                  .n_pieces = count(pieces)});
    put_pieces(&data, pieces);
    add(b, AIL_EVENT_SYSRET, (uint64_t)result, 0x401002, &data);
}

void guest_return(ChunkBuilder *b, unsigned abi, uint64_t number, int64_t result,
                  const Piece *pieces)
{
    put_return(b, abi, number, result, 0, pieces);
}

void guest_return_flags(ChunkBuilder *b, unsigned abi, uint64_t number, int64_t result,
                        unsigned flags)
{
    put_return(b, abi, number, result, flags, NULL);
}
