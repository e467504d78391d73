// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/attack/peer.h"

#include <arpa/inet.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/tcp.h>
#include <unistd.h>

namespace higgs::attack {

namespace {

[[noreturn]] void fail(const std::string &what)
{
    std::fprintf(stderr, "attack: %s\n", what.c_str());
    std::exit(2);
}

} // namespace

Address parseAddress(const std::string &text, std::uint16_t port)
{
    Address address;
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&address.storage, &v4, sizeof v4);
        address.length = sizeof v4;
    } else if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&address.storage, &v6, sizeof v6);
        address.length = sizeof v6;
    } else {
        fail("not an address: " + text);
    }
    return address;
}

Sources::Sources(const std::string &prefix)
{
    const std::size_t slash = prefix.find('/');
    if (slash == std::string::npos)
        fail("not a prefix: " + prefix);
    m_base = parseAddress(prefix.substr(0, slash), 0);
    const unsigned whole = m_base.storage.ss_family == AF_INET ? 32 : 64;
    m_bits = whole - static_cast<unsigned>(std::stoul(prefix.substr(slash + 1)));
}

void Sources::bindNext(int fd)
{
    if (m_base.length == 0)
        return;
    const std::uint32_t number = m_next++ % (1U << m_bits);
    Address source = m_base;
    const int on = 1;
    if (source.storage.ss_family == AF_INET) {
        auto *v4 = reinterpret_cast<sockaddr_in *>(&source.storage);
        v4->sin_addr.s_addr |= htonl(number);
        setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof on);
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    } else {
        auto *v6 = reinterpret_cast<sockaddr_in6 *>(&source.storage);
        for (unsigned i = 0; i < 4; ++i)
            v6->sin6_addr.s6_addr[7 - i] |= static_cast<std::uint8_t>(number >> (8 * i));
        v6->sin6_addr.s6_addr[15] = 1;
        setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on);
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    }
    if (::bind(fd, reinterpret_cast<const sockaddr *>(&source.storage), source.length) != 0)
        fail(std::string("cannot bind: ") + std::strerror(errno));
}

int dial(const Address &address, Sources &sources)
{
    const int fd =
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sources.bindNext(fd);
    if (::connect(fd, reinterpret_cast<const sockaddr *>(&address.storage), address.length) == 0 ||
        errno == EINPROGRESS)
        return fd;
    ::close(fd);
    return -1;
}

SSL_CTX *clientContext(const std::string &groups)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (!groups.empty() && SSL_CTX_set1_groups_list(context, groups.c_str()) != 1)
        fail("unknown groups: " + groups);
    return context;
}

std::string clientHello(const std::string &groups)
{
    SSL_CTX *context = clientContext(groups);
    SSL *ssl = SSL_new(context);
    BIO *out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
    SSL_connect(ssl);
    char *bytes = nullptr;
    const long size = BIO_get_mem_data(out, &bytes);
    std::string hello(bytes, static_cast<std::size_t>(size));
    SSL_free(ssl);
    SSL_CTX_free(context);
    return hello;
}

} // namespace higgs::attack
