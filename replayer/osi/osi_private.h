/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of introspection. */
#ifndef AIL_REPLAYER_OSI_PRIVATE_H
#define AIL_REPLAYER_OSI_PRIVATE_H

#include <glib.h>

#include "formats/elf_symbols.h"
#include "replayer/osi/osi.h"

enum {
    AIL_OSI_COMM = 16,
    AIL_OSI_PATH = 4096,
    AIL_OSI_MAX_TASKS = 1 << 16,
    AIL_OSI_MAX_SPACES = 1 << 12, /* of which a program is remembered */
    AIL_OSI_MAX_MAPS = 1 << 16,
    AIL_OSI_MAX_MODULES = 1 << 12,
    AIL_OSI_MAX_FDS = 1 << 16,
    AIL_OSI_MAX_TABLES = 4096,           /* of open files, of which something is remembered */
    AIL_OSI_MAX_OPEN = 1 << 22,          /* descriptors in all of these */
    AIL_OSI_MAX_SYMBOL_BYTES = 16 << 20, /* that are read for symbols at one moment */
    AIL_OSI_MAX_PAGES = 1 << 19,         /* of files, that are read */
    AIL_OSI_MAX_SYMBOLS = 256 << 20,     /* bytes of them that are told */
};

/* What a system call may change: bits of a set. */
enum {
    AIL_CHANGES_NAME = 1,
    AIL_CHANGES_MAPS = 2,     /* all over */
    AIL_CHANGES_RANGE = 4,    /* at the address that it returns, its argument 1 long */
    AIL_CHANGES_ARGUMENT = 8, /* at its argument 0, its argument 1 long */
    AIL_CHANGES_MODULES = 16,
    AIL_CHANGES_SOCKET = 32,  /* where the one is bound or connected to whose descriptor is its
                                 argument 0 */
    AIL_CHANGES_SOCKETS = 64, /* any one's */
};

typedef struct AilOsiTask {
    uint64_t key, mm, files, asid, parent, start_ns;
    uint32_t pid, tgid, ppid, flags;
    char comm[AIL_OSI_COMM];
    bool told;
    bool exited;              /* do_exit has begun */
    uint64_t first_mm;        /* that it had when it was first told */
    uint64_t shown_mm;        /* whose program was told for it */
    bool in_call;             /* `call` has not returned */
    bool missed;              /* not all that it reads could be read when it was made */
    bool child;               /* it begins by returning from its parent's */
    bool in_handler, siginfo; /* goes on with a signal's handler, and one that gets a siginfo */
    AilOsiCall call;
} AilOsiTask;

/* What was told of an open file. */
typedef struct AilOsiOpen {
    uint64_t file;   /* 0: closed */
    uint32_t socket; /* a hash of what it is connected to; 0: it is no socket */
} AilOsiOpen;

/* And of a table of them. */
typedef struct AilOsiFiles {
    uint64_t used; /* when it was looked at last */
    uint32_t n;
    AilOsiOpen *open; /* owned */
} AilOsiFiles;

/* A name in a directory, as it was read last. */
typedef struct AilOsiName {
    uint64_t parent, hash_len, inode;
    char *name; /* owned */
} AilOsiName;

/* A part of a file that is mapped. */
typedef struct AilOsiExtent {
    uint64_t start, end, offset;
} AilOsiExtent;

/* Where the kernel's struct pages begin, and the memory that the first of them is for. */
typedef struct AilOsiMemory {
    uint64_t pages, memory;
} AilOsiMemory;

struct AilOsi {
    AilOsiHost host;
    AilMachineArch arch;
    bool known;
    AilOsiProfile profile;
    unsigned pointer;           /* its size */
    uint32_t task_at, task_len; /* the part of a task_struct that has all that is looked at */
    GHashTable *tasks;          /* key -> AilOsiTask; owned */
    GHashTable *spaces;       /* address space -> AilOsiTask, for when no kernel is known; owned */
    GHashTable *mms;          /* key -> what was told of its program (GBytes); owned */
    GHashTable *files;        /* key -> AilOsiFiles; owned */
    uint64_t files_looks;     /* so often was a table looked at */
    size_t n_open;            /* descriptors of all tables */
    GHashTable *names;        /* dentry -> AilOsiName; owned */
    GHashTable *modules;      /* base -> what was told of it; owned keys and values */
    size_t symbol_bytes_left; /* that may still be read for symbols of modules */
    uint64_t data_from,
        data_to;         /* where the kernel's variables are, which begin with its first task */
    GHashTable *images;  /* files whose functions were looked at; owned (osi_images.c) */
    unsigned n_partial;  /* of these, not all of which was there */
    AilOsiMemory memory; /* pages = 0: not known yet */
    uint64_t again_mm;   /* has files mapped that are to be looked at again; 0: none */
    unsigned again_in, again_wait;       /* so many times that user code goes on; of these in all */
    uint64_t content_left, symbols_left; /* pages and bytes that may yet be read and told */
    uint64_t symbols_now;                /* bytes told at this moment */
    uint64_t current;
    AilBuf buf, out;                      /* scratch: what is being told; what is being read */
    uint8_t changes[AIL_ABI_COUNT][1024]; /* by number, AIL_CHANGES_* | 128 once looked up */
};

