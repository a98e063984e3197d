# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DINPUT=FILE -DNAME=name -DOUTPUT=FILE.c -P embed.cmake: a file's bytes as a C array `name`,
# with a zero behind them, and its length as `name_len`.
file(READ ${INPUT} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR len "${digits} / 2")
string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
file(WRITE ${OUTPUT}
     "#include <stddef.h>\n#include <stdint.h>\n\n"
     "extern const uint8_t ${NAME}[];\nextern const size_t ${NAME}_len;\n\n"
     "const uint8_t ${NAME}[] = {\n${hex}0};\nconst size_t ${NAME}_len = ${len};\n")
