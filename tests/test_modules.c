/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An analysis outside of the tree, as docs/analyses.md tells its user to build and run it: against
 * an installed Ailurus, with plain cc. And files that are no analyses. */
#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "analyzers/pass.h"
#include "tests/made_trace.h"

#define WATCHED "0x7ffc00000100"

typedef struct Place {
    char *dir, *trace; /* owned */
} Place;

typedef struct Result {
    int status;
    char *out, *err; /* owned */
} Result;

/* A shell command in the place's folder, with the installed Ailurus on the paths. */
static Result run(const Place *p, const char *command)
{
    Result r = {0};
    char *script =
        g_strdup_printf("cd '%s' && PATH='%s/usr/bin':$PATH && export PATH && "
                        "PKG_CONFIG_PATH='%s/usr/%s/pkgconfig' && export PKG_CONFIG_PATH && "
                        "unset AILURUS_ANALYSES && HOME='%s' && export HOME && %s",
                        p->dir, p->dir, p->dir, AIL_LIBDIR, p->dir, command);
    char *argv[] = {(char *)"/bin/sh", (char *)"-c", script, NULL};
    int wait_status;
    cr_assert(g_spawn_sync(NULL, argv, NULL, 0, NULL, NULL, &r.out, &r.err, &wait_status, NULL));
    cr_assert(WIFEXITED(wait_status), "%s: %s", command, r.err);
    r.status = WEXITSTATUS(wait_status);
    g_free(script);
    return r;
}

static char *run_well(const Place *p, const char *command)
{
    Result r = run(p, command);
    cr_assert_eq(r.status, 0, "%s: %s", command, r.err);
    g_free(r.err);
    return r.out;
}

/* It fails with one line on stderr that has `text` in it, and with nothing on stdout. */
static void expect_refused(const Place *p, const char *command, const char *text)
{
    Result r = run(p, command);
    cr_expect(r.status == 1 || r.status == 2, "%s: status %d", command, r.status);
    cr_expect_str_eq(r.out, "");
    cr_expect(strstr(r.err, text), "%s: %s", command, r.err);
    cr_expect(strchr(r.err, '\n') == r.err + strlen(r.err) - 1, "%s: %s", command, r.err);
    g_free(r.out);
    g_free(r.err);
}

/* Ailurus installed in a new folder, the example as writers.c and a trace in it. */
static Place set_up(void)
{
    Place p = {.dir = g_dir_make_tmp("ail-modules-XXXXXX", NULL), .trace = made_trace(20, true)};
    char *install = g_strdup_printf("'%s' --install '%s' --prefix '%s/usr' && cp '%s' writers.c && "
                                    "cp '%s' boot.trace",
                                    AIL_CMAKE, AIL_BUILD, p.dir,
                                    AIL_SOURCE "/tests/example_analysis.c", p.trace);
    g_free(run_well(&p, install));
    g_free(install);
    return p;
}

static void build(const Place *p)
{
    g_free(run_well(p, AIL_CC " -shared -fPIC -o writers.so writers.c "
                              "$(pkg-config --cflags --libs ailurus glib-2.0)"));
}

static void tear_down(Place *p)
{
    g_free(run_well(p, "cd / && rm -r \"$HOME\""));
    made_trace_drop(p->trace);
    g_free(p->dir);
}

/* What the same source says when it is linked to this test. */
static char *expected(const Place *p)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, AIL_OUTPUT_TEXT, 100);
    AilOptions *options = ail_options_new("writers", ail_analysis_module()->options);
    AilPass *pass = ail_pass_new();
    cr_assert_eq(ail_options_parse(options, "addr=" WATCHED, NULL), AIL_OK);
    cr_assert_eq(ail_pass_add(pass, ail_analysis_module(), options), AIL_OK);
    cr_assert_eq(ail_pass_run(pass, p->trace, out, NULL, NULL), AIL_OK);
    ail_pass_free(pass);
    ail_output_free(out);
    fclose(file);
    cr_assert(strstr(text, " writes\n"), "%s", text);
    return text;
}

