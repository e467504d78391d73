// SPDX-License-Identifier: GPL-3.0-or-later
// What happens by the clock: expiry, offline nodes, metrics to the storage, the storage's health,
// and what an administrator changed in it meanwhile.
#pragma once

#include "server/api/api_core.h"
#include "server/api/signal_links.h"
#include "server/services/background_writes.h"

namespace higgs::server {

class Upkeep : public QObject
{
    Q_OBJECT

public:
    static constexpr Milliseconds ExpiryInterval = Seconds(1);
    static constexpr Milliseconds ProbeInterval = Seconds(2);
    static constexpr Milliseconds FlushInterval = Seconds(60);
    static constexpr Milliseconds SweepInterval = std::chrono::minutes(5);

    Upkeep(ApiCore &core, SignalLinks &links, QObject *parent = nullptr);

    /// With what the storage remembers in place.
    void start(std::int64_t adminRevision);
    /// Writes what is gathered in memory, at the end of the program; flushed() when the storage
    /// has done all that it was ever asked for.
    void flushAll();
    /// Reads from the storage what an administrator has changed; `then` when it is in force, or
    /// when the storage has failed and will be read later.
    void takeUpAdministration(std::function<void()> then);

    /// For as long as the settings say, from now on.
    void keepJournal();
    /// The state is there now, and the storage with it.
    void takenUp(std::int64_t adminRevision);

    /// Times since the start that the storage went away.
    [[nodiscard]] std::uint64_t storageOutages() const { return m_storageOutages; }
    /// Of the latest probe of the storage that came back.
    [[nodiscard]] std::optional<std::chrono::duration<double>> probeTook() const
    {
        return m_probeTook;
    }

Q_SIGNALS:
    void flushed();
    /// The storage answers, and the server has not taken up its state yet.
    void stateWanted();

private:
    void expire();
    /// Sessions whose clients crashed must not keep a full node full until they expire.
    void endAbandoned(BootTime now);
    std::size_t endAbandonedOn(const NodeId &node, BootTime before);
    void forgetNodes(BootTime now);
    /// What is written down of live sessions follows a wall clock that was set.
    void followWallClock();
    void probe();
    void probed(const Result<std::int64_t> &revision);
    void setStorageUp(bool up, const std::string &why);
    void flush();
    void sweep();
    /// Of nodes that are there no more: nothing is kept of them.
    void dropUnknown(std::vector<MetricsRecord> &minutes) const;
    void readAdministration(std::function<void()> then = [] {});
    void administrationRead(const StoredState &stored, BootTime asked);
    void setApproved(const NodeId &node, bool approved);
    void nodeRemoved(const NodeId &node);
    /// Ends the sessions of keys that are there no more, or are others now.
    void endRevoked(const std::vector<AccessKeyRecord> &before);
    void endExpiredKeys();
    void endNodesOfLostKeys();
    void writeKeyUses();
    void enforceBans();
    void cutOff(const NodeId &node, std::string_view reason);

    ServerState &m_state;
    SignalLinks &m_links;
    BackgroundWrites m_writes;
    QTimer m_expiry;
    QTimer m_probe;
    QTimer m_flush;
    QTimer m_sweep;
    std::int64_t m_adminRevision = 0;
    Milliseconds m_clockOffset{0};
    BootTime m_abandonedUntil;            ///< who left until then has been looked at
    std::vector<NodeId> m_abandonedLater; ///< nodes with sessions that another server may end
    int m_flushesLeft = 0;
    WallTime m_keysExpiredUntil; ///< whose sessions have ended
    bool m_probing = false;
    Monotonic m_probeStarted;
    std::optional<std::chrono::duration<double>> m_probeTook;
    std::uint64_t m_storageOutages = 0;
};

} // namespace higgs::server
