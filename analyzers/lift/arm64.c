/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/lift/build.h"

static const AilStateReg state[] = {{NULL, 0, 0}};
static const AilStateReg others[] = {{NULL, 0, 0}};

static cs_err open_mode(AilMode mode, csh *handle)
{
    (void)mode;
    *handle = 0;
    return CS_ERR_MODE;
}

static bool lift(AilBuild *b)
{
    (void)b;
    return false;
}

static AilVar reg(AilMode mode, bool user, unsigned which)
{
    (void)mode, (void)user, (void)which;
    return AIL_NONE;
}

const AilLifter ail_lifter_arm64 = {state, others, open_mode, lift, NULL, reg};
