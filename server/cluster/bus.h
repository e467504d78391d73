// SPDX-License-Identifier: GPL-3.0-or-later
// By what the servers of a cluster hear of each other. It carries names and figures; what counts is
// written in the database, so that whoever can write to the bus can give nobody anything.
#pragma once

#include "shared/base/clock.h"

#include <QObject>
#include <string>

namespace higgs::server {

/// Lives on the control thread. What is published reaches every server that is there at that
/// moment, in order or not at all, and the one that published it, too.
class Bus : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    /// Nothing is heard before.
    virtual void start() = 0;
    /// Whether the others can be heard; what is published meanwhile is lost.
    [[nodiscard]] virtual bool isUp() const = 0;
    virtual void publish(std::string message) = 0;

    // Kept for whoever asks Redis, and read by no server.
    /// Until it is forgotten, or for `life`.
    virtual void keep(const std::string &key, const std::string &value, Seconds life) = 0;
    virtual void forget(const std::string &key) = 0;
    virtual void setMember(const std::string &set, const std::string &member, bool isMember) = 0;

Q_SIGNALS:
    void received(const std::string &message);
    void upChanged(bool up);
};

} // namespace higgs::server
