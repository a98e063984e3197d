/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile from an ELF file: a kernel's vmlinux. */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <glib.h>
#include <libelf.h>
#include <string.h>
#include <unistd.h>

#include "formats/osi_private.h"

enum { MAX_SEGMENTS = 64 };

static bool find_section(Elf *elf, const char *name, Elf_Data **data, GElf_Shdr *header)
{
    size_t names;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return false;
    for (Elf_Scn *s = NULL; (s = elf_nextscn(elf, s));) {
        const char *its = gelf_getshdr(s, header) ? elf_strptr(elf, names, header->sh_name) : NULL;
        if (its && !strcmp(its, name))
            return (*data = elf_getdata(s, NULL)) && (*data)->d_buf;
    }
    return false;
}

static void take_machine(const GElf_Ehdr *h, AilOsiProfile *p)
{
    static const struct {
        uint16_t machine;
        AilMachineArch arch;
    } known[] = {{EM_X86_64, AIL_MACHINE_X86_64},
                 {EM_AARCH64, AIL_MACHINE_AARCH64},
                 {EM_386, AIL_MACHINE_I386},
                 {EM_ARM, AIL_MACHINE_ARM},
                 {EM_PPC, AIL_MACHINE_PPC}};
    p->pointer_size = h->e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
    p->big_endian = h->e_ident[EI_DATA] == ELFDATA2MSB;
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (known[i].machine == h->e_machine)
            p->arch = known[i].arch;
}

/* What is loaded, as an image: where the kernel's own tables and its banner are. */
static void take_image(Elf *elf, AilOsiProfile *p)
{
    AilKernelRange ranges[MAX_SEGMENTS];
    size_t n_headers = 0, n = 0, size;
    char *raw = elf_rawfile(elf, &size);
    if (!raw || elf_getphdrnum(elf, &n_headers) != 0)
        return;
    for (size_t i = 0; i < n_headers && n < MAX_SEGMENTS; i++) {
        GElf_Phdr h;
        if (gelf_getphdr(elf, (int)i, &h) && h.p_type == PT_LOAD && h.p_offset < size &&
            h.p_filesz <= size - h.p_offset)
            ranges[n++] =
                (AilKernelRange){h.p_vaddr, (const uint8_t *)raw + h.p_offset, h.p_filesz};
    }
    AilKernelImage image = {.arch = (AilMachineArch)p->arch,
                            .pointer_size = p->pointer_size,
                            .big_endian = p->big_endian,
                            .ranges = ranges,
                            .n_ranges = n};
    AilKallsyms *table;
    ail_kernel_banner(&image, p->banner);
    osi_take_version(p);
    if (ail_kallsyms_open(&image, &table, NULL) == AIL_OK)
        ail_osi_profile_add_symbols(p, table);
    ail_kallsyms_free(table);
}

/* The addresses of the wanted names in the section of symbols; the first choice comes first. */
static GHashTable *read_symtab(Elf *elf, Elf_Data *data, const GElf_Shdr *header)
{
    GHashTable *addresses = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    size_t n = header->sh_entsize ? data->d_size / header->sh_entsize : 0;
    for (size_t i = 0; i < n && i <= INT_MAX; i++) {
        GElf_Sym s;
        const char *name = gelf_getsym(data, (int)i, &s) && s.st_shndx != SHN_UNDEF
                               ? elf_strptr(elf, header->sh_link, s.st_name)
                               : NULL;
        if (name && *name && !g_hash_table_contains(addresses, name))
            g_hash_table_insert(addresses, (char *)name, g_memdup2(&s.st_value, sizeof(uint64_t)));
    }
    return addresses;
}

static void take_symtab(Elf *elf, AilOsiProfile *p)
{
    Elf_Data *data;
    GElf_Shdr header;
    char name[OSI_MAX_NAME];
    if (!find_section(elf, ".symtab", &data, &header))
        return;
    GHashTable *addresses = read_symtab(elf, data, &header);
    for (size_t i = 0; i < AIL_OSI_N_SYMBOLS; i++) {
        const char *next = osi_symbol_rows[i].from;
        while (!p->has_symbol[i] && (next = osi_next(next, name))) {
            const uint64_t *address = g_hash_table_lookup(addresses, name);
            if (address) {
                osi_symbols(p)[i] = *address;
                p->has_symbol[i] = 1;
            }
        }
    }
    g_hash_table_destroy(addresses);
}

static AilStatus take_types(Elf *elf, int fd, const char *path, AilOsiProfile *p, AilError *err)
{
    Elf_Data *data;
    GElf_Shdr header;
    AilBtf *btf;
    if (find_section(elf, ".BTF", &data, &header)) {
        AilStatus s = ail_btf_open(data->d_buf, data->d_size, p->pointer_size, path, &btf, err);
        if (s == AIL_OK)
            ail_osi_profile_add_btf(p, btf);
        ail_btf_free(btf);
        return s;
    }
    if (osi_add_dwarf(p, fd))
        return AIL_OK;
    return ail_error_set(err,
                         "%s: has neither BTF (section .BTF) nor DWARF; take a vmlinux with debug "
                         "information, as Debian's linux-image-*-dbg has it",
                         path);
}

AilStatus ail_osi_profile_from_elf(const char *path, AilOsiProfile *p, AilError *err)
{
    GElf_Ehdr header;
    ail_osi_profile_init(p);
    elf_version(EV_CURRENT);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ail_error_set_errno(err, errno, "%s", path);
    AilStatus s = AIL_ERR;
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header)) {
        ail_error_set(err,
                      "%s: not an ELF file (a vmlinuz is compressed: Linux's "
                      "scripts/extract-vmlinux makes a vmlinux of it)",
                      path);
    } else {
        take_machine(&header, p);
        take_symtab(elf, p);
        take_image(elf, p);
        s = take_types(elf, fd, path, p, err);
    }
    elf_end(elf);
    close(fd);
    return s;
}
