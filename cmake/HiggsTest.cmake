# SPDX-License-Identifier: GPL-3.0-or-later
# How ./test counts a test: two of `--parallel`, so that there are as many as processors at work; one that mostly
# waits (WAITS) is one.
set(HIGGS_TEST_PROCESSORS 2)
# What a TIMEOUT is multiplied by: it is given for a machine at ease, and there is only to end what hangs.
set(HIGGS_TEST_PATIENCE 3)

# higgs_add_test(name SOURCES a.cpp ... LIBS higgs_base ... [LABELS unit] [TIMEOUT 60])
# A QtTest executable, with moc for its own source, run offscreen, labelled for `./test -L`.
function(higgs_add_test name)
    cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES
        AUTOMOC ON
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    # Empty for most tests, and then cheaper without.
    set_source_files_properties(${CMAKE_CURRENT_BINARY_DIR}/${name}_autogen/mocs_compilation.cpp
        PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    target_link_libraries(${name} PRIVATE higgs_options ${ARG_LIBS} Qt6::Test)
    add_test(NAME ${name} COMMAND ${name})
    if(NOT ARG_LABELS)
        set(ARG_LABELS unit)
    endif()
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 60)
    endif()
    math(EXPR ARG_TIMEOUT "${HIGGS_TEST_PATIENCE} * ${ARG_TIMEOUT}")
    set_tests_properties(${name} PROPERTIES
        LABELS "${ARG_LABELS}"
        TIMEOUT ${ARG_TIMEOUT}
        PROCESSORS ${HIGGS_TEST_PROCESSORS}
        ENVIRONMENT "QT_QPA_PLATFORM=offscreen")
endfunction()

# higgs_add_script_test(name COMMAND script args... [LABELS scenario] [TIMEOUT 300] [SERIAL] [WAITS])
# Runs a script against the built executables in HIGGS_BIN; exit code 77 means skipped, and the
# script says why on its output.
function(higgs_add_script_test name)
    cmake_parse_arguments(ARG "SERIAL;WAITS" "TIMEOUT" "COMMAND;LABELS" ${ARGN})
    add_test(NAME ${name} COMMAND ${ARG_COMMAND} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 300)
    endif()
    math(EXPR ARG_TIMEOUT "${HIGGS_TEST_PATIENCE} * ${ARG_TIMEOUT}")
    set(processors ${HIGGS_TEST_PROCESSORS})
    if(ARG_WAITS)
        set(processors 1)
    endif()
    set_tests_properties(${name} PROPERTIES
        LABELS "${ARG_LABELS}"
        TIMEOUT ${ARG_TIMEOUT}
        PROCESSORS ${processors}
        SKIP_RETURN_CODE 77
        ENVIRONMENT "HIGGS_BIN=${CMAKE_BINARY_DIR}/bin;HIGGS_BUILD=${CMAKE_BINARY_DIR};HIGGS_SOURCE=${CMAKE_SOURCE_DIR}")
    if(ARG_SERIAL)
        set_tests_properties(${name} PROPERTIES RUN_SERIAL ON)
    endif()
endfunction()
