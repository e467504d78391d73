// SPDX-License-Identifier: GPL-3.0-or-later
// Admitting a node: whether it may register, whom it displaces, what is written down, its token,
// and how all that is taken back.
#pragma once

#include "server/cache/route_cache.h"
#include "server/services/ban_list.h"
#include "server/services/registration.h"
#include "server/services/server_settings.h"
#include "server/services/session_life.h"
#include "shared/crypto/jwt.h"
#include "shared/crypto/keys.h"

#include <unordered_set>

namespace higgs::server {

/// A node that asks to be registered.
struct NodeApplication
{
    protocol::RegisterRequest request;
    IpAddress from;
    std::string accessKey;      ///< the digest of the one that was shown; empty: none was
    std::size_t homesOfKey = 0; ///< the most that the key may have; 0: they are not counted
    bool tokenIsNodes = false;  ///< a valid token of this very node was shown
};

struct AdmittedNode
{
    NodeId id;
    protocol::CountryCode country;
    bool approved = true;
    SecretText token;
    WallTime expiresAt; ///< of the token
};

enum class AdmissionFailure {
    BadKey, ///< `detail` says why
    Banned,
    InvalidProof,
    KeyAlreadyRegistered,
    AlreadyRegistered,
    ServerFull,  ///< Limits::nodes
    AddressFull, ///< Limits::nodesOf
    KeyFull,     ///< the access key has as many homes as it may
    StorageAway, ///< it failed, or was late: all is as it was before
};

struct AdmissionRefused
{
    AdmissionFailure why = AdmissionFailure::Banned;
    std::string detail = {};
};

class NodeAdmission
{
public:
    /// All of it must outlive the service.
    struct Parts
    {
        const ServerSettings &settings;
        const NodeTokens &tokens;
        const PrivateKey &serverKey;
        NodeRegistry &nodes;
        const BanList &bans;
        SessionLife &life;
        SignalOut &signalling;
        Storage &storage;
        ClusterOut &cluster;
    };
    using Outcome = std::variant<AdmittedNode, AdmissionRefused>;
    using Answer = std::function<void(Outcome)>;

    explicit NodeAdmission(Parts parts) : m_parts(parts) {}

    /// Answers once: at once when it refuses, else when the node is written down, for
    /// Limits::storageAnswer at most.
    void admit(const NodeApplication &application, Answer answer);

    /// Whether it registers at this moment.
    [[nodiscard]] bool isUnderWay(const NodeId &node) const { return m_underWay.contains(node); }

    /// The storage is there: tells it of up to MaxSettled nodes what was taken back while it was
    /// away.
    void settle();
    static constexpr std::size_t MaxSettled = 100;
    /// More are not told again; such a node is forgotten with those that were never heard of.
    static constexpr std::size_t MaxOwed = 10'000;

private:
    struct Admission;

    [[nodiscard]] bool needsApproval() const;
    [[nodiscard]] RegistrationVerdict judge(const NodeApplication &application,
                                            const PublicKey &key, const Clocks &now) const;
    [[nodiscard]] bool isKeyFull(const NodeApplication &application) const;
    [[nodiscard]] std::optional<AdmissionFailure> makeRoom(const IpAddress &from);
    void written(Admission &admission, const Result<void> &stored);
    void takeBack(const NodeId &id, const std::optional<Node> &before);
    /// Has the storage know of the node what this server knows.
    void restoreInStorage(const NodeId &id);
    AdmittedNode admitted(const NodeId &id);

    Parts m_parts;
    std::unordered_set<NodeId> m_underWay; ///< what the storage has not answered to
    std::unordered_set<NodeId> m_owed;     ///< of whom the storage may know what was taken back
    QObject m_context;                     ///< of the storage's answers
};

} // namespace higgs::server
