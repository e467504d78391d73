// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/daemon/exclusion.h"

#include "shared/control/daemon_program.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <dirent.h>
#include <fstream>
#include <grp.h>
#include <iterator>
#include <memory>
#include <unistd.h>

namespace higgs::vpn {

namespace {

constexpr const char *Group = "higgs-exclude";
constexpr const char *Launcher = "higgs-exclude";
/// Reading /proc costs some milliseconds.
constexpr Seconds CountInterval{5};

std::optional<std::size_t> countProcesses(std::uint32_t gid)
{
    const std::unique_ptr<DIR, int (*)(DIR *)> proc(::opendir("/proc"), ::closedir);
    if (!proc)
        return std::nullopt;
    std::size_t count = 0;
    while (const dirent *entry = ::readdir(proc.get())) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
            continue;
        std::ifstream file("/proc/" + std::string(entry->d_name) + "/status");
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        count += hasEffectiveGroup(text, gid) ? 1 : 0;
    }
    return count;
}

} // namespace

bool hasEffectiveGroup(std::string_view processStatus, std::uint32_t gid)
{
    // proc(5): "Gid:" with the real, effective, saved and file system group.
    constexpr std::string_view Key = "\nGid:";
    const auto at = processStatus.find(Key);
    if (at == std::string_view::npos)
        return false;
    std::string_view rest = processStatus.substr(at + Key.size());
    rest = rest.substr(0, rest.find('\n'));
    for (int field = 0; field < 2; ++field) {
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        if (field == 0)
            rest.remove_prefix(std::min(rest.find_first_of(" \t"), rest.size()));
    }
    std::uint32_t effective = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), effective);
    return error == std::errc() && end != rest.data() && effective == gid;
}

Exclusion Exclusion::find()
{
    Exclusion exclusion;
    if (const group *found = ::getgrnam(Group))
        exclusion.m_gid = found->gr_gid;
    exclusion.m_launcher = control::besideThisProgram(Launcher);
    if (!exclusion.m_gid)
        exclusion.m_reason = "there is no group higgs-exclude: install the package, or add it";
    else if (::access(exclusion.m_launcher.c_str(), X_OK) != 0)
        exclusion.m_reason = "the program higgs-exclude is not installed beside higgs-vpnd";
    return exclusion;
}

std::optional<std::size_t> Exclusion::running(Monotonic now)
{
    if (!m_gid)
        return std::nullopt;
    if (!m_counted || now - *m_counted >= CountInterval) {
        m_counted = now;
        m_running = countProcesses(*m_gid);
    }
    return m_running;
}

protocol::Json Exclusion::describe() const
{
    using protocol::Json;
    const bool able = m_reason.empty();
    return Json{{"mechanism", able ? Json("group") : Json()},
                {"reason", able ? Json() : Json(m_reason)},
                {"group", Group},
                {"gid", m_gid ? Json(*m_gid) : Json()},
                {"launcher", able ? Json(m_launcher) : Json()},
                // Names are asked for inside: what the launched program looks up stays private.
                {"dns", "tunnel"},
                {"whileBlocked", "blocked"}};
}

} // namespace higgs::vpn
