/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86's arithmetic on general registers, lifted: the operations of each, as text. */
#include <criterion/criterion.h>
#include <glib.h>

#include "tests/lift_text.h"

#define X16 AIL_MODE_X86_16
#define X64 AIL_MODE_X86_64

static void check(const AilLiftCase *cases, size_t n)
{
    ail_lift_check(AIL_ARCH_X86, cases, n);
}

Test(lift_x86, arithmetic)
{
    static const AilLiftCase cases[] = {
        {X64, "4801d8", "add rax, rbx",
         "t0:8 = add rax, rbx; t8:1 = xor rax[7:1], t7:1; t16:1 = xor rbx[7:1], t7:1; "
         "t24:1 = and t8:1, t16:1; of = bit t24:1, 0x7:1; t32:1 = xor rax[0:1], rbx[0:1]; "
         "t40:1 = xor t32:1, t0:1; af = bit t40:1, 0x4:1; cf = ltu t0:8, rax; "
         "pf = parity t0:1; zf = eq t0:8, 0x0:8; sf = bit t7:1, 0x7:1; rax = copy t0:8"},
        {X64, "11d8", "adc eax, ebx",
         "t0:4 = addc rax[0:4], rbx[0:4], cf; t8:1 = xor rax[3:1], t3:1; "
         "t16:1 = xor rbx[3:1], t3:1; t24:1 = and t8:1, t16:1; of = bit t24:1, 0x7:1; "
         "t32:1 = xor rax[0:1], rbx[0:1]; t40:1 = xor t32:1, t0:1; af = bit t40:1, 0x4:1; "
         "t48:1 = and rax[3:1], rbx[3:1]; t56:1 = or rax[3:1], rbx[3:1]; "
         "t64:1 = andn t56:1, t3:1; t72:1 = or t48:1, t64:1; cf = bit t72:1, 0x7:1; "
         "pf = parity t0:1; zf = eq t0:4, 0x0:4; sf = bit t3:1, 0x7:1; rax = zext t0:4"},
        {X64, "29d8", "sub eax, ebx",
         "t0:4 = sub rax[0:4], rbx[0:4]; t8:1 = xor rax[3:1], rbx[3:1]; "
         "t16:1 = xor rax[3:1], t3:1; t24:1 = and t8:1, t16:1; of = bit t24:1, 0x7:1; "
         "t32:1 = xor rax[0:1], rbx[0:1]; t40:1 = xor t32:1, t0:1; af = bit t40:1, 0x4:1; "
         "cf = ltu rax[0:4], rbx[0:4]; pf = parity t0:1; zf = eq t0:4, 0x0:4; "
         "sf = bit t3:1, 0x7:1; rax = zext t0:4"},
        {X64, "19d8", "sbb eax, ebx",
         "t0:4 = subc rax[0:4], rbx[0:4], cf; t8:1 = xor rax[3:1], rbx[3:1]; "
         "t16:1 = xor rax[3:1], t3:1; t24:1 = and t8:1, t16:1; of = bit t24:1, 0x7:1; "
         "t32:1 = xor rax[0:1], rbx[0:1]; t40:1 = xor t32:1, t0:1; af = bit t40:1, 0x4:1; "
         "t48:1 = andn rbx[3:1], rax[3:1]; t56:1 = andn rax[3:1], rbx[3:1]; "
         "t64:1 = andn t3:1, t56:1; t72:1 = or t48:1, t64:1; cf = bit t72:1, 0x7:1; "
         "pf = parity t0:1; zf = eq t0:4, 0x0:4; sf = bit t3:1, 0x7:1; rax = zext t0:4"},
        {X64, "39d8", "cmp eax, ebx",
         "t0:4 = sub rax[0:4], rbx[0:4]; t8:1 = xor rax[3:1], rbx[3:1]; "
         "t16:1 = xor rax[3:1], t3:1; t24:1 = and t8:1, t16:1; of = bit t24:1, 0x7:1; "
         "t32:1 = xor rax[0:1], rbx[0:1]; t40:1 = xor t32:1, t0:1; af = bit t40:1, 0x4:1; "
         "cf = ltu rax[0:4], rbx[0:4]; pf = parity t0:1; zf = eq t0:4, 0x0:4; "
         "sf = bit t3:1, 0x7:1"},
        {X64, "ffc0", "inc eax",
         "t0:4 = add rax[0:4], 0x1:4; t8:1 = xor rax[3:1], t3:1; t16:1 = xor 0x0:1, t3:1; "
         "t24:1 = and t8:1, t16:1; of = bit t24:1, 0x7:1; t32:1 = xor rax[0:1], 0x1:1; "
         "t40:1 = xor t32:1, t0:1; af = bit t40:1, 0x4:1; pf = parity t0:1; "
         "zf = eq t0:4, 0x0:4; sf = bit t3:1, 0x7:1; rax = zext t0:4"},
        {X64, "f7d8", "neg eax",
         "t0:4 = neg rax[0:4]; t8:1 = xor 0x0:1, rax[3:1]; t16:1 = xor 0x0:1, t3:1; "
         "t24:1 = and t8:1, t16:1; of = bit t24:1, 0x7:1; t32:1 = xor 0x0:1, rax[0:1]; "
         "t40:1 = xor t32:1, t0:1; af = bit t40:1, 0x4:1; cf = ne rax[0:4], 0x0:4; "
         "pf = parity t0:1; zf = eq t0:4, 0x0:4; sf = bit t3:1, 0x7:1; rax = zext t0:4"},
        {X64, "f6d0", "not al", "t0:1 = not rax[0:1]; rax[0:1] = copy t0:1"},
        {X64, "83e0fe", "and eax, 0xfffffffe",
         "t0:4 = and rax[0:4], 0xfffffffe:4; cf = copy 0x0:1; af = copy 0x0:1; "
         "of = copy 0x0:1; pf = parity t0:1; zf = eq t0:4, 0x0:4; sf = bit t3:1, 0x7:1; "
         "rax = zext t0:4"},
        {X64, "85c0", "test eax, eax",
         "cf = copy 0x0:1; af = copy 0x0:1; of = copy 0x0:1; pf = parity rax[0:1]; "
         "zf = eq rax[0:4], 0x0:4; sf = bit rax[3:1], 0x7:1"},
        {X64, "f00fc108", "lock xadd dword ptr [rax], ecx",
         "t8:4 = load rax; t0:4 = copy t8:4; t16:4 = add t0:4, rcx[0:4]; "
         "t24:1 = xor t3:1, t19:1; t32:1 = xor rcx[3:1], t19:1; t40:1 = and t24:1, t32:1; "
         "of = bit t40:1, 0x7:1; t48:1 = xor t0:1, rcx[0:1]; t56:1 = xor t48:1, t16:1; "
         "af = bit t56:1, 0x4:1; cf = ltu t16:4, t0:4; pf = parity t16:1; "
         "zf = eq t16:4, 0x0:4; sf = bit t19:1, 0x7:1; store t16:4, rax; rcx = zext t0:4"},
        {X64, "f7e1", "mul ecx",
         "t0:4 = mul rax[0:4], rcx[0:4]; t8:4 = mulhu rax[0:4], rcx[0:4]; "
         "cf = ne t8:4, 0x0:4; of = copy cf; af = copy 0x0:1; pf = parity t0:1; "
         "zf = eq t0:4, 0x0:4; sf = bit t3:1, 0x7:1; rax = zext t0:4; rdx = zext t8:4"},
        {X64, "480fafc1", "imul rax, rcx",
         "t0:8 = mul rax, rcx; t8:8 = mulhs rax, rcx; t16:8 = sar t0:8, 0x3f:8; "
         "cf = ne t8:8, t16:8; of = copy cf; af = copy 0x0:1; pf = parity t0:1; "
         "zf = eq t0:8, 0x0:8; sf = bit t7:1, 0x7:1; rax = copy t0:8"},
        {X64, "48f7f9", "idiv rcx",
         "t0:8 = divs rax, rcx, rdx; t8:8 = rems rax, rcx, rdx; rax = copy t0:8; "
         "rdx = copy t8:8"},
    };
    check(cases, G_N_ELEMENTS(cases));
}

