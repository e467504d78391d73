// SPDX-License-Identifier: GPL-3.0-or-later
// TLS as both the reference relay and the load generator set it up: 1.3, AES-256-GCM, read-ahead
// of 64 KB, buffers released when idle; the same that the relay itself uses.
#pragma once

#include <openssl/ssl.h>

namespace higgs::bench {

inline SSL_CTX *tune(SSL_CTX *context)
{
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(context, "TLS_AES_256_GCM_SHA384");
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, 65536);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    return context;
}

/// Null if the files do not load.
inline SSL_CTX *serverContext(const char *certificate, const char *key)
{
    SSL_CTX *context = tune(SSL_CTX_new(TLS_server_method()));
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        return nullptr;
    return context;
}

inline SSL_CTX *clientContext()
{
    return tune(SSL_CTX_new(TLS_client_method()));
}

} // namespace higgs::bench
