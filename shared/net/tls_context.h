// SPDX-License-Identifier: GPL-3.0-or-later
// What many TLS connections share: a server's certificate, or a client's trust. TLS 1.3 only, but
// where a client says otherwise.
#pragma once

#include "shared/net/server_trust.h"

#include <memory>

struct ssl_ctx_st;
struct ssl_st;

namespace higgs {

struct SslCtxFree
{
    void operator()(ssl_ctx_st *ctx) const;
};
struct SslFree
{
    void operator()(ssl_st *ssl) const;
};
using SslCtxPtr = std::unique_ptr<ssl_ctx_st, SslCtxFree>;
using SslPtr = std::unique_ptr<ssl_st, SslFree>;

/// Used on one thread, the one that opens or accepts connections; a connection keeps what it needs
/// and may outlive it and go to another thread, so that another one may take its place.
class TlsContext
{
public:
    enum class Role { Server, Client };
    /// The least that a client accepts. coturn has no 1.3 on every system, and what goes to a TURN
    /// server is sealed for the other end already.
    enum class Least { Tls12, Tls13 };

    /// PEM files; the certificate file may hold the chain. InvalidArgument if they do not load or
    /// do not belong together.
    static Result<TlsContext> server(const std::string &certFile, const std::string &keyFile);
    static Result<TlsContext> client(const ServerTrust &trust, Least least = Least::Tls13);

    TlsContext(TlsContext &&) noexcept;
    TlsContext &operator=(TlsContext &&) noexcept;
    ~TlsContext();

    /// The same certificate or trust for another thread.
    [[nodiscard]] TlsContext share() const;

    /// Server only: SHA-256 of the leaf certificate, for the operator to give to clients.
    [[nodiscard]] CertificateFingerprint fingerprint() const;
    [[nodiscard]] Role role() const { return m_role; }

    /// A new SSL without a descriptor. A client checks `serverName` (a name or an IP address), and
    /// sends it as SNI if it is a name; a server ignores it.
    Result<SslPtr> newSession(const std::string &serverName) const;

private:
    TlsContext(Role role, SslCtxPtr ctx, bool pinned);

    Role m_role;
    SslCtxPtr m_ctx;
    bool m_pinned;
};

/// The failed handshake as an Error: NotValidNow or Untrusted when the certificate was at fault,
/// else Network.
Error tlsError(ssl_st *ssl, const char *what);
/// OpenSSL's queued error texts in one line; empties the queue.
std::string takeOpensslErrors();

} // namespace higgs
