/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be asked of taint, and whether it makes sense. */
#include "analyzers/taint/taint_private.h"

const AilOption taint_options[] = {
    {"label-string", "TEXT", "label this text wherever it passes through memory", AIL_OPTION_TEXT,
     true, true},
    {"label-hex", "BYTES", "the same for bytes: \"de ad be ef\"", AIL_OPTION_TEXT, true, false},
    {"utf16", NULL, "label texts in UTF-16LE, too", AIL_OPTION_FLAG, false, false},
    {"label-file", "PATTERN", "label what is read or mapped of files with such a path (* and ?)",
     AIL_OPTION_TEXT, true, false},
    {"label-net", NULL, "label packets that the network card receives", AIL_OPTION_FLAG, false,
     false},
    {"label-serial", NULL, "label bytes that the serial port receives", AIL_OPTION_FLAG, false,
     false},
    {"label-hypercall", NULL, "label what the guest asks for by a hypercall", AIL_OPTION_FLAG,
     false, false},
    {"label-range", "ADDR+LEN@ICOUNT",
     "label memory at a moment; :pid=N or :asid=A behind it says of whom, phys: before it that it "
     "is physical",
     AIL_OPTION_TEXT, true, false},
    {"uniform", NULL, "one label for all bytes of a source, instead of one for each",
     AIL_OPTION_FLAG, false, false},
    {"tainted-pointer", NULL, "what is loaded or stored through a tainted address is tainted, too",
     AIL_OPTION_FLAG, false, false},
    {"interpret", NULL, "compile nothing; results are the same", AIL_OPTION_FLAG, false, false},
    {"memory", NULL, "list memory and registers that are tainted in the end", AIL_OPTION_FLAG,
     false, false},
    {"at", "ICOUNT", "list memory and registers that are tainted at this moment", AIL_OPTION_NUMBER,
     false, false},
    {"dead", NULL, "list labelled bytes on which no branch depended", AIL_OPTION_FLAG, false,
     false},
    {"by", "WHAT",
     "sum up instructions and branches by function, module or process (default: instruction)",
     AIL_OPTION_TEXT, false, false},
    {"graph", "FILE", "draw who gave labelled bytes to whom: FILE.dot (Graphviz), or FILE.svg",
     AIL_OPTION_TEXT, false, false},
    {"markers", "FILE",
     "write the instructions for a disassembler: FILE.ghidra.py, .ida.py, .r2, .json",
     AIL_OPTION_TEXT, false, false},
    {"top", "N", "show N lines of each table (default 20; 0: all)", AIL_OPTION_NUMBER, false,
     false},
    {NULL, NULL, NULL, 0, false, false},
};

AilStatus taint_check(const AilOptions *o, AilError *err)
{
    static const char *const sources[] = {"label-string",   "label-hex",   "label-file",
                                          "label-net",      "label-range", "label-serial",
                                          "label-hypercall"};
    size_t n = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(sources); i++)
        n += ail_options_count(o, sources[i]) + ail_options_flag(o, sources[i]);
    if (!n)
        return ail_error_set(err, "taint: nothing is labelled: give a text, or --label-file, "
                                  "--label-net, --label-serial, --label-hypercall, --label-range, "
                                  "--label-hex");
    const char *markers = ail_options_text(o, "markers", 0), *what = ail_options_text(o, "by", 0);
    TaintBy by;
    if (what && !taint_by_parse(what, &by))
        return ail_error_set(err, "taint: by=%s: it is instruction, function, module or process",
                             what);
    const char *graph = ail_options_text(o, "graph", 0);
    if (markers && taint_markers_check(markers, err) != AIL_OK)
        return AIL_ERR;
    if (graph && taint_graph_check(graph, err) != AIL_OK)
        return AIL_ERR;
    TaintRanges *ranges = taint_ranges_new(NULL, o, err);
    taint_ranges_free(ranges);
    return ranges ? taint_strings_check(o, err) : AIL_ERR;
}
