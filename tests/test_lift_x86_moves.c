/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86's moves, jumps and system instructions, in all modes, lifted: the operations of each, as
 * text. */
#include <criterion/criterion.h>
#include <glib.h>

#include "tests/lift_text.h"

#define X16 AIL_MODE_X86_16
#define X32 AIL_MODE_X86_32
#define X64 AIL_MODE_X86_64

static void check(const AilLiftCase *cases, size_t n)
{
    ail_lift_check(AIL_ARCH_X86, cases, n);
}

Test(lift_x86_moves, moves)
{
    static const AilLiftCase cases[] = {
        {X64, "8b04b3", "mov eax, dword ptr [rbx + rsi*4]",
         "t0:8 = shl rsi, 0x2:8; t8:8 = add rbx, t0:8; t16:4 = load t8:8; rax = zext t16:4"},
        {X64, "678b4004", "mov eax, dword ptr [eax + 4]",
         "t0:4 = add rax[0:4], 0x4:4; t8:8 = zext t0:4; t16:4 = load t8:8; rax = zext t16:4"},
        {X64, "8b0510000000", "mov eax, dword ptr [rip + 0x10]",
         "t0:4 = load 0x1016:8; rax = zext t0:4"},
        {X64, "64488b042528000000", "mov rax, qword ptr fs:[0x28]",
         "t0:8 = add 0x28:8, fs_base; t8:8 = load t0:8; rax = copy t8:8"},
        {X64, "b0ff", "mov al, 0xff", "rax[0:1] = copy 0xff:1"},
        {X64, "b8ffffffff", "mov eax, 0xffffffff", "rax = copy 0xffffffff:8"},
        {X64, "8ac4", "mov al, ah", "rax[0:1] = copy rax[1:1]"},
        {X64, "480fbe03", "movsx rax, byte ptr [rbx]",
         "t0:1 = load rbx; t8:8 = sext t0:1; rax = copy t8:8"},
        {X64, "4899", "cqo", "t0:8 = sar rax, 0x3f:8; rdx = copy t0:8"},
        {X64, "8d4403ff", "lea eax, [rbx + rax - 1]",
         "t0:8 = add rbx, rax; t8:8 = add t0:8, 0xffffffffffffffff:8; rax = zext t8:4"},
        {X64, "87d8", "xchg eax, ebx",
         "t0:4 = copy rax[0:4]; t8:4 = copy rbx[0:4]; rax = zext t8:4; rbx = zext t0:4"},
        {X64, "480fb118", "cmpxchg qword ptr [rax], rbx",
         "t8:8 = load rax; t0:8 = copy t8:8; t16:8 = sub rax, t0:8; "
         "t24:1 = xor rax[7:1], t7:1; t32:1 = xor rax[7:1], t23:1; t40:1 = and t24:1, t32:1; "
         "of = bit t40:1, 0x7:1; t48:1 = xor rax[0:1], t0:1; t56:1 = xor t48:1, t16:1; "
         "af = bit t56:1, 0x4:1; cf = ltu rax, t0:8; pf = parity t16:1; zf = eq t16:8, 0x0:8; "
         "sf = bit t23:1, 0x7:1; t64:8 = select rbx, t0:8, zf; t72:8 = select rax, t0:8, zf; "
         "store t64:8, rax; rax = copy t72:8"},
        {X64, "0fc708", "cmpxchg8b qword ptr [rax]",
         "t0:8 = load rax; t8:4 = copy rax[0:4]; t16:4 = copy rbx[0:4]; "
         "t12:4 = copy rdx[0:4]; t20:4 = copy rcx[0:4]; zf = eq t0:8, t8:8; "
         "t16:8 = select t16:8, t0:8, zf; store t16:8, rax; "
         "rax[0:4] = select rax[0:4], t0:4, zf; rax[4:4] = select rax[4:4], 0x0:4, zf; "
         "rdx[0:4] = select rdx[0:4], t4:4, zf; rdx[4:4] = select rdx[4:4], 0x0:4, zf"},
        {X64, "0f44c1", "cmove eax, ecx", "t0:4 = select rcx[0:4], rax[0:4], zf; rax = zext t0:4"},
        {X64, "0f9dc0", "setge al",
         "t0:1 = xor sf, of; t8:1 = xor t0:1, 0x1:1; rax[0:1] = copy t8:1"},
        {X64, "0f38f002", "movbe eax, dword ptr [rdx]",
         "t0:4 = load rdx; t8:4 = bswap t0:4; rax = zext t8:4"},
        {X64, "64d7", "xlatb",
         "t0:8 = zext rax[0:1]; t8:8 = add rbx, t0:8; t16:8 = add t8:8, fs_base; "
         "t24:1 = load t16:8; rax[0:1] = copy t24:1"},
        {X64, "d7", "xlatb",
         "t0:8 = zext rax[0:1]; t8:8 = add rbx, t0:8; t16:1 = load t8:8; rax[0:1] = copy t16:1"},
    };
    check(cases, G_N_ELEMENTS(cases));
}

