// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/daemon/boot_block.h"

#include "shared/base/log.h"

#include <array>
#include <climits>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace higgs::vpn {

namespace {

constexpr const char *Unit = "higgs-lockdown.service";
/// In the order in which systemd takes a unit from them (systemd.unit(5)).
constexpr std::array UnitDirectories{"/etc/systemd/system", "/run/systemd/system",
                                     "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
                                     "/lib/systemd/system"};

/// `nft` loads its modules at the first call; each try may take its full ten seconds for that.
constexpr Milliseconds Patience{120'000};
constexpr Milliseconds BetweenTries{200};

bool exists(const std::string &path)
{
    struct stat found
    {};
    return ::lstat(path.c_str(), &found) == 0;
}

/// A link to /dev/null, or an empty file (systemctl mask).
bool isMasked(const std::string &path)
{
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    if (size >= 0)
        return std::string_view(target.data(), static_cast<std::size_t>(size)) == "/dev/null";
    struct stat found
    {};
    return ::stat(path.c_str(), &found) == 0 && found.st_size == 0;
}

} // namespace

bool blocksAtBoot(const Settings &settings, bool hasServer, WallTime now)
{
    if (settings.policy.lockdown)
        return true;
    if (pauseAt(settings, now))
        return false;
    return (settings.wish || settings.autoconnect) && (hasServer || settings.server);
}

std::optional<bool> bootBlockEnabled(const std::string &root)
{
    if (!exists(root + "/run/systemd/system"))
        return std::nullopt;
    for (const char *directory : UnitDirectories) {
        const std::string unit = root + directory + "/" + Unit;
        if (!exists(unit))
            continue;
        if (isMasked(unit))
            return false;
        break;
    }
    for (const char *directory : UnitDirectories) {
        if (exists(root + directory + "/sysinit.target.wants/" + Unit))
            return true;
    }
    return false;
}

Result<void> blockForBoot(const ClientNetworkOptions &options, const BlockPolicy &policy)
{
    const Monotonic end = monotonicNow() + Patience;
    for (;;) {
        ClientNetwork network(options);
        Result<void> blocked = network.block(policy);
        const bool final = blocked || blocked.error().code == ErrorCode::InvalidArgument ||
                           blocked.error().code == ErrorCode::Permission;
        if (final || monotonicNow() >= end)
            return blocked;
        log::warning("vpnd", "the block is tried again", {{"error", blocked.error().detail}});
        std::this_thread::sleep_for(BetweenTries);
    }
}

} // namespace higgs::vpn