/* osi_read.c: the guest's memory. All give 0 or false for what is not there. */
bool ail_osi_read(AilOsi *o, uint64_t addr, void *to, size_t len);
uint64_t ail_osi_pointer(AilOsi *o, uint64_t addr);
uint32_t ail_osi_u32(AilOsi *o, uint64_t addr);
uint64_t ail_osi_u64(AilOsi *o, uint64_t addr);
/* A number of 4 or 8 bytes out of bytes that were read; all kernels here are little-endian. */
uint64_t ail_osi_number(const uint8_t *from, unsigned size);
/* A text with its NUL, into `size` bytes; cut where it is longer. */
bool ail_osi_text(AilOsi *o, uint64_t addr, char *to, size_t size);
void ail_osi_tell(AilOsi *o, AilEventType type, uint64_t value, uint64_t pc);

/* osi_task.c */
AilOsiTask *ail_osi_task(AilOsi *o, uint64_t key);
/* Read it anew, and tell it if something has changed; false: it cannot be read. */
bool ail_osi_look_at_task(AilOsi *o, AilOsiTask *t);
void ail_osi_tell_task(AilOsi *o, AilOsiTask *t);

/* osi_path.c: path of an open file, and more about it; false: cannot be read. */
typedef struct AilOsiFile {
    uint64_t inode;
    uint32_t dev;
    bool is_socket;
    char path[AIL_OSI_PATH];
} AilOsiFile;
bool ail_osi_file(AilOsi *o, uint64_t file, AilOsiFile *to);

/* osi_maps.c: what is mapped in from..to-1; false: the kernel is not known well enough. */
typedef struct AilOsiVma {
    uint64_t start, end, offset, file; /* file: the kernel's object, 0: none */
    uint64_t private_data;             /* of a mapping without a file */
    uint32_t flags;                    /* AIL_MAP_* */
} AilOsiVma;
typedef void AilOsiEachVma(void *user, const AilOsiVma *vma);
bool ail_osi_walk_maps(AilOsi *o, uint64_t mm, uint64_t from, uint64_t to, AilOsiEachVma *each,
                       void *user);
/* Tell it. */
void ail_osi_tell_maps(AilOsi *o, uint64_t mm, uint64_t from, uint64_t to);

/* osi_pages.c: what is in a file that a process has mapped. The first part is said by who begins,
 * all else is 0; clear it afterwards. */
typedef struct AilOsiContent {
    AilOsi *osi;
    uint64_t mapping, size; /* of the file: its struct address_space, 0: not known; its bytes */
    uint64_t mm, file;      /* who has it mapped, and as what file */
    AilElfSource source;    /* this, for who reads it */
    GArray *extents;        /* where it is mapped there; owned; NULL: not looked up yet */
    uint64_t index;         /* the page that was read last, */
    bool turned, there;     /* if there is one, and it was there */
    uint8_t page[4096];
} AilOsiContent;
/* To be read from; owned by c, which stays where it is. */
const AilElfSource *ail_osi_content_source(AilOsiContent *c);
void ail_osi_content_clear(AilOsiContent *c);
/* Where the kernel sees the page that a struct page stands for; 0: not known. */
uint64_t ail_osi_page_address(AilOsi *o, uint64_t page);
/* The physical address of what the kernel sees there as memory, not of what it maps elsewhere
 * besides; AIL_PHYS_NONE: not known. */
uint64_t ail_osi_phys(AilOsi *o, uint64_t addr);

/* osi_images.c: a process has code of the file mapped: tell the functions in it, unless they were
 * told. */
void ail_osi_look_at_symbols(AilOsi *o, uint64_t mm, uint64_t file, const AilOsiFile *f);
GHashTable *ail_osi_images_new(void);
/* Its user code is about to go on, or it to end: there may be more of its files in memory now than
 * when they were mapped. */
void ail_osi_wait_for_symbols(AilOsi *o, uint64_t mm);
void ail_osi_look_again(AilOsi *o, uint64_t mm);

/* osi_files.c: tell what has changed in a table of open files. socket: a descriptor whose socket
 * may be bound or connected to something else than before. */
enum { AIL_OSI_NO_SOCKET = -1, AIL_OSI_ALL_SOCKETS = -2 };
void ail_osi_look_at_files(AilOsi *o, uint64_t files, int64_t socket);
/* The file that is open as fd; 0: none. */
uint64_t ail_osi_open_file(AilOsi *o, uint64_t files, uint64_t fd);
/* Nobody has it any more. */
void ail_osi_forget_files(AilOsi *o, uint64_t files);
void ail_osi_files_free(gpointer files);

enum { AIL_OSI_SOCKET = 320 }; /* bytes that are enough for what a socket is */
/* osi_sockets.c: what the socket that this file is of is connected to, "" if nothing is known. */
void ail_osi_socket(AilOsi *o, uint64_t file, char to[AIL_OSI_SOCKET]);
/* Inode of the file of a struct sock, which may be one of those that are less than that; 0: none.
 */
uint64_t ail_osi_socket_inode(AilOsi *o, uint64_t sk);

/* osi_modules.c: tell what has changed. */
void ail_osi_look_at_modules(AilOsi *o);

/* Look for the list of modules among the kernel's variables; it is there if a module is loaded. */
void ail_osi_find_modules(AilOsi *o);

/* osi_symbols.c: tell the symbols of the module whose struct is there; false: it has none now. */
bool ail_osi_tell_symbols(AilOsi *o, uint64_t module, uint64_t base);

/* osi_signals.c: the code that a handler has interrupted, by what is on its stack. */
typedef struct AilOsiInterrupted {
    uint64_t result, pc;
} AilOsiInterrupted;
bool ail_osi_interrupted(AilOsi *o, const AilOsiTask *t, uint64_t stack, AilOsiInterrupted *was);

/* osi_calls.c: the running task, or who stands for it. */
AilOsiTask *ail_osi_running(AilOsi *o, uint64_t space);

#endif