Test(lift_x86_moves, stack_flow_and_strings)
{
    static const AilLiftCase cases[] = {
        {X64, "54", "push rsp", "t0:8 = sub rsp, 0x8:8; store rsp, t0:8; rsp = copy t0:8"},
        {X64, "ff30", "push qword ptr [rax]",
         "t0:8 = load rax; t8:8 = sub rsp, 0x8:8; store t0:8, t8:8; rsp = copy t8:8"},
        {X64, "6a80", "push -0x80",
         "t0:8 = sub rsp, 0x8:8; store 0xffffffffffffff80:8, t0:8; rsp = copy t0:8"},
        {X64, "5c", "pop rsp",
         "t0:8 = load rsp; t8:8 = add rsp, 0x8:8; rsp = copy t8:8; rsp = copy t0:8"},
        {X64, "8f0424", "pop qword ptr [rsp]",
         "t0:8 = load rsp; t8:8 = add rsp, 0x8:8; rsp = copy t8:8; store t0:8, rsp"},
        {X64, "9d", "popfq",
         "t0:8 = load rsp; t8:8 = add rsp, 0x8:8; rsp = copy t8:8; cf = bit t0:1, 0x0:1; "
         "pf = bit t0:1, 0x2:1; af = bit t0:1, 0x4:1; zf = bit t0:1, 0x6:1; "
         "sf = bit t0:1, 0x7:1; df = bit t1:1, 0x2:1; of = bit t1:1, 0x3:1; "
         "t16:8 = and rflags, 0xffffffffffdbbeff:8; t24:8 = and t0:8, 0x244100:8; "
         "rflags = or t16:8, t24:8"},
        {X64, "c9", "leave",
         "rsp = copy rbp; t0:8 = load rsp; t8:8 = add rsp, 0x8:8; rsp = copy t8:8; "
         "rbp = copy t0:8"},
        {X64, "e8fb000000", "call 0x1100",
         "t0:8 = sub rsp, 0x8:8; store 0x1005:8, t0:8; rsp = copy t0:8; jump 0x1100:8"},
        {X64, "ff10", "call qword ptr [rax]",
         "t0:8 = load rax; t8:8 = sub rsp, 0x8:8; store 0x1002:8, t8:8; rsp = copy t8:8; "
         "jump t0:8"},
        {X64, "c20800", "ret 8",
         "t0:8 = load rsp; t8:8 = add rsp, 0x8:8; rsp = copy t8:8; t16:8 = add rsp, 0x8:8; "
         "rsp = copy t16:8; jump t0:8"},
        {X64, "7fee", "jg 0xff0",
         "t0:1 = xor sf, of; t8:1 = or t0:1, zf; t16:1 = xor t8:1, 0x1:1; jump 0xff0:8, t16:1"},
        {X64, "e2fe", "loop 0x1000",
         "t0:8 = sub rcx, 0x1:8; rcx = copy t0:8; t8:1 = ne rcx, 0x0:8; jump 0x1000:8, t8:1"},
        {X64, "e302", "jrcxz 0x1004", "t0:1 = eq rcx, 0x0:8; jump 0x1004:8, t0:1"},
        {X64, "f3a4", "rep movsb byte ptr [rdi], byte ptr [rsi]",
         "t0:1 = load rsi; store t0:1, rdi; t8:8 = select 0xffffffffffffffff:8, 0x1:8, df; "
         "t16:8 = add rsi, t8:8; rsi = copy t16:8; t24:8 = add rdi, t8:8; rdi = copy t24:8; "
         "t32:8 = sub rcx, 0x1:8; rcx = copy t32:8"},
        {X64, "ab", "stosd dword ptr [rdi], eax",
         "store rax[0:4], rdi; t0:8 = select 0xfffffffffffffffc:8, 0x4:8, df; "
         "t8:8 = add rdi, t0:8; rdi = copy t8:8"},
        {X64, "f2ae", "repne scasb al, byte ptr [rdi]",
         "t0:1 = load rdi; t8:1 = sub rax[0:1], t0:1; t16:1 = xor rax[0:1], t0:1; "
         "t24:1 = xor rax[0:1], t8:1; t32:1 = and t16:1, t24:1; of = bit t32:1, 0x7:1; "
         "t40:1 = xor rax[0:1], t0:1; t48:1 = xor t40:1, t8:1; af = bit t48:1, 0x4:1; "
         "cf = ltu rax[0:1], t0:1; pf = parity t8:1; zf = eq t8:1, 0x0:1; "
         "sf = bit t8:1, 0x7:1; t56:8 = select 0xffffffffffffffff:8, 0x1:8, df; "
         "t64:8 = add rdi, t56:8; rdi = copy t64:8; t72:8 = sub rcx, 0x1:8; rcx = copy t72:8; "
         "t80:1 = xor zf, 0x1:1"},
        {X64, "f3a6", "repe cmpsb byte ptr [rsi], byte ptr [rdi]",
         "t0:1 = load rdi; t8:1 = load rsi; t16:1 = sub t8:1, t0:1; t24:1 = xor t8:1, t0:1; "
         "t32:1 = xor t8:1, t16:1; t40:1 = and t24:1, t32:1; of = bit t40:1, 0x7:1; "
         "t48:1 = xor t8:1, t0:1; t56:1 = xor t48:1, t16:1; af = bit t56:1, 0x4:1; "
         "cf = ltu t8:1, t0:1; pf = parity t16:1; zf = eq t16:1, 0x0:1; "
         "sf = bit t16:1, 0x7:1; t64:8 = select 0xffffffffffffffff:8, 0x1:8, df; "
         "t72:8 = add rsi, t64:8; rsi = copy t72:8; t80:8 = add rdi, t64:8; rdi = copy t80:8; "
         "t88:8 = sub rcx, 0x1:8; rcx = copy t88:8"},
    };
    check(cases, G_N_ELEMENTS(cases));
}

