/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/drcov.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>

#include "formats/bytes.h"

struct AilDrcov {
    GString *modules; /* their lines */
    uint32_t n_modules;
    FILE *blocks; /* owned; NULL: there are none yet */
    uint64_t n_blocks;
};

AilDrcov *ail_drcov_new(void)
{
    AilDrcov *d = g_new0(AilDrcov, 1);
    d->modules = g_string_new(NULL);
    return d;
}

void ail_drcov_free(AilDrcov *d)
{
    if (!d)
        return;
    if (d->blocks)
        fclose(d->blocks);
    g_string_free(d->modules, TRUE);
    g_free(d);
}

uint32_t ail_drcov_module(AilDrcov *d, const AilDrcovModule *m)
{
    g_string_append_printf(d->modules,
                           "%3" PRIu32 ", 0x%016" PRIx64 ", 0x%016" PRIx64 ", 0x%016x, ",
                           d->n_modules, m->base, m->end, 0);
    for (const char *c = m->path; *c; c++)
        g_string_append_c(d->modules,
                          *c == ',' || (unsigned char)*c < 0x20 || *c == 0x7f ? '_' : *c);
    g_string_append_c(d->modules, '\n');
    return d->n_modules++;
}

AilStatus ail_drcov_block(AilDrcov *d, uint32_t module, uint64_t start, uint64_t size,
                          AilError *err)
{
    if (module > UINT16_MAX)
        return ail_error_set(err, "drcov files have room for 65536 modules: ask for fewer");
    if (!d->blocks)
        d->blocks = tmpfile();
    if (!d->blocks)
        return ail_error_set_errno(err, errno, "cannot write a temporary file");
    while (size && start <= UINT32_MAX) {
        uint16_t part = (uint16_t)MIN(size, UINT16_MAX);
        uint8_t entry[8];
        ail_put_le32(entry, (uint32_t)start);
        ail_put_le32(entry + 4, part | module << 16);
        if (fwrite(entry, sizeof entry, 1, d->blocks) != 1)
            return ail_error_set_errno(err, errno, "cannot write a temporary file");
        d->n_blocks++;
        start += part;
        size -= part;
    }
    return AIL_OK;
}

static AilStatus copy_blocks(AilDrcov *d, FILE *file, AilError *err)
{
    uint8_t part[8192];
    size_t n;
    if (fflush(d->blocks))
        return ail_error_set_errno(err, errno, "cannot write a temporary file");
    rewind(d->blocks);
    while ((n = fread(part, 1, sizeof part, d->blocks)) > 0)
        fwrite(part, 1, n, file);
    return ferror(d->blocks) ? ail_error_set_errno(err, errno, "cannot read a temporary file")
                             : AIL_OK;
}

AilStatus ail_drcov_write(AilDrcov *d, FILE *file, AilError *err)
{
    AilStatus status = AIL_OK;
    fprintf(file,
            "DRCOV VERSION: 2\nDRCOV FLAVOR: drcov\nModule Table: version 2, count %" PRIu32
            "\nColumns: id, base, end, entry, path\n%sBB Table: %" PRIu64 " bbs\n",
            d->n_modules, d->modules->str, d->n_blocks);
    if (d->blocks)
        status = copy_blocks(d, file, err);
    if (status == AIL_OK && (fflush(file) || ferror(file)))
        status = ail_error_set_errno(err, errno, "cannot write the drcov file");
    return status;
}
