/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles of kernels: what BTF says is held against the kernel's first task, which lies in the
 * image as the compiler made it; what DWARF says, against the compiler. */
#include "formats/osi_profile.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <stddef.h>
#include <unistd.h>

#include "formats/osi_private.h"
#include "tests/kernel_file.h"
#include "tests/osi_structs.h"
#include "tests/shell.h"

typedef struct Kernel {
    char name[8];
    uint64_t moved;
} Kernel;

/* Debian's kernels of these have BTF; those of i386 and armhf have none. */
static Kernel typed[] = {
    {"amd64", 0},
    {"amd64", 0x1d600000},
    {"arm64", 0x2f3a20000},
};
static Kernel untyped[] = {
    {"i386", 0x6400000},
    {"armhf", 0},
};

static uint64_t pointer(const KernelFile *k, uint64_t at)
{
    const uint8_t *p = ail_kernel_image_at(&k->image, at, k->image.pointer_size);
    cr_assert_not_null(p, "%" PRIx64, at);
    return ail_kernel_get_pointer(&k->image, p);
}

/* init/init_task.c says what is in it. */
static void expect_init_task(const KernelFile *k, const AilOsiProfile *p)
{
    uint64_t task = p->sym.init_task;
    const uint8_t *bytes = ail_kernel_image_at(&k->image, task, (size_t)p->off.task_size);
    cr_assert_not_null(bytes);
    cr_expect_str_eq((const char *)bytes + p->off.task_comm, "swapper");
    cr_expect_eq(p->off.task_comm_size, 16);
    cr_expect_eq(pointer(k, task + (uint64_t)p->off.task_real_parent), task);
    cr_expect_eq(pointer(k, task + (uint64_t)p->off.task_parent), task);
    cr_expect_eq(pointer(k, task + (uint64_t)p->off.task_group_leader), task);
    const int32_t lists[] = {p->off.task_tasks, p->off.task_children, p->off.task_sibling};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        cr_expect_eq(pointer(k, task + (uint64_t)lists[i]), task + (uint64_t)lists[i], "%zu", i);
    uint64_t head =
        pointer(k, task + (uint64_t)p->off.task_signal) + (uint64_t)p->off.signal_thread_head;
    cr_expect_eq(pointer(k, task + (uint64_t)p->off.task_thread_node), head);
    cr_expect_eq(pointer(k, head), task + (uint64_t)p->off.task_thread_node);
    cr_expect_eq(pointer(k, task + (uint64_t)p->off.task_mm), 0);
    uint64_t mm = pointer(k, task + (uint64_t)p->off.task_active_mm);
    if (AIL_OSI_HAS(p, init_mm))
        cr_expect_eq(mm, p->sym.init_mm);
    if (AIL_OSI_HAS(p, init_top_pgt))
        cr_expect_eq(pointer(k, mm + (uint64_t)p->off.mm_pgd), p->sym.init_top_pgt);
}

/* 6.1: mappings are in a tree, whose nodes are 256 bytes. */
static void expect_6_1(const AilOsiProfile *p)
{
    cr_expect(p->version[0] == 6 && p->version[1] == 1, "%u.%u", p->version[0], p->version[1]);
    cr_expect(g_str_has_prefix(p->banner, "Linux version 6.1."), "%s", p->banner);
    cr_expect_not_null(strstr(p->banner, " #1 "), "%s", p->banner);
    cr_expect_eq(p->off.mm_mmap, AIL_OSI_NONE);
    cr_expect_neq(p->off.mm_mm_mt, AIL_OSI_NONE);
    cr_expect_eq(p->off.maple_range_64_slot_size, 16 * 8);
    cr_expect_eq(p->off.maple_arange_64_pivot_size, 9 * 8);
    cr_expect(p->off.vma_vm_start == 0 && p->off.vma_vm_end == 8);
    cr_expect(p->off.path_mnt == 0 && p->off.path_dentry == 8);
    cr_expect_eq(p->off.file_path_dentry, p->off.file_path_mnt + 8);
    cr_expect_eq(p->off.mount_mountpoint, p->off.mount_parent + 8);
    cr_expect_eq(p->off.mount_mnt, -p->off.mount_parent + 16);
    cr_expect_eq(p->off.thread_size, 16384);
}

