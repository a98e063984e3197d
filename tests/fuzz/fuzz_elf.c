/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions of ELF files from strangers, of which not all is at hand. Input: a byte, the set of
 * pages that are not; the file. */
#include "formats/elf_symbols.h"
#include "tests/fuzz/input.h"

#include <string.h>

enum { PAGE = 4096 };

typedef struct File {
    const uint8_t *bytes;
    size_t len;
    unsigned missing;
} File;

static bool read_file(void *user, uint64_t offset, void *to, size_t len)
{
    const File *f = user;
    uint8_t *out = to;
    bool whole = true;
    for (size_t i = 0; i < len; i++) {
        uint64_t at = offset + i;
        bool has = at >= offset && at < f->len && !(f->missing >> (at / PAGE % 8) & 1);
        out[i] = has ? f->bytes[at] : AIL_ELF_HOLE;
        whole &= has;
    }
    return whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    File f = {.bytes = data + 1, .len = len ? len - 1 : 0, .missing = len ? data[0] : 0};
    AilElfSource source = {
        .user = &f, .size = f.len, .read = read_file, .base = f.missing & 1 ? 0x10000 : 0};
    AilElfSymbols s;
    bool elf = ail_elf_symbols_read(&source, &s);
    EXPECT(elf || !s.n);
    EXPECT(s.build_id_len <= AIL_ELF_BUILD_ID);
    for (size_t i = 0; i < s.n; i++) {
        EXPECT(s.list[i].len && s.list[i].len <= AIL_ELF_NAME);
        EXPECT(!memchr(s.list[i].name, 0, s.list[i].len));
        EXPECT(!i || s.list[i - 1].offset <= s.list[i].offset);
    }
    ail_elf_symbols_clear(&s);
    return 0;
}