Test(modules, the_documented_example_works)
{
    Place p = set_up();
    build(&p);
    char *text = expected(&p);
    static const char *const commands[] = {
        "ailurus analyze boot.trace -a ./writers.so,addr=" WATCHED,
        "ailurus analyze boot.trace -j3 -a \"$HOME/writers.so,addr=" WATCHED "\"",
        "mkdir -p ~/.local/lib/ailurus && cp writers.so ~/.local/lib/ailurus && "
        "ailurus analyze boot.trace -a writers,addr=" WATCHED,
        "mkdir a b && cp writers.so b/w2.so && export AILURUS_ANALYSES=a:b && "
        "ailurus analyze boot.trace -a w2,addr=" WATCHED,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        char *said = run_well(&p, commands[i]);
        cr_expect_str_eq(said, text, "%s", commands[i]);
        g_free(said);
    }
    char *list = run_well(&p, "ailurus analyze --list");
    char *from = g_strdup_printf("writers: Which instructions write to an address\n"
                                 "  from %s/.local/lib/ailurus/writers.so\n",
                                 p.dir);
    cr_expect(strstr(list, from), "%s", list);
    cr_expect(strstr(list, "callstack: ") && strstr(list, "  built in\n"), "%s", list);
    g_free(from);
    g_free(list);
    free(text);
    tear_down(&p);
}

/* Its records have no type of their own. */
Test(modules, the_documented_example_writes_plogs)
{
    Place p = set_up();
    build(&p);
    char *json = run_well(&p, "ailurus analyze boot.trace -a ./writers.so,addr=" WATCHED " --json");
    char *said = run_well(&p, "ailurus analyze boot.trace -a ./writers.so,addr=" WATCHED
                              " --plog w.plog && ailurus plog --type writers --json w.plog");
    cr_expect(strstr(json, "{\"analysis\":\"writers\",\"pc\":\"0x"), "%s", json);
    cr_expect_str_eq(said, json);
    g_free(json);
    g_free(said);
    tear_down(&p);
}

Test(modules, the_manual_shows_the_example)
{
    char *manual, *example;
    cr_assert(g_file_get_contents(AIL_SOURCE "/docs/analyses.md", &manual, NULL, NULL));
    cr_assert(g_file_get_contents(AIL_SOURCE "/tests/example_analysis.c", &example, NULL, NULL));
    cr_expect(strstr(manual, example), "docs/analyses.md does not show tests/example_analysis.c");
    cr_expect(strstr(manual, "cc -shared -fPIC -o writers.so writers.c "
                             "$(pkg-config --cflags --libs ailurus glib-2.0)\n"));
    g_free(manual);
    g_free(example);
}

Test(modules, files_that_are_no_analyses_are_refused)
{
    Place p = set_up();
    build(&p);
#define ANALYZE "ailurus analyze boot.trace -a "
    expect_refused(&p, ANALYZE "./writers.so", "writers: give addr=ADDRESS");
    expect_refused(&p, ANALYZE "./none.so", "./none.so: No such file");
    expect_refused(&p, ANALYZE "./", "./: not an analysis");
    expect_refused(&p, ANALYZE "./boot.trace", "./boot.trace: not an analysis");
    expect_refused(&p, ANALYZE "none", "there is no analysis \"none\" (there are: asidstory, ");
    expect_refused(&p, ": >empty.so; " ANALYZE "./empty.so", "./empty.so: not an analysis");
    expect_refused(&p, "head -c 9000 writers.so >cut.so; " ANALYZE "./cut.so",
                   "./cut.so: not an analysis: not a whole");
    expect_refused(&p,
                   "echo 'int x;' >x.c; " AIL_CC " -shared -fPIC -o x.so x.c; " ANALYZE "./x.so",
                   "./x.so: not an analysis: it does not define ail_analysis_module");
    expect_refused(
        &p,
        "sed 's/\\.abi = AIL_ANALYSIS_ABI/.abi = 99/' writers.c >old.c; " AIL_CC
        " -shared -fPIC -o old.so old.c $(pkg-config --cflags ailurus glib-2.0); " ANALYZE
        "./old.so",
        "./old.so: an analysis was built for version 99");
    expect_refused(&p,
                   "sed 's/ail_walk(/ail_run(/; 1i void ail_run();' writers.c >u.c; " AIL_CC
                   " -w -shared -fPIC -o u.so u.c $(pkg-config --cflags ailurus glib-2.0); " ANALYZE
                   "./u.so",
                   "undefined symbol: ail_run");
    tear_down(&p);
}
