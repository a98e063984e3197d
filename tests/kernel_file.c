/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/kernel_file.h"

#include <archive.h>
#include <criterion/criterion.h>
#include <elf.h>
#include <glib.h>

/* Unpack what libarchive knows, with whatever behind it: at most 256 MiB. */
static bool unpack(const uint8_t *bytes, size_t size, AilBuf *out)
{
    enum { MOST = 256 << 20 };
    struct archive *a = archive_read_new();
    struct archive_entry *entry;
    const void *block;
    size_t len;
    la_int64_t offset;
    archive_read_support_filter_all(a);
    archive_read_support_format_raw(a);
    if (archive_read_open_memory(a, bytes, size) == ARCHIVE_OK &&
        archive_read_next_header(a, &entry) == ARCHIVE_OK)
        while (archive_read_data_block(a, &block, &len, &offset) == ARCHIVE_OK && out->len < MOST)
            ail_buf_put(out, block, len);
    archive_read_free(a);
    return out->len > 1 << 20;
}

/* Linux, Documentation/arch/x86/boot.rst: the payload's place is in the setup header. */
static void unpack_x86(const uint8_t *file, size_t size, AilBuf *out)
{
    size_t at = (file[0x1f1] + 1u) * 512 + ail_get_le32(file + 0x248);
    size_t len = ail_get_le32(file + 0x24c);
    cr_assert(at < size && len <= size - at);
    cr_assert(unpack(file + at, len, out), "vmlinuz: its payload cannot be unpacked");
}

typedef struct Segment {
    uint64_t vaddr, offset, size, room;
} Segment;

static unsigned segments(const uint8_t *elf, bool wide, Segment out[8])
{
    unsigned n = 0;
    const Elf64_Ehdr *h64 = (const void *)elf;
    const Elf32_Ehdr *h32 = (const void *)elf;
    unsigned count = wide ? h64->e_phnum : h32->e_phnum;
    for (unsigned i = 0; i < count && n < 8; i++) {
        const Elf64_Phdr *p = (const void *)(elf + h64->e_phoff + i * sizeof *p);
        const Elf32_Phdr *q = (const void *)(elf + h32->e_phoff + i * sizeof *q);
        Segment s = wide ? (Segment){p->p_vaddr, p->p_offset, p->p_filesz, p->p_memsz}
                         : (Segment){q->p_vaddr, q->p_offset, q->p_filesz, q->p_memsz};
        bool loaded = (wide ? p->p_type : q->p_type) == PT_LOAD;
        if (loaded && s.vaddr) /* at 0 is the first copy of x86_64's per-CPU data */
            out[n++] = s;
    }
    return n;
}

/* Linux, arch/x86/boot/compressed/misc.c: behind the ELF file, read backwards, are the addresses of
 * 32-bit words that move (sign-extended), behind a 0; of those that move the other way; and of
 * 64-bit words. */
static void relocate_x86(KernelFile *k, bool wide, uint64_t from, uint64_t moved)
{
    const uint8_t *p = k->unpacked.data + k->unpacked.len - 4;
    for (int kind = wide ? 0 : 2; kind < 3; kind++) {
        for (; ail_get_le32(p); p -= 4) {
            uint64_t at = (wide ? (uint64_t)(int32_t)ail_get_le32(p) : ail_get_le32(p)) - from;
            cr_assert(at < k->memory.len - 8, "a relocation lies outside");
            uint8_t *word = k->memory.data + at;
            if (wide && kind == 2)
                ail_put_le64(word, ail_get_le64(word) + moved);
            else
                ail_put_le32(word, ail_get_le32(word) + (uint32_t)(kind == 1 ? -moved : moved));
        }
        p -= 4;
    }
}

static void lay_out_x86(KernelFile *k, bool wide, uint64_t moved)
{
    Segment s[8];
    unsigned n = segments(k->unpacked.data, wide, s);
    cr_assert(n > 0);
    uint64_t from = s[0].vaddr, size = s[n - 1].vaddr + s[n - 1].room - from;
    cr_assert(size < 256 << 20);
    ail_buf_reserve(&k->memory, size);
    memset(k->memory.data, 0, size);
    k->memory.len = size;
    for (unsigned i = 0; i < n; i++) {
        cr_assert(s[i].offset + s[i].size <= k->unpacked.len);
        memcpy(k->memory.data + (s[i].vaddr - from), k->unpacked.data + s[i].offset, s[i].size);
    }
    if (moved)
        relocate_x86(k, wide, from, moved);
    k->range.vaddr = from + moved;
}

