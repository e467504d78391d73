// SPDX-License-Identifier: GPL-3.0-or-later
// higgs-exclude: runs one program outside the tunnel. Takes on the group higgs-exclude for good,
// by which the firewall knows the sockets of the program and of its children, and becomes the
// program, from where nobody can hand the group on. Installed root:higgs-exclude 2755; plain C
// calls only, so that what runs with a foreign group is small enough to be read whole.
#include "app-vpn/exclude/set_group_id_filter.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <grp.h>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

constexpr int ExitUsage = 2;
// As env(1) and nohup(1): found but not to be run, and not found.
constexpr int ExitCannotRun = 126;
constexpr int ExitNotFound = 127;

constexpr const char *ExcludeGroup = "higgs-exclude";
constexpr const char *ControllerGroup = "higgs";

int failed(const char *what, const char *why)
{
    std::fprintf(stderr, "higgs-exclude: %s: %s\n", what, why);
    return ExitCannotRun;
}

/// Those who may control the tunnel may also leave it: root and the members of the group.
bool mayLeave()
{
    if (::getuid() == 0)
        return true;
    const group *controllers = ::getgrnam(ControllerGroup);
    if (controllers == nullptr)
        return false;
    const gid_t wanted = controllers->gr_gid;
    const int count = ::getgroups(0, nullptr);
    std::vector<gid_t> groups(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (::getgroups(static_cast<int>(groups.size()), groups.data()) < 0)
        return false;
    bool member = ::getgid() == wanted;
    for (const gid_t each : groups)
        member = member || each == wanted;
    return member;
}

/// The exit code of what only prints.
int printed()
{
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)
        return 0;
    failed("cannot write to stdout", std::strerror(errno));
    return 1;
}

} // namespace

int main(int argc, char **argv)
{
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first == "--help") {
        std::puts("Usage: higgs-exclude [--] PROGRAM [ARGUMENT...]\n\n"
                  "Runs a program outside the tunnel of HiggsVPN. Its names are still resolved "
                  "through the\ntunnel; while the tunnel is blocked, it is blocked too.");
        return printed();
    }
    if (first == "--version") {
        std::puts("higgs-exclude " HIGGS_VERSION);
        return printed();
    }
    const int program = first == "--" ? 2 : 1;
    if (program >= argc || (program == 1 && first.starts_with('-'))) {
        std::fputs("higgs-exclude: usage: higgs-exclude [--] PROGRAM [ARGUMENT...]\n", stderr);
        return ExitUsage;
    }
    const group *exclude = ::getgrnam(ExcludeGroup);
    if (exclude == nullptr)
        return failed("there is no group higgs-exclude", "install the package, or add the group");
    const gid_t gid = exclude->gr_gid;
    if (!mayLeave())
        return failed("not permitted", "only root and members of the group higgs may");
    // All three, or a shell would take the real group back.
    if (::setresgid(gid, gid, gid) != 0)
        return failed("cannot take on the group higgs-exclude",
                      "higgs-exclude must be installed root:higgs-exclude with mode 2755");
    if (!higgs::exclude::forbidSetGroupIdFiles(gid))
        return failed("cannot keep the program from handing on the group",
                      "the kernel needs seccomp filters (CONFIG_SECCOMP_FILTER)");
    ::execvp(argv[program], argv + program);
    const int error = errno;
    failed(argv[program], std::strerror(error));
    return error == ENOENT ? ExitNotFound : ExitCannotRun;
}
