// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/host_resolver.h"

#include <QHostAddress>
#include <QHostInfo>
#include <algorithm>

namespace higgs {

namespace {

using Addresses = Result<std::vector<IpAddress>>;

Addresses addressesOf(const QHostInfo &info)
{
    if (info.error() != QHostInfo::NoError) {
        const ErrorCode code =
            info.error() == QHostInfo::HostNotFound ? ErrorCode::NotFound : ErrorCode::Unavailable;
        return unexpected(code, info.errorString().toStdString());
    }
    std::vector<IpAddress> addresses;
    for (const QHostAddress &address : info.addresses()) {
        const Result<IpAddress> parsed = IpAddress::parse(address.toString().toStdString());
        if (parsed && addresses.size() < MaxResolvedAddresses &&
            std::find(addresses.begin(), addresses.end(), *parsed) == addresses.end())
            addresses.push_back(*parsed);
    }
    if (addresses.empty())
        return unexpected(ErrorCode::NotFound, "the name has no address");
    return addresses;
}

} // namespace

void resolveHost(const std::string &host, Reply<Addresses> reply)
{
    QObject *const context = reply.context();
    if (context == nullptr)
        return;
    if (const Result<IpAddress> literal = IpAddress::parse(host); literal) {
        reply.later(Addresses(std::vector{*literal}));
        return;
    }
    // Looked up on a thread of Qt's, which posts to the context as an event.
    QHostInfo::lookupHost(QString::fromStdString(host), context,
                          [reply](const QHostInfo &info) { reply(addressesOf(info)); });
}

} // namespace higgs