Test(lift_x86, constants)
{
    static const AilLiftCase cases[] = {
        {X64, "31c0", "xor eax, eax",
         "rax = copy 0x0:8; cf = copy 0x0:1; pf = copy 0x1:1; af = copy 0x0:1; "
         "zf = copy 0x1:1; sf = copy 0x0:1; of = copy 0x0:1"},
        {X64, "4829c0", "sub rax, rax",
         "rax = copy 0x0:8; cf = copy 0x0:1; pf = copy 0x1:1; af = copy 0x0:1; "
         "zf = copy 0x1:1; sf = copy 0x0:1; of = copy 0x0:1"},
        {X64, "19c0", "sbb eax, eax",
         "t0:4 = zext cf; t8:4 = neg t0:4; rax = zext t8:4; pf = copy 0x1:1; af = copy cf; "
         "sf = copy cf; of = copy 0x0:1; zf = xor cf, 0x1:1"},
        {X64, "39c0", "cmp eax, eax",
         "cf = copy 0x0:1; pf = copy 0x1:1; af = copy 0x0:1; zf = copy 0x1:1; "
         "sf = copy 0x0:1; of = copy 0x0:1"},
        {X64, "83e000", "and eax, 0",
         "cf = copy 0x0:1; pf = copy 0x1:1; af = copy 0x0:1; zf = copy 0x1:1; "
         "sf = copy 0x0:1; of = copy 0x0:1; rax = copy 0x0:8"},
        {X64, "83c8ff", "or eax, 0xffffffff",
         "cf = copy 0x0:1; af = copy 0x0:1; of = copy 0x0:1; pf = parity 0xff:1; "
         "zf = eq 0xffffffff:4, 0x0:4; sf = bit 0xff:1, 0x7:1; rax = copy 0xffffffff:8"},
        {X64, "4883c9ff", "or rcx, 0xffffffffffffffff",
         "cf = copy 0x0:1; af = copy 0x0:1; of = copy 0x0:1; pf = parity 0xff:1; "
         "zf = eq 0xffffffffffffffff:8, 0x0:8; sf = bit 0xff:1, 0x7:1; "
         "rcx = copy 0xffffffffffffffff:8"},
        {X64, "c1e020", "shl eax, 0x20", "rax = zext rax[0:4]"},
    };
    check(cases, G_N_ELEMENTS(cases));
}

