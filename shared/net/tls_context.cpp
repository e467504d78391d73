// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/tls_context.h"

#include "shared/base/endpoint.h"
#include "shared/base/regular_file.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace higgs {

namespace {

// Both ends, by name: what OpenSSL offers of its own accord includes finite fields, of which a
// share of 1.1 KB (ffdhe8192) costs 165 ms where X25519 costs 1 ms.
constexpr char KeyExchangeGroups[] = "X25519:P-256";

std::string fingerprintStart(const CertificateFingerprint &fingerprint)
{
    return toHex(ByteSpan(fingerprint).first(8));
}

Result<CertificateFingerprint> fingerprintOf(X509 *certificate)
{
    CertificateFingerprint digest{};
    unsigned size = 0;
    if (certificate == nullptr ||
        X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1 || size != digest.size())
        return unexpected(ErrorCode::Untrusted, "no certificate");
    return digest;
}

std::string timeText(const std::tm &parts)
{
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &parts)};
}

// OpenSSL's replacement for chain and name checks: the leaf is the pinned one, or it is nothing.
int verifyPin(X509_STORE_CTX *store, void *argument)
{
    const auto &pin = *static_cast<const CertificateFingerprint *>(argument);
    const Result<CertificateFingerprint> seen = fingerprintOf(X509_STORE_CTX_get0_cert(store));
    if (seen && *seen == pin) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    const std::string theirs = seen ? fingerprintStart(*seen) : "none";
    ERR_raise_data(ERR_LIB_USER, 1, "certificate SHA-256 begins %s, pinned is %s", theirs.c_str(),
                   fingerprintStart(pin).c_str());
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

std::string dayOf(const ASN1_TIME *time)
{
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? timeText(parts) : std::string("?");
}

bool isAboutDates(long verdict)
{
    return verdict == X509_V_ERR_CERT_NOT_YET_VALID || verdict == X509_V_ERR_CERT_HAS_EXPIRED;
}

// Says what the verdict alone does not: whose fault it is, the certificate's or the clock's.
int explainDates(int good, X509_STORE_CTX *store)
{
    const X509 *certificate = X509_STORE_CTX_get_current_cert(store);
    if (good == 1 || certificate == nullptr || !isAboutDates(X509_STORE_CTX_get_error(store)))
        return good;
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    ERR_raise_data(ERR_LIB_USER, 1,
                   "it is valid from %s to %s UTC, and this machine's clock says %s",
                   dayOf(X509_get0_notBefore(certificate)).c_str(),
                   dayOf(X509_get0_notAfter(certificate)).c_str(), timeText(parts).c_str());
    return good;
}

void freePin(void *, void *pin, CRYPTO_EX_DATA *, int, long, void *)
{
    delete static_cast<CertificateFingerprint *>(pin);
}

int pinIndex()
{
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, freePin);
    return index;
}

SslCtxPtr newContext(const SSL_METHOD *method)
{
    SslCtxPtr ctx(SSL_CTX_new(method));
    if (!ctx)
        return ctx;
    SSL_CTX_set_min_proto_version(ctx.get(), TLS1_3_VERSION);
    SSL_CTX_set_mode(ctx.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_clear_mode(ctx.get(), SSL_MODE_AUTO_RETRY);
    if (SSL_CTX_set1_groups_list(ctx.get(), KeyExchangeGroups) != 1)
        ctx.reset();
    SSL_CTX_set_session_cache_mode(ctx.get(), SSL_SESS_CACHE_OFF);
    return ctx;
}

Result<SslCtxPtr> serverContext(const std::string &certFile, const std::string &keyFile)
{
    ERR_clear_error();
    SslCtxPtr ctx = newContext(TLS_server_method());
    if (!ctx)
        return unexpected(ErrorCode::Internal, takeOpensslErrors());
    // OpenSSL would wait for a pipe's writer.
    for (const std::string &file : {certFile, keyFile}) {
        if (const Result<void> regular = requireRegularFile(file); !regular)
            return unexpected(ErrorCode::InvalidArgument, regular.error().detail);
    }
    SSL_CTX_set_num_tickets(ctx.get(), 0); // nobody resumes; each costs a record and memory
    if (SSL_CTX_use_certificate_chain_file(ctx.get(), certFile.c_str()) != 1)
        return unexpected(ErrorCode::InvalidArgument,
                          "certificate " + certFile + ": " + takeOpensslErrors());
    if (SSL_CTX_use_PrivateKey_file(ctx.get(), keyFile.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ctx.get()) != 1)
        return unexpected(ErrorCode::InvalidArgument,
                          "private key " + keyFile + ": " + takeOpensslErrors());
    return ctx;
}

} // namespace

void SslCtxFree::operator()(ssl_ctx_st *ctx) const
{
    SSL_CTX_free(ctx);
}

void SslFree::operator()(ssl_st *ssl) const
{
    SSL_free(ssl);
}

TlsContext::TlsContext(Role role, SslCtxPtr ctx, bool pinned)
    : m_role(role), m_ctx(std::move(ctx)), m_pinned(pinned)
{}

