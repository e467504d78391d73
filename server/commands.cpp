// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/commands.h"

#include "server/admin_commands.h"
#include "server/openapi_text.h"

#include <cstdio>

namespace higgs::server {

namespace {

constexpr int Usage = 2;

// What a TURN server must never relay to: coturn takes ranges, and an IPv4-mapped address slips
// past an IPv4 range, so that the whole mapped range is denied too.
constexpr const char *DeniedPeers[] = {
    "0.0.0.0-0.255.255.255",
    "10.0.0.0-10.255.255.255",
    "100.64.0.0-100.127.255.255",
    "127.0.0.0-127.255.255.255",
    "169.254.0.0-169.254.255.255",
    "172.16.0.0-172.31.255.255",
    "192.0.0.0-192.0.0.255",
    "192.0.2.0-192.0.2.255",
    "192.88.99.0-192.88.99.255",
    "192.168.0.0-192.168.255.255",
    "198.18.0.0-198.19.255.255",
    "198.51.100.0-198.51.100.255",
    "203.0.113.0-203.0.113.255",
    "224.0.0.0-255.255.255.255",
    "::-::ffff:ffff:ffff",
    "64:ff9b::-64:ff9b::ffff:ffff",
    "64:ff9b:1::-64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
    "100::-100::ffff:ffff:ffff:ffff",
    "2001::-2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "ff00::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

int usage(const char *text)
{
    std::fprintf(stderr, "boson-server: %s; see --help\n", text);
    return Usage;
}

int shown(const Result<void> &printed)
{
    return printed ? 0 : commandFailed(printed.error().detail);
}

int turnConfig(const Config &config)
{
    if (!config.turn)
        return usage("turn-config needs --turn and --turn-secret-file");
    std::string text = "# coturn configuration for this server; keep it 0600, it has the secret\n";
    text += "listening-port=" + std::to_string(config.turn->port) + '\n';
    if (config.turn->tlsPort) {
        text += "tls-listening-port=" + std::to_string(*config.turn->tlsPort) + '\n';
        text += "cert=" + (config.tlsCert.empty() ? "/etc/boson/turn.crt" : config.tlsCert) + '\n';
        text += "pkey=" + (config.tlsKey.empty() ? "/etc/boson/turn.key" : config.tlsKey) + '\n';
        text += "no-tlsv1\nno-tlsv1_1\n";
    } else {
        text += "no-tls\nno-dtls\n";
    }
    text += "realm=" + std::string(TurnService::Realm) + "\nfingerprint\nuse-auth-secret\n";
    text += "static-auth-secret=" + std::string(config.turn->secret.reveal()) + '\n';
    text += "no-cli\nno-multicast-peers\nno-tcp-relay\nstale-nonce=600\n";
    for (const char *range : DeniedPeers)
        text += std::string("denied-peer-ip=") + range + '\n';
    return shown(print(text));
}

} // namespace

int runCommand(const Config &config)
{
    const std::string &name = config.command.front();
    if (const auto code = runAdminCommand(config, config.command))
        return *code;
    if (name == "turn-config")
        return turnConfig(config);
    if (name == "openapi")
        return shown(print(std::string(OpenApiText)));
    return usage(("unknown command " + name).c_str());
}

} // namespace higgs::server
