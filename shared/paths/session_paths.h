// SPDX-License-Identifier: GPL-3.0-or-later
// The paths of one session: opens them, tries them again, and shows device or lane one sink that
// stays, whatever path carries what is put into it.
#pragma once

#include "shared/base/backoff.h"
#include "shared/base/pace.h"
#include "shared/net/known_fleet.h"
#include "shared/net/named_endpoints.h"
#include "shared/paths/path.h"
#include "shared/paths/path_selector.h"

#include <QTimer>
#include <functional>
#include <memory>
#include <vector>

namespace higgs {

/// A path to one of these, which are the host's, not opened yet.
using PathMaker = std::function<std::unique_ptr<Path>(const std::string &host,
                                                      std::vector<CheckedEndpoint> endpoints)>;

/// Where the session's relay is, and what makes a path to it.
struct RelayWay
{
    std::string host; ///< as in the relay endpoint
    std::uint16_t port = 0;
    /// Its addresses that are known at the moment of asking; empty: the resolver is asked for the
    /// host at each try.
    std::function<std::vector<IpAddress>()> addresses;
    EndpointCheck check; ///< which of them may be dialled, at the moment of asking
    PathMaker make;
    /// Whose any server relays the session when this end comes there; null: this one alone does. It
    /// must outlive the paths.
    KnownFleet *fleet = nullptr;
};

/// How a session is tried again by itself that has lost its last path.
struct PathRetry
{
    Milliseconds base;
    Milliseconds cap;
    Milliseconds forgetAfter; ///< without any path: nobody knows the session any more
};

struct SessionPathsOptions
{
    RelayWay relay;
    std::optional<PathRetry> retry; ///< none: the owner decides, by resume()
    PathRules rules;
};

/// Lives on the daemon's thread. As a sink it sends by the path that carries, and drops when there
/// is none.
class SessionPaths : public QObject, public DatagramSink, private RoomWaiter
{
    Q_OBJECT

public:
    /// Of the relay, whatever the wait between two of them.
    static constexpr unsigned RetriesAtOnce = 10;
    static constexpr Milliseconds RetryInterval{2'000};

    explicit SessionPaths(SessionPathsOptions options, QObject *parent = nullptr);
    /// After close() the paths live on until they have said it.
    ~SessionPaths() override;

    /// Opens the session's paths. lost() and interrupted() may come from inside this call and the
    /// next two; opened() does not.
    void start();
    /// The same session again, after lost() or instead of paths that carry nothing any more.
    void resume();
    /// The network or the server's addresses changed: what is not open yet, or waits for its turn,
    /// is tried at once. Nothing happens while the relay stands, or after lost().
    void tryNow();
    /// Instead of resume() where the other end alone is missing: what stands stays, nothing but a
    /// path that breaks is lost(), and opened() says that the other end is back. Until resume(), or
    /// until it is over.
    void awaitPeer(bool awaits);
    /// The network changed: each path finds out at once whether it still stands.
    void hurry();
    /// The machine slept: no path is believed before it has proved itself, and the relay's
    /// connection is made anew, as the old one may be dead without a word. opened() follows, or
    /// what follows when no path is left.
    void woke();
    /// Nothing came back after a change of the network: what came by no relay is not believed
    /// before it has proved itself.
    void doubt();
    /// The relay's connection anew: the old one carries until the new one stands, and what is on
    /// its way by it still arrives. Nothing happens after lost().
    void renewRelay();
    /// The relay is another one from now on, and the one that stands about to let go: it is dialled
    /// beside it.
    void setRelay(std::string host, std::uint16_t port,
                  std::function<std::vector<IpAddress>()> addresses);
    /// Ends the session for both ends; lost(SessionOver) follows if a path was there to say it.
    void close();
    /// Tries nothing more, and says of no path and no loss, until resume().
    void stop();
    /// Opens one more way to the other end, beside the relay; resume() leaves it as it is.
    void add(std::unique_ptr<Path> path);

    /// Datagrams from the other end, by whatever path; null drops them. It must outlive this object
    /// or be replaced before it dies.
    void setReceiver(DatagramSink *receiver);
    void take(std::span<const ByteSpan> datagrams) override;
    /// Of the path that carries. Who waits is told also when another one does.
    [[nodiscard]] std::size_t room() const override;
    void whenRoom(RoomWaiter &waiter) override;

    /// Datagrams for the other end that no path took, or that one let go; of all paths ever.
    [[nodiscard]] std::uint64_t dropped() const;

    [[nodiscard]] bool carries() const { return m_inUse != nullptr; }
    /// Of the path that carries, or did last; before the first, of the one that is opened first.
    [[nodiscard]] protocol::PathType type() const { return m_type; }
    [[nodiscard]] protocol::PathReason reason() const { return m_reason; }
    /// Of the first path that has one.
    [[nodiscard]] std::optional<Error> fault() const;

Q_SIGNALS:
    /// A path carries, and none did before; not after lost(). `took`: from its first step to this.
    void opened(higgs::Milliseconds took);
    /// Another path carries, or the same one for another reason.
    void pathChanged();
    /// A connection to the relay stands: its server is there.
    void relayStands();
    /// Another connection has taken the place of the relay's.
    void relayRenewed();
    /// Nothing comes from the relay for longer than it should be.
    void relayQuiet();
    /// No path is left; it is tried again by itself.
    void interrupted();
    /// No path is left, and nothing is tried any more. Once until resume().
    void lost(const higgs::PathClose &why);

private:
    /// Takes a path's datagrams to the receiver, and tells the one in use if it is another.
    class Arrival : public DatagramSink
    {
    public:
        Arrival(SessionPaths &paths, const Path &path) : m_paths(paths), m_path(path) {}
        void take(std::span<const ByteSpan> datagrams) override;
        [[nodiscard]] std::size_t room() const override { return m_paths.m_receiver->room(); }
        void whenRoom(RoomWaiter &waiter) override { m_paths.m_receiver->whenRoom(waiter); }

    private:
        SessionPaths &m_paths;
        const Path &m_path;
    };

    struct Member
    {
        std::unique_ptr<Arrival> arrival; ///< is the path's receiver while there is one
        std::unique_ptr<Path> path;
        PathFacts facts;  ///< its type as of the last choice
        ServerPlace at{}; ///< of a relay
    };

    void wake(const std::function<bool(const PathFacts &)> &which);
    void dial();
    void openRelay(const std::vector<IpAddress> &addresses);
    [[nodiscard]] bool hasAnother() const;
    void noteEnd(const ServerPlace &at, PathClose &why);
    void leaveSilent(const Path *path);
    void relayFailed(const PathClose &why);
    void enter(std::unique_ptr<Path> path, const ServerPlace &at = {});
    void retire(std::unique_ptr<Path> path);
    void drop();
    void dropRelay();
    void dropOpeningRelay();
    void dropRelays(bool (*which)(PathPhase));
    bool leaveOtherRelays(const Path *path);
    void endLeaving();
    void changed(const Path *path, const PathChange &change);
    void closed(std::size_t place, const PathClose &close);
    void tellOthers(const Path *from, const protocol::RelayControl &control);
    void tellEnd(const protocol::RelayControl &control);
    void choose(Monotonic now);
    void use(Path *path);
    void roomAgain() override { tellRoom(); }
    void waitedLong();
    void carriesAgain(Milliseconds took);
    void endIfNoWay();
    /// The one that stands, else the one that is opened.
    [[nodiscard]] const Member *relay() const;
    [[nodiscard]] bool opens() const;
    void retryLater();
    void noneLeft(const PathClose &why);

    SessionPathsOptions m_options;
    ServerPlace m_relayAt; ///< where it was dialled last
    std::vector<Member> m_members;
    std::vector<Member> m_leaving; ///< relays that another has taken the place of; the oldest first
    DatagramSink *m_receiver = nullptr;
    Path *m_inUse = nullptr; ///< one of the members
    protocol::PathType m_type = protocol::PathType::Relay;
    protocol::PathReason m_reason = protocol::PathReason::RelayOnly;
    std::uint64_t m_attempt = 0; ///< what was asked for an earlier one is answered too late
    Backoff m_backoff;
    Pace m_retries{RetriesAtOnce, RetryInterval};
    std::optional<Monotonic> m_noneSince;
    QTimer m_retryTimer;
    QTimer m_choiceTimer;
    QTimer m_leavingTimer;       ///< since the latest of them
    std::uint64_t m_dropped = 0; ///< by none, and by those that are gone
    bool m_stopped = true;
    bool m_closing = false;
    bool m_awaitsPeer = false;
};

} // namespace higgs