TlsContext::TlsContext(TlsContext &&) noexcept = default;
TlsContext &TlsContext::operator=(TlsContext &&) noexcept = default;
TlsContext::~TlsContext() = default;

Result<TlsContext> TlsContext::server(const std::string &certFile, const std::string &keyFile)
{
    Result<SslCtxPtr> ctx = serverContext(certFile, keyFile);
    if (!ctx)
        return unexpected(ctx.error());
    return TlsContext(Role::Server, std::move(*ctx), false);
}

Result<TlsContext> TlsContext::client(const ServerTrust &trust, Least least)
{
    ERR_clear_error();
    SslCtxPtr ctx = newContext(TLS_client_method());
    if (!ctx)
        return unexpected(ErrorCode::Internal, takeOpensslErrors());
    if (least == Least::Tls12) {
        SSL_CTX_set_min_proto_version(ctx.get(), TLS1_2_VERSION);
        SSL_CTX_set_options(ctx.get(), SSL_OP_NO_RENEGOTIATION);
    }
    SSL_CTX_set_verify(ctx.get(), SSL_VERIFY_PEER, explainDates);
    if (trust.pin) {
        auto pin = std::make_unique<CertificateFingerprint>(*trust.pin);
        SSL_CTX_set_cert_verify_callback(ctx.get(), verifyPin, pin.get());
        // Owned by the SSL_CTX, which connections keep alive beyond this object.
        if (SSL_CTX_set_ex_data(ctx.get(), pinIndex(), pin.get()) != 1)
            return unexpected(ErrorCode::Internal, takeOpensslErrors());
        static_cast<void>(pin.release());
    } else if (trust.caFile.empty()) {
        SSL_CTX_set_default_verify_paths(ctx.get());
    } else {
        if (SSL_CTX_load_verify_file(ctx.get(), trust.caFile.c_str()) != 1)
            return unexpected(ErrorCode::InvalidArgument,
                              "CA file " + trust.caFile + ": " + takeOpensslErrors());
        // Somebody who names a file trusts what is in it, be it a root, an intermediate or a leaf.
        X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx.get()), X509_V_FLAG_PARTIAL_CHAIN);
    }
    return TlsContext(Role::Client, std::move(ctx), trust.pin.has_value());
}

TlsContext TlsContext::share() const
{
    SSL_CTX_up_ref(m_ctx.get());
    return TlsContext(m_role, SslCtxPtr(m_ctx.get()), m_pinned);
}

CertificateFingerprint TlsContext::fingerprint() const
{
    return fingerprintOf(SSL_CTX_get0_certificate(m_ctx.get())).value_or(CertificateFingerprint{});
}

Result<SslPtr> TlsContext::newSession(const std::string &serverName) const
{
    ERR_clear_error();
    SslPtr ssl(SSL_new(m_ctx.get()));
    if (!ssl)
        return unexpected(ErrorCode::Internal, takeOpensslErrors());
    if (m_role == Role::Server) {
        SSL_set_accept_state(ssl.get());
        return ssl;
    }
    SSL_set_connect_state(ssl.get());
    const bool isAddress = IpAddress::parse(serverName).has_value();
    if (!isAddress && !serverName.empty() &&
        SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char *>(serverName.c_str())) != 1)
        return unexpected(ErrorCode::InvalidArgument, "server name " + serverName);
    if (!m_pinned) {
        X509_VERIFY_PARAM *param = SSL_get0_param(ssl.get());
        X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        const int ok = isAddress ? X509_VERIFY_PARAM_set1_ip_asc(param, serverName.c_str())
                                 : X509_VERIFY_PARAM_set1_host(param, serverName.c_str(), 0);
        // An empty name would switch the check off.
        if (ok != 1 || serverName.empty())
            return unexpected(ErrorCode::InvalidArgument, "server name \"" + serverName + "\"");
    }
    return ssl;
}

std::string takeOpensslErrors()
{
    std::string text;
    const char *detail = nullptr;
    int flags = 0;
    while (const unsigned long code =
               ERR_get_error_all(nullptr, nullptr, nullptr, &detail, &flags)) {
        if (text.size() > 400)
            continue;
        const char *reason = ERR_reason_error_string(code);
        const bool hasDetail = (flags & ERR_TXT_STRING) != 0 && *detail != '\0';
        if (!text.empty())
            text += "; ";
        if (reason != nullptr)
            text += reason;
        if (hasDetail)
            text += (reason != nullptr ? std::string(": ") : std::string()) + detail;
    }
    return text.empty() ? "unknown TLS error" : text;
}

Error tlsError(ssl_st *ssl, const char *what)
{
    std::string text = takeOpensslErrors();
    const long verdict = SSL_get_verify_result(ssl);
    if (SSL_is_server(ssl) == 0 && verdict != X509_V_OK) {
        std::string detail = X509_verify_cert_error_string(verdict);
        if (isAboutDates(verdict))
            return {ErrorCode::NotValidNow, "the server's " + detail + ": " + text};
        return {ErrorCode::Untrusted, "server not trusted: " + detail + " (" + text + ")"};
    }
    return {ErrorCode::Network, std::string(what) + ": " + text};
}

} // namespace higgs
