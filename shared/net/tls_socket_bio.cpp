// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/tls_socket_bio.h"

#include "shared/net/net_buffers.h"
#include "shared/net/tls_stream.h"

#include <cerrno>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace higgs {

namespace {

TlsStream *streamOf(BIO *bio)
{
    return static_cast<TlsStream *>(BIO_get_data(bio));
}

int bioRead(BIO *bio, char *into, int size)
{
    BIO_clear_retry_flags(bio);
    TlsStream *stream = streamOf(bio);
    if (stream == nullptr)
        return -1;
    bool retry = false;
    const int got = TlsSocketBio::receive(*stream, into, size, retry);
    if (retry)
        BIO_set_retry_read(bio);
    return got;
}

int bioWrite(BIO *bio, const char *bytes, int size)
{
    BIO_clear_retry_flags(bio);
    TlsStream *stream = streamOf(bio);
    return stream != nullptr ? TlsSocketBio::gather(*stream, bytes, size) : -1;
}

long bioControl(BIO *bio, int command, long, void *)
{
    if (command == BIO_CTRL_EOF) {
        const TlsStream *stream = streamOf(bio);
        return stream == nullptr || TlsSocketBio::ended(*stream) ? 1 : 0;
    }
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
}

BIO_METHOD *newMethod()
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "higgs socket");
    if (method != nullptr) {
        BIO_meth_set_read(method, bioRead);
        BIO_meth_set_write(method, bioWrite);
        BIO_meth_set_ctrl(method, bioControl);
    }
    return method;
}

} // namespace

bool TlsSocketBio::attach(ssl_st *ssl, TlsStream &stream)
{
    if (BIO *present = SSL_get_rbio(ssl)) {
        BIO_set_data(present, &stream);
        return true;
    }
    static const BIO_METHOD *const method = newMethod(); // constant once made, for the process
    BIO *bio = method != nullptr ? BIO_new(method) : nullptr;
    if (bio == nullptr)
        return false;
    BIO_set_init(bio, 1);
    BIO_set_data(bio, &stream);
    SSL_set_bio(ssl, bio, bio);
    return true;
}

void TlsSocketBio::detach(ssl_st *ssl)
{
    if (BIO *bio = SSL_get_rbio(ssl))
        BIO_set_data(bio, nullptr);
}

int TlsSocketBio::receive(TlsStream &stream, char *into, int size, bool &retry)
{
    // A short read took all there was: another would only say EAGAIN. epoll says when there is
    // more.
    if (stream.m_socketEmpty) {
        retry = true;
        return -1;
    }
    const ssize_t got = ::recv(stream.m_fd, into, static_cast<std::size_t>(size), MSG_DONTWAIT);
    if (got < 0) {
        retry = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        if (retry)
            stream.m_socketEmpty = true;
        else
            stream.m_socketError = errno;
        return -1;
    }
    stream.m_socketEnded = got == 0;
    stream.m_socketEmpty = got < size;
    return static_cast<int>(got);
}

int TlsSocketBio::gather(TlsStream &stream, const char *bytes, int size)
{
    const auto *begin = reinterpret_cast<const std::uint8_t *>(bytes);
    Bytes &sealed = stream.m_buffers.sealed;
    sealed.insert(sealed.end(), begin, begin + size);
    return size;
}

bool TlsSocketBio::ended(const TlsStream &stream)
{
    return stream.m_socketEnded;
}

} // namespace higgs
