// SPDX-License-Identifier: GPL-3.0-or-later
// OpenSSL over a non-blocking socket: records are read straight from it, and written into a buffer
// that the caller sends, so that one send(2) carries many.
#pragma once

#include "shared/net/tls_context.h"

#include <optional>

namespace higgs {

/// Knows nothing of epoll, queues or deadlines. Does not own the socket; stays where it is, since
/// OpenSSL points back to it.
class TlsSession
{
public:
    enum class Handshake { Done, Unfinished, Failed };

    /// Reads from `fd`; what OpenSSL wants to send is appended to `sealed`, in every call.
    TlsSession(SslPtr ssl, int fd, Bytes &sealed);
    ~TlsSession();
    TlsSession(const TlsSession &) = delete;
    TlsSession &operator=(const TlsSession &) = delete;

    Handshake handshake();
    /// Plaintext up to the size of `into`; less when the socket has no more for now, or at the end.
    std::size_t read(MutableByteSpan into);
    /// Seals at most MaxTlsRecord bytes as one record; false is a failure.
    bool seal(ByteSpan plaintext);
    /// Says close_notify, once; false if it was said before.
    bool sayGoodbye();

    /// The socket is known to be readable again.
    void mayRead() { m_socketEmpty = false; }
    /// The peer said close_notify.
    [[nodiscard]] bool ended() const { return m_ended; }
    /// The peer's FIN was read.
    [[nodiscard]] bool socketEnded() const { return m_socketEnded; }
    [[nodiscard]] const std::optional<Error> &failure() const { return m_failure; }
    /// Gives the SSL away; the session is of no use afterwards.
    SslPtr release();

private:
    friend struct TlsBio;

    bool fail(const char *what, int code);

    SslPtr m_ssl;
    int m_fd;
    Bytes &m_sealed;
    std::optional<Error> m_failure;
    int m_socketError = 0;      ///< errno of recv
    bool m_socketEmpty = false; ///< the last recv took all there was
    bool m_socketEnded = false;
    bool m_ended = false;
};

} // namespace higgs
