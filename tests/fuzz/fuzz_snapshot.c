/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots from strangers: where they are in a log, and making them the beginning of another. */
#include "formats/vmstate.h"
#include "tests/fuzz/input.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char path[INPUT_PATH];
    AilVmstate s;
    AilError err = {{0}};
    int fd = input_file(data, len, path);
    AilStatus status = ail_vmstate_read(path, "init", &s, &err);
    EXPECT(status == AIL_OK || (status == AIL_ERR && *err.text));
    /* An image whose tables lie in its own state may change more than was meant. */
    if (status == AIL_OK && ail_vmstate_rebase(path, "init", 5, 12, &err) != AIL_OK)
        EXPECT(*err.text);
    EXPECT(lseek(fd, 0, SEEK_END) == (off_t)len);
    close(fd);
    return 0;
}