Test(lift_x86, shifts_and_bits)
{
    static const AilLiftCase cases[] = {
        {X64, "d3e0", "shl eax, cl",
         "t0:1 = and rcx[0:1], 0x1f:1; t16:4 = zext t0:1; t8:4 = shl rax[0:4], t16:4; "
         "t24:1 = sub t0:1, 0x1:1; t40:4 = zext t24:1; t32:4 = shl rax[0:4], t40:4; "
         "t48:1 = ne t0:1, 0x0:1; t56:1 = bit t35:1, 0x7:1; cf = select t56:1, cf, t48:1; "
         "af = select 0x0:1, af, t48:1; t64:1 = xor t35:1, t11:1; t72:1 = bit t64:1, 0x7:1; "
         "of = select t72:1, of, t48:1; t80:1 = parity t8:1; pf = select t80:1, pf, t48:1; "
         "t88:1 = eq t8:4, 0x0:4; zf = select t88:1, zf, t48:1; t96:1 = bit t11:1, 0x7:1; "
         "sf = select t96:1, sf, t48:1; rax = zext t8:4"},
        {X64, "c1e805", "shr eax, 5",
         "t0:4 = shr rax[0:4], 0x5:4; t8:4 = shr rax[0:4], 0x4:4; cf = bit t8:1, 0x0:1; "
         "af = copy 0x0:1; t16:1 = xor t11:1, t3:1; of = bit t16:1, 0x7:1; pf = parity t0:1; "
         "zf = eq t0:4, 0x0:4; sf = bit t3:1, 0x7:1; rax = zext t0:4"},
        {X64, "c1c004", "rol eax, 4",
         "t0:4 = rol rax[0:4], 0x4:4; cf = bit t0:1, 0x0:1; t8:1 = xor rax[3:1], t3:1; "
         "of = bit t8:1, 0x7:1; rax = zext t0:4"},
        {X64, "d0c8", "ror al, 1",
         "t0:1 = ror rax[0:1], 0x1:1; cf = bit t0:1, 0x7:1; t8:1 = xor rax[0:1], t0:1; "
         "of = bit t8:1, 0x7:1; rax[0:1] = copy t0:1"},
        {X64, "c1d003", "rcl eax, 3",
         "t0:4 = zext cf; t8:4 = shl rax[0:4], 0x3:4; t16:4 = shr rax[0:4], 0x1e:4; "
         "t24:4 = shl t0:4, 0x2:4; t32:4 = or t8:4, t16:4; t40:4 = or t32:4, t24:4; "
         "t48:4 = shr rax[0:4], 0x1d:4; cf = bit t48:1, 0x0:1; t56:1 = xor rax[3:1], t43:1; "
         "of = bit t56:1, 0x7:1; rax = zext t40:4"},
        {X64, "0fa4d808", "shld eax, ebx, 8",
         "t0:4 = shl rax[0:4], 0x8:4; t8:4 = shr rbx[0:4], 0x18:4; t16:4 = or t0:4, t8:4; "
         "t24:4 = shl rax[0:4], 0x7:4; t32:4 = shr rbx[0:4], 0x19:4; t40:4 = or t24:4, t32:4; "
         "cf = bit t43:1, 0x7:1; af = copy 0x0:1; t48:1 = xor t43:1, t19:1; "
         "of = bit t48:1, 0x7:1; pf = parity t16:1; zf = eq t16:4, 0x0:4; "
         "sf = bit t19:1, 0x7:1; rax = zext t16:4"},
        {X64, "c4e27bf7c1", "shrx eax, ecx, eax",
         "t0:1 = and rax[0:1], 0x1f:1; t16:4 = zext t0:1; t8:4 = shr rcx[0:4], t16:4; "
         "rax = zext t8:4"},
        {X64, "480fa318", "bt qword ptr [rax], rbx",
         "t0:8 = sar rbx, 0x6:8; t8:8 = shl t0:8, 0x3:8; t16:8 = add rax, t8:8; "
         "t24:8 = load t16:8; t32:1 = and rbx[0:1], 0x3f:1; cf = bit t24:8, t32:1"},
        {X16, "640fab07", "bts word ptr fs:[bx], ax",
         "t0:2 = sar rax[0:2], 0x4:2; t8:2 = shl t0:2, 0x1:2; t16:8 = sext t8:2; "
         "t24:8 = zext rbx[0:2]; t32:8 = add t24:8, t16:8; t40:8 = zext t32:2; "
         "t48:8 = add t40:8, fs_base; t56:8 = zext t48:4; t64:2 = load t56:8; "
         "t72:1 = and rax[0:1], 0xf:1; t88:2 = zext t72:1; t80:2 = shl 0x1:2, t88:2; "
         "t96:2 = or t64:2, t80:2; cf = bit t64:2, t72:1; store t96:2, t56:8"},
        {X64, "0fbae80a", "bts eax, 0xa",
         "t0:4 = or rax[0:4], 0x400:4; cf = bit rax[1:1], 0x2:1; rax = zext t0:4"},
        {X64, "0fbcc1", "bsf eax, ecx",
         "t0:4 = ctz rcx[0:4]; t16:1 = eq rcx[0:4], 0x0:4; "
         "t8:4 = select rax[0:4], t0:4, t16:1; cf = copy 0x0:1; af = copy 0x0:1; "
         "of = copy 0x0:1; pf = parity rcx[0:1]; zf = eq rcx[0:4], 0x0:4; "
         "sf = bit rcx[3:1], 0x7:1; rax = zext t8:4"},
        {X64, "f30fbcc1", "tzcnt eax, ecx",
         "t0:4 = ctz rcx[0:4]; cf = eq rcx[0:4], 0x0:4; pf = copy 0x0:1; af = copy 0x0:1; "
         "of = copy 0x0:1; zf = eq t0:4, 0x0:4; sf = bit t3:1, 0x7:1; rax = zext t0:4"},
        {X64, "f30fb8c1", "popcnt eax, ecx",
         "t0:4 = popcnt rcx[0:4]; cf = copy 0x0:1; pf = copy 0x1:1; af = copy 0x0:1; "
         "zf = copy 0x1:1; sf = copy 0x0:1; of = copy 0x0:1; pf = copy 0x0:1; "
         "zf = eq rcx[0:4], 0x0:4; rax = zext t0:4"},
        {X64, "c4e278f3d9", "blsi eax, ecx",
         "t0:4 = neg rcx[0:4]; t8:4 = and rcx[0:4], t0:4; cf = ne rcx[0:4], 0x0:4; "
         "pf = copy 0x0:1; af = copy 0x0:1; of = copy 0x0:1; zf = eq t8:4, 0x0:4; "
         "sf = bit t11:1, 0x7:1; rax = zext t8:4"},
        {X64, "f20f38f1c1", "crc32 eax, ecx",
         "t0:4 = mix <crc32> rax[0:4], rcx[0:4]; rax = zext t0:4"},
        {X64, "f5", "cmc", "cf = xor cf, 0x1:1"},
    };
    check(cases, G_N_ELEMENTS(cases));
}
