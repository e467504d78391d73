// SPDX-License-Identifier: GPL-3.0-or-later
// higgs-node: the window and tray of HiggsNode.
#include "app-node/tray/node_program.h"

int main(int argc, char *argv[])
{
    using namespace higgs;
    return widgets::runProgram(
        node::programNames(), argc, argv,
        [](QApplication &application, const widgets::ProgramOptions &options) {
            return std::make_unique<node::NodeProgram>(application, options);
        });
}
