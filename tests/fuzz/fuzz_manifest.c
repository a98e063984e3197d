/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manifests from strangers; one that is accepted must survive being written and read again. */
#include "formats/manifest.h"
#include "tests/fuzz/input.h"

#include <glib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    AilManifest *first = NULL, *second = NULL;
    AilError err = {{0}};
    if (ail_manifest_from_json("m", (const char *)data, len, &first, &err) != AIL_OK) {
        EXPECT(*err.text && !strchr(err.text, '\n'));
        return 0;
    }
    char *json = ail_manifest_to_json(first);
    EXPECT(ail_manifest_from_json("m", json, strlen(json), &second, &err) == AIL_OK);
    char *again = ail_manifest_to_json(second);
    EXPECT(!strcmp(json, again));
    EXPECT(ail_machine_check(&second->machine, &err) == AIL_OK);
    g_free(json);
    g_free(again);
    ail_manifest_free(first);
    ail_manifest_free(second);
    return 0;
}
