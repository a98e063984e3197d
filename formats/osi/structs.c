/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structures of a Linux kernel that formats/osi_members.h names, for a compiler to say in DWARF
 * where their members are: formats/osi/structs.sh compiles this with the kernel's own headers. It
 * is not run, and no part of the program.
 */
#include <linux/binfmts.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/mm_types.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/net.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <net/af_unix.h>
#include <net/sock.h>
#if __has_include(<linux/sched/signal.h>)
#include <linux/sched/signal.h>
#endif
#if __has_include(<linux/signal_types.h>)
#include <linux/signal_types.h>
#endif
#if __has_include(<linux/maple_tree.h>)
#include <linux/maple_tree.h>
#endif

/* The beginning of what fs/mount.h has, which comes with no headers; the same since Linux 3.3. */
struct mount {
    struct hlist_node mnt_hash;
    struct mount *mnt_parent;
    struct dentry *mnt_mountpoint;
    struct vfsmount mnt;
};

struct {
    struct task_struct task;
    struct thread_info thread_info;
    union thread_union thread_union;
    struct signal_struct signal;
    struct cred cred;
    struct mm_struct mm;
    struct vm_area_struct vma;
    struct vm_special_mapping special_mapping;
#if __has_include(<linux/maple_tree.h>)
    struct maple_tree maple_tree;
    struct maple_node maple_node;
#endif
    struct file file;
    struct files_struct files;
    struct fdtable fdtable;
    struct fs_struct fs;
    struct dentry dentry;
    struct dentry_operations dentry_operations;
    struct inode inode;
    struct super_block super_block;
    struct file_system_type file_system_type;
    struct mount mount;
    struct module module;
    struct ksignal ksignal;
    struct linux_binprm binprm;
    struct pid pid;
    struct socket socket;
    struct sock sock;
    struct unix_sock unix_sock;
    struct unix_address unix_address;
    struct pt_regs regs;
} ail_structs;
