// SPDX-License-Identifier: GPL-3.0-or-later
// higgs-vpn: the window and tray of HiggsVPN.
#include "app-vpn/gui/vpn_program.h"

int main(int argc, char *argv[])
{
    using namespace higgs;
    return widgets::runProgram(
        vpn::programNames(), argc, argv,
        [](QApplication &application, const widgets::ProgramOptions &options) {
            return std::make_unique<vpn::VpnProgram>(application, options);
        });
}
