/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structures with the names that Linux has, and members at places of our own: what DWARF says of
 * them must be what the compiler says. */
#ifndef AIL_TESTS_OSI_STRUCTS_H
#define AIL_TESTS_OSI_STRUCTS_H

typedef struct OsiList {
    void *next, *prev;
} OsiList;

struct mm_struct {
    struct { /* as since 4.18: all is in a structure without a name */
        long before[3];
        union {
            void *mmap;
            int mm_mt[4];
        };
        void *pgd;
        unsigned long arg_start, arg_end;
    };
    char tail[5];
};

struct qstr {
    union {
        struct {
            unsigned hash, len;
        };
        unsigned long hash_len;
    };
    const unsigned char *name;
};

struct path {
    void *mnt, *dentry;
};

struct file {
    long pad;
    const struct path f_path;
};

struct mount {
    void *mnt_hash[2];
    struct mount *mnt_parent;
    void *mnt_mountpoint;
    struct vfsmount {
        void *mnt_root;
    } mnt;
};

struct task_struct {
    volatile long state;
    unsigned sched_migrated : 3, sched_psi : 5;
    OsiList tasks;
    struct mm_struct *mm;
    int pid, tgid;
    struct task_struct *real_parent;
    char comm[16];
};

#endif
