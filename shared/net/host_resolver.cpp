// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/host_resolver.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <netdb.h>
#include <system_error>
#include <thread>

namespace higgs {

namespace {

using Addresses = Result<std::vector<IpAddress>>;

/// A resolver that does not answer holds a thread for half a minute.
constexpr unsigned MostLookups = 16;
std::atomic<unsigned> lookups{0};

/// Not by QHostInfo, which tells for a minute what it was told before: who asks again because a
/// server has moved would go where it was.
Addresses lookUp(const std::string &host)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo *list = nullptr;
    int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (failed == EAI_NODATA || failed == EAI_ADDRFAMILY) { // a line that is not up yet
        hints.ai_flags = 0;
        failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(list, &::freeaddrinfo);
    if (failed != 0) {
        const bool none = failed == EAI_NONAME || failed == EAI_NODATA || failed == EAI_ADDRFAMILY;
        return unexpected(none ? ErrorCode::NotFound : ErrorCode::Unavailable,
                          none ? "the name is not known" : ::gai_strerror(failed));
    }
    std::vector<IpAddress> addresses;
    for (const addrinfo *each = list; each != nullptr; each = each->ai_next) {
        const IpAddress address = Endpoint::fromSockaddr(each->ai_addr).address;
        if (!address.isNull() && addresses.size() < MaxResolvedAddresses &&
            std::find(addresses.begin(), addresses.end(), address) == addresses.end())
            addresses.push_back(address);
    }
    if (addresses.empty())
        return unexpected(ErrorCode::NotFound, "the name has no address");
    return addresses;
}

/// Stays on the asking thread with the reply, which no other may touch.
struct Courier : QObject
{
    explicit Courier(Reply<Addresses> given) : reply(std::move(given)) {}
    Reply<Addresses> reply;
};

} // namespace

void resolveHost(const std::string &host, Reply<Addresses> reply)
{
    if (reply.context() == nullptr)
        return;
    if (const Result<IpAddress> literal = IpAddress::parse(host); literal) {
        reply.later(Addresses(std::vector{*literal}));
        return;
    }
    if (lookups >= MostLookups) {
        reply.later(unexpected(ErrorCode::Unavailable, "the resolver does not answer"));
        return;
    }
    ++lookups;
    auto *courier = new Courier(reply);
    const auto ask = [host, courier] {
        Addresses found = lookUp(host);
        --lookups;
        QMetaObject::invokeMethod(
            courier,
            [courier, found = std::move(found)] {
                courier->reply(found);
                courier->deleteLater();
            },
            Qt::QueuedConnection);
    };
    try {
        // Nobody waits for it at the end: it may be long.
        std::thread(ask).detach();
    } catch (const std::system_error &error) {
        --lookups;
        courier->deleteLater();
        reply.later(unexpected(ErrorCode::Unavailable, error.what()));
    }
}

} // namespace higgs
