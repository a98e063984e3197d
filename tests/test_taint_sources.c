/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources of taint that guests of our own read and mark themselves (tests/guests/baremetal/ARCH/
 * label.s): what the serial port received, and what a hypercall asks for, is labelled where it is,
 * and nothing else is; and what the guest asks about it is answered.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>

#include "analyzers/builtin.h"
#include "formats/syscalls_table.h"
#include "tests/chunk_builder.h"
#include "tests/made_guest.h"
#include "tests/shell.h"

typedef struct Guest {
    char name[16], options[24];
} Guest;

static Guest guests[] = {{"x86-label", ""}, {"arm64-label", "--arch aarch64"}};

/* Bytes that are labelled in the end. */
typedef struct Answer {
    const char *symbol;
    unsigned offset, bytes, depth;
    const char *labels;
} Answer;

static const Answer answers[] = {{"got", 0, 3, 0, "serial input[0-2]"},
                                 {"copy", 0, 1, 0, "serial input[1]"},
                                 {"mixed", 0, 1, 1, "serial input[0], serial input[2]"},
                                 {"buffer", 4, 2, 0, "hypercall 1[2-3]"},
                                 {"taken", 2, 4, 0, "hypercall 1[0-3]"}};

static uint64_t symbol(const char *guest, const char *name)
{
    char *path = g_strdup_printf("%s/%s.sym", AIL_GUESTS, guest), *text;
    uint64_t found = 0;
    cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    char **lines = g_strsplit(text, "\n", -1);
    for (char **l = lines; *l; l++) {
        char is[64];
        uint64_t at;
        if (sscanf(*l, "%" SCNx64 " %*c %63s", &at, is) == 2 && g_str_equal(is, name))
            found = at;
    }
    g_strfreev(lines);
    g_free(text);
    g_free(path);
    return found;
}

/* What taint says of memory in the end is in the file `out`. */
static void check(const char *dir, const Guest *g, const char *kind)
{
    unsigned expected = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(answers); i++) {
        const Answer *a = &answers[i];
        if (!g_str_has_prefix(a->labels, kind))
            continue;
        expected++;
        char *labels = g_strdelimit(g_strdup(a->labels), "[]", '.'); /* for grep */
        ail_run(dir,
                "grep '\"kind\":\"memory\"' out | grep '\"phys\":\"0x%" PRIx64
                "\",\"bytes\":%u,' | grep '\"depth\":%u,' | grep -q '\"labels\":\"%s\"' || "
                "{ echo '%s: %s' >&2; cat out >&2; exit 1; }",
                symbol(g->name, a->symbol) + a->offset, a->bytes, a->depth, labels, g->name,
                a->symbol);
        g_free(labels);
    }
    ail_run(dir, "test $(grep -c '\"kind\":\"memory\"' out) = %u", expected);
    ail_run(dir, "test $(grep -c '\"kind\":\"source\"' out) = 1 && ! grep '\"kind\":\"note\"' out");
}

/* It asks about `taken`. */
static void check_answers(const char *dir, const Guest *g)
{
    ail_run(dir,
            "grep '\"kind\":\"query\"' out | grep '\"addr\":\"0x%" PRIx64
            "\",\"bytes\":8,\"tainted\":4[,}]'",
            symbol(g->name, "taken"));
    for (int i = 0; i < 4; i++)
        ail_run(dir,
                "grep -qF '\"kind\":\"answer\",\"query\":1,\"offset\":%d,\"bytes\":1,\"depth\":0,"
                "\"labels\":\"hypercall 1[%d]\"' out",
                2 + i, i);
    ail_run(dir, "test $(grep -c '\"kind\":\"query\"' out) = 1 && "
                 "test $(grep -c '\"kind\":\"answer\"' out) = 4");
}

ParameterizedTestParameters(taint_sources, guests)
{
    return cr_make_param_array(Guest, guests, G_N_ELEMENTS(guests));
}

