// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the machine runs on its battery, and whether its network is one that is paid by volume.
#pragma once

#include "app-node/engine/sharing_policy.h"
#include "shared/reactor/postbox.h"
#include "shared/reactor/reply.h"

#include <optional>
#include <string>
#include <vector>

namespace higgs::node {

/// One directory of /sys/class/power_supply, as its files say.
struct PowerSupply
{
    std::string type;   ///< "Battery", "Mains", "USB", ...
    std::string scope;  ///< "Device": a mouse's or a headset's, none of ours
    std::string status; ///< of a battery: "Discharging", "Charging", "Full", ...
    std::string online; ///< of a mains supply: "1" or "0"
};

/// nullopt: there is no battery. Pure.
std::optional<bool> runsOnBattery(const std::vector<PowerSupply> &supplies);

/// `root` is empty but in tests.
std::vector<PowerSupply> readPowerSupplies(const std::string &root);

/// NetworkManager's answer on the system bus: yes or guessed yes; nullopt where it does not run.
/// Waits a second at most.
std::optional<bool> readMetered();

/// Both, on a thread of the pool, since a bus may hang.
class SurroundingsReader
{
public:
    /// One at a time; a question while another is open is left out.
    void read(std::string root, Reply<Surroundings> reply);

private:
    Postbox m_postbox;
    std::optional<Reply<Surroundings>> m_reply;
};

} // namespace higgs::node
