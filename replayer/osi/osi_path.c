/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths of open files, from the kernel's directory cache: names from the file up to the root, over
 * the places where file systems are mounted. Names are kept while what identifies them is as it
 * was.
 */
#include "replayer/osi/osi_private.h"

enum { MAX_NAMES = 1 << 16, MAX_DEPTH = 256, NAME = 256 };

/* A path while it is put together, from its end. */
typedef struct Path {
    char text[AIL_OSI_PATH];
    size_t at; /* where it begins */
} Path;

static bool prepend(Path *p, const char *text)
{
    size_t len = strlen(text);
    if (len > p->at)
        return false;
    p->at -= len;
    memcpy(p->text + p->at, text, len);
    return true;
}

/* What a dentry says: its parent, and a hash and length of its name. */
static bool read_dentry(AilOsi *o, uint64_t dentry, AilOsiName *d)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint8_t bytes[512];
    uint32_t name = (uint32_t)off->dentry_name, parent = (uint32_t)off->dentry_parent;
    uint32_t inode = (uint32_t)off->dentry_inode;
    uint32_t len = MAX(MAX(name + 8, parent + 8), inode + 8);
    if (len > sizeof bytes || !ail_osi_read(o, dentry, bytes, len))
        return false;
    d->parent = ail_osi_number(bytes + parent, o->pointer);
    d->inode = ail_osi_number(bytes + inode, o->pointer);
    d->hash_len = ail_osi_number(bytes + name, 8);
    return true;
}

static const AilOsiName *name_of(AilOsi *o, uint64_t dentry)
{
    const AilOsiOffsets *off = &o->profile.off;
    AilOsiName now = {0}, *n = g_hash_table_lookup(o->names, &dentry);
    if (!read_dentry(o, dentry, &now))
        return NULL;
    if (n && n->parent == now.parent && n->hash_len == now.hash_len && n->inode == now.inode)
        return n;
    char text[NAME];
    uint64_t at =
        ail_osi_pointer(o, dentry + (uint64_t)off->dentry_name + (uint64_t)off->qstr_name);
    if (!ail_osi_text(o, at, text, sizeof text))
        return NULL;
    if (g_hash_table_size(o->names) >= MAX_NAMES)
        g_hash_table_remove_all(o->names);
    now.name = g_strdup(text);
    n = g_memdup2(&now, sizeof now);
    g_hash_table_replace(o->names, g_memdup2(&dentry, sizeof dentry), n);
    return n;
}

/* Up from the dentry. */
static bool walk_up(AilOsi *o, uint64_t dentry, uint64_t mnt, Path *p)
{
    const AilOsiOffsets *off = &o->profile.off;
    for (int depth = 0; depth < MAX_DEPTH && dentry; depth++) {
        uint64_t root = ail_osi_pointer(o, mnt + (uint64_t)off->vfsmount_root);
        if (dentry == root) {
            uint64_t parent = ail_osi_pointer(o, mnt + (uint64_t)off->mount_parent);
            if (off->mount_mnt > 0 && parent)
                parent += (uint64_t)off->mount_mnt; /* its vfsmount */
            if (!parent || parent == mnt)
                return true;
            dentry = ail_osi_pointer(o, mnt + (uint64_t)off->mount_mountpoint);
            mnt = parent;
            continue;
        }
        const AilOsiName *n = name_of(o, dentry);
        if (!n)
            return false;
        if (n->parent == dentry)
            return true;
        if (!prepend(p, n->name) || !prepend(p, "/"))
            return false;
        dentry = n->parent;
    }
    return false;
}

/* A file that has no place in a directory: what /proc says of those. */
static bool nameless(AilOsi *o, AilOsiFile *f, uint64_t sb, uint64_t dentry, Path *p)
{
    const AilOsiOffsets *off = &o->profile.off;
    char type[32], text[64];
    if (off->sb_type < 0 || off->fs_type_name < 0)
        return false;
    uint64_t fs = ail_osi_pointer(o, sb + (uint64_t)off->sb_type);
    if (!fs ||
        !ail_osi_text(o, ail_osi_pointer(o, fs + (uint64_t)off->fs_type_name), type, sizeof type))
        return false;
    bool is_pipe = !strcmp(type, "pipefs");
    f->is_socket = !strcmp(type, "sockfs");
    if (is_pipe || f->is_socket) {
        g_snprintf(text, sizeof text, "%s:[%" G_GUINT64_FORMAT "]", is_pipe ? "pipe" : "socket",
                   f->inode);
        return prepend(p, text);
    }
    if (strcmp(type, "anon_inodefs"))
        return false;
    const AilOsiName *n = name_of(o, dentry);
    return n && prepend(p, n->name) && prepend(p, "anon_inode:");
}

bool ail_osi_file(AilOsi *o, uint64_t file, AilOsiFile *to)
{
    const AilOsiOffsets *off = &o->profile.off;
    /* Of a mount, offsets from its vfsmount are negative. */
    const int32_t needed[] = {off->file_path_dentry, off->file_path_mnt,    off->vfsmount_root,
                              off->mount_parent,     off->mount_mountpoint, off->dentry_parent,
                              off->dentry_name,      off->dentry_inode,     off->qstr_name};
    to->inode = to->dev = 0;
    to->is_socket = false;
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
        if (needed[i] == AIL_OSI_NONE)
            return false;
    }
    uint64_t dentry = ail_osi_pointer(o, file + (uint64_t)off->file_path_dentry);
    uint64_t mnt = ail_osi_pointer(o, file + (uint64_t)off->file_path_mnt);
    uint64_t inode = dentry ? ail_osi_pointer(o, dentry + (uint64_t)off->dentry_inode) : 0;
    uint64_t sb = 0;
    if (inode && off->inode_ino >= 0 && off->inode_sb >= 0) {
        to->inode = ail_osi_pointer(o, inode + (uint64_t)off->inode_ino);
        sb = ail_osi_pointer(o, inode + (uint64_t)off->inode_sb);
        to->dev = sb && off->sb_dev >= 0 ? ail_osi_u32(o, sb + (uint64_t)off->sb_dev) : 0;
    }
    Path p = {.at = sizeof p.text - 1};
    p.text[p.at] = 0;
    if (!dentry || !mnt ||
        (!(sb && nameless(o, to, sb, dentry, &p)) && !walk_up(o, dentry, mnt, &p)))
        return false;
    if (p.at == sizeof p.text - 1)
        prepend(&p, "/");
    memcpy(to->path, p.text + p.at, sizeof p.text - p.at);
    return true;
}
