/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Executions whose call stacks are known, an instruction at a time, and what callstack says of
 * them. */
#ifndef AIL_TESTS_STACKS_BUILDER_H
#define AIL_TESTS_STACKS_BUILDER_H

#include "tests/chunk_builder.h"

#define STACKS_COLUMNS (AIL_COL_ALL & ~AIL_COL_SYNC)

enum { KERNEL = false, USER = true };

/* Each of these runs one block of one instruction, so that the n-th of them is icount n. slot:
 * where the return address is on the stack. */
void nop(ChunkBuilder *b, uint64_t pc, bool user);
void call(ChunkBuilder *b, uint64_t pc, bool user, uint64_t slot);
void ret(ChunkBuilder *b, uint64_t pc, bool user, uint64_t slot);
void syscall_insn(ChunkBuilder *b, uint64_t pc);
void sysret(ChunkBuilder *b, uint64_t pc);
void iret(ChunkBuilder *b, uint64_t pc);
void a64(ChunkBuilder *b, uint64_t pc, bool user, uint32_t code);

#define A64_NOP  0xd503201f
#define A64_BL   0x94000000
#define A64_RET  0xd65f03c0
#define A64_SVC  0xd4000001
#define A64_ERET 0xd69f03e0
#define A64_SAVE 0xa9bf7bfd /* stp x29, x30, [sp, #-16]! */
#define A64_LOAD 0xa8c17bfd /* ldp x29, x30, [sp], #16 */

/* JSON that callstack wrote, in short: the frames of each printed stack as "PC:FUNCTIONkind ...",
 * kind a letter; stacks end with "|". Frees json; free the result with g_free. */
char *stacks_compact(char *json);

/* The analysis, with these columns, says this of the chunk that was built, in short. Frees b. */
void expect_stacks(ChunkBuilder *b, const char *analysis, uint32_t columns, const char *all);

#endif
