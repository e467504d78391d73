// SPDX-License-Identifier: GPL-3.0-or-later
// OpenSSL without our own code around it, at the other end of a socket: a peer that may do what
// ours never would.
#pragma once

#include <memory>
#include <openssl/ssl.h>
#include <string>

namespace higgs::test {

/// A client, or a server if it has a certificate. Owns its non-blocking descriptor; nothing of it
/// waits.
class RawTls
{
public:
    explicit RawTls(int fd, const std::string &certFile = {}, const std::string &keyFile = {});
    ~RawTls();
    RawTls(const RawTls &) = delete;
    RawTls &operator=(const RawTls &) = delete;

    /// Reads and writes what can be; true once the handshake is done.
    bool handshake();
    void keyUpdates(int count, bool requested);
    /// Data records of this size each.
    void records(int count, std::size_t size);
    /// Sends what is due but its last `kept` bytes, as far as the socket takes it; true if nothing
    /// else is left.
    bool flush(std::size_t kept = 0);
    [[nodiscard]] SSL *ssl() const { return m_ssl; }

private:
    void pull();

    int m_fd;
    SSL_CTX *m_context;
    SSL *m_ssl;
    BIO *m_in;
    BIO *m_out;
    std::string m_unsent;
};

} // namespace higgs::test
