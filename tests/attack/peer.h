// SPDX-License-Identifier: GPL-3.0-or-later
// How the attacker and the bystander reach a server: addresses, sockets bound to one of many
// sources, TLS as a client.
#pragma once

#include <cstdint>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <string>
#include <sys/socket.h>

namespace higgs::attack {

struct Address
{
    sockaddr_storage storage{};
    socklen_t length = 0;
};

/// An IPv4 or IPv6 address with a port; exits with a line on stderr if it is none.
Address parseAddress(const std::string &text, std::uint16_t port);

/// The sources that one attacker owns: "2001:db8:a::/48" (an address in each /64), "10.66.0.0/16"
/// (each address), or nothing, for the system's choice.
class Sources
{
public:
    Sources() = default;
    explicit Sources(const std::string &prefix);

    /// Binds a socket to the next one.
    void bindNext(int fd);

private:
    Address m_base;
    unsigned m_bits = 0;
    std::uint32_t m_next = 0;
};

/// A TCP socket that connects, non-blocking; -1 when there is no descriptor for it.
int dial(const Address &address, Sources &sources);

/// TLS 1.3 without verification; `groups` as OpenSSL names them, or empty for its choice.
SSL_CTX *clientContext(const std::string &groups);

/// The first bytes that such a client says.
std::string clientHello(const std::string &groups);

} // namespace higgs::attack
