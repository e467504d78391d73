// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/host_resolver.h"

#include <QHostAddress>
#include <QHostInfo>
#include <QPromise>
#include <algorithm>
#include <memory>

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

QFuture<Addresses> resolveHost(const std::string &host)
{
    const auto promise = std::make_shared<QPromise<Addresses>>();
    promise->start();
    QFuture<Addresses> future = promise->future();
    if (const Result<IpAddress> literal = IpAddress::parse(host); literal) {
        promise->addResult(Addresses(std::vector{*literal}));
        promise->finish();
        return future;
    }
    QHostInfo::lookupHost(QString::fromStdString(host), [promise](const QHostInfo &info) {
        promise->addResult(addressesOf(info));
        promise->finish();
    });
    return future;
}

} // namespace higgs
