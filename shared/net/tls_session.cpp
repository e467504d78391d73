// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/tls_session.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace higgs {

namespace {

// A record beyond the first of a read costs a call into OpenSSL and a decryption, however little is
// in it: so a read is bounded in records, too. One datagram a record makes 45 of 64 KB.
constexpr int MaxRecordsPerRead = 128;
// Messages after the handshake (key updates, tickets) and records that are no data: so many before
// any data, and one more for so many records of it. An update costs 0.1 ms and 27 bytes, a ticket
// half of it, and SSL_read goes on to the next of its own accord. Those who change keys do it after
// 2^24 records; servers send two tickets. An update is both, a message and a record.
constexpr int ControlsAtOnce = 16;
constexpr int DataRecordsPerControl = 32;
// What a peer sends until it is done. Ours is asked for no certificate; theirs is a chain of them.
constexpr std::size_t MaxClientFlights = 32768;
constexpr std::size_t MaxServerFlights = 131072;
// So that no more than this of what follows the handshake is counted with it.
constexpr std::size_t HandshakeReadSize = 4096;
// One recv(2) fetches several records: 10.7 -> 4.6 s/GB for small ones. About as much as is to be
// read, as what is left is kept aside until the next read.
constexpr std::size_t FetchedBesides = 1024;
constexpr std::size_t SmallestFetch = 4096;
constexpr std::size_t RecordFetch = 16384;

} // namespace

/// OpenSSL's view of the socket.
struct TlsBio
{
    /// A BIO's own, and so an SSL's.
    struct State
    {
        TlsSession *session = nullptr;
        TlsInput input;
    };

    static State *stateOf(BIO *bio) { return static_cast<State *>(BIO_get_data(bio)); }
    static TlsSession *sessionOf(BIO *bio) { return stateOf(bio)->session; }
    static int destroy(BIO *bio)
    {
        delete stateOf(bio);
        BIO_set_data(bio, nullptr);
        return 1;
    }

    static int read(BIO *bio, char *into, int size)
    {
        BIO_clear_retry_flags(bio);
        TlsSession *session = sessionOf(bio);
        if (session == nullptr || size <= 0)
            return -1;
        TlsInput &input = *session->m_input;
        // In whole records only: OpenSSL holds none for its end to come.
        if (!input.isOpen() || (!input.hasRecord() && !session->fetch())) {
            session->m_starved = true;
            if (session->m_socketEnded)
                return 0;
            if (session->m_socketError == 0 && session->m_excess == nullptr)
                BIO_set_retry_read(bio);
            return -1;
        }
        return static_cast<int>(input.take(MutableByteSpan(reinterpret_cast<std::uint8_t *>(into),
                                                           static_cast<std::size_t>(size))));
    }

    static int write(BIO *bio, const char *bytes, int size)
    {
        BIO_clear_retry_flags(bio);
        TlsSession *session = sessionOf(bio);
        if (session == nullptr)
            return -1;
        const auto *begin = reinterpret_cast<const std::uint8_t *>(bytes);
        Bytes &sealed = session->m_buffers.sealed;
        sealed.insert(sealed.end(), begin, begin + size);
        return size;
    }

    static long control(BIO *bio, int command, long, void *)
    {
        if (command == BIO_CTRL_EOF) {
            const TlsSession *session = sessionOf(bio);
            return session == nullptr || session->m_socketEnded ? 1 : 0;
        }
        return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
    }

    // Called for every message and every record's true type, long before SSL_read returns. The
    // shutdown is looked at after each of them: the way out of a loop inside OpenSSL.
    static void observe(int written, int, int type, const void *bytes, std::size_t size, SSL *ssl,
                        void *argument)
    {
        const bool control =
            type == SSL3_RT_HANDSHAKE ||
            (type == SSL3_RT_INNER_CONTENT_TYPE && size == 1 &&
             *static_cast<const std::uint8_t *>(bytes) != SSL3_RT_APPLICATION_DATA);
        if (written == 0 && control && argument != nullptr &&
            !static_cast<TlsSession *>(argument)->mayControl())
            SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
    }

    static BIO_METHOD *newMethod()
    {
        BIO_METHOD *method =
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "higgs socket");
        if (method != nullptr) {
            BIO_meth_set_read(method, read);
            BIO_meth_set_write(method, write);
            BIO_meth_set_ctrl(method, control);
            BIO_meth_set_destroy(method, destroy);
        }
        return method;
    }

    static bool attach(ssl_st *ssl, TlsSession *session)
    {
        SSL_set_msg_callback(ssl, session != nullptr ? observe : nullptr);
        SSL_set_msg_callback_arg(ssl, session);
        if (BIO *present = SSL_get_rbio(ssl)) {
            stateOf(present)->session = session;
            return true;
        }
        static const BIO_METHOD *const method = newMethod(); // constant once made
        BIO *bio = method != nullptr ? BIO_new(method) : nullptr;
        if (bio == nullptr)
            return false;
        auto state = std::make_unique<State>();
        state->session = session;
        BIO_set_data(bio, state.release());
        BIO_set_init(bio, 1);
        SSL_set_bio(ssl, bio, bio);
        return true;
    }
};

