// SPDX-License-Identifier: GPL-3.0-or-later
// OpenSSL over a non-blocking socket: records are read straight from it, and written into a buffer
// that the caller sends, so that one send(2) carries many. No call works on for as long as the peer
// likes: each is bounded in bytes and in records.
#pragma once

#include "shared/net/tls_context.h"
#include "shared/net/tls_input.h"

#include <optional>

namespace higgs {

/// Knows nothing of epoll, queues or deadlines. Does not own the socket; stays where it is, since
/// OpenSSL points back to it.
class TlsSession
{
public:
    enum class Handshake { Done, Unfinished, Failed };

    /// Buffers of the thread's. What OpenSSL wants to send is appended to `sealed`, in every call;
    /// `fetched` is for the duration of one.
    struct Buffers
    {
        Bytes &sealed;
        Bytes &fetched;
    };

    /// Reads from `fd`.
    TlsSession(SslPtr ssl, int fd, Buffers buffers);
    ~TlsSession();
    TlsSession(const TlsSession &) = delete;
    TlsSession &operator=(const TlsSession &) = delete;

    Handshake handshake();
    /// Plaintext up to the size of `into` and of 128 records; less when the socket has no more for
    /// now, or at the end. A peer that sends more control records than data is a failure.
    std::size_t read(MutableByteSpan into);
    /// More was fetched from the socket than read() has returned: epoll does not know of it. A
    /// record whose end has not come is not more: epoll will say when it does.
    [[nodiscard]] bool holdsInput() const;
    /// What was fetched and waits for its record's end, or for its turn.
    [[nodiscard]] std::size_t kept() const { return m_input != nullptr ? m_input->kept() : 0; }
    /// Fetches up to 64 KB at a time instead of one record.
    void expectBulk() { m_bulk = true; }
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
    bool mayReadHandshake();
    bool fetch();
    bool mayControl();

    SslPtr m_ssl;
    int m_fd;
    Buffers m_buffers;
    TlsInput *m_input = nullptr; ///< goes with the SSL, wherever that goes
    std::size_t m_wanted = 0;    ///< plaintext that this call is for
    bool m_bulk = false;
    std::optional<Error> m_failure;
    const char *m_excess = nullptr; ///< what the peer did too much of
    std::size_t m_handshakeBytes = 0;
    std::uint64_t m_dataRecords = 0;
    int m_controlsLeft;
    bool m_established;         ///< the handshake is done
    int m_socketError = 0;      ///< errno of recv
    bool m_socketEmpty = false; ///< the last recv took all there was
    bool m_socketEnded = false;
    bool m_starved = false; ///< the last read ended for want of a record's end
    bool m_ended = false;
};

} // namespace higgs
