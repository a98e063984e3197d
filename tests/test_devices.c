/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines with a disk, a network card, a firmware: recorded, replayed twice. The replays must give
 * the same bytes, as many instructions as the log has, and what the guest printed; what came from
 * outside must be in the log; the disk must be as it was.
 */
#include "tests/altered.h"
#include "tests/rfb.h"
#include "tests/shell.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

static char *dir; /* of the running test; Criterion runs each in a process of its own */

static void set_up(void)
{
    dir = ail_folder_new();
}

static void tear_down(void)
{
    ail_folder_remove(dir);
}

TestSuite(devices, .init = set_up, .fini = tear_down);

/* Standard output of a command that succeeds; free with g_free. */
static char *ask(const char *command)
{
    AilOutcome o = ail_shell(dir, command);
    cr_assert_eq(o.status, 0, "%s: status %d, %s", command, o.status, o.err);
    g_free(o.err);
    return o.out;
}

/* Record a machine until it powers off. */
static void record(const char *options)
{
    char *command =
        g_strdup_printf("$A record --no-check --json %s --serial-log serial -o g.rr", options);
    char *json = ask(command);
    cr_expect(strstr(json, "\"end\":\"guest-shutdown\""), "%s", json);
    g_free(json);
    g_free(command);
}

/* Two replays of g.rr; `printed`: the end of what the guest prints. */
static void expect_exact_replays(const char *printed)
{
    ail_expect_success(dir, "$A replay g.rr -o 1.trace && $A replay g.rr -o 2.trace");
    ail_expect_success(dir, "cmp 1.trace 2.trace && $A trace verify 1.trace");
    AilAltered a;
    ail_altered_open(&a, dir, "g.rr");
    char *total = g_strdup_printf("\"instructions\":%" PRIu64 ",",
                                  ail_altered_event(&a, a.events->len - 1)->icount);
    ail_altered_save(&a, dir, "same.rr");
    char *info = ask("$A trace info --json 1.trace"), *serial = ask("tr -d '\\r' <serial");
    cr_expect(strstr(info, total), "not %s: %s", total, info);
    cr_expect(g_str_has_suffix(serial, printed), "printed %s, not %s", serial, printed);
    g_free(total);
    g_free(info);
    g_free(serial);
}

static unsigned count_events(AilRrlogKind kind)
{
    AilAltered a;
    unsigned n = 0;
    ail_altered_open(&a, dir, "g.rr");
    for (guint i = 0; i < a.events->len; i++)
        n += ail_altered_event(&a, i)->kind == kind;
    ail_altered_save(&a, dir, "counted.rr");
    return n;
}

/* What the guest x86-boot prints: the sum of the words behind its first sector, as they are and
 * with all bits turned. */
static char *boot_sums(void)
{
    enum { SECTOR = 512, LEN = 8 * SECTOR };
    char *image = g_build_filename(AIL_GUESTS, "x86-boot.img", NULL), *bytes;
    uint32_t sum = 0, turned = 0;
    cr_assert(g_file_get_contents(image, &bytes, NULL, NULL));
    for (int i = 0; i < LEN; i += 4) {
        uint32_t word;
        memcpy(&word, bytes + SECTOR + i, 4);
        sum += GUINT32_FROM_LE(word);
        turned += ~GUINT32_FROM_LE(word);
    }
    g_free(bytes);
    g_free(image);
    return g_strdup_printf("%08x\n%08x\n", sum, turned);
}

/* Boot from disk.img, which has been made; it is written to, and stays as it is. */
static void expect_disk_works(const char *options)
{
    char *sums = boot_sums(), *before = ask("sha256sum disk.img; stat -c %y disk.img");
    record(options);
    /* The recording has what it needs of the disk. */
    ail_expect_success(dir, "mv disk.img elsewhere");
    expect_exact_replays(sums);
    ail_expect_success(dir, "mv elsewhere disk.img");
    char *after = ask("sha256sum disk.img; stat -c %y disk.img");
    cr_expect_str_eq(before, after, "the image has changed");
    cr_expect_geq(count_events(AIL_RRLOG_BLOCK), 4, "the boot sector, read, write, read");
    g_free(before);
    g_free(after);
    g_free(sums);
}

Test(devices, boots_from_a_raw_disk)
{
    ail_expect_success(dir, "cp $G/x86-boot.img disk.img");
    expect_disk_works("--disk disk.img");
}

Test(devices, boots_from_a_qcow2_disk)
{
    ail_expect_success(dir, "qemu-img convert -f raw -O qcow2 $G/x86-boot.img disk.img");
    expect_disk_works("--disk disk.img");
}

Test(devices, boots_from_an_ide_disk)
{
    ail_expect_success(dir, "cp $G/x86-boot.img disk.img");
    expect_disk_works("--arch i386 --disk disk.img --disk-bus ide");
}

