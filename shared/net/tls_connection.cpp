// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/tls_connection.h"

#include <unistd.h>
#include <utility>

namespace higgs {

TlsConnection::TlsConnection(TlsConnection &&other) noexcept
    : fd(std::exchange(other.fd, -1)),
      ssl(std::move(other.ssl)),
      leftover(std::move(other.leftover)),
      unsent(std::move(other.unsent)),
      peer(other.peer),
      place(std::move(other.place))
{}

TlsConnection &TlsConnection::operator=(TlsConnection &&other) noexcept
{
    if (this != &other) {
        if (fd >= 0)
            ::close(fd);
        fd = std::exchange(other.fd, -1);
        ssl = std::move(other.ssl);
        leftover = std::move(other.leftover);
        unsent = std::move(other.unsent);
        peer = other.peer;
        place = std::move(other.place);
    }
    return *this;
}

TlsConnection::~TlsConnection()
{
    if (fd >= 0)
        ::close(fd);
}

} // namespace higgs
