/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table from a kernel's image, and from and to the bytes that traces have. */
#include "formats/kallsyms_private.h"

#include <glib.h>
#include <string.h>
#include <zstd.h>

/* The tokens' text, once, so that names need only be put together. */
typedef struct Tokens {
    const char *text[KALLSYMS_TOKENS];
    size_t len[KALLSYMS_TOKENS];
} Tokens;

static void take_tokens(const KallsymsPlace *x, Tokens *tokens)
{
    const uint8_t *index = x->range->bytes + x->index_at;
    for (unsigned i = 0; i < KALLSYMS_TOKENS; i++) {
        size_t at = x->tokens_at + ail_kernel_get16(x->image, index + 2 * i);
        tokens->text[i] = (const char *)x->range->bytes + at;
        tokens->len[i] = strlen(tokens->text[i]); /* ends before the index: kallsyms_locate */
    }
}

/* false: names that Linux would not make. */
static bool decode_names(const KallsymsPlace *x, AilBuf *text)
{
    Tokens tokens;
    size_t at = x->names_at;
    take_tokens(x, &tokens);
    for (uint32_t i = 0; i < x->count; i++) {
        unsigned size;
        uint32_t len = kallsyms_length(x, at, x->long_lengths, &size);
        size_t start = text->len;
        at += size;
        for (uint32_t k = 0; k < len; k++, at++) {
            unsigned token = x->range->bytes[at];
            ail_buf_put(text, tokens.text[token], tokens.len[token]);
            if (text->len - start > KALLSYMS_MAX_NAME)
                return false;
        }
        ail_buf_u8(text, '\0');
        if (text->len > KALLSYMS_MAX_TEXT)
            return false;
    }
    return true;
}

AilStatus ail_kallsyms_open(const AilKernelImage *image, AilKallsyms **table, AilError *err)
{
    KallsymsPlace x;
    AilBuf text = {0};
    *table = NULL;
    if (kallsyms_locate(image, &x, err) != AIL_OK)
        return AIL_ERR;
    uint64_t *addresses = kallsyms_addresses(&x);
    if (addresses && decode_names(&x, &text))
        *table = kallsyms_build(x.count, addresses, (char *)text.data, text.len);
    if (*table)
        return AIL_OK;
    ail_buf_clear(&text);
    bool unplaced = !addresses;
    g_free(addresses);
    return ail_error_set(
        err, "the kernel symbol table (kallsyms) at 0x%" G_GINT64_MODIFIER "x has %s",
        x.range->vaddr + x.names_at,
        unplaced ? "no addresses that lie in the kernel's memory" : "names that are none");
}

static const char magic[8] = "AilKsym1";

enum { HEADER = sizeof magic + 12, LEVEL = 9 };

void ail_kallsyms_save(const AilKallsyms *t, AilBuf *out)
{
    AilBuf plain = {0};
    size_t n = ail_kallsyms_count(t);
    uint64_t last = 0;
    for (size_t i = 0; i < n; i++) {
        AilKsym s = ail_kallsyms_get(t, i);
        ail_buf_varint(&plain, s.address - last);
        last = s.address;
    }
    for (size_t i = 0; i < n; i++)
        ail_buf_u8(&plain, (uint8_t)*kallsyms_text(t, i));
    for (size_t i = 0; i < n; i++) {
        const char *name = kallsyms_text(t, i) + 1;
        ail_buf_put(&plain, name, strlen(name) + 1);
    }
    size_t bound = ZSTD_compressBound(plain.len);
    ail_buf_put(out, magic, sizeof magic);
    ail_buf_le32(out, (uint32_t)n);
    ail_buf_le32(out, (uint32_t)plain.len);
    ail_buf_reserve(out, 4 + bound);
    size_t size = ZSTD_compress(out->data + out->len + 4, bound, plain.data, plain.len, LEVEL);
    g_assert(!ZSTD_isError(size)); /* the bound is enough, and nothing else can fail */
    ail_buf_le32(out, (uint32_t)size);
    out->len += size;
    ail_buf_clear(&plain);
}

/* The columns back: each symbol's type in front of its name. */
static AilKallsyms *join(AilCursor c, size_t n)
{
    uint64_t *addresses = g_new(uint64_t, MAX(n, 1)), last = 0;
    bool rising = true;
    for (size_t i = 0; i < n; i++) {
        addresses[i] = last + ail_cursor_varint(&c);
        rising = rising && addresses[i] >= last;
        last = addresses[i];
    }
    const uint8_t *types = ail_cursor_take(&c, n);
    AilBuf text = {0};
    for (size_t i = 0; types && rising && !c.bad && i < n; i++) {
        size_t len = strnlen((const char *)c.at, ail_cursor_left(&c)) + 1;
        const uint8_t *name = ail_cursor_take(&c, len);
        ail_buf_u8(&text, types[i]);
        ail_buf_put(&text, name, name ? len : 0);
    }
    AilKallsyms *t = NULL;
    if (rising && !c.bad && !ail_cursor_left(&c))
        t = kallsyms_build(n, addresses, (char *)text.data, text.len);
    if (!t) {
        g_free(addresses);
        ail_buf_clear(&text);
    }
    return t;
}

size_t ail_kallsyms_cost(const void *bytes, size_t size)
{
    enum { EACH = 40, FEW = 8192 }; /* of a symbol, without its name; what small tables take */
    AilCursor c = ail_cursor(bytes, size);
    const uint8_t *begin = ail_cursor_take(&c, sizeof magic);
    uint32_t n = ail_cursor_le32(&c), plain_size = ail_cursor_le32(&c);
    if (!begin || memcmp(begin, magic, sizeof magic) != 0 || c.bad || n > KALLSYMS_MAX_SYMBOLS ||
        plain_size > KALLSYMS_MAX_TEXT)
        return SIZE_MAX;
    return FEW + (size_t)n * EACH + plain_size;
}

AilStatus ail_kallsyms_load(const void *bytes, size_t size, const char *where, AilKallsyms **table,
                            AilError *err)
{
    AilCursor c = ail_cursor(bytes, size);
    *table = NULL;
    const uint8_t *begin = ail_cursor_take(&c, sizeof magic);
    if (!begin || memcmp(begin, magic, sizeof magic) != 0)
        return ail_error_set(err, "%s: not a kernel's symbol table of this version", where);
    uint32_t n = ail_cursor_le32(&c), plain_size = ail_cursor_le32(&c),
             packed = ail_cursor_le32(&c);
    if (c.bad || !n || n > KALLSYMS_MAX_SYMBOLS || packed != ail_cursor_left(&c))
        return ail_error_set(err, "%s: the kernel's symbol table is cut or damaged", where);
    if (plain_size > KALLSYMS_MAX_TEXT || plain_size > n * (KALLSYMS_MAX_NAME + 11ull) ||
        ZSTD_getFrameContentSize(c.at, packed) != plain_size)
        return ail_error_set(err, "%s: the kernel's symbol table has an impossible size", where);
    uint8_t *plain = g_malloc(plain_size + 1u);
    size_t got = ZSTD_decompress(plain, plain_size, c.at, packed);
    if (!ZSTD_isError(got) && got == plain_size)
        *table = join(ail_cursor(plain, plain_size), n);
    g_free(plain);
    return *table ? AIL_OK : ail_error_set(err, "%s: the kernel's symbol table is damaged", where);
}
