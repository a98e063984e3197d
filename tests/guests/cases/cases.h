/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program in a Linux guest does with the 16 bytes of /tmp/cases, and on which of them its
 * result then depends. Both the program (main.c), which asks at the end of each case which labels
 * the result has, and the test (tests/taint_cases.c), which compares, go by this list.
 *
 * CASE(name, bytes of the result, answer, answer with --tainted-pointer, which is 0 where it is the
 * same). An answer has a word for each byte: "0,4-6" are the bytes of the file that it depends on,
 * "-" is none; ">" before it: on these at least. So are all answers of OTHER_CASES with tainted
 * pointers: what strlen() counts by computing goes into malloc(), and so into the address of all
 * that the program allocates later.
 *
 * docs/taint.md says by which rules, processor and compiler have no say in it.
 */
#ifndef AIL_TESTS_GUESTS_CASES_H
#define AIL_TESTS_GUESTS_CASES_H

#define X2(s)  s " " s
#define X4(s)  X2(s) " " X2(s)
#define X8(s)  X4(s) " " X4(s)
#define X16(s) X8(s) " " X8(s)
#define B0_7   "0 1 2 3 4 5 6 7"
#define B8_15  "8 9 10 11 12 13 14 15"
#define B0_15  B0_7 " " B8_15

/* clang-format off */

#define CASES(CASE)       BARE_CASES(CASE) OTHER_CASES(CASE)
#define BARE_CASES(CASE)  INTEGER_CASES(CASE) FLOAT_CASES(CASE) CIPHER_CASES(CASE)
#define OTHER_CASES(CASE) LIBC_CASES(CASE) CONTROL_CASES(CASE) PROCESS_CASES(CASE)

/* integers.c */
#define INTEGER_CASES(CASE) \
    CASE(copied, 16, B0_15, 0) \
    CASE(added, 8, "0,8 0-1,8-9 0-2,8-10 0-3,8-11 0-4,8-12 0-5,8-13 0-6,8-14 0-15", 0) \
    CASE(subtracted, 4, "0,4 0-1,4-5 0-2,4-6 0-7", 0) \
    CASE(carried, 1, "0-15", 0) \
    CASE(multiplied, 4, "0,4 0-1,4-5 0-2,4-6 0-7", 0) \
    CASE(multiplied_high, 8, X8("0-15"), 0) \
    CASE(divided, 4, X4("0-7"), 0) \
    CASE(remainder_of, 4, X4("0-7"), 0) \
    CASE(divided_by_ten, 4, X4("0-3"), 0) \
    CASE(negated, 4, "0 0-1 0-2 0-3", 0) \
    CASE(inverted, 4, "0 1 2 3", 0) \
    CASE(masked, 4, "0 - 2 -", 0) \
    CASE(set_bits, 4, "0 - 2 3", 0) \
    CASE(exclusive, 4, "0,4 1,5 2,6 3,7", 0) \
    CASE(shifted, 4, "- 0 1 2", 0) \
    CASE(rotated, 4, "2-3 0,3 0-1 1-2", 0) \
    CASE(shifted_by, 4, "0,4 0-1,4 0-2,4 0-4", 0) \
    CASE(swapped, 8, "7 6 5 4 3 2 1 0", 0) \
    CASE(widened, 8, "2 3 3 3 3 3 3 3", 0) \
    CASE(zeros_counted, 4, X4("0-3"), 0) \
    CASE(compared, 1, "0-7", 0) \
    CASE(decided, 4, "- - - -", 0) \
    CASE(looked_up, 1, "-", "9") \
    CASE(cleared, 16, "0 1 2 3 - - - - 8 9 10 11 - - - -", 0) \
    CASE(cancelled, 8, X8("-"), 0)

