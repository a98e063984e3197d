/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiled objects in a folder. A file has the functions that were compiled together: their keys, a
 * SHA-256 each, and the object. It is written beside its place and renamed; one that is not whole
 * is noticed by its checksum and removed. When the folder is too large, the files that were not
 * used for longest go. Any number of processes may use it. One thread.
 *
 * What is loaded is run. So nothing is taken from a folder, or a file, that is another user's or
 * that others may write; the checksum is against accidents alone.
 *
 * A file: "AILTAINT", functions (u32), 0 (u32), bytes of the object (u64), SHA-256 of all that
 * follows (32 bytes), the keys (32 bytes each), the object. Numbers are little-endian.
 */
#ifndef AIL_ANALYZERS_TAINT_JIT_CACHE_H
#define AIL_ANALYZERS_TAINT_JIT_CACHE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { AIL_JIT_KEY = 32 };

typedef struct AilJitCache AilJitCache;

/* dir is made when it is not there; max: bytes. NULL: the folder cannot be used, or is not ours. */
AilJitCache *ail_jit_cache_new(const char *dir, uint64_t max);
void ail_jit_cache_free(AilJitCache *c); /* may be NULL */

/* The file that has the function, and its number there; NULL: none. Valid until the next file is
 * put or loaded. */
const char *ail_jit_cache_find(AilJitCache *c, const uint8_t *key, unsigned *number);

/* The object of a file; NULL: it is damaged, and forgotten. */
GBytes *ail_jit_cache_load(AilJitCache *c, const char *file);

/* Keep an object of n functions under that name. What fails is left out. */
void ail_jit_cache_put(AilJitCache *c, const char *file, const uint8_t *keys, unsigned n,
                       const void *object, size_t size);

#endif