ParameterizedTestParameters(osi_profile, of_kernels_with_types)
{
    return cr_make_param_array(Kernel, typed, G_N_ELEMENTS(typed));
}

ParameterizedTest(Kernel *which, osi_profile, of_kernels_with_types)
{
    KernelFile k;
    AilOsiProfile p;
    AilKallsyms *table;
    AilError err = {{0}};
    kernel_file_need_known();
    kernel_file_open(&k, which->name, which->moved);
    cr_assert_eq(ail_osi_profile_find(&k.image, NULL, &p, &table, &err), AIL_OK, "%s", err.text);
    expect_init_task(&k, &p);
    expect_6_1(&p);
    cr_expect_eq(AIL_OSI_HAS(&p, current_task), !strcmp(which->name, "amd64"));
    const uint8_t *banner = ail_kernel_image_at(&k.image, p.sym.linux_banner, 14);
    cr_assert(banner && !memcmp(banner, "Linux version ", 14));
    cr_expect_eq(p.sym.do_exit, ail_kallsyms_address(table, "do_exit"));
    ail_kallsyms_free(table);
    kernel_file_close(&k);
}

static const char panda[] = "[debian:6.1:32]\n"
                            "name = 6.1.0-50-686|#1 SMP Debian 6.1.176-1|i686\n"
                            "version.a = 6\nversion.b = 1\nversion.c = 176\n"
                            "task.init_addr = 3249445504\n#task.init_addr = 0xC1AE9A80\n"
                            "task.current_task_addr = 3249445504\n"
                            "task.per_cpu_offsets_addr = 0\n"
                            "task.size = 5824\ntask.tasks_offset = 624\ntask.pid_offset = 776\n"
                            "task.tgid_offset = 780\ntask.comm_offset = 0x3f0\n"
                            "task.mm_offset = 660\ntask.real_parent_offset = 788\n"
                            "mm.pgd_offset = 40\npath.mnt_parent_offset = -8\n"
                            "fs.f_path_dentry_offset = 12\ntask.unheard_of = fnord\n";

ParameterizedTestParameters(osi_profile, of_kernels_without_types)
{
    return cr_make_param_array(Kernel, untyped, G_N_ELEMENTS(untyped));
}

/* What is missing is said; a profile, one of PANDA's here, fills it in. */
ParameterizedTest(Kernel *which, osi_profile, of_kernels_without_types)
{
    KernelFile k;
    AilOsiProfile p, given;
    AilKallsyms *table;
    AilError err = {{0}};
    kernel_file_need_known();
    kernel_file_open(&k, which->name, which->moved);
    cr_expect_eq(ail_osi_profile_find(&k.image, NULL, &p, &table, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "no BTF type information"), "%s", err.text);
    cr_expect_not_null(strstr(err.text, "task_struct.pid"), "%s", err.text);
    cr_expect_null(strstr(err.text, "init_task"), "%s", err.text); /* it is exported */
    cr_assert_not_null(table);
    uint64_t task = p.sym.init_task;
    ail_kallsyms_free(table);
    cr_assert_eq(ail_osi_profile_parse(panda, strlen(panda), "panda", NULL, &given, &err), AIL_OK);
    cr_expect_eq(ail_osi_profile_find(&k.image, &given, &p, &table, &err), AIL_OK, "%s", err.text);
    cr_expect_eq(p.sym.init_task, task); /* the guest's own, not the file's */
    cr_expect_eq(p.off.task_comm, 0x3f0);
    ail_kallsyms_free(table);
    kernel_file_close(&k);
}

