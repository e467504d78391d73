// SPDX-License-Identifier: GPL-3.0-or-later
// An established TLS connection on its way from one stream, thread or owner to another.
#pragma once

#include "shared/base/endpoint.h"
#include "shared/net/connection_place.h"
#include "shared/net/tls_context.h"

namespace higgs {

/// Nothing of it belongs to an EpollSet, so it may go to another thread. Dropping it closes the
/// socket.
struct TlsConnection
{
    TlsConnection() = default;
    TlsConnection(TlsConnection &&other) noexcept;
    TlsConnection &operator=(TlsConnection &&other) noexcept;
    ~TlsConnection();

    int fd = -1;
    SslPtr ssl;
    Bytes leftover; ///< plaintext that came and was not consumed
    Bytes unsent;   ///< ciphertext that the socket did not take yet
    Endpoint peer;
    std::unique_ptr<ConnectionPlace> place; ///< what it was accepted on; null if it was dialed
};

} // namespace higgs
