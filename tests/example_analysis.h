/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef AIL_TESTS_EXAMPLE_ANALYSIS_H
#define AIL_TESTS_EXAMPLE_ANALYSIS_H

#include "analyzers/analysis.h"

extern const AilAnalysisOps example_writers_ops;

#endif
