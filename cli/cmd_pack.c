/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus pack`: an unpacked recording becomes a file again. */
#include "cli/rerun.h"
#include "formats/rr.h"
#include "formats/text.h"

#include <errno.h>

#define NAME "pack"

typedef struct Pack {
    char *output; /* owned */
    gboolean force, update;
    GOptionEntry *entries; /* owned */
    AilWatch watch;
} Pack;

static GOptionEntry *options(void **state)
{
    Pack *p = g_new0(Pack, 1);
    *state = p;
    p->watch.stop.fd = -1;
    const GOptionEntry table[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &p->output, "write the recording here",
         "NAME.rr"},
        {"force", 'f', 0, G_OPTION_ARG_NONE, &p->force, "replace an existing recording", NULL},
        {"update-checksums", 0, 0, G_OPTION_ARG_NONE, &p->update,
         "take members that were changed, as another recording", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    p->entries = g_memdup2(table, sizeof table);
    return p->entries;
}

static void discard(void *state)
{
    Pack *p = state;
    ail_stop_end(&p->watch.stop);
    g_free(p->output);
    g_free(p->entries);
    g_free(p);
}

static int pack(Pack *p, const char *dir)
{
    AilRrWrite w = {.path = p->output,
                    .dir = dir,
                    .force = p->force,
                    .progress = ail_watch_bytes,
                    .user = &p->watch};
    AilManifest *manifest = NULL;
    char identity[AIL_RR_IDENTITY_SIZE];
    uint64_t size;
    AilError err = {0};
    p->watch.bar = ail_progress_start("packing");
    AilStatus s = ail_rr_pack(&w, p->update, &manifest, identity, &size, &err);
    ail_progress_end(p->watch.bar);
    ail_manifest_free(manifest);
    if (s != AIL_OK)
        return ail_cli_fail(NAME, "%s", err.text);
    g_autofree char *path = ail_text_disarm(g_strdup(p->output)), *bytes = g_format_size(size);
    printf("%s: %s, identity %s\n", path, bytes, identity);
    return AIL_EXIT_OK;
}

static int run(void *state, int argc, char **argv)
{
    Pack *p = state;
    int status = AIL_EXIT_OK;
    if (argc != 1)
        status = ail_cli_usage(NAME, "wants one directory");
    else if (!p->output)
        status = ail_cli_usage(NAME, "wants -o NAME.rr");
    else if (!p->force && g_file_test(p->output, G_FILE_TEST_EXISTS))
        status = ail_cli_fail(NAME, "%s exists already; --force replaces it", p->output);
    else if (!g_file_test(argv[0], G_FILE_TEST_IS_DIR))
        status = ail_cli_fail(NAME, "%s: not a directory, as `ailurus unpack` makes", argv[0]);
    else if (!ail_stop_begin(&p->watch.stop))
        status = ail_cli_fail(NAME, "signalfd: %s", g_strerror(errno));
    else
        status = pack(p, argv[0]);
    discard(p);
    return status;
}

static const AilExample examples[] = {
    {"ailurus unpack boot.rr && ailurus pack boot -o again.rr", "the same recording, twice"},
    {"ailurus pack boot --update-checksums -o other.rr", "a recording with members of your own"},
    {NULL, NULL},
};

const AilCommand ail_command_pack = {
    .name = "pack",
    .usage = "DIR -o NAME.rr",
    .summary = "Make a recording of a directory that unpack made",
    .description =
        "Packs what `ailurus unpack` unpacked. The manifest and all members are checked first; "
        "the recording gets the same identity. It appears under its name when it is complete. "
        "Other files in the directory are left out.\n\n"
        "A member or a manifest that was changed is an error that names it. With "
        "--update-checksums the manifest gets the sizes and checksums that the members have now, "
        "which makes it another recording, of another identity; manifest.json in the directory "
        "stays as it is. Whether it still replays, `ailurus verify --replay` says.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = discard,
};
