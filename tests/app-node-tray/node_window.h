// SPDX-License-Identifier: GPL-3.0-or-later
// The node's window in English, at a scripted daemon.
#pragma once

#include "app-node/tray/main_window.h"
#include "app-node/tray/node_program.h"
#include "tests/support/scripted_node.h"

#include <QApplication>
#include <QTemporaryDir>
#include <QTest>

namespace higgs::test {

/// Its parts may be changed before open().
struct NodeWindow
{
    QTemporaryDir dir;
    ScriptedNode daemon;
    std::unique_ptr<node::NodeProgram> program;

    bool open()
    {
        daemon.start();
        widgets::ProgramOptions options;
        options.controlSocket = daemon.path();
        options.preferencesFile = dir.filePath(QStringLiteral("node.ini"));
        options.autostartFolder = dir.path();
        options.instancePath = dir.filePath(QStringLiteral("instance"));
        options.useKeychain = false;
        program = std::make_unique<node::NodeProgram>(*qApp, options);
        program->language().setChoice(widgets::LanguageChoice::English);
        return program->begin() && QTest::qWaitFor([this] {
                   return program->link().linkState() == widgets::LinkState::Up;
               });
    }
    template <typename T>
    T *named(const char *name)
    {
        return program->window().findChild<T *>(QString::fromLatin1(name));
    }
};

} // namespace higgs::test
