// SPDX-License-Identifier: GPL-3.0-or-later
// Shows the server a secret over each family by which this machine is reached. It tells others only
// of addresses that it has seen us at, and one connection has one family.
#pragma once

#include "shared/net/api_client.h"

#include <QObject>
#include <functional>
#include <map>
#include <memory>

namespace higgs {

/// Lives on its EpollSet's thread.
class FamilyWitness : public QObject
{
    Q_OBJECT

public:
    /// Told once, whether the server answered with a yes.
    using Done = std::function<void(bool)>;
    /// Asks the client something that shows the secret.
    using Ask = std::function<void(ApiClient &, Done)>;

    FamilyWitness(EpollSet &epoll, Ask ask, QObject *parent = nullptr);

    /// `outside`: where we are seen, in each family; `server`: how the server is asked, with all of
    /// its addresses. With one family alone, on either side, there is nothing to show, and an
    /// address that was shown is not shown again before forget(). A failure is tried again by the
    /// next call.
    void show(const std::vector<IpAddress> &outside, const ApiClientOptions &server);
    /// The server has forgotten what it saw, or the secret is another one.
    void forget();

Q_SIGNALS:
    /// The server has seen us at one more address.
    void shown();

private:
    void ask(const IpAddress &outside, ApiClientOptions server);

    EpollSet &m_epoll;
    Ask m_ask;
    std::map<IpAddress::Family, IpAddress> m_shown;
    std::map<IpAddress::Family, std::unique_ptr<ApiClient>> m_asking;
};

} // namespace higgs
