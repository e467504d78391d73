// SPDX-License-Identifier: GPL-3.0-or-later
// Where the TURN server relays from: only there may an end of a session say that it has an
// allocation, or the other end could be made to send to anybody.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/endpoint.h"

#include <QObject>
#include <QTimer>
#include <string>
#include <vector>

namespace higgs::server {

/// Lives on the control thread, and never waits there for a name.
class TurnAddresses : public QObject
{
    Q_OBJECT

public:
    TurnAddresses(const std::string &host, std::vector<IpAddress> written,
                  QObject *parent = nullptr);

    /// Those of `host`, asked for now and again; `written`, if the operator wrote some, instead.
    /// Without either there are none.
    void follow(const std::string &host, std::vector<IpAddress> written);
    [[nodiscard]] const std::vector<IpAddress> &known() const { return m_known; }

Q_SIGNALS:
    void changed();

private:
    void ask();
    void answered(const Result<std::vector<IpAddress>> &found);
    void set(std::vector<IpAddress> addresses);

    std::string m_host;
    std::uint64_t m_question = 0; ///< an answer to an earlier one comes too late
    std::vector<IpAddress> m_known;
    QTimer m_timer;
};

} // namespace higgs::server