TlsSession::TlsSession(SslPtr ssl, int fd, Buffers buffers)
    : m_ssl(std::move(ssl)),
      m_fd(fd),
      m_buffers(buffers),
      m_controlsLeft(ControlsAtOnce),
      m_established(SSL_is_init_finished(m_ssl.get()) == 1)
{
    if (TlsBio::attach(m_ssl.get(), this))
        m_input = &TlsBio::stateOf(SSL_get_rbio(m_ssl.get()))->input;
    else
        m_failure = Error{ErrorCode::Internal, takeOpensslErrors()};
}

TlsSession::~TlsSession() = default;

TlsSession::Handshake TlsSession::handshake()
{
    ERR_clear_error();
    m_input->begin(m_buffers.fetched);
    const int ok = SSL_do_handshake(m_ssl.get());
    m_input->end();
    if (ok == 1) {
        m_established = true;
        return Handshake::Done;
    }
    if (!fail("TLS handshake", SSL_get_error(m_ssl.get(), ok)) && !m_ended)
        return Handshake::Unfinished;
    if (!m_failure)
        m_failure = Error{ErrorCode::Network, "TLS handshake: the peer closed the connection"};
    return Handshake::Failed;
}

/// Bounds what a handshake may bring; false, and a failure, when that was enough.
bool TlsSession::mayReadHandshake()
{
    const bool server = SSL_is_server(m_ssl.get()) == 1;
    if (m_handshakeBytes <= (server ? MaxClientFlights : MaxServerFlights))
        return true;
    m_excess = "a handshake that does not end";
    return false;
}

/// From the socket, until there is a whole record; false when there is none for now or for good.
bool TlsSession::fetch()
{
    while (!m_input->hasRecord()) {
        // A short read took all there was: another would only say EAGAIN, and epoll says when
        // there is more.
        if (m_socketEmpty || m_socketEnded || (!m_established && !mayReadHandshake()))
            return false;
        const std::size_t most = !m_established ? HandshakeReadSize
                                 : m_bulk       ? std::max(m_wanted + FetchedBesides, SmallestFetch)
                                                : RecordFetch;
        const MutableByteSpan room = m_input->room(most);
        const ssize_t got = ::recv(m_fd, room.data(), room.size(), MSG_DONTWAIT);
        if (got <= 0) {
            m_socketEnded = got == 0;
            m_socketEmpty = true;
            if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
                m_socketError = errno;
            return false;
        }
        const auto count = static_cast<std::size_t>(got);
        m_socketEmpty = count < room.size();
        m_handshakeBytes += m_established ? 0 : count;
        m_input->fetched(count);
    }
    return true;
}

/// A message or a record came that is no data: false, and a failure, if it is one too many.
bool TlsSession::mayControl()
{
    if (!m_established)
        return true;
    if (--m_controlsLeft >= 0)
        return true;
    m_excess = "more key updates and alerts than data";
    return false;
}

bool TlsSession::holdsInput() const
{
    return !m_starved && (m_input->kept() > 0 || SSL_has_pending(m_ssl.get()) == 1);
}

std::size_t TlsSession::read(MutableByteSpan into)
{
    std::size_t total = 0;
    m_starved = false;
    m_wanted = into.size();
    m_input->begin(m_buffers.fetched);
    ERR_clear_error();
    for (int records = 0; total < into.size() && records < MaxRecordsPerRead; ++records) {
        std::size_t got = 0;
        const int ok = SSL_read_ex(m_ssl.get(), into.data() + total, into.size() - total, &got);
        if (ok != 1) {
            // WANT_READ is said after a key update, too, whatever may follow it.
            fail("receive", SSL_get_error(m_ssl.get(), ok));
            break;
        }
        total += got;
        if (++m_dataRecords % DataRecordsPerControl == 0)
            m_controlsLeft = std::min(m_controlsLeft + 1, ControlsAtOnce);
    }
    m_input->end();
    return total;
}

bool TlsSession::seal(ByteSpan plaintext)
{
    std::size_t written = 0;
    ERR_clear_error();
    // The BIO takes everything, so that a record is never written in part.
    if (SSL_write_ex(m_ssl.get(), plaintext.data(), plaintext.size(), &written) == 1 &&
        written == plaintext.size())
        return true;
    m_failure = tlsError(m_ssl.get(), "send");
    return false;
}

bool TlsSession::sayGoodbye()
{
    if ((SSL_get_shutdown(m_ssl.get()) & SSL_SENT_SHUTDOWN) != 0)
        return false;
    ERR_clear_error();
    SSL_shutdown(m_ssl.get());
    return true;
}

SslPtr TlsSession::release()
{
    TlsBio::attach(m_ssl.get(), nullptr);
    m_input = nullptr;
    return std::move(m_ssl);
}

/// Sorts out SSL_get_error's `code`: true if it is a failure.
bool TlsSession::fail(const char *what, int code)
{
    if (m_excess != nullptr) {
        m_failure = Error{ErrorCode::Malformed, std::string(what) + ": " + m_excess};
        return true;
    }
    if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE)
        return false;
    if (code == SSL_ERROR_ZERO_RETURN) {
        m_ended = true;
        return false;
    }
    if (m_socketError != 0) {
        m_failure =
            Error{ErrorCode::Network, std::string(what) + ": " + std::strerror(m_socketError)};
        return true;
    }
    m_failure = tlsError(m_ssl.get(), what);
    if (m_socketEnded && m_failure->code != ErrorCode::Untrusted)
        m_failure->detail = std::string(what) + ": the peer closed without close_notify";
    return true;
}

} // namespace higgs