ParameterizedTest(Guest *g, taint_sources, guests, .timeout = 300)
{
    char *dir = ail_folder_new();
    ail_run(dir,
            "printf '@wait ready\\n@type abc\\n' >script && "
            "$A record --no-check %s --kernel $G/%s.elf --input script -o g.rr && "
            "$A replay g.rr -o t",
            g->options, g->name);
    ail_run(dir, "$A taint t --label-serial --memory --json >out");
    check(dir, g, "serial");
    ail_run(dir, "$A taint t --label-hypercall --memory --json >out");
    check(dir, g, "hypercall");
    check_answers(dir, g);
    ail_run(dir, "$A taint t --label-serial | grep -A1 'Asked by the guest: 1'");
    ail_run(dir,
            "$A taint t --label-serial --uniform --json | grep -q '\"labels\":\"serial input\"'");
    ail_run(dir, "$A trace dump --events t | grep -q 'hypercall 3 about 0x%" PRIx64 ", 4 bytes'",
            symbol(g->name, "buffer") + 2);
    ail_folder_remove(dir);
}

/* The hypercall is for who replays; who records, with --hypercalls, makes no piece of it. */
Test(taint_sources, labels_are_no_pieces)
{
    char *dir = ail_folder_new();
    ail_run(dir,
            "printf '@wait ready\\n@type abc\\n' >script && "
            "$A record --no-check --hypercalls --kernel $G/x86-label.elf --input script >out && "
            "test -z \"$(ls *.rr 2>/dev/null)\"");
    ail_folder_remove(dir);
}

/* --- files that the kernel moves by itself: events made by hand --- */

enum { TASK = 0x1000, MM = 0x9000, FILES = MM + 1, OFFSET = 0x8000 };

static ChunkBuilder *guest_with_files(uint32_t *block)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1ffa000);
    *block = chunk_block(b, 0x100, AIL_MODE_X86_64, true, "\x90", 1, 1, 1);
    GuestEvents to = {chunk_take_event, b, 0};
    guest_task(&to, TASK, 42, 1, MM, "cat");
    guest_switch(&to, TASK);
    guest_file(&to, FILES, 3, "/data/in");
    guest_file(&to, FILES, 4, "/data/out");
    return b;
}

static void call(ChunkBuilder *b, uint32_t block, const char *name, const uint64_t args[6],
                 int64_t result)
{
    const Piece *offset = PIECES(WORDS_AT(OFFSET, 1000));
    uint64_t number = ail_syscall_number(AIL_ABI_X86_64, name);
    cr_assert_neq(number, AIL_SYSCALL_NONE, "%s", name);
    GuestEvents to = {chunk_take_event, b, 0};
    guest_call(&to, AIL_ABI_X86_64, number, args, offset);
    chunk_run(b, block);
    guest_return(&to, AIL_ABI_X86_64, number, result, NULL);
    chunk_run(b, block);
}

/* What taint with --label-file=/data/in says of the calls. */
static char *told(ChunkBuilder *b, const char *options)
{
    char *analysis = g_strdup_printf("taint,label-file=/data/in%s", options);
    uint32_t columns = ail_taint_ops.needs;
    char *text = chunk_analyse(b, analysis, columns, AIL_OUTPUT_JSON);
    chunk_builder_free(b);
    g_free(analysis);
    return text;
}

static void expect_line(const char *text, const char *pattern)
{
    cr_expect(g_regex_match_simple(pattern, text, 0, 0), "no %s in:\n%s", pattern, text);
}

Test(taint_sources, files_that_the_kernel_moves_are_told)
{
    uint32_t block;
    ChunkBuilder *b = guest_with_files(&block);
    call(b, block, "sendfile", ARGS(4, 3, 0, 100), 60);
    call(b, block, "sendfile", ARGS(4, 3, OFFSET, 100), 40); /* leaves the position */
    call(b, block, "splice", ARGS(3, 0, 4, 0, 100), 5);
    call(b, block, "copy_file_range", ARGS(3, OFFSET, 4, 0, 100), 7);
    char *text = told(b, "");
    expect_line(text,
                "\"source\":\"file\",\"name\":\"/data/in\",\"icount\":[0-9]+,\"bytes\":60,\"pid\"");
    expect_line(text, "\"bytes\":40,\"offset\":1000,");
    expect_line(text, "\"bytes\":5,\"offset\":60,");
    expect_line(text, "\"bytes\":7,\"offset\":1000,");
    expect_line(text, "\"call\":\"sendfile(64)?\",\"argument\":2,\"memory\":true,"
                      "\"path\":\"/data/out\",\"pid\":42,\"comm\":\"cat\",\"count\":2,"
                      "\"bytes\":100,");
    expect_line(text, "\"call\":\"splice\",\"argument\":1,\"memory\":true,\"path\":\"/data/out\"");
    expect_line(text, "\"call\":\"copy_file_range\",\"argument\":1,\"memory\":true,"
                      "\"path\":\"/data/out\"");
    expect_line(text, "moved by the kernel[^}]*\"count\":112");
    free(text);
}

