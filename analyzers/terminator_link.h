/* SPDX-License-Identifier: GPL-2.0-or-later */
/* terminator.h for the 32-bit processors whose calls keep the return address in a register: Arm
 * (A32, T32) and PowerPC. Blocks of other modes end in nothing and save nothing. */
#ifndef AIL_ANALYZERS_TERMINATOR_LINK_H
#define AIL_ANALYZERS_TERMINATOR_LINK_H

#include "analyzers/terminator.h"

AilTerminator ail_terminator_link(const AilBlock *block);
int ail_link_access_32(const AilBlock *block, bool load);

#endif
