# SPDX-License-Identifier: GPL-3.0-or-later
# What every file of a kind includes anyway is compiled once. The kinds follow from what a target
# links, so that no folder chooses: pure code, Qt's core, windows, and the tests of both. Each
# header still includes what it uses: -DHIGGS_PCH=OFF and the tidy preset build without.

# higgs_links(out target library): whether the target links the library, directly or through others.
function(higgs_links out target library)
    set(seen "")
    set(waiting ${target})
    set(${out} FALSE PARENT_SCOPE)
    while(waiting)
        list(POP_FRONT waiting next)
        if(next STREQUAL library)
            set(${out} TRUE PARENT_SCOPE)
            return()
        endif()
        if(next IN_LIST seen OR NOT TARGET "${next}")
            continue()
        endif()
        list(APPEND seen ${next})
        foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
            # What others link privately is not on this target's own compilations.
            if(property STREQUAL LINK_LIBRARIES AND NOT next STREQUAL target)
                continue()
            endif()
            get_target_property(libraries ${next} ${property})
            if(libraries)
                list(APPEND waiting ${libraries})
            endif()
        endforeach()
    endwhile()
endfunction()

# higgs_precompiled(kind LIBS libraries... HEADERS headers...): the library that holds one of them.
function(higgs_precompiled kind)
    cmake_parse_arguments(ARG "" "" "LIBS;HEADERS" ${ARGN})
    set(holder higgs_precompiled_${kind})
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled/${kind}.cpp
        CONTENT "// Written by CMake: holds the precompiled headers.\n")
    add_library(${holder} OBJECT ${CMAKE_BINARY_DIR}/precompiled/${kind}.cpp)
    target_link_libraries(${holder} PRIVATE higgs_options ${ARG_LIBS})
    target_precompile_headers(${holder} PRIVATE ${ARG_HEADERS})
    set(launcher ${CMAKE_SOURCE_DIR}/cmake/write-anew ${CMAKE_CXX_COMPILER_LAUNCHER})
    set_target_properties(${holder} PROPERTIES
        CXX_COMPILER_LAUNCHER "${launcher}")
endfunction()

# higgs_precompile_below(folder): gives every target of the folder and those below its headers.
function(higgs_precompile_below folder)
    get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target IN LISTS targets)
        get_target_property(type ${target} TYPE)
        if(NOT type MATCHES "^(STATIC_LIBRARY|MODULE_LIBRARY|EXECUTABLE)$")
            continue()
        endif()
        higgs_links(options ${target} higgs_options)
        higgs_links(core ${target} Qt6::Core)
        higgs_links(widgets ${target} Qt6::Widgets)
        higgs_links(test ${target} Qt6::Test)
        higgs_links(network ${target} Qt6::Network)
        if(network)
            set(test FALSE) # QTest's header is another one for whom links the network
        endif()
        if(NOT options)
            continue()
        elseif(widgets AND test)
            set(kind widgets_test)
        elseif(test)
            set(kind core_test)
        elseif(widgets)
            set(kind widgets)
        elseif(core)
            set(kind core)
        else()
            set(kind pure)
        endif()
        set_target_properties(${target} PROPERTIES PRECOMPILE_HEADERS_REUSE_FROM
            higgs_precompiled_${kind})
        add_dependencies(${target} higgs_precompiled_${kind})
    endforeach()
    get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
    foreach(below IN LISTS folders)
        higgs_precompile_below(${below})
    endforeach()
endfunction()

if(HIGGS_PCH)
    set(standard
        <algorithm> <array> <atomic> <cerrno> <charconv> <chrono> <cmath> <compare> <cstdint>
        <cstdio> <cstdlib> <cstring> <deque> <fstream> <functional> <map> <memory> <optional>
        <set> <span> <sstream> <string> <string_view> <system_error> <unordered_map> <utility>
        <variant> <vector>
        <cmake/precompiled_json.h>)
    set(core ${standard}
        <QCoreApplication> <QFile> <QFuture> <QJsonObject> <QLocale> <QObject> <QPointer> <QPromise>
        <QSocketNotifier> <QString> <QStringList> <QThread> <QTimer>)
    set(test <QSignalSpy> <QTemporaryDir> <QTest>)
    set(widgets ${core}
        <QAbstractButton> <QAccessible> <QAction> <QApplication> <QClipboard> <QComboBox> <QDateTime>
        <QDir> <QEvent> <QGridLayout> <QHBoxLayout> <QIcon> <QKeyEvent> <QLabel> <QLineEdit> <QMenu>
        <QMouseEvent> <QPainter> <QPainterPath> <QPushButton> <QRegularExpression> <QScrollArea>
        <QScrollBar> <QStackedWidget> <QVBoxLayout> <QWidget>)
    higgs_precompiled(pure HEADERS ${standard})
    higgs_precompiled(core LIBS Qt6::Core HEADERS ${core})
    higgs_precompiled(core_test LIBS Qt6::Core Qt6::Test HEADERS ${core} ${test})
    higgs_precompiled(widgets LIBS Qt6::Widgets HEADERS ${widgets})
    higgs_precompiled(widgets_test LIBS Qt6::Widgets Qt6::Test HEADERS ${widgets} ${test})
    higgs_precompile_below(${CMAKE_SOURCE_DIR})
endif()