static void put_le32(uint8_t *to, uint32_t value)
{
    value = GUINT32_TO_LE(value);
    memcpy(to, &value, 4);
}

/* A CD that boots x86-boot (El Torito, no emulation): it prints the sum of what is behind its first
 * sector, and cannot write. */
static char *make_cd(void)
{
    enum { SECTOR = 2048, DESCRIPTORS = 16, CATALOG = 19, PROGRAM = 20, SECTORS = 32 };
    uint8_t *cd = g_malloc0(SECTORS * SECTOR), *at = cd + DESCRIPTORS * SECTOR;
    char *image = g_build_filename(AIL_GUESTS, "x86-boot.img", NULL), *bytes;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < 1024; i++) { /* as many words as it sums */
        put_le32(cd + SECTOR + 4 * (gsize)i, i * 0x01000193 + 7);
        sum += i * 0x01000193 + 7;
    }
    memcpy(at, "\1CD001\1", 7);
    memcpy(at + SECTOR, "\0CD001\1EL TORITO SPECIFICATION", 30);
    put_le32(at + SECTOR + 0x47, CATALOG);
    memcpy(at + 2 * SECTOR, "\377CD001\1", 7);
    at = cd + CATALOG * SECTOR;
    memcpy(at, "\1\0\0\0", 4);
    memcpy(at + 28, "\xaa\x55\x55\xaa", 4); /* checksum and end */
    at[32] = 0x88;                          /* bootable */
    at[38] = 4;                             /* sectors of 512 bytes */
    put_le32(at + 40, PROGRAM);
    cr_assert(g_file_get_contents(image, &bytes, NULL, NULL));
    memcpy(cd + PROGRAM * SECTOR, bytes, 512);
    char *name = g_build_filename(dir, "cd.iso", NULL);
    cr_assert(g_file_set_contents(name, (const char *)cd, SECTORS * SECTOR, NULL));
    g_free(name);
    g_free(bytes);
    g_free(image);
    g_free(cd);
    return g_strdup_printf("%08x\n", sum);
}

Test(devices, boots_from_a_cd)
{
    char *sum = make_cd();
    record("--cdrom cd.iso");
    ail_expect_success(dir, "rm cd.iso"); /* the recording has what it needs of it */
    expect_exact_replays(sum);
    g_free(sum);
}

/* Until the guest has printed this. */
static void await_serial(const char *text)
{
    char *name = g_build_filename(dir, "serial", NULL), *printed = NULL;
    for (int i = 0; !printed || !strstr(printed, text); i++) {
        cr_assert_lt(i, 3000, "the guest never printed %s", text);
        g_usleep(20000);
        g_clear_pointer(&printed, g_free);
        g_file_get_contents(name, &printed, NULL, NULL);
    }
    g_free(printed);
    g_free(name);
}

static gpointer type_when_ready(gpointer unused)
{
    char *name = g_build_filename(dir, "vnc", NULL);
    (void)unused;
    await_serial("ready");
    ail_rfb_type(name, "ab\r");
    g_free(name);
    return NULL;
}

Test(devices, takes_keys_from_a_viewer)
{
    GThread *viewer = g_thread_new("viewer", type_when_ready, NULL);
    record("--vnc unix:vnc --kernel $G/x86-keys.elf");
    g_thread_join(viewer);
    expect_exact_replays("ready\nkey 30\nkey 158\nkey 48\nkey 176\nkey 28\nkey 156\ndone\n");
    cr_expect_geq(count_events(AIL_RRLOG_INPUT), 6, "three keys, down and up");
}

/* QEMU's own BIOS, as a file of the recording's. */
Test(devices, runs_a_firmware_image)
{
    ail_expect_success(dir, "for d in $(qemu-system-x86_64 -L help); do "
                            "test ! -e $d/bios-256k.bin || cp $d/bios-256k.bin bios; done");
    record("--firmware bios --kernel $G/x86-count.elf");
    expect_exact_replays("done\n");
    /* It is in the recording, not read from where it was. */
    ail_expect_success(dir, "rm bios; $A replay g.rr -o 3.trace && cmp 1.trace 3.trace");
}

Test(devices, talks_to_the_network)
{
    record("--net user --kernel $G/x86-net.elf");
    expect_exact_replays("first-byte 82\nlast-byte 2\necho 2016\ndone\n");
    cr_expect_geq(count_events(AIL_RRLOG_PACKET), 2, "an answer to ARP, one to a ping");
    char *packets = ask("$A trace dump 1.trace | grep -c 'packet received'");
    cr_expect_geq(g_ascii_strtoull(packets, NULL, 10), 2);
    g_free(packets);
}
