// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/dns_setting.h"

#include "shared/base/log.h"
#include "shared/tunnel/command.h"
#include "shared/tunnel/resolv_conf_file.h"

#include <algorithm>
#include <unistd.h>

namespace higgs {

namespace {

Result<void> withoutOutput(const Result<std::string> &result)
{
    if (!result)
        return unexpected(result.error());
    return {};
}

/// Debian's resolvconf sorts interfaces by the patterns of this file, and puts "tun*" first.
std::string resolvconfName(const std::string &interfaceName)
{
    const bool ordered = ::access("/etc/resolvconf/interface-order", R_OK) == 0;
    return (ordered ? "tun." : "") + interfaceName;
}

Result<void> setByResolved(const std::string &interfaceName, const std::vector<IpAddress> &servers)
{
    std::vector<std::string> arguments{"dns", interfaceName};
    for (const IpAddress &server : servers)
        arguments.push_back(server.toString());
    auto done = withoutOutput(runCommand("resolvectl", arguments));
    // "~." sends every name to this link, whatever other links say.
    if (done)
        done = withoutOutput(runCommand("resolvectl", {"domain", interfaceName, "~."}));
    if (done)
        done = withoutOutput(runCommand("resolvectl", {"default-route", interfaceName, "true"}));
    // The other end of this link is a stranger's machine: it is asked for nothing but by the server
    // above, which need not offer TLS.
    for (const char *setting : {"llmnr", "mdns", "dnsovertls"}) {
        if (done)
            static_cast<void>(runCommand("resolvectl", {setting, interfaceName, "no"}));
    }
    if (done)
        static_cast<void>(runCommand("resolvectl", {"flush-caches"}));
    return done;
}

Result<void> setByResolvconf(const std::string &interfaceName,
                             const std::vector<IpAddress> &servers)
{
    return withoutOutput(runCommand("resolvconf",
                                    {"-a", resolvconfName(interfaceName), "-m", "0", "-x"},
                                    renderResolvConf(servers, {})));
}

Result<void> setByFile(ClientState &state, const std::vector<IpAddress> &servers,
                       const SaveState &save)
{
    if (state.dns != DnsMethod::File) {
        auto original = readResolvConf();
        if (!original)
            return unexpected(original.error());
        state.dns = DnsMethod::File;
        state.resolvConf = std::move(*original);
        if (const auto saved = save(); !saved)
            return saved;
    }
    return replaceResolvConf(renderResolvConf(servers, resolvConfText()));
}

Result<void> setBy(DnsMethod method, ClientState &state, const std::vector<IpAddress> &servers,
                   const SaveState &save)
{
    if (method == DnsMethod::File)
        return setByFile(state, servers, save);
    state.dns = method;
    // systemd-resolved forgets with the link: a full disk, which keeps that from being written
    // down, leaves nothing behind.
    if (const auto saved = save(); !saved && method != DnsMethod::Resolved)
        return saved;
    return method == DnsMethod::Resolved ? setByResolved(state.interfaceName, servers)
                                         : setByResolvconf(state.interfaceName, servers);
}

/// In the order of preference; the file always works where it may be written.
std::vector<DnsMethod> methodsHere(const ClientState &state)
{
    if (state.dns != DnsMethod::None)
        return {state.dns};
    std::vector<DnsMethod> methods;
    const auto file = readResolvConf();
    const bool isLink = file && file->kind == ResolvConf::Kind::Symlink;
    const std::string target = isLink ? file->content : std::string();
    const std::string content = resolvConfText();
    if (isManagedByResolved(content, target) && findProgram("resolvectl"))
        methods.push_back(DnsMethod::Resolved);
    if (isManagedByResolvconf(content, target) && findProgram("resolvconf"))
        methods.push_back(DnsMethod::Resolvconf);
    methods.push_back(DnsMethod::File);
    return methods;
}

/// Who refused, and what a person can do.
Error explained(DnsMethod method, Error error)
{
    if (method != DnsMethod::Resolved)
        return error;
    const bool denied = error.detail.find("ccess denied") != std::string::npos ||
                        error.detail.find("uthenti") != std::string::npos ||
                        error.detail.find("ermission denied") != std::string::npos;
    error.detail = "systemd-resolved refuses the tunnel's resolver: " + error.detail;
    if (denied) {
        error.code = ErrorCode::Permission;
        error.detail += " (polkit does not let this user: is 50-higgs-resolved.rules installed, "
                        "and polkit running?)";
    }
    return error;
}

} // namespace

Result<void> setDns(ClientState &state, const std::vector<IpAddress> &servers,
                    const SaveState &save)
{
    Result<void> first; // whoever manages the names here said no: the ways after it say only how
    for (const DnsMethod method : methodsHere(state)) {
        const Result<void> done = setBy(method, state, servers, save);
        if (done)
            return done;
        const Error error = explained(method, done.error());
        log::warning("tunnel", "DNS cannot be set this way", {{"error", error.detail}});
        if (first)
            first = unexpected(error);
        // What was half done must not stand beside the next way.
        static_cast<void>(restoreDns(state));
    }
    return first;
}

bool dnsStands(const ClientState &state, const std::vector<IpAddress> &servers)
{
    if (state.dns == DnsMethod::File)
        return resolvConfText() == renderResolvConf(servers, resolvConfText());
    if (state.dns != DnsMethod::Resolved)
        return true;
    const auto set = runCommand("resolvectl", {"dns", state.interfaceName});
    return !set || std::all_of(servers.begin(), servers.end(), [&set](const IpAddress &server) {
        return set->find(server.toString()) != std::string::npos;
    });
}

bool redirectWillDo()
{
    const auto file = readResolvConf();
    const bool isLink = file && file->kind == ResolvConf::Kind::Symlink;
    return !isManagedByResolved(resolvConfText(), isLink ? file->content : std::string());
}

Result<void> restoreDns(ClientState &state)
{
    Result<void> done;
    if (state.dns == DnsMethod::File && state.resolvConf)
        done = restoreResolvConf(*state.resolvConf);
    else if (state.dns == DnsMethod::Resolvconf)
        done = withoutOutput(
            runCommand("resolvconf", {"-d", resolvconfName(state.interfaceName), "-f"}));
    else if (state.dns == DnsMethod::Resolved) {
        // The settings vanish with the link; where it is still there they must go first.
        static_cast<void>(runCommand("resolvectl", {"revert", state.interfaceName}));
        static_cast<void>(runCommand("resolvectl", {"flush-caches"}));
    }
    if (!done)
        return done;
    state.dns = DnsMethod::None;
    state.resolvConf.reset();
    return {};
}

} // namespace higgs
