// SPDX-License-Identifier: GPL-3.0-or-later
// Bans: of access keys, nodes, addresses and networks, for a time or until they are lifted.
#include "server/admin/admin_verbs.h"
#include "shared/control/plain_text.h"

namespace higgs::server {

namespace {

using protocol::Json;

constexpr std::size_t MaxReason = 200;
constexpr std::size_t MaxSubject = 64;
constexpr Seconds LongestBan{10LL * 365 * 86'400};
constexpr std::size_t BansInOneAnswer = 5000;
// Wider ones are a slip of the finger.
constexpr unsigned ShortestPrefix4 = 8;
constexpr unsigned ShortestPrefix6 = 19;

enum class Purpose { Ban, Lift };

struct BanParams
{
    std::string kind;
    std::string subject;
    std::optional<std::uint32_t> seconds; // more than the 366 days that a Seconds is read as
    std::optional<std::string> reason;
};

std::string_view nameOf(BanRecord::Kind kind)
{
    switch (kind) {
    case BanRecord::Kind::Key:
        return "key";
    case BanRecord::Kind::Node:
        return "node";
    case BanRecord::Kind::Network:
        break;
    }
    return "network";
}

Unexpected wrong(const char *text)
{
    return unexpected(ErrorCode::InvalidArgument, text);
}

/// "9.9.9.9", or "9.9.9.0/24"; as everybody's addresses are compared, unmapped. An IPv6 address is
/// its /64: who has one has them all.
Result<std::string> networkOf(const std::string &text, bool single, Purpose purpose)
{
    if (single) {
        const auto address = IpAddress::parse(text);
        if (!address)
            return wrong("an address is IPv4 or IPv6, like 9.9.9.9 or 2620:fe::9");
        return bannedWith(*address).toString();
    }
    const auto network = IpPrefix::parse(text);
    if (!network || network->address.isV4Mapped())
        return wrong(
            "a network is like 9.9.9.0/24 or 2620:fe::/48, with no bits beyond its length");
    // What could never be banned can be asked about: it is not banned.
    if (purpose == Purpose::Ban &&
        network->length < (network->address.isV4() ? ShortestPrefix4 : ShortestPrefix6))
        return wrong("a network has a prefix of at least /8, or /19 in IPv6");
    return network->toString();
}

Result<BanRecord> recordOf(const BanParams &params, Purpose purpose)
{
    BanRecord ban;
    ban.subject = params.subject;
    if (params.kind == "key") {
        ban.kind = BanRecord::Kind::Key;
        if (params.subject.empty() || params.subject.size() > MaxSubject ||
            !control::isPlainText(params.subject))
            return wrong("a key is banned by its name");
    } else if (params.kind == "node") {
        ban.kind = BanRecord::Kind::Node;
        const auto node = NodeId::parse(params.subject);
        if (!node)
            return wrong("a node's ID is a UUID");
        ban.subject = node->text();
    } else if (params.kind == "address" || params.kind == "network") {
        auto network = networkOf(params.subject, params.kind == "address", purpose);
        if (!network)
            return unexpected(network.error());
        ban.subject = std::move(*network);
    } else {
        return wrong("key, node, address or network can be banned");
    }
    return ban;
}

Result<BanParams> read(const Json &params, std::initializer_list<std::string_view> names)
{
    return adminParams<BanParams>(params, names, [](protocol::FieldReader &reader, BanParams &out) {
        reader.required("kind", out.kind);
        reader.required("subject", out.subject);
        reader.optional("seconds", out.seconds);
        reader.optional("reason", out.reason);
    });
}

void add(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto asked = read(params, {"kind", "subject", "seconds", "reason"});
    if (!asked)
        return reply(unexpected(asked.error()));
    auto ban = recordOf(*asked, Purpose::Ban);
    if (!ban)
        return reply(unexpected(ban.error()));
    ban->reason = asked->reason.value_or("");
    if (ban->reason.size() > MaxReason || !control::isPlainText(ban->reason))
        return reply(wrong("a reason has up to 200 bytes of plain text"));
    ban->createdAt = wallNow();
    if (asked->seconds) {
        const Seconds length(*asked->seconds);
        if (length < Seconds(1) || length > LongestBan)
            return reply(wrong("a ban is for 1 second to 10 years, or for good"));
        ban->until = ban->createdAt + length;
    }
    scene.storage.saveBan(*ban, replyWhenInForce(scene, std::move(reply)));
}

void remove(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto asked = read(params, {"kind", "subject"});
    if (!asked)
        return reply(unexpected(asked.error()));
    const auto ban = recordOf(*asked, Purpose::Lift);
    if (!ban)
        return reply(unexpected(ban.error()));
    scene.storage.removeBan(ban->kind, ban->subject, replyWhenInForce(scene, std::move(reply)));
}

void list(const AdminScene &scene, const Json &params, AdminReply reply)
{
    if (!params.empty())
        return reply(wrong("ban.list takes nothing"));
    scene.storage.load(
        wallNow(), whenStored<StoredState>([reply](const Result<StoredState> &stored) {
            if (!stored)
                return reply(unexpected(stored.error()));
            const WallTime now = wallNow();
            Json bans = Json::array();
            for (const BanRecord &ban : stored->bans) {
                if ((ban.until && *ban.until <= now) || bans.size() == BansInOneAnswer)
                    continue;
                Json row = {{"kind", nameOf(ban.kind)},
                            {"subject", ban.subject},
                            {"reason", ban.reason},
                            {"createdAt", ban.createdAt.ms},
                            {"until", nullptr}};
                if (ban.until)
                    row["until"] = ban.until->ms;
                bans.push_back(std::move(row));
            }
            reply(Json{{"bans", std::move(bans)}});
        }));
}

constexpr AdminVerb Verbs[] = {
    {"ban.add", add},
    {"ban.list", list},
    {"ban.remove", remove},
};

} // namespace

std::span<const AdminVerb> banVerbs()
{
    return Verbs;
}

} // namespace higgs::server
