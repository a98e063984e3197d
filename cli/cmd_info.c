/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus info`: what a recording says of itself. */
#include "cli/rerun.h"
#include "formats/rr.h"
#include "formats/text.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define NAME "info"

typedef struct Info {
    gboolean json;
    GOptionEntry *entries; /* owned */
} Info;

/* A recording, for printing. */
typedef struct Shown {
    const char *path;
    const AilManifest *m;
    const char *identity;
    uint64_t bytes; /* of the archive */
} Shown;

static GOptionEntry *options(void **state)
{
    Info *o = g_new0(Info, 1);
    *state = o;
    const GOptionEntry table[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "print a JSON object for each recording", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    o->entries = g_memdup2(table, sizeof table);
    return o->entries;
}

static void discard(void *state)
{
    Info *o = state;
    g_free(o->entries);
    g_free(o);
}

/* A text of the manifest, harmless; free with g_free. */
static char *safe(const char *text)
{
    return ail_text_disarm(g_strdup(text));
}

/* What the manifest's word for the end means. */
static const char *explain_end(const char *end)
{
    static const char *const words[][2] = {
        {"until", ": the guest printed the text of --until"},
        {"seconds", ": the time of --seconds was over"},
        {"interrupt", ": whoever recorded ended it"},
        {"guest-shutdown", ": the guest powered off"},
        {"guest-reset", ": the guest reset itself"},
        {"guest-panic", ": the guest's kernel gave up"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (!strcmp(end, words[i][0]))
            return words[i][1];
    return "";
}

static void print_disks(const AilManifest *m)
{
    for (unsigned i = 0; i < m->machine.n_disks; i++) {
        const AilDisk *d = &m->machine.disks[i];
        g_autofree char *name = safe(d->path), *all = g_format_size(d->size),
                        *part = g_format_size(m->members[AIL_MEMBER_DISK + i].size);
        printf("disk %u        %s: %s file of %s, of which what was read is here, %s\n", i, name,
               d->qcow2 ? "qcow2" : "raw", all, part);
    }
}

static void print_machine(const AilManifest *m)
{
    const AilMachine *x = &m->machine;
    g_autofree char *cpu = safe(x->cpu), *append = safe(x->append);
    printf("machine       %s, CPU %s, %" PRIu64 " MiB, firmware of %s%s%s\n",
           ail_machine_arch_name(x->arch), cpu, x->mem_mib, x->firmware ? "its own" : "QEMU",
           x->kernel ? ", a kernel" : "", x->initrd ? " and an initrd" : "");
    if (*append)
        printf("command line  %s\n", append);
    print_disks(m);
    printf("network       %s\n",
           x->net == AIL_NET_USER ? "user (a card, and the host's network)" : "none");
    g_autoptr(GDateTime) t = g_date_time_new_from_unix_utc(x->rtc_base);
    g_autofree char *clock = g_date_time_format(t, "%Y-%m-%dT%H:%M:%SZ");
    printf("clock         from %s on, %u ns an instruction\n", clock, 1u << x->shift);
}

static void print_text(const Shown *s)
{
    const AilManifest *m = s->m;
    g_autofree char *path = safe(s->path), *created = safe(m->created), *tool = safe(m->tool),
                    *qemu = safe(m->qemu_version), *package = safe(m->qemu_package),
                    *end = safe(m->end), *size = g_format_size(s->bytes);
    double seconds = (double)m->wall_ms / 1000;
    printf("recording     %s, %s\n", path, size);
    printf("identity      %s\n", s->identity);
    printf("made          %s, by ailurus %s with QEMU %s%s%s%s\n", created, tool, qemu,
           *package ? " (" : "", package, *package ? ")" : "");
    print_machine(m);
    printf("ran           %" PRIu64 " instructions", m->instructions);
    if (m->wall_ms)
        printf(" in %.1f s (%.0f MIPS)", seconds, (double)m->instructions / seconds / 1e6);
    printf("\nended by      %s%s\n\n%-14s %14s  sha256\n", end, explain_end(m->end), "member",
           "bytes");
    for (int i = 0; i < AIL_MEMBER_COUNT; i++)
        if (m->members[i].present)
            printf("%-14s %14" PRIu64 "  %s\n", ail_member_name((AilMember)i), m->members[i].size,
                   m->members[i].sha256);
}

static const char *yes(bool is)
{
    return is ? "true" : "false";
}

static void print_json_machine(const AilMachine *x)
{
    g_autofree char *cpu = ail_text_json(x->cpu), *append = ail_text_json(x->append);
    printf(",\"machine\":{\"arch\":\"%s\",\"mem_mib\":%" PRIu64 ",\"cpu\":%s,\"append\":%s",
           ail_machine_arch_name(x->arch), x->mem_mib, cpu, append);
    printf(",\"net\":\"%s\",\"rtc_base\":%" PRId64 ",\"shift\":%u",
           x->net == AIL_NET_USER ? "user" : "none", x->rtc_base, x->shift);
    printf(",\"kernel\":%s,\"initrd\":%s,\"firmware\":%s,\"disks\":[", yes(x->kernel),
           yes(x->initrd), yes(x->firmware));
    for (unsigned i = 0; i < x->n_disks; i++) {
        g_autofree char *name = ail_text_json(x->disks[i].path);
        printf("%s{\"name\":%s,\"size\":%" PRIu64 ",\"qcow2\":%s}", i ? "," : "", name,
               x->disks[i].size, yes(x->disks[i].qcow2));
    }
    printf("]}");
}

static void print_json(const Shown *s)
{
    const AilManifest *m = s->m;
    g_autofree char *path = ail_text_json(s->path), *created = ail_text_json(m->created),
                    *tool = ail_text_json(m->tool), *qemu = ail_text_json(m->qemu_version),
                    *package = ail_text_json(m->qemu_package), *end = ail_text_json(m->end);
    printf("{\"file\":%s,\"identity\":\"%s\",\"archive_bytes\":%" PRIu64 ",\"format\":%u", path,
           s->identity, s->bytes, m->format);
    printf(",\"tool\":%s,\"created\":%s,\"qemu_version\":%s,\"qemu_package\":%s"
           ",\"log_version\":%" PRIu64 ",\"instructions\":%" PRIu64 ",\"wall_ms\":%" PRIu64
           ",\"end\":%s",
           tool, created, qemu, package, m->log_version, m->instructions, m->wall_ms, end);
    print_json_machine(&m->machine);
    printf(",\"members\":{");
    const char *comma = "";
    for (int i = 0; i < AIL_MEMBER_COUNT; i++) {
        if (!m->members[i].present)
            continue;
        printf("%s\"%s\":{\"size\":%" PRIu64 ",\"sha256\":\"%s\"}", comma,
               ail_member_name((AilMember)i), m->members[i].size, m->members[i].sha256);
        comma = ",";
    }
    puts("}}");
}

static int show(const Info *o, const char *path)
{
    char identity[AIL_RR_IDENTITY_SIZE];
    AilManifest *m = NULL;
    AilError err = {0};
    struct stat st;
    if (ail_rr_read_manifest(path, &m, identity, &err) != AIL_OK)
        return ail_cli_not_a_recording(NAME, path, "trace info", &err);
    Shown s = {path, m, identity, stat(path, &st) == 0 ? (uint64_t)st.st_size : 0};
    if (o->json)
        print_json(&s);
    else
        print_text(&s);
    ail_manifest_free(m);
    return AIL_EXIT_OK;
}

static int run(void *state, int argc, char **argv)
{
    Info *o = state;
    int status = argc ? AIL_EXIT_OK : ail_cli_usage(NAME, "wants a recording");
    for (int i = 0; i < argc; i++) {
        if (i && !o->json)
            putchar('\n');
        if (show(o, argv[i]) != AIL_EXIT_OK)
            status = AIL_EXIT_FAILURE;
    }
    discard(o);
    return status;
}

static const AilExample examples[] = {
    {"ailurus info boot.rr",
     "which machine it is of, when and with what it was recorded, its size"},
    {"ailurus info --json *.rr", "the same of many, one JSON object a line"},
    {NULL, NULL},
};

const AilCommand ail_command_info = {
    .name = "info",
    .usage = "NAME.rr...",
    .summary = "Show what is in a recording",
    .description =
        "Prints what a recording says of itself, its manifest: the machine, its kernel's command "
        "line, its disks, when and with what it was recorded, how far it ran and what ended it, "
        "and the members of the archive with their sizes and checksums. Of each disk it says the "
        "size of the image that the machine had, and of what the recording has of it: all that "
        "was read.\n\n"
        "The identity is the SHA-256 of the manifest; traces carry it, and `ailurus trace info` "
        "shows it as the recording that they were made from.\n\n"
        "Only the manifest is read: `ailurus verify` checks the rest.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
