/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile from nothing but a kernel's memory. */
#include <glib.h>
#include <string.h>

#include "formats/ksymtab.h"
#include "formats/osi_private.h"

/* What `given` says goes first, but for addresses: those are from before KASLR moved the kernel. */
static void take_given(AilOsiProfile *p, const AilOsiProfile *given)
{
    memcpy(&p->off, &given->off, sizeof p->off);
    if (!*p->banner)
        g_strlcpy(p->banner, given->banner, sizeof p->banner);
}

/* The addresses that the image's own table does not have. */
static void take_symbols(AilOsiProfile *p, const AilOsiProfile *given, uint64_t banner)
{
    uint64_t now = AIL_OSI_HAS(p, linux_banner) ? p->sym.linux_banner : banner;
    bool anchored = AIL_OSI_HAS(given, linux_banner) && now;
    uint64_t moved = anchored ? now - given->sym.linux_banner : 0;
    uint64_t top = p->pointer_size == 8 ? UINT64_MAX : UINT32_MAX;
    for (size_t i = 0; i < AIL_OSI_N_SYMBOLS; i++) {
        const uint64_t *from = (const uint64_t *)(const void *)&given->sym;
        if (p->has_symbol[i] || !given->has_symbol[i])
            continue;
        bool address = from[i] > top / 4; /* not a per-CPU variable's offset, which does not move */
        osi_symbols(p)[i] = (from[i] + (address ? moved : 0)) & top;
        p->has_symbol[i] = 1;
    }
}

/* An exported symbol: which rows want it? The first choice is not waited for: a kernel exports one
 * of them. */
static void take_export(void *user, const char *name, uint64_t address)
{
    AilOsiProfile *p = user;
    char one[OSI_MAX_NAME];
    for (size_t i = 0; i < AIL_OSI_N_SYMBOLS; i++)
        for (const char *next = osi_symbol_rows[i].from;
             !p->has_symbol[i] && (next = osi_next(next, one));)
            if (!strcmp(one, name)) {
                osi_symbols(p)[i] = address;
                p->has_symbol[i] = 1;
            }
}

/* What is in no symbol table nor type, but the same in all kernels of an architecture but those
 * with KASAN or large pages (THREAD_SIZE). */
static void assume(AilOsiProfile *p, uint64_t banner)
{
    if (p->off.thread_size == AIL_OSI_NONE)
        p->off.thread_size = p->pointer_size == 8 ? 16384 : 8192;
    if (!AIL_OSI_HAS(p, linux_banner) && banner) {
        p->sym.linux_banner = banner;
        p->has_symbol[&p->sym.linux_banner - osi_symbols(p)] = 1;
    }
}

static AilStatus describe_lack(const AilOsiProfile *p, const AilError *symbols, const AilError *btf,
                               bool given, AilError *err)
{
    AilError lack = {{0}};
    if (ail_osi_profile_check(p, &lack) == AIL_OK)
        return AIL_OK;
    GString *s = g_string_new(NULL);
    if (*symbols->text)
        g_string_append_printf(s, "%s; ", symbols->text);
    if (*btf->text)
        g_string_append_printf(s, "%s; ", btf->text);
    g_string_append_printf(s, "%s%s", given ? "the profile does not help: " : "", lack.text);
    if (!given && *p->banner)
        g_string_append(s, " (`ailurus osi profile VMLINUX` makes a profile for --profile)");
    ail_error_set(err, "%s", s->str);
    g_string_free(s, TRUE);
    return AIL_ERR;
}

AilStatus ail_osi_profile_find(const AilKernelImage *image, const AilOsiProfile *given,
                               AilOsiProfile *p, AilKallsyms **symbols, AilError *err)
{
    AilError no_symbols = {{0}}, no_btf = {{0}};
    AilBtf *btf = NULL;
    ail_osi_profile_init(p);
    p->arch = image->arch;
    p->pointer_size = image->pointer_size;
    p->big_endian = image->big_endian;
    uint64_t banner = ail_kernel_banner(image, p->banner);
    if (ail_kallsyms_open(image, symbols, &no_symbols) == AIL_OK)
        ail_osi_profile_add_symbols(p, *symbols);
    ail_ksymtab_each(image, take_export, p);
    if (given) {
        take_given(p, given);
        take_symbols(p, given, banner);
    }
    osi_take_version(p);
    AilStatus s = ail_btf_find(image, &btf, &no_btf);
    if (s == AIL_OK)
        ail_osi_profile_add_btf(p, btf);
    else if (s == AIL_END)
        ail_error_set(&no_btf, "no BTF type information in the kernel's memory (Linux 5.2 or later "
                               "with CONFIG_DEBUG_INFO_BTF has it)");
    ail_btf_free(btf);
    assume(p, banner);
    return describe_lack(p, &no_symbols, &no_btf, given != NULL, err);
}