Test(osi_profile, reads_pandas_files)
{
    AilOsiProfile p;
    AilError err = {{0}};
    cr_assert_eq(ail_osi_profile_parse(panda, strlen(panda), "x", NULL, &p, &err), AIL_OK, "%s",
                 err.text);
    cr_expect(p.sym.init_task == 3249445504 && AIL_OSI_HAS(&p, init_task));
    cr_expect_not(AIL_OSI_HAS(&p, current_task)); /* what PANDA writes where there is none */
    cr_expect_not(AIL_OSI_HAS(&p, per_cpu_offset));
    cr_expect_eq(p.off.task_pid, 776);
    cr_expect_eq(p.off.mount_parent, -8);
    cr_expect_eq(p.off.task_thread_node, AIL_OSI_NONE);
    cr_expect_eq(p.version[2], 176);
    cr_expect_eq(ail_osi_profile_check(&p, &err), AIL_OK);
}

Test(osi_profile, says_what_is_wrong_with_a_file)
{
    static const char *const bad[][2] = {
        {"", "not a profile"},
        {"task.pid_offset = 4\n", "not a profile"},
        {"[a]\ntask.pid_offset = many\n", "task.pid_offset is not a number"},
        {"[a]\ntask.pid_offset = 99999999999\n", "task.pid_offset is not a number"},
        {"[a]\ntask.init_addr = 0x1ffffffffffffffff\n", "task.init_addr is not a number"},
        {"[a]\ntask.comm_offset = -8\n", "task.comm_offset is negative"},
        {"[a]\npointer_size = 99\n", "pointer_size is not a number"},
    };
    AilOsiProfile p;
    AilError err = {{0}};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        cr_expect_eq(ail_osi_profile_parse(bad[i][0], strlen(bad[i][0]), "x", NULL, &p, &err),
                     AIL_ERR, "%s", bad[i][0]);
        cr_expect(g_str_has_prefix(err.text, "x: ") && strstr(err.text, bad[i][1]), "%s", err.text);
    }
    cr_expect_eq(ail_osi_profile_parse(panda, strlen(panda), "x", "other", &p, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "[other]"), "%s", err.text);
    cr_expect_eq(ail_osi_profile_read("/nowhere/x.conf", NULL, &p, &err), AIL_ERR);
    cr_expect_eq(ail_osi_profile_read("/", NULL, &p, &err), AIL_ERR);
}

/* Each value and its absence survive; no two rows share a key. */
Test(osi_profile, is_the_same_as_text)
{
    AilOsiProfile p, again;
    AilError err = {{0}};
    ail_osi_profile_init(&p);
    p.arch = AIL_MACHINE_AARCH64;
    p.pointer_size = 8;
    g_strlcpy(p.banner, "Linux version 6.1.0 (x) #1", sizeof p.banner);
    p.version[0] = 6;
    p.version[1] = 1;
    for (size_t i = 0; i < AIL_OSI_N_SYMBOLS; i++) {
        p.has_symbol[i] = i % 3 > 0;
        osi_symbols(&p)[i] = i % 3 > 0 ? 0xffff800000000000 + i : 0;
    }
    for (size_t i = 0; i < AIL_OSI_N_OFFSETS; i++)
        osi_offsets(&p)[i] = strchr(osi_offset_rows[i].from, '-') ? -8
                             : i % 5                              ? (int32_t)i * 8
                                                                  : AIL_OSI_NONE;
    char *text = ail_osi_profile_text(&p, "a group");
    cr_assert_eq(ail_osi_profile_parse(text, strlen(text), "x", "a group", &again, &err), AIL_OK,
                 "%s", err.text);
    cr_expect(!memcmp(&p, &again, sizeof p));
    g_free(text);
}

