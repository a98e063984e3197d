/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as a file or a pipe that has a name, without a disk. For fuzz targets: what fails aborts.
 */
#ifndef AIL_TESTS_FUZZ_INPUT_H
#define AIL_TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

enum { INPUT_PATH = 40 };

/* The entry points that libFuzzer calls, and its mutator of bytes, which has no header. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max);

/* A file in memory with these bytes; its name into path. Close the descriptor at the end. */
int input_file(const void *bytes, size_t len, char path[INPUT_PATH]);

/* The same bytes as a pipe that ends behind them; -1 when they do not fit into one. */
int input_pipe(const void *bytes, size_t len, char path[INPUT_PATH]);

/* End the process, so that the fuzzer keeps the input, when `condition` does not hold. */
#define EXPECT(condition) ((condition) ? (void)0 : input_failed(__FILE__, __LINE__, #condition))
_Noreturn void input_failed(const char *file, int line, const char *what);

#endif
