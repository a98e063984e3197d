/* SPDX-License-Identifier: GPL-2.0-or-later */
/* make_seeds DIR: the inputs that fuzzing starts from, in DIR/trace, DIR/rrlog, DIR/manifest,
 * DIR/rr, DIR/snapshot, DIR/kernel, DIR/plog, DIR/syscalls and DIR/guest. Always
 * the same. */
#include "formats/rr.h"
#include "formats/rr_private.h"
#include "tests/elf_builder.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/kernel_seeds.h"
#include "tests/fuzz/parts.h"
#include "tests/fuzz/plog_parts.h"
#include "tests/made_guest.h"
#include "tests/raw_builder.h"
#include "tests/snapshot_builder.h"
#include "trace/guest.h"
#include "trace/writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void save(const char *dir, const char *target, unsigned number, const AilBuf *bytes)
{
    char *name = g_strdup_printf("%s/%s/seed-%u", dir, target, number);
    EXPECT(g_file_set_contents(name, (const char *)bytes->data, (gssize)bytes->len, NULL));
    g_free(name);
}

/* The bytes of a file that was written to fd. */
static void slurp(int fd, AilBuf *out)
{
    struct stat st;
    EXPECT(fstat(fd, &st) == 0);
    ail_buf_reserve(out, (size_t)st.st_size + 1);
    EXPECT(pread(fd, out->data, (size_t)st.st_size, 0) == st.st_size);
    out->len = (size_t)st.st_size;
}

static void release(void *user)
{
    raw_chunk_free(user);
}

static void make_trace(uint32_t seed, uint32_t columns, AilBuf *out)
{
    static const AilReg registers[] = {{"rip", 0, 8}, {"xmm0", 8, 16}};
    static const uint32_t n_flow[] = {25, 1, 40, 90};
    AilTraceInfo info = {.columns = columns,
                         .arch = AIL_ARCH_X86,
                         .tool = "seed",
                         .recording = "0",
                         .machine = "made up",
                         .n_regs = 2,
                         .regs = registers};
    int fd = memfd_create("trace", MFD_CLOEXEC);
    RawBuilder *b = raw_builder_new(seed);
    AilTraceWriter *w = ail_trace_writer_new();
    EXPECT(ail_trace_writer_open(w, fd, &info, 1) == AIL_OK);
    for (unsigned i = 0; i < 1 + seed % 4; i++) {
        RawChunk *c = raw_builder_chunk(b, n_flow[(i + seed) % 4]);
        EXPECT(ail_trace_writer_add(w, &c->raw, release, c) == AIL_OK);
    }
    EXPECT(ail_trace_writer_finish(w) == AIL_OK);
    ail_trace_writer_free(w);
    raw_builder_free(b);
    slurp(fd, out);
    close(fd);
}

/* Every other trace has the copy of its code columns, in one frame or several; some others one that
 * does not follow what becomes of the columns. */
static void choose_copy(Parts *parts, unsigned i)
{
    if (i / 4 % 4 == 3) /* as it was written */
        return;
    while (parts->n && parts->part[parts->n - 1].kind == PART_BLOCKS)
        ail_buf_clear(&parts->part[--parts->n].bytes);
    static const uint8_t options[] = {OPTION_COPY, 0, OPTION_COPY | OPTION_FRAMES};
    parts->options |= options[i / 4 % 4];
}

static void trace_seeds(const char *dir)
{
    static const uint32_t columns[] = {AIL_COL_ALL,
                                       AIL_COL_ALL,
                                       AIL_COL_ALL,
                                       AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_EVENT,
                                       AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR,
                                       AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR | AIL_COL_XLATE};
    for (unsigned i = 0; i < 32; i++) {
        AilBuf trace = {0}, list = {0};
        Parts parts;
        make_trace(i, columns[i % G_N_ELEMENTS(columns)], &trace);
        EXPECT(parts_split(&parts, trace.data, trace.len));
        parts.options = (uint8_t)(i % 4 * OPTION_WAY);
        choose_copy(&parts, i);
        parts_write(&parts, &list);
        if (list.len < 8192) /* larger ones are slow, and say nothing more */
            save(dir, "trace", i, &list);
        parts_clear(&parts);
        ail_buf_clear(&trace);
        ail_buf_clear(&list);
    }
}

