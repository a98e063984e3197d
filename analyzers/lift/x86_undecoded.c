/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that capstone 4 does not decode, by their bytes. Later versions do: see the tables
 * x86_system.c and x86_control.c have for those. */
#include "analyzers/lift/x86_private.h"

/* Where the opcode is, behind the prefixes; *rep: F3 is one of them; *rex: the last if it is REX.
 */
static size_t skip_prefixes(AilMode mode, const uint8_t *bytes, size_t size, bool *rep,
                            uint8_t *rex)
{
    size_t i = 0;
    while (i < size && (bytes[i] == 0x66 || bytes[i] == 0xf2 || bytes[i] == 0xf3))
        *rep |= bytes[i++] == 0xf3;
    if (i < size && mode == AIL_MODE_X86_64 && (bytes[i] & 0xf0) == 0x40)
        *rex = bytes[i++];
    return i;
}

const char *ail_x86_undecoded(AilBuild *b, const uint8_t *bytes, size_t size)
{
    bool rep = false;
    uint8_t rex = 0;
    size_t at = skip_prefixes(b->mode, bytes, size, &rep, &rex);
    AilX86 l = {.b = b};
    if (at + 3 > size || bytes[at] != 0x0f)
        return NULL;
    uint8_t opcode = bytes[at + 1], modrm = bytes[at + 2];
    if (opcode == 0x01 && modrm == 0xee) {
        ail_x86_read_pkru(&l);
        return "rdpkru";
    }
    if (opcode == 0x01 && modrm == 0xef) {
        ail_x86_write_pkru(&l);
        return "wrpkru";
    }
    if (opcode == 0xc7 && rep && modrm >= 0xf8) {
        unsigned reg = (modrm & 7u) + (rex & 1 ? 8 : 0);
        ail_x86_read_pid(&l, ail_x86_gpr(8 * reg, 8));
        return "rdpid";
    }
    /* hints of newer processors: to QEMU's they are nops */
    return opcode >= 0x18 && opcode <= 0x1f ? "nop" : NULL;
}
