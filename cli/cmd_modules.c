/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus modules`: which modules the guest's kernel has loaded at a moment. */
#include "cli/guest_cli.h"

#include <inttypes.h>

static GOptionEntry *options(void **state)
{
    AilGuestAsk *ask = g_new0(AilGuestAsk, 1);
    *state = ask;
    ask->command = "modules";
    return ail_guest_cli_options(ask, NULL, false);
}

static void print(const AilGuest *guest, AilOutput *out)
{
    size_t n;
    const AilModule *m = ail_guest_modules(guest, &n);
    if (!n && !ail_output_is_json(out))
        ail_output_text(out, "No kernel module was loaded.\n");
    for (size_t i = 0; i < n; i++) {
        if (!ail_output_is_json(out)) {
            g_autofree char *name = ail_guest_cli_safe(m[i].name);
            ail_output_text(out, "%-24s %10" PRIu64 "  0x%" PRIx64 "\n", name, m[i].size,
                            m[i].base);
            continue;
        }
        ail_json_begin(out, "modules");
        ail_json_text(out, "name", m[i].name);
        ail_json_number(out, "size", m[i].size);
        ail_json_address(out, "address", m[i].base);
        ail_json_end(out);
    }
}

static int run(void *state, int argc, char **argv)
{
    AilGuestAsk *ask = state;
    AilGuestSeen seen = {0};
    int code = argc == 1 ? ail_guest_cli_read(ask, argv[0], &seen)
                         : ail_cli_usage("modules", "wants one trace");
    if (code == AIL_EXIT_OK) {
        AilOutput *out = ail_output_new(stdout, ask->json ? AIL_OUTPUT_JSON : AIL_OUTPUT_TEXT, 0);
        print(seen.guest, out);
        ail_output_free(out);
    }
    ail_guest_cli_clear(&seen);
    ail_guest_cli_discard(ask);
    return code;
}

static const AilExample examples[] = {
    {"ailurus modules boot.trace", "the modules that were loaded at the end of the trace"},
    {"ailurus modules boot.trace --at=6000000000", "those at a moment"},
    {NULL, NULL},
};

const AilCommand ail_command_modules = {
    .name = "modules",
    .usage = "TRACE",
    .summary = "Show which modules the guest's kernel had loaded at a moment",
    .description =
        "Prints a line for each module, by address: its name, the size of its code (with older "
        "kernels of its code and data), and where it is.\n\n"
        "Only the event column of the trace is read, and the guest's kernel must be one that the "
        "replay knows (docs/introspection.md). TRACE may be - for standard input.",
    .examples = examples,
    .options = options,
    .run = run,
    .discard = ail_guest_cli_discard,
};
