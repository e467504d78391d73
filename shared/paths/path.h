// SPDX-License-Identifier: GPL-3.0-or-later
// One way of a session's datagrams to its other end, whatever carries them: batches both ways, and
// one signal for its life.
#pragma once

#include "shared/base/datagram.h"
#include "shared/base/result.h"
#include "shared/paths/path_change.h"
#include "shared/protocol/path_reason.h"
#include "shared/protocol/relay_message.h"

#include <QObject>

namespace higgs {

/// For one connection: when it has closed, another is made. As a sink it sends to the other end,
/// and drops what comes while it is not open. Lives on the thread of its EpollSet.
class Path : public QObject, public DatagramSink
{
    Q_OBJECT

public:
    /// Of the way in use, which may become another one; reasonChanged() says so.
    [[nodiscard]] virtual protocol::PathType type() const = 0;
    /// changed() to Open or Closed follows, never from inside this call.
    virtual void open() = 0;
    /// Ends the session for both ends; what is queued is still sent, then changed() to Closed
    /// follows. A path that is deleted instead leaves the session to be taken up again.
    virtual void close() = 0;
    /// Datagrams from the other end go there; null drops them. It must outlive the path or be
    /// replaced before it dies.
    virtual void setReceiver(DatagramSink *receiver) = 0;
    /// Nobody uses it any more, and it dies from the event loop: it takes itself out of whatever
    /// may die before that.
    virtual void detach() {}
    /// More than its type and its phase say: of a way that stands, which; of one that was not
    /// found, why.
    [[nodiscard]] virtual std::optional<protocol::PathReason> reason() const
    {
        return std::nullopt;
    }
    /// What of it fails, and nobody at either end can mend; null: nothing.
    [[nodiscard]] virtual std::optional<Error> fault() const { return std::nullopt; }
    /// Of those given to take(): datagrams that it let go.
    [[nodiscard]] virtual std::uint64_t dropped() const { return 0; }
    /// The network changed: whether it still stands is found out at once, with little patience.
    virtual void hurry() {}
    /// The world went on without us for a while: it carries nothing until it has proved itself
    /// anew.
    virtual void woke() {}
    /// Of the path that carries: datagrams of the other end came by another one. From inside their
    /// arrival, so that what follows from it comes from the event loop.
    virtual void cameByAnother() {}

    // The ends of a session tell each other where they are by one of its paths (WIRE.md, Relay).
    /// Of the path that carries it: to the other end.
    virtual void tell(const protocol::RelayControl & /*control*/) {}
    /// Of all others: from the other end.
    virtual void hear(const protocol::RelayControl & /*control*/) {}
    /// The other end hears us from now on, and nothing of what was told before.
    virtual void tellAnew() {}

Q_SIGNALS:
    void wantsToTell(const higgs::protocol::RelayControl &control);
    void told(const higgs::protocol::RelayControl &control);
    /// The same phase, for another reason or by another type of way.
    void reasonChanged();
    /// Of a relay: nothing comes from it for longer than it should be, and nor does an answer to
    /// the question whether it is there. It may be slow, or gone without a word.
    void quiet();
    void silent();
    /// Each phase after Opening. The path may be deleted here, by deleteLater().
    void changed(const higgs::PathChange &change);

protected:
    Path() = default;
};

} // namespace higgs
