# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DTEMPLATE=plog.proto.in -DFRAGMENTS="a.plog;b.plog" -DOUTPUT=plog.proto -P plog.cmake
#
# Put the fragments of analyses together to one schema. A fragment is a piece of a .proto file with
# one line more, for the record type that it brings:
#
#     record MESSAGE name = NUMBER;
#
# name is that of the analysis, NUMBER the field's in AilPlogEntry: 16 or more, and nobody else's.
cmake_policy(VERSION 3.25)
set(pattern "\nrecord +([A-Za-z_][A-Za-z0-9_]*) +([a-z_][a-z0-9_]*) *= *([1-9][0-9]*) *;[^\n]*")

set(taken "")
foreach(fragment IN LISTS FRAGMENTS)
  file(READ ${fragment} text)
  string(REGEX MATCHALL "\nrecord " lines "\n${text}")
  list(LENGTH lines n)
  if(NOT n EQUAL 1 OR NOT "\n${text}" MATCHES "${pattern}")
    message(FATAL_ERROR "${fragment}: wants one line `record MESSAGE name = NUMBER;`")
  endif()
  list(APPEND taken ${CMAKE_MATCH_3})
endforeach()
set(free 16)
while(free IN_LIST taken)
  math(EXPR free "${free} + 1")
endwhile()

set(records "")
set(messages "")
foreach(fragment IN LISTS FRAGMENTS)
  file(READ ${fragment} text)
  string(REGEX MATCH "${pattern}" line "\n${text}")
  set(message ${CMAKE_MATCH_1})
  set(name ${CMAKE_MATCH_2})
  set(number ${CMAKE_MATCH_3})
  if(number LESS 16 OR number GREATER 18999)
    message(FATAL_ERROR "${fragment}: record number ${number} is not within 16 to 18999")
  endif()
  foreach(what number name message)
    if(DEFINED ${what}_${${what}})
      message(FATAL_ERROR "${fragment}: the record's ${what} ${${what}} is already that of "
                          "${${what}_${${what}}} (the next free number is ${free})")
    endif()
    set(${what}_${${what}} ${fragment})
  endforeach()
  list(APPEND records "${number} ${message} ${name}")
  string(REPLACE "${line}" "" text "\n${text}")
  string(REGEX REPLACE "\n// SPDX[^\n]*" "" text "${text}")
  string(STRIP "${text}" text)
  string(APPEND messages "\n${text}\n")
endforeach()
list(SORT records COMPARE NATURAL)
set(fields "")
foreach(record IN LISTS records)
  string(REGEX REPLACE "^([0-9]+) (.*)" "  optional \\2 = \\1;\n" field "${record}")
  string(APPEND fields "${field}")
endforeach()
file(READ ${TEMPLATE} text)
string(REPLACE "@RECORDS@" "${fields}" text "${text}")
string(REPLACE "@MESSAGES@\n" "${messages}" text "${text}")
file(WRITE ${OUTPUT} "${text}")