/* floats.c */
#define FLOAT_CASES(CASE) \
    CASE(float_added, 4, X4("0-7"), 0) \
    CASE(float_subtracted, 4, X4("0-3"), 0) \
    CASE(double_multiplied, 8, X8("0-15"), 0) \
    CASE(double_divided, 8, X8("0-15"), 0) \
    CASE(double_rooted, 8, X8("0-7"), 0) \
    CASE(long_double_added, 8, X8("0-7"), 0) \
    CASE(float_compared, 1, "0-7", 0) \
    CASE(int_to_float, 4, X4("0-3"), 0) \
    CASE(int_to_double, 8, X8("4-7"), 0) \
    CASE(float_to_int, 4, X4("0-3"), 0) \
    CASE(double_to_unsigned, 4, X4("0-7"), 0) \
    CASE(float_to_double, 8, X8("0-3"), 0) \
    CASE(double_to_float, 4, X4("8-15"), 0) \
    CASE(floats_added, 16, X4("0-3") " " X4("4-7") " " X4("8-11") " " X4("12-15"), 0) \
    CASE(doubles_multiplied, 16, X8("0-7") " " X8("8-15"), 0) \
    CASE(lanes_added, 16, "0 0-1 0-2 0-3 4 4-5 4-6 4-7 8 8-9 8-10 8-11 12 12-13 12-14 12-15", 0) \
    CASE(lanes_compared, 16, B0_15, 0)

/* cipher.c: AES-128, and checksums */
#define CIPHER_CASES(CASE) \
    CASE(aes_round, 16, X4("0,5,10,15") " " X4("3-4,9,14") " " X4("2,7-8,13") " " \
                        X4("1,6,11-12"), 0) \
    CASE(aes, 16, X16("0-15"), 0) \
    CASE(aes_by_table, 16, X16("-"), X16("0-15")) \
    CASE(aes_by_instructions, 16, X16("0-15"), 0) \
    CASE(checksum, 4, X4("0-15"), 0) \
    CASE(checksum_by_table, 4, X4("-"), X4("0-15")) \
    CASE(xored_with_key, 16, B0_15, 0)

/* libc.c */
#define LIBC_CASES(CASE) \
    CASE(by_memcpy, 16, B0_15, 0) \
    CASE(by_memmove, 16, "- - - 0 1 2 3 4 5 6 7 8 9 10 11 12", 0) \
    CASE(by_memset, 8, X8("3"), 0) \
    CASE(by_strcpy, 17, B0_15 " -", 0) \
    CASE(by_strncat, 8, "- - 0 1 2 3 4 -", 0) \
    CASE(by_strdup, 17, B0_15 " -", 0) \
    CASE(by_strtol, 8, X8("1-4"), 0) \
    CASE(by_strtoul_hex, 8, X8("14"), X8("14-15")) \
    CASE(by_strtod, 2, ">6-8,10 -", 0) \
    CASE(by_sscanf_number, 4, X4("1-4"), 0) \
    CASE(by_sscanf_word, 6, "0 1 2 3 4 -", 0) \
    CASE(by_printf_string, 8, "- 0 1 2 3 4 - -", 0) \
    CASE(by_printf_char, 3, "3 7 -", 0) \
    CASE(by_printf_number, 3, "- - -", "1 1 -") \
    CASE(by_qsort, 16, "8 9 10 11 0 1 2 3 4 5 6 7 12 13 14 15", 0) \
    CASE(by_toupper, 16, X16("-"), B0_15) \
    CASE(by_calloc, 16, X16("-"), 0) \
    CASE(by_stream, 16, B0_15, 0)

/* control.c */
#define CONTROL_CASES(CASE) \
    CASE(as_argument, 16, B0_15, 0) \
    CASE(as_variable_argument, 12, "0 1 2 3 " B8_15, 0) \
    CASE(recursed, 4, "0,4,8,12 0-1,4-5,8-9,12-13 0-2,4-6,8-10,12-14 0-15", 0) \
    CASE(by_longjmp, 4, ">0 >1 >2 >3", 0) \
    CASE(over_signal, 24, B0_7 " " B0_15, 0) \
    CASE(in_signal, 8, B0_7, 0) \
    CASE(over_switch, 24, B0_7 " " B0_15, 0) \
    CASE(from_thread, 8, B8_15, 0) \
    CASE(thread_storage, 8, B0_7, 0)

/* processes.c */
#define PROCESS_CASES(CASE) \
    CASE(by_pipe, 16, B0_15, 0) \
    CASE(by_writev, 16, B8_15 " " B0_7, 0) \
    CASE(by_socketpair, 16, B0_15, 0) \
    CASE(by_loopback, 16, B0_15, 0) \
    CASE(by_shared_memory, 16, B0_15, 0) \
    CASE(by_file, 16, B0_15, 0) \
    CASE(by_mapped_file, 16, B0_15, 0) \
    CASE(by_vm_writev, 16, B0_15, 0) \
    CASE(by_fork, 16, B0_15, 0) \
    CASE(by_exec, 16, B0_15, 0)

/* clang-format on */

#endif
