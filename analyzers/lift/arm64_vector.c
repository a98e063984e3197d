/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/lift/arm64.h"

void a64_set_v(AilBuild *b, unsigned n, AilVar v)
{
    if (a64_retarget(b, a64_v(n, 16), v))
        return;
    if (v.size < 16)
        ail_put(b, AIL_OP_ZEXT, 0, a64_v(n, 16), v, AIL_NONE, AIL_NONE);
    else if (v.kind != AIL_VAR_STATE || v.at != a64_v(n, 16).at)
        ail_copy(b, a64_v(n, 16), v);
}

bool a64_vector(AilBuild *b, uint32_t w)
{
    (void)b, (void)w;
    return false;
}