/* An event of each kind: its byte and what follows it, big-endian. */
static void put_event(AilBuf *log, uint8_t code, unsigned size, uint64_t value)
{
    ail_buf_u8(log, code);
    while (size--)
        ail_buf_u8(log, size < 8 ? (uint8_t)(value >> 8 * size) : 0);
}

static void put_all_events(AilBuf *log)
{
    static const struct {
        uint8_t code, size, more;
        uint64_t value;
    } events[] = {
        {0, 4, 0, 1000},        {1, 0, 0, 0},
        {2, 0, 0, 0},           {3, 8, 0, 77},
        {5, 8, 17, 0},          {5, 8, 13, 1},
        {5, 8, 9, 1ull << 32},  {5, 8, 16, 2ull << 32},
        {5, 8, 36, 4ull << 32}, {6, 0, 0, 0},
        {7, 5, 3, 3},           {8, 8, 0, 5},
        {9, 9, 6, 6},           {22, 8, 0, 1ull << 32 | 1},
        {23, 4, 2, 2},          {24, 4, 0, 0xfffffff5},
        {25, 8, 0, 4},          {26, 16, 16, 0},
        {27, 8, 8, 8},          {28, 8, 0, 123456789},
        {29, 8, 0, 99},         {30, 0, 0, 0},
        {38, 0, 0, 0},          {0, 4, 0, 5},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(events); i++) {
        if (events[i].code == 26) { /* samples, then where they went, of 8 bytes each */
            put_event(log, 26, 8, 1);
            for (unsigned k = 0; k < 8 + 16; k++)
                ail_buf_u8(log, 0);
            continue;
        }
        put_event(log, events[i].code, events[i].size, events[i].value);
        for (unsigned k = 0; k < events[i].more; k++)
            ail_buf_u8(log, (uint8_t)k);
    }
}

static void rrlog_seeds(const char *dir)
{
    for (unsigned i = 0; i < 4; i++) {
        AilBuf log = {0};
        put_event(&log, 0, 3, 0xe0200c); /* with the 0 before it: the version, big-endian */
        ail_buf_le64(&log, 0);
        if (i < 2)
            put_all_events(&log);
        put_event(&log, 0, 4, 100);
        if (i % 2)
            put_event(&log, 13, 0, 0); /* the guest shuts down, and some instructions follow */
        put_event(&log, 0, 4, 7);
        put_event(&log, 30, 0, 0);
        if (i == 3)
            put_event(&log, 13, 0, 0);
        put_event(&log, 39, 0, 0);
        save(dir, "rrlog", i, &log);
        ail_buf_clear(&log);
    }
}

static void set_text(char **text, const char *to)
{
    g_free(*text);
    *text = g_strdup(to);
}

static AilManifest *sample_manifest(bool large)
{
    AilManifest *m = ail_manifest_new();
    set_text(&m->tool, "0.1.0");
    set_text(&m->created, "2026-01-31T12:00:00Z");
    set_text(&m->qemu_version, "10.0.2");
    set_text(&m->qemu_package, large ? "1:10.0.2+ds-2" : "");
    set_text(&m->end, "guest-shutdown");
    m->log_version = 0xe0200c;
    ail_machine_init(&m->machine, large ? AIL_MACHINE_AARCH64 : AIL_MACHINE_X86_64);
    for (int i = 0; i < (large ? AIL_MEMBER_DISK + 1 : AIL_MEMBER_KERNEL); i++)
        m->members[i] =
            (AilMemberInfo){true, 3, g_compute_checksum_for_string(G_CHECKSUM_SHA256, "abc", 3)};
    if (!large)
        return m;
    m->machine.kernel = m->machine.initrd = m->machine.firmware = true;
    set_text(&m->machine.append, "console=ttyS0 quiet");
    m->machine.net = AIL_NET_USER;
    m->machine.n_disks = 1;
    m->machine.disks[0] = (AilDisk){.path = g_strdup("/a/disk.qcow2"), .size = 5, .qcow2 = true};
    return m;
}

