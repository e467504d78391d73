# SPDX-License-Identifier: GPL-3.0-or-later
# One interface target carries every flag, so that no folder has flags of its own.
add_library(higgs_options INTERFACE)
target_compile_features(higgs_options INTERFACE cxx_std_20)
target_include_directories(higgs_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(higgs_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
    -Woverloaded-virtual -Wno-sign-conversion -Werror
    -fstack-protector-strong -fno-omit-frame-pointer)
# Lines for every backtrace; variables, whose description costs a third of the build, are for `dev`.
target_compile_options(higgs_options INTERFACE $<$<CONFIG:RelWithDebInfo>:-g1>)
target_compile_definitions(higgs_options INTERFACE
    HIGGS_VERSION="${PROJECT_VERSION}"
    QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_URL_CAST_FROM_STRING
    QT_NO_NARROWING_CONVERSIONS_IN_CONNECT QT_USE_QSTRINGBUILDER
    QT_DISABLE_DEPRECATED_BEFORE=0x060400
    $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
if(HIGGS_PCH)
    target_compile_options(higgs_options INTERFACE
        # Qt asks for it; a precompiled header is for one kind of code only.
        -fPIC
        # How ccache sees through them.
        -fpch-preprocess
        # Collecting garbage walks all that they hold, and gives back a tenth of the memory.
        --param=ggc-min-heapsize=1048576
        # GCC 12 takes what they hold for our own code, and its false alarms in std::string with it.
        # The tidy preset and -DHIGGS_PCH=OFF do without, and keep these warnings.
        -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread
        -Wno-maybe-uninitialized)
endif()
if(NOT HIGGS_SANITIZE)
    target_compile_definitions(higgs_options INTERFACE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()
if(HIGGS_SANITIZE)
    target_compile_options(higgs_options INTERFACE
        -fsanitize=${HIGGS_SANITIZE} -fno-sanitize-recover=all
        # GCC 12 sees uninitialised std::functions in instrumented standard headers.
        $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>)
    target_link_options(higgs_options INTERFACE -fsanitize=${HIGGS_SANITIZE})
endif()
if(HIGGS_FUZZ)
    target_compile_options(higgs_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_link_options(higgs_options INTERFACE -Wl,-z,relro,-z,now)
