// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/raw_tls.h"

#include <algorithm>
#include <array>
#include <sys/socket.h>
#include <unistd.h>

namespace higgs::test {

RawTls::RawTls(int fd, const std::string &certFile, const std::string &keyFile)
    : m_fd(fd),
      m_context(SSL_CTX_new(certFile.empty() ? TLS_client_method() : TLS_server_method())),
      m_ssl(nullptr),
      m_in(BIO_new(BIO_s_mem())),
      m_out(BIO_new(BIO_s_mem()))
{
    if (!certFile.empty()) {
        SSL_CTX_use_certificate_chain_file(m_context, certFile.c_str());
        SSL_CTX_use_PrivateKey_file(m_context, keyFile.c_str(), SSL_FILETYPE_PEM);
    }
    m_ssl = SSL_new(m_context);
    SSL_set_bio(m_ssl, m_in, m_out);
    if (certFile.empty())
        SSL_set_connect_state(m_ssl);
    else
        SSL_set_accept_state(m_ssl);
}

RawTls::~RawTls()
{
    SSL_free(m_ssl);
    SSL_CTX_free(m_context);
    ::close(m_fd);
}

bool RawTls::handshake()
{
    pull();
    const bool done = SSL_do_handshake(m_ssl) == 1;
    flush();
    return done;
}

void RawTls::keyUpdates(int count, bool requested)
{
    for (int i = 0; i < count; ++i) {
        SSL_key_update(m_ssl, requested ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED);
        SSL_do_handshake(m_ssl);
    }
}

void RawTls::records(int count, std::size_t size)
{
    const std::string data(size, 'x');
    for (int i = 0; i < count; ++i)
        SSL_write(m_ssl, data.data(), static_cast<int>(size));
}

bool RawTls::flush(std::size_t kept)
{
    std::array<char, 65536> buffer{};
    int got = 0;
    while ((got = BIO_read(m_out, buffer.data(), static_cast<int>(buffer.size()))) > 0)
        m_unsent.append(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t due = m_unsent.size() - std::min(kept, m_unsent.size());
    const ssize_t sent = ::send(m_fd, m_unsent.data(), due, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0)
        m_unsent.erase(0, static_cast<std::size_t>(sent));
    return m_unsent.size() <= kept;
}

void RawTls::pull()
{
    std::array<char, 65536> buffer{};
    const ssize_t got = ::recv(m_fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0)
        BIO_write(m_in, buffer.data(), static_cast<int>(got));
}

} // namespace higgs::test