Test(lift_x86_moves, modes)
{
    static const AilLiftCase cases[] = {
        {X32, "8b45fc", "mov eax, dword ptr [ebp - 4]",
         "t0:4 = add rbp[0:4], 0xfffffffc:4; t8:8 = zext t0:4; t16:8 = add t8:8, ss_base; "
         "t24:8 = zext t16:4; t32:4 = load t24:8; rax = zext t32:4"},
        {X32, "55", "push ebp",
         "t0:4 = sub rsp[0:4], 0x4:4; t8:8 = zext t0:4; t16:8 = add t8:8, ss_base; "
         "t24:8 = zext t16:4; store rbp[0:4], t24:8; rsp = zext t0:4"},
        {X32, "c3", "ret",
         "t0:8 = zext rsp[0:4]; t8:8 = add t0:8, ss_base; t16:8 = zext t8:4; "
         "t24:4 = load t16:8; t32:4 = add rsp[0:4], 0x4:4; rsp = zext t32:4; "
         "t40:8 = zext t24:4; t48:8 = add t40:8, cs_base; t56:8 = zext t48:4; jump t56:8"},
        {X32, "a4", "movsb byte ptr es:[edi], byte ptr [esi]",
         "t0:8 = zext rsi[0:4]; t8:8 = add t0:8, ds_base; t16:8 = zext t8:4; "
         "t24:1 = load t16:8; t32:8 = zext rdi[0:4]; t40:8 = add t32:8, es_base; "
         "t48:8 = zext t40:4; store t24:1, t48:8; t56:4 = select 0xffffffff:4, 0x1:4, df; "
         "t64:4 = add rsi[0:4], t56:4; rsi = zext t64:4; t72:4 = add rdi[0:4], t56:4; "
         "rdi = zext t72:4"},
        {X16, "8b00", "mov ax, word ptr [bx + si]",
         "t0:2 = add rbx[0:2], rsi[0:2]; t8:8 = zext t0:2; t16:8 = add t8:8, ds_base; "
         "t24:8 = zext t16:4; t32:2 = load t24:8; rax[0:2] = copy t32:2"},
        {X16, "e8fd00", "call 0x1100",
         "t0:2 = sub 0x1003:2, cs_base[0:2]; t8:2 = sub rsp[0:2], 0x2:2; t16:8 = zext t8:2; "
         "t24:8 = add t16:8, ss_base; t32:8 = zext t24:4; store t0:2, t32:8; "
         "rsp[0:2] = copy t8:2; jump 0x1100:8"},
        {X16, "f3ab", "rep stosw word ptr es:[di], ax",
         "t0:8 = zext rdi[0:2]; t8:8 = add t0:8, es_base; t16:8 = zext t8:4; "
         "store rax[0:2], t16:8; t24:2 = select 0xfffe:2, 0x2:2, df; "
         "t32:2 = add rdi[0:2], t24:2; rdi[0:2] = copy t32:2; t40:2 = sub rcx[0:2], 0x1:2; "
         "rcx[0:2] = copy t40:2"},
    };
    check(cases, G_N_ELEMENTS(cases));
}

