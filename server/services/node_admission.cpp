// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/node_admission.h"

#include "server/services/timely.h"
#include "shared/base/log.h"
#include "shared/crypto/proof.h"

namespace higgs::server {

namespace {

constexpr std::uint16_t CloseNormalCode = 1000;

std::optional<AdmissionFailure> failureOf(RegistrationVerdict verdict)
{
    switch (verdict) {
    case RegistrationVerdict::InvalidProof:
        return AdmissionFailure::InvalidProof;
    case RegistrationVerdict::KeyAlreadyRegistered:
        return AdmissionFailure::KeyAlreadyRegistered;
    case RegistrationVerdict::AlreadyRegistered:
        return AdmissionFailure::AlreadyRegistered;
    case RegistrationVerdict::New:
    case RegistrationVerdict::Renewed:
    case RegistrationVerdict::NewKey:
        break;
    }
    return std::nullopt;
}

} // namespace

/// A registration between its decision and the storage's answer.
struct NodeAdmission::Admission
{
    NodeId id;
    RegistrationVerdict verdict = RegistrationVerdict::New;
    std::optional<Node> before;
    Answer answer;
};

bool NodeAdmission::needsApproval() const
{
    return m_parts.settings.nodeAccess == protocol::NodeAccess::Approve;
}

RegistrationVerdict NodeAdmission::judge(const NodeApplication &application, const PublicKey &key,
                                         const Clocks &now) const
{
    const protocol::RegisterRequest &request = application.request;
    RegistrationClaim claim;
    claim.node = request.nodeId;
    claim.key = request.publicKey;
    claim.tokenIsNodes = application.tokenIsNodes;
    if (request.proof) {
        const Node *known = m_parts.nodes.find(request.nodeId);
        const SpentProofs spent = known != nullptr ? known->spentProofs : SpentProofs();
        const bool good =
            proofIsFresh(now, request.proof->timestamp, spent) &&
            verifyRegistrationMac(m_parts.serverKey, request.nodeId, key, request.proof->timestamp,
                                  request.proof->mac, now.wall);
        claim.proof = good ? ProofState::Good : ProofState::Wrong;
    }
    return judgeRegistration(m_parts.nodes, claim);
}

void NodeAdmission::admit(const NodeApplication &application, Answer answer)
{
    const protocol::RegisterRequest &request = application.request;
    const Clocks now = clocksNow();
    const auto key = PublicKey::parse(request.publicKey.text());
    if (!key)
        return answer(AdmissionRefused{AdmissionFailure::BadKey, key.error().detail});
    if (m_parts.bans.findNode(now.boot, request.nodeId, request.publicKey) != nullptr)
        return answer(AdmissionRefused{AdmissionFailure::Banned});
    const RegistrationVerdict verdict = judge(application, *key, now);
    if (const auto failure = failureOf(verdict))
        return answer(AdmissionRefused{*failure});
    // What there was before could not be told from what is not written down yet.
    if (m_underWay.contains(request.nodeId))
        return answer(AdmissionRefused{AdmissionFailure::StorageAway,
                                       "the node's registration before is not written yet"});
    if (isKeyFull(application))
        return answer(AdmissionRefused{AdmissionFailure::KeyFull});
    const Node *known = m_parts.nodes.find(request.nodeId);
    if (known == nullptr) {
        if (const auto failure = makeRoom(application.from))
            return answer(AdmissionRefused{*failure});
    }
    const auto admission = std::make_shared<Admission>();
    admission->id = request.nodeId;
    admission->verdict = verdict;
    if (known != nullptr)
        admission->before = *known;
    admission->answer = std::move(answer);
    NodeRecord record = makeNodeRecord(now.wall, application.from, request, known, verdict,
                                       needsApproval(), randomUuid().substr(0, 8));
    record.accessKey = application.accessKey;
    m_parts.nodes.put(now.boot, record, request.metrics);
    if (request.proof)
        m_parts.nodes.acceptProof(now, record.id, record.lastProof);
    m_underWay.insert(record.id);
    m_parts.storage.claimNode(
        {record, application.homesOfKey},
        withinTime(&m_context, m_parts.settings.limits.storageAnswer,
                   [this, admission](const Result<void> &stored) { written(*admission, stored); }));
}

/// Of what this server knows; the storage decides among several. A home that renews its
/// registration takes nobody's place.
bool NodeAdmission::isKeyFull(const NodeApplication &application) const
{
    if (application.homesOfKey == 0)
        return false;
    const Node *known = m_parts.nodes.find(application.request.nodeId);
    if (known != nullptr && known->record.accessKey == application.accessKey)
        return false;
    return m_parts.nodes.homesOfKey(application.accessKey) >= application.homesOfKey;
}

std::optional<AdmissionFailure> NodeAdmission::makeRoom(const IpAddress &from)
{
    const Limits &limits = m_parts.settings.limits;
    const auto admission = m_parts.nodes.admit(from, limits.nodesOf, needsApproval());
    if (admission.room == NodeRegistry::Room::GivesWay) {
        m_parts.nodes.remove(admission.who);
        m_parts.storage.forgetNodes({admission.who},
                                    {&m_context, [this, who = admission.who](const Result<void> &) {
                                         m_parts.cluster.nodeChanged(who);
                                     }});
        log::ofPeer(log::Level::Info, "nodes", "gave way", from, {{"node", admission.who.text()}});
    }
    if (m_parts.nodes.size() >= limits.nodes)
        return AdmissionFailure::ServerFull;
    if (admission.room == NodeRegistry::Room::Full)
        return AdmissionFailure::AddressFull;
    return std::nullopt;
}

void NodeAdmission::written(Admission &admission, const Result<void> &stored)
{
    m_underWay.erase(admission.id);
    const bool isThere = m_parts.nodes.find(admission.id) != nullptr; // nobody removed it meanwhile
    if (!stored) {
        if (isThere)
            m_parts.nodes.undo(admission.id, admission.before);
        if (stored.error().code == ErrorCode::AlreadyExists)
            return admission.answer(AdmissionRefused{AdmissionFailure::KeyAlreadyRegistered});
        if (stored.error().code == ErrorCode::Forbidden)
            return admission.answer(AdmissionRefused{AdmissionFailure::KeyFull});
        restoreInStorage(admission.id);
        return admission.answer(
            AdmissionRefused{AdmissionFailure::StorageAway, stored.error().detail});
    }
    m_owed.erase(admission.id);
    m_parts.cluster.nodeChanged(admission.id);
    if (admission.verdict == RegistrationVerdict::NewKey) {
        m_parts.life.endAllOf(admission.id, CloseNormalCode, "Session closed");
        m_parts.signalling.close(admission.id, CloseNormalCode, "Replaced");
    }
    if (!isThere)
        return admission.answer(AdmissionRefused{AdmissionFailure::Banned});
    admission.answer(admitted(admission.id));
}

// By what is in memory when it is asked, so that it may be asked again at any time.
void NodeAdmission::restoreInStorage(const NodeId &id)
{
    const Stored<void> reply(&m_context, [this, id](const Result<void> &done) {
        if (!done && done.error().code == ErrorCode::Unavailable && m_owed.size() < MaxOwed)
            m_owed.insert(id);
    });
    if (const Node *node = m_parts.nodes.find(id))
        m_parts.storage.saveNode(node->record, reply);
    else
        m_parts.storage.forgetNodes({id}, reply);
}

void NodeAdmission::settle()
{
    for (std::size_t i = 0; i < MaxSettled && !m_owed.empty(); ++i) {
        const auto first = m_owed.extract(m_owed.begin());
        // One that registers anew is written by that, or taken back with it.
        if (!m_underWay.contains(first.value()))
            restoreInStorage(first.value());
    }
}

AdmittedNode NodeAdmission::admitted(const NodeId &id)
{
    const NodeRecord &record = m_parts.nodes.find(id)->record;
    const Clocks now = clocksNow();
    AdmittedNode node;
    node.id = id;
    node.country = record.country;
    node.approved = record.approved;
    node.token = m_parts.tokens.issue(id, now.wall, record.tokenGeneration + '.' + randomUuid());
    // The token's own expiry has whole seconds.
    const Seconds issuedAt{now.wall.ms / 1000};
    node.expiresAt = {(issuedAt + NodeTokenLife).count() * 1000};
    m_parts.nodes.tokenIssued(id, issuedAt, now.inside(node.expiresAt));
    return node;
}

} // namespace higgs::server
