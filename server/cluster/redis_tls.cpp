// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cluster/redis_tls.h"

#include "shared/base/endpoint.h"

#include <array>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace higgs::server {

namespace {

std::string lastFault()
{
    const unsigned long code = ERR_peek_last_error();
    std::array<char, 200> text{};
    ERR_error_string_n(code, text.data(), text.size());
    ERR_clear_error();
    return code == 0 ? "no reason given" : text.data();
}

Unexpected unusable(const std::string &file)
{
    return unexpected(ErrorCode::InvalidArgument,
                      "TLS to Redis: cannot use " + file + ": " + lastFault());
}

Result<void> readFiles(SSL_CTX *context, const RedisUrl &url)
{
    const int trusts = url.caFile.empty() ? SSL_CTX_set_default_verify_paths(context)
                                          : SSL_CTX_load_verify_file(context, url.caFile.c_str());
    if (trusts != 1)
        return unusable(url.caFile.empty() ? "the system's authorities" : url.caFile);
    if (url.certFile.empty())
        return {};
    if (SSL_CTX_use_certificate_chain_file(context, url.certFile.c_str()) != 1)
        return unusable(url.certFile);
    if (SSL_CTX_use_PrivateKey_file(context, url.keyFile.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        return unusable(url.keyFile);
    return {};
}

/// What the certificate has to be for.
bool expect(SSL *ssl, const std::string &host)
{
    if (IpAddress::parse(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    // SSL_set_tlsext_host_name() is a macro with a cast in it.
    return SSL_set1_host(ssl, host.c_str()) == 1 &&
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    const_cast<char *>(host.c_str())) == 1;
}

} // namespace

struct RedisTls::Session
{
    Session() = default;
    ~Session()
    {
        SSL_free(ssl);
        SSL_CTX_free(context);
    }
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;

    SSL_CTX *context = nullptr;
    SSL *ssl = nullptr;
};

RedisTls::RedisTls(std::unique_ptr<Session> session) : m_session(std::move(session)) {}
RedisTls::~RedisTls() = default;

Result<std::unique_ptr<RedisTls>> RedisTls::begin(const RedisUrl &url, int fd)
{
    ERR_clear_error();
    auto session = std::make_unique<Session>();
    session->context = SSL_CTX_new(TLS_client_method());
    if (session->context == nullptr ||
        SSL_CTX_set_min_proto_version(session->context, TLS1_2_VERSION) != 1)
        return unexpected(ErrorCode::System, "TLS to Redis: " + lastFault());
    SSL_CTX_set_verify(session->context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(session->context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (const auto read = readFiles(session->context, url); !read)
        return unexpected(read.error());
    session->ssl = SSL_new(session->context);
    if (session->ssl == nullptr || SSL_set_fd(session->ssl, fd) != 1 ||
        !expect(session->ssl, url.host))
        return unexpected(ErrorCode::System, "TLS to Redis: " + lastFault());
    SSL_set_connect_state(session->ssl);
    return std::unique_ptr<RedisTls>(new RedisTls(std::move(session)));
}

Result<void> RedisTls::judge(int outcome)
{
    const int why = SSL_get_error(m_session->ssl, outcome);
    m_wantsToWrite = why == SSL_ERROR_WANT_WRITE;
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
        return {};
    const long verdict = SSL_get_verify_result(m_session->ssl);
    if (verdict != X509_V_OK) {
        ERR_clear_error();
        return unexpected(ErrorCode::Untrusted, std::string("Redis' certificate is not trusted: ") +
                                                    X509_verify_cert_error_string(verdict));
    }
    return unexpected(ErrorCode::Network, "TLS to Redis: " + lastFault());
}

Result<bool> RedisTls::handshake()
{
    ERR_clear_error();
    const int outcome = SSL_do_handshake(m_session->ssl);
    m_wantsToWrite = false;
    if (outcome == 1)
        return true;
    if (const auto waits = judge(outcome); !waits)
        return unexpected(waits.error());
    return false;
}

Result<std::optional<std::size_t>> RedisTls::read(MutableByteSpan into)
{
    ERR_clear_error();
    std::size_t got = 0;
    const int outcome = SSL_read_ex(m_session->ssl, into.data(), into.size(), &got);
    if (outcome == 1)
        return std::optional(got);
    if (SSL_get_error(m_session->ssl, outcome) == SSL_ERROR_ZERO_RETURN)
        return std::optional(std::size_t{0});
    if (const auto waits = judge(outcome); !waits)
        return unexpected(waits.error());
    return std::optional<std::size_t>();
}

Result<std::size_t> RedisTls::write(ByteSpan bytes)
{
    ERR_clear_error();
    std::size_t sent = 0;
    const int outcome = SSL_write_ex(m_session->ssl, bytes.data(), bytes.size(), &sent);
    m_wantsToWrite = false;
    if (outcome == 1)
        return sent;
    if (const auto waits = judge(outcome); !waits)
        return unexpected(waits.error());
    return std::size_t{0};
}

} // namespace higgs::server