Test(osi_profile, of_dwarf)
{
    AilOsiProfile p;
    AilError err = {{0}};
    cr_assert_eq(ail_osi_profile_from_elf(AIL_OSI_STRUCTS, &p, &err), AIL_OK, "%s", err.text);
#define EXPECT_AT(row, structure, member)                                                          \
    cr_expect_eq(p.off.row, (int32_t)offsetof(struct structure, member), #row " %d", p.off.row)
    EXPECT_AT(task_state, task_struct, state);
    EXPECT_AT(task_tasks, task_struct, tasks);
    EXPECT_AT(task_pid, task_struct, pid);
    EXPECT_AT(task_comm, task_struct, comm);
    EXPECT_AT(mm_mmap, mm_struct, mmap);
    EXPECT_AT(mm_mm_mt, mm_struct, mm_mt);
    EXPECT_AT(mm_pgd, mm_struct, pgd);
    EXPECT_AT(mm_arg_end, mm_struct, arg_end);
    EXPECT_AT(qstr_len, qstr, len);
    EXPECT_AT(qstr_name, qstr, name);
    EXPECT_AT(file_path_dentry, file, f_path.dentry);
#undef EXPECT_AT
    cr_expect_eq(p.off.task_size, (int32_t)sizeof(struct task_struct));
    cr_expect_eq(p.off.task_state_size, (int32_t)sizeof(long));
    cr_expect_eq(p.off.task_comm_size, 16);
    cr_expect_eq(p.off.mm_size, (int32_t)sizeof(struct mm_struct));
    cr_expect_eq(p.off.mount_parent, -16);
    cr_expect_eq(p.off.vma_vm_start, AIL_OSI_NONE);
    cr_expect(AIL_OSI_HAS(&p, init_task) && p.sym.init_task % 8 == 0);
    cr_expect_eq(p.pointer_size, sizeof(void *));
}

/* A vmlinux has what the running kernel has. */
Test(osi_profile, of_an_elf_file_with_btf)
{
    KernelFile k;
    AilOsiProfile from_file, found;
    AilKallsyms *table;
    AilError err = {{0}};
    char *path = NULL;
    kernel_file_open(&k, "amd64", 0);
    int fd = g_file_open_tmp("vmlinux-XXXXXX", &path, NULL);
    cr_assert_eq(write(fd, k.unpacked.data, k.unpacked.len), (ssize_t)k.unpacked.len);
    close(fd);
    cr_assert_eq(ail_osi_profile_from_elf(path, &from_file, &err), AIL_OK, "%s", err.text);
    cr_assert_eq(ail_osi_profile_find(&k.image, NULL, &found, &table, &err), AIL_OK);
    from_file.off.thread_size = found.off.thread_size; /* assumed, of a running kernel */
    cr_expect(!memcmp(&from_file, &found, sizeof found));
    g_unlink(path);
    g_free(path);
    ail_kallsyms_free(table);
    kernel_file_close(&k);
}

Test(osi_profile, by_the_command)
{
    AilOsiProfile p, direct;
    AilError err = {{0}};
    char *dir = ail_folder_new(), *path = g_build_filename(dir, "a.conf", NULL);
    ail_expect_success(dir, "$A osi profile " AIL_OSI_STRUCTS " -o a.conf --group mine");
    cr_assert_eq(ail_osi_profile_read(path, "mine", &p, &err), AIL_OK, "%s", err.text);
    cr_assert_eq(ail_osi_profile_from_elf(AIL_OSI_STRUCTS, &direct, &err), AIL_OK);
    cr_expect(!memcmp(&p, &direct, sizeof p));
    ail_expect_success(dir, "$A osi profile " AIL_OSI_STRUCTS " --group mine | cmp - a.conf");
    ail_expect_failure(dir, "$A osi profile a.conf", "not an ELF file");
    ail_expect_failure(dir, "$A osi profile nowhere", "No such file");
    ail_expect_failure(dir, "$A osi profile /bin/ls -o b.conf", "neither BTF");
    ail_expect_success(dir, "test ! -e b.conf");
    ail_folder_remove(dir);
    g_free(path);
}
