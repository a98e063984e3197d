/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of a guest's operating system, made by hand, into a chunk (chunk_builder.h). */
#ifndef AIL_TESTS_GUEST_EVENTS_H
#define AIL_TESTS_GUEST_EVENTS_H

#include "tests/chunk_builder.h"
#include "trace/guest.h"

/* A piece of memory; the list ends with bytes NULL. */
typedef struct Piece {
    uint64_t addr;
    const void *bytes;
    uint32_t len;
} Piece;

#define ARGS(...)   ((const uint64_t[6]){__VA_ARGS__})
#define PIECES(...) ((const Piece[]){__VA_ARGS__, {0, NULL, 0}})
#define TEXT_AT(addr, text)                                                                        \
    {                                                                                              \
        addr, text, sizeof(text)                                                                   \
    } /* with its zero byte */
#define BYTES_AT(addr, text)                                                                       \
    {                                                                                              \
        addr, text, sizeof(text) - 1                                                               \
    } /* without */
#define WORDS_AT(addr, ...)                                                                        \
    {                                                                                              \
        addr, ((const uint64_t[]){__VA_ARGS__}), sizeof((const uint64_t[]){__VA_ARGS__})           \
    }
#define WORDS32_AT(addr, ...)                                                                      \
    {                                                                                              \
        addr, ((const uint32_t[]){__VA_ARGS__}), sizeof((const uint32_t[]){__VA_ARGS__})           \
    }

void guest_task(ChunkBuilder *b, uint64_t key, uint32_t pid, uint32_t tgid, uint64_t files,
                const char *comm);
void guest_switch(ChunkBuilder *b, uint64_t key);
void guest_exit(ChunkBuilder *b, uint64_t key, uint64_t code);
void guest_file(ChunkBuilder *b, uint64_t files, uint64_t fd, const char *path);
void guest_signal(ChunkBuilder *b, uint64_t number, int code, uint64_t addr);
/* pieces may be NULL. */
void guest_call(ChunkBuilder *b, unsigned abi, uint64_t number, const uint64_t args[6],
                const Piece *pieces);
void guest_return(ChunkBuilder *b, unsigned abi, uint64_t number, int64_t result,
                  const Piece *pieces);
void guest_return_flags(ChunkBuilder *b, unsigned abi, uint64_t number, int64_t result,
                        unsigned flags);

#endif