Test(lift_x86_moves, system_instructions)
{
    static const AilLiftCase cases[] = {
        {X64, "f30f1efa", "endbr64", ""},
        {X64, "0f05", "syscall",
         "t0:8 = copy rflags; t0:1 = or t0:1, 0x2:1; t0:1 = or t0:1, cf; "
         "t8:1 = shl pf, 0x2:1; t0:1 = or t0:1, t8:1; t16:1 = shl af, 0x4:1; "
         "t0:1 = or t0:1, t16:1; t24:1 = shl zf, 0x6:1; t0:1 = or t0:1, t24:1; "
         "t32:1 = shl sf, 0x7:1; t0:1 = or t0:1, t32:1; t40:1 = shl df, 0x2:1; "
         "t1:1 = or t1:1, t40:1; t48:1 = shl of, 0x3:1; t1:1 = or t1:1, t48:1; "
         "rcx = copy 0x1002:8; r11 = copy t0:8; t56:8 = andn t0:8, fmask; "
         "cf = bit t56:1, 0x0:1; pf = bit t56:1, 0x2:1; af = bit t56:1, 0x4:1; "
         "zf = bit t56:1, 0x6:1; sf = bit t56:1, 0x7:1; df = bit t57:1, 0x2:1; "
         "of = bit t57:1, 0x3:1; t64:8 = and t56:8, 0x3ff300:8; rflags = copy t64:8; "
         "t72:2 = and star[4:2], 0xfffc:2; t80:2 = add t72:2, 0x0:2; cs = copy t80:2; "
         "cs_base = copy 0x0:8; t88:2 = add t72:2, 0x8:2; ss = copy t88:2; "
         "ss_base = copy 0x0:8; jump lstar"},
        {X64, "480f07", "sysret",
         "cf = bit r11[0:1], 0x0:1; pf = bit r11[0:1], 0x2:1; af = bit r11[0:1], 0x4:1; "
         "zf = bit r11[0:1], 0x6:1; sf = bit r11[0:1], 0x7:1; df = bit r11[1:1], 0x2:1; "
         "of = bit r11[1:1], 0x3:1; t0:8 = and r11, 0x3ff300:8; rflags = copy t0:8; "
         "t8:2 = and star[6:2], 0xfffc:2; t16:2 = add t8:2, 0x13:2; cs = copy t16:2; "
         "cs_base = copy 0x0:8; t24:2 = add t8:2, 0xb:2; ss = copy t24:2; "
         "ss_base = copy 0x0:8; jump rcx"},
        {X64, "48cf", "iretq",
         "t0:8 = load rsp; t16:8 = add rsp, 0x8:8; t8:8 = load t16:8; "
         "t32:8 = add rsp, 0x10:8; t24:8 = load t32:8; t40:2 = and t8:2, 0xfff8:2; "
         "t48:8 = zext t40:2; t56:8 = add t48:8, gdtr[2:8]; t64:8 = load t56:8; "
         "cs = copy t8:2; t72:8 = add rsp, 0x18:8; t88:8 = add rsp, 0x18:8; "
         "t80:8 = load t88:8; t104:8 = add rsp, 0x20:8; t96:8 = load t104:8; "
         "t112:2 = and t96:2, 0xfffc:2; t120:1 = ne t112:2, 0x0:2; "
         "t128:2 = and t96:2, 0xfff8:2; t136:8 = zext t128:2; t144:8 = add t136:8, gdtr[2:8]; "
         "t152:8 = load t144:8, t120:1; ss = copy t96:2; cf = bit t24:1, 0x0:1; "
         "pf = bit t24:1, 0x2:1; af = bit t24:1, 0x4:1; zf = bit t24:1, 0x6:1; "
         "sf = bit t24:1, 0x7:1; df = bit t25:1, 0x2:1; of = bit t25:1, 0x3:1; "
         "t160:8 = and rflags, 0xffffffffffdbbeff:8; t168:8 = and t24:8, 0x244100:8; "
         "rflags = or t160:8, t168:8; rsp = copy t80:8; jump t0:8"},
        {X64, "fa", "cli", "rflags[1:1] = andn rflags[1:1], 0x2:1"},
        {X64, "0f01f8", "swapgs",
         "t0:8 = copy gs_base; gs_base = copy k_gs_base; k_gs_base = copy t0:8"},
        {X64, "0fa2", "cpuid",
         "t0:4 = copy rax[0:4]; t8:4 = copy rcx[0:4]; t16:4 = mix <cpuid> t0:4, t8:4; "
         "rax = zext t16:4; t24:4 = mix <cpuid> t0:4, t8:4; rbx = zext t24:4; "
         "t32:4 = mix <cpuid> t0:4, t8:4; rcx = zext t32:4; t40:4 = mix <cpuid> t0:4, t8:4; "
         "rdx = zext t40:4"},
        {X64, "0f31", "rdtsc", "t0:8 = mix <time> 0x0:1; rax = zext t0:4; rdx = zext t4:4"},
        {X64, "ec", "in al, dx", "t0:1 = mix <in> rdx[0:2]; rax[0:1] = copy t0:1"},
        {X64, "ee", "out dx, al", ""},
        {X64, "0f22d8", "mov cr3, rax", "cr3 = copy rax"},
        {X64, "8ed8", "mov ds, eax",
         "t0:1 = loads; ds_base = mix <segment> rax[0:2], t0:1; stores t0:1; "
         "ds = copy rax[0:2]"},
        {X64, "0f0110", "lgdt [rax]",
         "gdtr[0:2] = load rax; t0:8 = add rax, 0x2:8; t8:8 = load t0:8; gdtr[2:8] = copy t8:8"},
        {X16, "0f011600f0", "lgdt [0xf000]",
         "t0:8 = add 0xf000:8, ds_base; t8:8 = zext t0:4; gdtr[0:2] = load t8:8; "
         "t16:8 = add t8:8, 0x2:8; t24:4 = load t16:8; t32:4 = and t24:4, 0xffffff:4; "
         "gdtr[2:8] = zext t32:4"},
        {X64, "f3480faed0", "wrfsbase rax", "fs_base = copy rax"},
        {X64, "0fae00", "fxsave [rax]", "area.store rax"},
        {X64, "0fae21", "xsave ptr [rcx]",
         "t0:8 = add rcx, 0x200:8; t8:8 = load t0:8; area.store rcx"},
        {X64, "0f02c1", "lar eax, ecx",
         "t0:1 = loads; zf = mix <descriptor> rcx[0:2], t0:1; "
         "t8:4 = mix <descriptor> rcx[0:2], t0:1; t16:4 = select t8:4, rax[0:4], zf; "
         "rax = zext t16:4"},
        {X32, "0f34", "sysenter",
         "rflags[0:4] = and rflags[0:4], 0xfffcfdff:4; t0:2 = and sysenter_cs[0:2], 0xfffc:2; "
         "t8:2 = add t0:2, 0x0:2; cs = copy t8:2; cs_base = copy 0x0:8; "
         "t16:2 = add t0:2, 0x8:2; ss = copy t16:2; ss_base = copy 0x0:8; "
         "rsp = copy sysenter_esp; jump sysenter_eip"},
        {X16, "cf", "iret",
         "t0:8 = zext rsp[0:2]; t8:8 = add t0:8, ss_base; t16:8 = zext t8:4; "
         "t24:2 = load t16:8; t32:2 = add rsp[0:2], 0x2:2; rsp[0:2] = copy t32:2; "
         "t40:8 = zext rsp[0:2]; t48:8 = add t40:8, ss_base; t56:8 = zext t48:4; "
         "t64:2 = load t56:8; t72:2 = add rsp[0:2], 0x2:2; rsp[0:2] = copy t72:2; "
         "t80:8 = zext rsp[0:2]; t88:8 = add t80:8, ss_base; t96:8 = zext t88:4; "
         "t104:2 = load t96:8; t112:2 = add rsp[0:2], 0x2:2; rsp[0:2] = copy t112:2; "
         "cf = bit t104:1, 0x0:1; pf = bit t104:1, 0x2:1; af = bit t104:1, 0x4:1; "
         "zf = bit t104:1, 0x6:1; sf = bit t104:1, 0x7:1; df = bit t105:1, 0x2:1; "
         "of = bit t105:1, 0x3:1; t120:2 = and rflags[0:2], 0xbeff:2; "
         "t128:2 = and t104:2, 0x4100:2; rflags[0:2] = or t120:2, t128:2; cs = copy t64:2; "
         "t136:8 = zext t64:2; cs_base = shl t136:8, 0x4:8; t144:8 = zext t24:2; "
         "t152:8 = add t144:8, cs_base; t160:8 = zext t152:4; jump t160:8"},
        {X16, "ea00000010", "ljmp 0x1000:0",
         "t0:1 = loads; cs_base = mix <segment> 0x1000:2, t0:1; cs = copy 0x1000:2; "
         "stores t0:1; t8:8 = add 0x0:8, cs_base; t16:8 = zext t8:4; jump t16:8"},
    };
    check(cases, G_N_ELEMENTS(cases));
}

/* Code of 16 bits anywhere in memory: a jump by a distance goes to an address. */
Test(lift_x86_moves, direct_jumps_go_to_addresses)
{
    static const uint8_t jmp[] = {0xe9, 0x00, 0x02}, back[] = {0xeb, 0x80};
    AilError err = {0};
    AilLifted lifted;
    AilLift *l = ail_lift_new(AIL_ARCH_X86, &err);
    ail_lift_insn(l, X16, false, 0xff300, jmp, sizeof jmp, &lifted);
    cr_expect_eq(lifted.ops[0].a.value, 0xff503);
    ail_lift_insn(l, X16, false, 0xf0010, back, sizeof back, &lifted);
    cr_expect_eq(lifted.ops[0].a.value, 0xeff92);
    ail_lift_free(l);
}