/* R_AARCH64_RELATIVE: the kernel moves itself by records of place, type and what to put there. */
static void relocate_arm64(KernelFile *k, uint64_t from, uint64_t moved)
{
    enum { RELATIVE = 0x403 };
    unsigned n = 0;
    for (size_t at = 0; at + 24 <= k->memory.len; at += 8) {
        const uint8_t *p = k->memory.data + at;
        uint64_t place = ail_get_le64(p) - from, to = ail_get_le64(p + 16);
        if (ail_get_le64(p + 8) != RELATIVE || place > k->memory.len - 8 ||
            to - from > k->memory.len + (64 << 20))
            continue;
        ail_put_le64(k->memory.data + place, to + moved);
        n++;
        at += 16;
    }
    cr_assert(n > 1000, "few relocations: %u", n);
}

static void lay_out_raw(KernelFile *k, const uint8_t *bytes, size_t size, uint64_t vaddr)
{
    ail_buf_put(&k->memory, bytes, size / 8 * 8);
    k->range.vaddr = vaddr;
}

/* The compressed kernel is somewhere in what unpacks it, which also has the magic to compare with.
 */
static void unpack_arm(const uint8_t *file, size_t size, AilBuf *out)
{
    static const uint8_t xz[] = {0xfd, '7', 'z', 'X', 'Z', 0, 0};
    const uint8_t *p = file, *end = file + size;
    while ((p = memmem(p, (size_t)(end - p), xz, sizeof xz))) {
        if (unpack(p, (size_t)(end - p), out))
            return;
        ail_buf_clear(out);
        p++;
    }
    cr_assert_fail("vmlinuz: no xz in it that can be unpacked");
}

static AilMachineArch arch_of(const char *debian)
{
    static const char *const names[] = {"amd64", "arm64", "i386", "armhf"}; /* AilMachineArch */
    size_t i = 0;
    while (i < G_N_ELEMENTS(names) && strcmp(debian, names[i]) != 0)
        i++;
    cr_assert_lt(i, G_N_ELEMENTS(names), "%s", debian);
    return (AilMachineArch)i;
}

/* vmlinuz, which is downloaded if it is not there. */
static char *read_vmlinuz(const char *debian, gsize *size)
{
    char *command = g_strdup_printf("%s %s %s", AIL_DEBIAN_GUEST, debian, AIL_DEBIAN_DIR);
    char *path = g_strdup_printf("%s/%s/vmlinuz", AIL_DEBIAN_DIR, debian), *bytes;
    int status;
    cr_assert(g_spawn_command_line_sync(command, NULL, NULL, &status, NULL) && !status, "%s",
              command);
    cr_assert(g_file_get_contents(path, &bytes, size, NULL), "%s", path);
    g_free(path);
    g_free(command);
    return bytes;
}

bool kernel_file_is_known(void)
{
    char *release;
    if (!g_file_get_contents("/etc/os-release", &release, NULL, NULL))
        return false;
    bool known = strstr(release, "VERSION_CODENAME=bookworm") != NULL;
    g_free(release);
    return known;
}

void kernel_file_open(KernelFile *k, const char *debian, uint64_t moved)
{
    /* Where 6.1 links these to: KIMAGE_VADDR; PAGE_OFFSET and TEXT_OFFSET of armmp. */
    const uint64_t arm64_vaddr = 0xffff800008000000, arm_vaddr = 0xc0208000;
    AilMachineArch arch = arch_of(debian);
    gsize size;
    *k = (KernelFile){.image = ail_kernel_image(arch)};
    char *bytes = read_vmlinuz(debian, &size);
    const uint8_t *file = (const uint8_t *)bytes;
    if (arch == AIL_MACHINE_X86_64 || arch == AIL_MACHINE_I386) {
        unpack_x86(file, size, &k->unpacked);
        lay_out_x86(k, arch == AIL_MACHINE_X86_64, moved);
    } else if (arch == AIL_MACHINE_AARCH64) {
        lay_out_raw(k, file, size, arm64_vaddr + moved);
        relocate_arm64(k, arm64_vaddr, moved);
    } else {
        unpack_arm(file, size, &k->unpacked);
        lay_out_raw(k, k->unpacked.data, k->unpacked.len, arm_vaddr);
    }
    g_free(bytes);
    k->range.bytes = k->memory.data;
    k->range.size = k->memory.len;
    k->image.ranges = &k->range;
    k->image.n_ranges = 1;
}

void kernel_file_close(KernelFile *k)
{
    ail_buf_clear(&k->memory);
    ail_buf_clear(&k->unpacked);
}