static void manifest_seeds(const char *dir)
{
    for (unsigned i = 0; i < 2; i++) {
        AilManifest *m = sample_manifest(i);
        char *json = ail_manifest_to_json(m);
        AilBuf bytes = {0};
        ail_buf_put(&bytes, json, strlen(json));
        save(dir, "manifest", i, &bytes);
        ail_buf_clear(&bytes);
        g_free(json);
        ail_manifest_free(m);
    }
}

static void put_entry(struct archive *a, const char *name, const char *text)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_mode(e, AE_IFREG | 0644);
    archive_entry_set_size(e, (la_int64_t)strlen(text));
    EXPECT(archive_write_header(a, e) == ARCHIVE_OK);
    archive_write_data(a, text, strlen(text));
    archive_entry_free(e);
}

/* A whole recording as a tar without compression, behind the byte that says so. */
static void plain_archive(AilBuf *out)
{
    char buffer[16384];
    size_t used = 0;
    AilManifest *m = sample_manifest(true);
    char *json = ail_manifest_to_json(m), *sum = ail_rr_sum_line(json, strlen(json));
    struct archive *a = archive_write_new();
    archive_write_set_format_ustar(a);
    EXPECT(archive_write_open_memory(a, buffer, sizeof buffer, &used) == ARCHIVE_OK);
    put_entry(a, AIL_RR_MANIFEST, json);
    put_entry(a, AIL_RR_SUM, sum);
    for (int i = 0; i <= AIL_MEMBER_DISK; i++)
        put_entry(a, ail_member_name((AilMember)i), "abc");
    archive_write_free(a);
    ail_buf_u8(out, 0);
    ail_buf_put(out, buffer, used);
    g_free(sum);
    g_free(json);
    ail_manifest_free(m);
}

static void rr_seeds(const char *dir)
{
    static const uint8_t made[] = {3, 31, 3, 'a', 'b', 'c', 0, 0, 1, 0, 2, 0, 3, 0, 4, 0};
    static const uint8_t odd[] = {1, 7, 2, 0, 9, 0, 3, 1, 1, 2, 2};
    AilBuf bytes = {0};
    plain_archive(&bytes);
    save(dir, "rr", 0, &bytes);
    bytes.len = 0;
    ail_buf_put(&bytes, made, sizeof made);
    save(dir, "rr", 1, &bytes);
    bytes.len = 0;
    ail_buf_put(&bytes, odd, sizeof odd);
    save(dir, "rr", 2, &bytes);
    ail_buf_clear(&bytes);
}

static void snapshot_seeds(const char *dir)
{
    static const SnapshotPlan plans[] = {
        {.tag = "init", .icount = 9, .current = 7, .offset = 12, .event_id = UINT64_MAX},
        {.tag = "init",
         .pages = 1,
         .icount = 9,
         .current = 9,
         .offset = 20,
         .unread = true,
         .left = 3,
         .event_id = UINT64_MAX,
         .decoy = true},
        {.tag = "init", .name = 70, .offset = 30, .unread = true, .kind = 8},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(plans); i++) {
        AilBuf b = {0};
        snapshot_build(&b, &plans[i]);
        save(dir, "snapshot", i, &b);
        ail_buf_clear(&b);
    }
}

static void kernel_seeds(const char *dir)
{
    AilBuf b = {0};
    for (unsigned i = 0; kernel_seed(i, &b); i++) {
        save(dir, "kernel", i, &b);
        b.len = 0;
    }
    ail_buf_clear(&b);
}

/* As fuzz_syscalls.c reads it. */
static void put_guest_event(AilBuf *out, AilEventType type, uint64_t value, AilBuf *data)
{
    ail_buf_u8(out, (uint8_t)type);
    ail_buf_varint(out, 3);
    ail_buf_varint(out, value);
    ail_buf_varint(out, 9);
    ail_guest_put_text(out, data->data, data->len);
    data->len = 0;
}

/* Bytes that look like much: strings, small numbers, pointers to themselves, addresses. */
static const uint8_t memory[160] = "/etc/passwd\0\0\0\0\0\x02\0\0\x50\x0a\0\x02\x02";