Test(taint_sources, other_files_and_failures_are_not)
{
    uint32_t block;
    ChunkBuilder *b = guest_with_files(&block);
    call(b, block, "sendfile", ARGS(3, 4, 0, 100), 60); /* the other way */
    call(b, block, "sendfile", ARGS(4, 3, 0, 100), -22);
    call(b, block, "sendfile", ARGS(4, 9, 0, 100), 60);
    char *text = told(b, "");
    cr_expect_not(strstr(text, "\"kind\":\"source\"") || strstr(text, "\"kind\":\"call\"") ||
                      strstr(text, "\"kind\":\"note\""),
                  "%s", text);
    free(text);
}

Test(taint_sources, what_the_last_instruction_stores)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    /* mov [rdi], rax */
    uint32_t block = chunk_block(b, 0x100, AIL_MODE_X86_64, true, "\x48\x89\x07", 3, 1, 3);
    chunk_run(b, block);
    chunk_write_bytes(b, 0, 0x5000, "tellings", 8);
    chunk_run(b, block);
    chunk_write_bytes(b, 0, 0x6000, "secretly", 8);
    char *text = chunk_analyse(b, "taint,label-string=secretly,memory,at=2", ail_taint_ops.needs,
                               AIL_OUTPUT_JSON);
    char *at = strstr(text, "\"kind\":\"memory\"");
    expect_line(text, "\"phys\":\"0x6000\",\"bytes\":8,");
    cr_expect(at && strstr(at + 1, "\"kind\":\"memory\""), "at the end and at 2:\n%s", text);
    free(text);
    chunk_builder_free(b);
}

Test(taint_sources, what_is_changed_in_place_is_read)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_ARM64, 0x1000);
    /* ldr x0, [x1]; eor w0, w0, #0x3c; mov w2, #1 */
    uint32_t block =
        chunk_block(b, 0x100, AIL_MODE_A64, true,
                    "\x20\x00\x40\xf9\x00\x0c\x1e\x52\x22\x00\x80\x52", 12, 3, 4, 4, 4);
    chunk_run(b, block);
    chunk_read_bytes(b, 0, 0x5000, "secretly", 8);
    char *text =
        chunk_analyse(b, "taint,label-string=secretly", ail_taint_ops.needs, AIL_OUTPUT_JSON);
    expect_line(text, "\"instruction\",\"pc\":\"0x100\"");
    expect_line(text, "\"instruction\",\"pc\":\"0x104\"");
    cr_expect_not(strstr(text, "0x108"), "%s", text);
    free(text);
    chunk_builder_free(b);
}

Test(taint_sources, the_graph_has_them)
{
    uint32_t block;
    char *dir = ail_folder_new(), *path = g_build_filename(dir, "g.dot", NULL), *dot;
    char *options = g_strdup_printf(",graph=%s", path);
    ChunkBuilder *b = guest_with_files(&block);
    call(b, block, "sendfile", ARGS(4, 3, 0, 100), 60);
    free(told(b, options));
    cr_assert(g_file_get_contents(path, &dot, NULL, NULL));
    cr_expect(strstr(dot, "\"file /data/in\" -> \"cat (42)\" [label=\"60 bytes\"]"), "%s", dot);
    cr_expect(strstr(dot, "\"cat (42)\" -> \"/data/out\" [label=\"60 bytes\"]"), "%s", dot);
    g_free(dot);
    g_free(options);
    g_free(path);
    ail_folder_remove(dir);
}

/* The same, when the trace says where in memory the part of the file is. */
static void move_known(ChunkBuilder *b, uint32_t block, AilGuestPlace place, int64_t result)
{
    uint64_t number = ail_syscall_number(AIL_ABI_X86_64, "sendfile");
    GuestEvents to = {chunk_take_event, b, 0};
    guest_call(&to, AIL_ABI_X86_64, number, ARGS(4, 3, OFFSET, 100),
               PIECES(WORDS_AT(OFFSET, 1000)));
    chunk_run(b, block);
    guest_file_pages(&to, "/data/in", place);
    chunk_run(b, block);
    guest_return(&to, AIL_ABI_X86_64, number, result, NULL);
    chunk_run(b, block);
}

