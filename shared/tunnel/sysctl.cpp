// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/sysctl.h"

#include "shared/tunnel/command.h"
#include "shared/tunnel/owned_fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>

namespace higgs {

bool isSysctlPath(std::string_view path)
{
    if (!path.starts_with("net/ipv4/") && !path.starts_with("net/ipv6/") &&
        !path.starts_with("net/bridge/"))
        return false;
    // Interface names may have dots, but no component is "..".
    return path.find("/..") == std::string_view::npos && path.find('\0') == std::string_view::npos;
}

std::optional<std::string> readSysctl(std::string_view path)
{
    if (!isSysctlPath(path))
        return std::nullopt;
    const OwnedFd fd(::open(("/proc/sys/" + std::string(path)).c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 64> text{};
    const ssize_t size = fd.isOpen() ? ::read(fd.get(), text.data(), text.size()) : -1;
    if (size < 0)
        return std::nullopt;
    std::string value(text.data(), static_cast<std::size_t>(size));
    while (!value.empty() && value.back() == '\n')
        value.pop_back();
    return value;
}

Result<void> writeSysctl(const SysctlValue &setting)
{
    if (!isSysctlPath(setting.path))
        return unexpected(ErrorCode::InvalidArgument, "not a network setting: " + setting.path);
    const std::string file = "/proc/sys/" + setting.path;
    const OwnedFd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd.isOpen() && errno == ENOENT)
        return {};
    const auto size = static_cast<ssize_t>(setting.value.size());
    if (!fd.isOpen() || ::write(fd.get(), setting.value.data(), setting.value.size()) != size)
        return unexpected(errno == EACCES || errno == EPERM || errno == EROFS
                              ? ErrorCode::Permission
                              : ErrorCode::System,
                          describeErrno("write " + file, errno));
    return {};
}

std::vector<std::string> sysctlInterfaces(std::string_view conf)
{
    std::vector<std::string> names;
    const std::string path = "/proc/sys/" + std::string(conf);
    const std::unique_ptr<DIR, int (*)(DIR *)> directory(::opendir(path.c_str()), ::closedir);
    if (!directory)
        return names;
    while (const dirent *entry = ::readdir(directory.get())) {
        if (entry->d_name[0] != '.')
            names.emplace_back(entry->d_name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool canHaveIpv6(const std::string &interfaceName)
{
    const std::string disable = "net/ipv6/conf/" + interfaceName + "/disable_ipv6";
    if (readSysctl(disable) == "1")
        static_cast<void>(writeSysctl({disable, "0"}));
    return readSysctl(disable) == "0";
}

void rememberSysctls(std::span<const SysctlValue> wanted, std::vector<SysctlValue> &saved)
{
    for (const SysctlValue &setting : wanted) {
        const bool known = std::any_of(saved.begin(), saved.end(), [&](const SysctlValue &s) {
            return s.path == setting.path;
        });
        const auto now = readSysctl(setting.path);
        if (!known && now && *now != setting.value)
            saved.push_back({setting.path, *now});
    }
}

} // namespace higgs