/* A call with pointers to all kinds of things, and its return. */
static void put_guest_call(AilBuf *out, uint8_t abi, uint64_t number, uint32_t seed)
{
    AilBuf data = {0};
    AilGuestSyscall call = {.abi = abi, .n_pieces = 2};
    AilGuestSysret ret = {.number = number, .abi = abi, .n_pieces = 1};
    for (unsigned i = 0; i < 6; i++)
        call.args[i] = (seed >> i & 3) == 0 ? 0x1000 : (seed >> i & 3) == 1 ? 0x1100 : seed >> i;
    ail_guest_put_syscall(&data, &call);
    ail_guest_put_piece(&data, &(AilGuestPiece){0x1000, memory, 80});
    ail_guest_put_piece(&data, &(AilGuestPiece){0x1100, memory + 16, 32});
    put_guest_event(out, AIL_EVENT_SYSCALL, number, &data);
    ail_guest_put_sysret(&data, &ret);
    ail_guest_put_piece(&data, &(AilGuestPiece){0x1000, memory, 150});
    put_guest_event(out, AIL_EVENT_SYSRET, seed % 5 ? seed % 40 : UINT64_MAX - 1, &data);
    ail_buf_clear(&data);
}

static void syscalls_seeds(const char *dir)
{
    enum { CALLS = 30, MANY = 460 };
    for (unsigned i = 0; i < 4 * MANY / CALLS; i++) {
        AilBuf out = {0}, data = {0};
        ail_buf_u8(&out, (uint8_t)(i % 16));
        ail_guest_put_task(&data,
                           &(AilGuestTask){.files = 1, .pid = 42, .tgid = 42, .comm = {"sh", 2}});
        put_guest_event(&out, AIL_EVENT_TASK, 5, &data);
        put_guest_event(&out, AIL_EVENT_SWITCH, 5, &data);
        ail_buf_put(&data, "/dev/tty", 8);
        put_guest_event(&out, AIL_EVENT_FILE, 1, &data);
        for (unsigned k = 0; k < CALLS; k++)
            put_guest_call(&out, (uint8_t)(i % 4 + 1), i / 4 * CALLS + k,
                           (i * CALLS + k) * 2654435761u >> 8);
        ail_guest_put_signal(&data, &(AilGuestSignal){1, 0x1000});
        put_guest_event(&out, AIL_EVENT_SIGNAL, 11, &data);
        put_guest_event(&out, AIL_EVENT_EXIT, 5, &data);
        save(dir, "syscalls", i, &out);
        out.len = 0;
        ail_buf_u8(&out, 0x80);
        ail_buf_u8(&out, (uint8_t)(i % 4 + 1));
        ail_buf_varint(&out, i * 7);
        for (unsigned k = 0; k < 7; k++)
            ail_buf_varint(&out, 0x1000 + 16 * k);
        ail_buf_put(&out, memory, sizeof memory);
        save(dir, "syscalls", 1000 + i, &out);
        ail_buf_clear(&out);
        ail_buf_clear(&data);
    }
}

/* An event as fuzz_guest.c reads it. */
static void put_told(void *user, const AilEvent *e)
{
    AilBuf *out = user;
    ail_buf_u8(out, e->type);
    ail_buf_varint(out, 1);
    ail_buf_varint(out, e->value);
    ail_buf_varint(out, e->pc);
    ail_buf_varint(out, e->len);
    ail_buf_put(out, e->data, e->len);
}

static void put_symbols(GuestEvents *g)
{
    AilBuf b = {0};
    uint64_t last = 0;
    ail_guest_put_file_symbols(&b, &(AilGuestSymbols){{"ID", 2}, AIL_SYMBOLS_WHOLE, 2, 0, {0}});
    ail_guest_put_symbol(&b, &last, &(AilGuestSymbol){0x100, 8, {"open", 4}});
    ail_guest_put_symbol(&b, &last, &(AilGuestSymbol){0x200, 0, {"_close", 6}});
    AilEvent e = {
        .type = AIL_EVENT_SYMBOLS, .value = 1, .pc = 1, .data = b.data, .len = (uint32_t)b.len};
    g->take(g->user, &e);
    ail_buf_clear(&b);
}