/* Ethernet, IPv4, UDP. */
static const char head[] =
    "......,,,,,,"
    "\x08\0\x45\0\0\x24\0\0\0\0\x40\x11\0\0\x0a\0\2\x0f\x0a\0\2\2\x13\x88\0\x35\0\x10\0";
enum { HEAD = sizeof head, SENT_LABELS = 16 };

static void send_frame(ChunkBuilder *b, uint64_t rest_phys, uint64_t socket)
{
    GuestEvents to = {chunk_take_event, b, 0};
    guest_sent(&to, head, HEAD, 0x9000, SENT_LABELS, rest_phys, socket);
}

Test(taint_sources, files_that_the_kernel_moves_are_followed)
{
    uint32_t block;
    ChunkBuilder *b = guest_with_files(&block);
    move_known(b, block, (AilGuestPlace){0x5ff8, 1000, 60}, 60);
    move_known(b, block, (AilGuestPlace){0x5ff8, 1000, 60}, 60);
    send_frame(b, 0x6004, 9); /* some of the same bytes, at the end of its 58 */
    char *text = told(b, ",memory");
    expect_line(text, "\"source\":\"file\",\"name\":\"/data/in\",\"icount\":1,\"bytes\":60,"
                      "\"offset\":1000,");
    expect_line(text, "\"call\":\"sendfile(64)?\"[^\n]*\"count\":2,\"bytes\":120,");
    expect_line(text, "\"phys\":\"0x5ff8\",\"bytes\":8,[^\n]*\\[1000-1007\\]");
    expect_line(text, "\"phys\":\"0x6000\",\"bytes\":52,[^\n]*\\[1008-1059\\]");
    expect_line(text, "\"kind\":\"sent\",\"icount\":[0-9]+,\"interface\":\"eth0\",\"length\":58,"
                      "\"protocol\":\"udp\",\"from\":\"10.0.2.15:5000\",\"to\":\"10.0.2.2:53\","
                      "\"path\":\"socket:\\[9\\]\",\"pid\":42,\"comm\":\"cat\",\"offset\":42,"
                      "\"bytes\":16,\"each\":false,\"depth\":0,\"labels\":\"file "
                      "/data/in\\[1012-1027\\]\"");
    expect_line(text, "^(?![\\s\\S]*\"source\":\"file\"[\\s\\S]*\"source\":\"file\")");
    cr_expect_not(strstr(text, "\"kind\":\"note\""), "%s", text);
    free(text);
}

Test(taint_sources, a_part_that_is_not_known_is_counted)
{
    const AilGuestPlace places[] = {{0x5000, 1000, 40}, {AIL_PHYS_NONE, 1000, 60}};
    for (int i = 0; i < 2; i++) {
        uint32_t block;
        ChunkBuilder *b = guest_with_files(&block);
        move_known(b, block, places[i], 60);
        char *text = told(b, "");
        expect_line(text, i ? "moved by the kernel[^}]*\"count\":60"
                            : "moved by the kernel[^}]*\"count\":20");
        free(text);
    }
}

Test(taint_sources, frames_with_one_label)
{
    uint32_t block;
    ChunkBuilder *b = guest_with_files(&block);
    move_known(b, block, (AilGuestPlace){0x5000, 1000, 60}, 60);
    send_frame(b, 0x5000 + 50, 0); /* the end of it */
    char *text = told(b, ",uniform");
    expect_line(text, "\"to\":\"10.0.2.2:53\",\"pid\":42,\"comm\":\"cat\",\"offset\":42,"
                      "\"bytes\":10,\"each\":true,\"depth\":0,\"labels\":\"file /data/in\"");
    free(text);
}

/* What went to a socket may have been sent; of an older trace that is not known. */
Test(taint_sources, frames_that_are_not_told)
{
    for (int frames = 0; frames < 2; frames++) {
        uint32_t block;
        ChunkBuilder *b = guest_with_files(&block);
        GuestEvents to = {chunk_take_event, b, 0};
        guest_file(&to, FILES, 4, "socket:[9]");
        call(b, block, "sendfile", ARGS(4, 3, 0, 100), 60);
        if (frames)
            send_frame(b, 0x5000, 9);
        char *text = told(b, "");
        cr_expect((strstr(text, "given to sockets") == NULL) == frames, "%s", text);
        free(text);
    }
}
