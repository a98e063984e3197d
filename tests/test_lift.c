/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus lift` on our own guests. That operations are right is tested elsewhere: here, that all
 * blocks are there, and that LLVM takes what they become. */
#include "analyzers/lift/llvm.h"
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct Guest {
    char options[48], name[16];
} Guest;

static Guest guests[] = {{"--kernel", "x86-irq"},
                         {"--kernel", "x86-spaces"},
                         {"--arch aarch64 --kernel", "arm64-irq"},
                         {"--arch aarch64 --kernel", "arm64-spaces"}};

/* The guest's trace, g.trace in a new folder. */
static char *trace_of(const Guest *guest)
{
    char *dir = ail_folder_new();
    ail_run(dir, "$A record --no-check %s $G/%s.elf -o g.rr >r.log", guest->options, guest->name);
    ail_run(dir, "$A replay g.rr --columns flow,event -o g.trace 2>p.log");
    return dir;
}

ParameterizedTestParameters(lift, all_that_ran_becomes_bitcode)
{
    return cr_make_param_array(Guest, guests, sizeof guests / sizeof *guests);
}

ParameterizedTest(Guest *guest, lift, all_that_ran_becomes_bitcode)
{
    char *dir = trace_of(guest), path[512];
    AilError err = {""};
    uint64_t functions = 0;
    const AilLlvm *llvm = ail_llvm_load(AIL_LLVM_MODULE, &err);
    cr_assert(llvm, "%s", err.text);
    ail_run(dir, "$A lift g.trace --bitcode g.bc >out");
    uint64_t blocks = ail_number(dir, "$A hotblocks g.trace --top=0 --json | wc -l");
    snprintf(path, sizeof path, "%s/g.bc", dir);
    cr_expect_eq(llvm->bitcode_read(path, &functions, &err), AIL_OK, "%s", err.text);
    cr_expect_eq(functions, blocks, "%" PRIu64 " functions, %" PRIu64 " blocks", functions, blocks);
    ail_run(dir, "grep -q '^g.bc: %" PRIu64 " functions' out", blocks);
    /* The same again, whatever the threads; and nothing is left beside it. */
    ail_run(dir, "$A lift g.trace --bitcode h.bc -j1 --json >out && cmp g.bc h.bc && "
                 "test $(ls | grep -c bc) = 2");
    ail_folder_remove(dir);
}

/* A part of a file, or another file, is no bitcode. */
Test(lift, other_files_are_not_bitcode)
{
    char *dir = ail_folder_new(), path[512];
    AilError err = {""};
    uint64_t functions = 0;
    const AilLlvm *llvm = ail_llvm_load(AIL_LLVM_MODULE, &err);
    cr_assert(llvm, "%s", err.text);
    ail_run(dir, "echo no >g.bc");
    snprintf(path, sizeof path, "%s/g.bc", dir);
    cr_expect_eq(llvm->bitcode_read(path, &functions, &err), AIL_ERR);
    cr_expect(strstr(err.text, "g.bc: not LLVM bitcode"), "%s", err.text);
    ail_folder_remove(dir);
}

Test(lift, every_executed_instruction_is_counted)
{
    for (unsigned i = 0; i < sizeof guests / sizeof *guests; i += 2) {
        char *dir = trace_of(&guests[i]);
        uint64_t insns = ail_number(dir, "$A trace info g.trace --json | sed 's/.*\"instructions\":"
                                         "\\([0-9]*\\).*/\\1/'");
        uint64_t counted = ail_number(dir, "$A lift g.trace --stats --json | sed "
                                           "'s/.*\"instructions\":\\([0-9]*\\),\"exact.*/\\1/'");
        cr_expect_eq(counted, insns);
        /* The block that is reached at 1000 is the last. */
        ail_run(dir, "$A lift g.trace --stats --to 1000 --json | grep -q "
                     "'\"instructions\":1[0-9][0-9][0-9],'");
        ail_folder_remove(dir);
    }
}

Test(lift, a_block_is_printed)
{
    char *dir = trace_of(&guests[0]);
    ail_run(dir, "$A hotblocks g.trace --top=1 --json | sed 's/.*\"pc\":\"\\(0x[0-9a-f]*\\).*/\\1/'"
                 " >pc");
    ail_run(dir, "$A lift g.trace --pc $(cat pc) --block 0 >text");
    ail_run(dir, "grep -q \"^block 0 at $(cat pc): x86-32, kernel, \" text");
    ail_run(dir, "$A trace dump g.trace | grep -m1 \" 0*$(sed s/0x// pc) \" >line");
    /* Its first instruction is that of the dump. */
    ail_run(dir, "set -- $(cat line); grep -q \"^  $(cat pc)  $4\" text");
    ail_run(dir, "$A lift g.trace --pc $(cat pc) --block 0 --json | "
                 "grep -q '\"operations\":\\[\"[a-z0-9]'");
    ail_run(dir, "$A lift g.trace --pc $(cat pc) --block 0 --llvm >ir");
    ail_run(dir, "grep -q \"^define i64 @block_$(sed s/0x// pc)_0\" ir");
    ail_run(dir, "grep -q \"^\\\"$(cat pc) \" ir"); /* the first instruction's label */
    ail_folder_remove(dir);
}

/* Filters: what ran in one address space, or in another; each block ran in some. */
Test(lift, address_spaces_are_told_apart)
{
    char *dir = trace_of(&guests[3]);
    ail_run(dir, "$A asidstory g.trace --json | sed -n 's/.*\"asid\":\"\\(0x[0-9a-f]*\\).*/\\1/p' "
                 "| sort -u >asids");
    ail_run(dir, "test $(wc -l <asids) -ge 2");
    ail_run(dir, "for a in $(cat asids); do $A lift g.trace --asid $a --stats --json; done | sed "
                 "'s/.*\"instructions\":\\([0-9]*\\),\"exact.*/\\1/' | "
                 "awk '{ s += $1 } END { print s }' >sum");
    ail_run(dir, "$A trace info g.trace --json | grep -q \"\\\"instructions\\\":$(cat sum)[,}]\"");
    ail_folder_remove(dir);
}

Test(lift, what_cannot_be_is_said)
{
    char *dir = trace_of(&guests[2]);
    ail_expect_failure(dir, "$A lift g.trace --pc 1", "g.trace: no code was executed at 0x1");
    ail_expect_failure(dir, "$A lift g.trace --pc main", "'main' is neither an address");
    ail_expect_failure(dir, "$A lift g.trace --bitcode nowhere/x.bc", "nowhere/x.bc");
    ail_expect_failure(dir, "$A lift none.trace --stats", "none.trace");
    ail_run(dir, "mkdir bin && cp $A bin/ailurus");
    ail_expect_failure(dir, "bin/ailurus lift g.trace --bitcode x.bc",
                       "ailurus-llvm.so is not beside the program");
    ail_run(dir, "test ! -e x.bc");
    AilOutcome o = ail_shell(dir, "$A lift g.trace");
    cr_expect_eq(o.status, 2);
    ail_outcome_clear(&o);
    ail_folder_remove(dir);
}