/* Ethernet, IPv4, UDP. */
static const char udp[] =
    "......,,,,,,\x08\0\x45\0\0\x24\0\0\0\0\x40\x11\0\0\x0a\0\x02\x0f\x0a\0\x02"
    "\x02\x13\x88\0\x35\0\x10\0\0question";
/* Ethernet, IPv6 with an extension header, TCP. */
static const char tcp[] = "......,,,,,,\x86\xdd\x60\0\0\0\0\x1c\0\x40\xfe\x80.............."
                          "\xfe\x80..............\x06\0\0\0\0\0\0\0\x13\x88\0\x50................";

static void guest_seeds(const char *dir)
{
    AilBuf b = {0};
    GuestEvents g = {.take = put_told, .user = &b};
    const AilGuestMap maps[] = {guest_map(0x1000, 0x4000, 0, "/bin/sh"),
                                guest_map(0x6000, 0x9000, 0x5000, "/lib/c")};
    guest_kernel(&g, "Linux version 6");
    guest_task(&g, 1, 1, 0, 3, "init");
    guest_thread(&g, 2, 2, 1, 3, "thread");
    guest_exec(&g, 1, "/sbin/init", "init splash");
    guest_maps(&g, 3, 0, UINT64_MAX, maps, 2);
    guest_maps(&g, 3, 0x2000, 0x7000, maps, 0);
    guest_maps(&g, 3, 0x3000, 0x7000, maps + 1, 1);
    guest_plain(&g, AIL_EVENT_SWITCH, 2, 0);
    put_symbols(&g);
    save(dir, "guest", 0, &b);
    b.len = 0;
    guest_kernel(&g, "Linux version 6");
    guest_task(&g, 1, 1, 0, 3, "init");
    guest_text(&g, AIL_EVENT_FILE, 4, 0, "/dev/console");
    guest_text(&g, AIL_EVENT_FILE, 4, 3, "pipe:[7]");
    guest_text(&g, AIL_EVENT_MODULE, 64, 32, "ext4");
    guest_module_symbols(&g, 64);
    guest_plain(&g, AIL_EVENT_FILE, 4, UINT64_MAX);
    guest_text(&g, AIL_EVENT_MODULE, 64, 0, "ext4");
    guest_plain(&g, AIL_EVENT_EXIT, 1, 256);
    guest_task(&g, 1, 2, 0, 3, "init");
    guest_kernel(&g, "Linux version 7");
    save(dir, "guest", 1, &b);
    b.len = 0;
    guest_sent(&g, udp, sizeof udp - 1, 0x1002, 20, AIL_PHYS_NONE, 7);
    guest_sent(&g, tcp, sizeof tcp - 1, 0x1002, 2000, 0x5000, 0);
    guest_file_pages(&g, "/data", (AilGuestPlace){0x7010, 8192, 16});
    save(dir, "guest", 2, &b);
    ail_buf_clear(&b);
}

static void elf_seeds(const char *dir)
{
    static const uint8_t missing[] = {0, 6};
    uint8_t elf[ELF_SIZE];
    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(missing); i++) {
        AilBuf out = {0};
        elf_build(elf, i & 1);
        ail_buf_u8(&out, missing[i / 2]);
        ail_buf_put(&out, elf, sizeof elf);
        save(dir, "elf", i, &out);
        ail_buf_clear(&out);
    }
}

int main(int argc, char **argv)
{
    static const char *const targets[] = {"trace",  "rrlog", "manifest", "rr",    "snapshot",
                                          "kernel", "plog",  "syscalls", "guest", "elf"};
    if (argc != 2) {
        g_printerr("Usage: make_seeds DIR\n");
        return 2;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(targets); i++) {
        char *folder = g_build_filename(argv[1], targets[i], NULL);
        EXPECT(g_mkdir_with_parents(folder, 0777) == 0);
        g_free(folder);
    }
    trace_seeds(argv[1]);
    rrlog_seeds(argv[1]);
    manifest_seeds(argv[1]);
    rr_seeds(argv[1]);
    snapshot_seeds(argv[1]);
    kernel_seeds(argv[1]);
    plog_seeds(argv[1]);
    syscalls_seeds(argv[1]);
    guest_seeds(argv[1]);
    elf_seeds(argv[1]);
    return 0;
}
