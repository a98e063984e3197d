/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An ELF file with DWARF, for tests; it is not run. */
#include "tests/osi_structs.h"

struct task_struct init_task = {.pid = 0, .comm = "swapper"};
struct mm_struct init_mm;
struct qstr a_qstr;
struct file a_file;
struct mount a_mount;

int main(void)
{
    return init_task.pid;
}
