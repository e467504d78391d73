// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/control/daemon_program.h"

#include <array>
#include <climits>
#include <unistd.h>

namespace higgs::control {

std::string besideThisProgram(const std::string &path)
{
    std::array<char, PATH_MAX> self{};
    const ssize_t length = ::readlink("/proc/self/exe", self.data(), self.size() - 1);
    if (length <= 0)
        return {};
    const std::string own(self.data(), static_cast<std::size_t>(length));
    return own.substr(0, own.rfind('/') + 1) + path;
}

bool needsOfflineWay(const Error &failure)
{
    switch (failure.code) {
    case ErrorCode::Unavailable:
        return true;
    case ErrorCode::Timeout:
    case ErrorCode::Malformed:
    case ErrorCode::TooLarge:
    case ErrorCode::Forbidden: // all of its places are taken, as root is never refused
        return ::geteuid() == 0;
    default: // an answer, which says what the daemon could not do
        return false;
    }
}

void becomeDaemon(std::vector<std::string> arguments)
{
    std::vector<char *> argv;
    argv.reserve(arguments.size() + 1);
    for (std::string &argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    // Built together they lie together; installed, a daemon lies where no user's PATH leads.
    const std::string &name = arguments.front();
    for (const std::string &place : {name, "../sbin/" + name})
        ::execv(besideThisProgram(place).c_str(), argv.data());
    ::execvp(name.c_str(), argv.data());
}

} // namespace higgs::control
