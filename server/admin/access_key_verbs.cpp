// SPDX-License-Identifier: GPL-3.0-or-later
// Access keys. The command makes the key and sends its digest only, so that no key is ever on the
// socket or in the server.
#include "server/admin/admin_verbs.h"
#include "shared/control/plain_text.h"

#include <unordered_map>

namespace higgs::server {

namespace {

using protocol::Json;

// A name is shown in lists and logs.
constexpr std::size_t MaxKeyName = 64;
constexpr std::size_t MaxNote = 200;
constexpr std::size_t DigestLength = 64; // hex SHA-256
constexpr std::uint32_t MostSessions = 1'000'000;
constexpr std::uint32_t MostMbps = 100'000;
// A note of 200 bytes may be 1,200 as JSON spells it.
constexpr std::size_t KeysInOneAnswer = 500;

bool isKeyName(const std::string &name)
{
    return !name.empty() && name.size() <= MaxKeyName && name.front() != ' ' &&
           name.back() != ' ' && control::isPlainText(name);
}

bool isDigest(const std::string &text)
{
    const auto isHex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return text.size() == DigestLength && std::all_of(text.begin(), text.end(), isHex);
}

Unexpected wrong(const char *text)
{
    return unexpected(ErrorCode::InvalidArgument, text);
}

/// What the operator allows; what is absent stays as it is. 0: no end, the server's number, any.
struct Terms
{
    std::string name;
    std::string digest; ///< empty: none is given
    std::optional<std::string> note;
    std::optional<std::uint64_t> expiresAt; ///< milliseconds since 1970
    std::optional<std::uint32_t> maxSessions;
    std::optional<std::uint32_t> relayMbps;
    std::optional<std::string> purpose;
};

Result<Terms> readTerms(const Json &params, bool withDigest)
{
    auto terms = adminParams<Terms>(
        params, {"name", "digest", "note", "expiresAt", "maxSessions", "relayMbps", "for"},
        [withDigest](protocol::FieldReader &reader, Terms &out) {
            reader.required("name", out.name);
            if (withDigest)
                reader.required("digest", out.digest);
            reader.optional("note", out.note);
            reader.optional("expiresAt", out.expiresAt);
            reader.optional("maxSessions", out.maxSessions);
            reader.optional("relayMbps", out.relayMbps);
            reader.optional("for", out.purpose);
        });
    if (!terms)
        return terms;
    if (!isKeyName(terms->name))
        return wrong("a key's name has 1 to 64 bytes of plain text");
    if (withDigest && !isDigest(terms->digest))
        return wrong("a key's digest is 64 hex digits");
    if (terms->note && (terms->note->size() > MaxNote || !control::isPlainText(*terms->note)))
        return wrong("a note has up to 200 bytes of plain text");
    if (terms->expiresAt.value_or(0) != 0 &&
        static_cast<std::int64_t>(*terms->expiresAt) <= wallNow().ms)
        return wrong("a key's end is in the future");
    if (terms->maxSessions.value_or(0) > MostSessions || terms->relayMbps.value_or(0) > MostMbps)
        return wrong("a key may have up to 1000000 sessions and relay up to 100000 Mbit/s");
    if (terms->purpose && !keyPurposeOf(*terms->purpose))
        return wrong("a key is for use, share or any");
    return terms;
}

Result<void> apply(const Terms &terms, AccessKeyRecord &key)
{
    const auto some = [](std::uint32_t number) {
        return number == 0 ? std::nullopt : std::optional<unsigned>(number);
    };
    if (terms.note)
        key.note = *terms.note;
    if (terms.expiresAt)
        key.expiresAt = *terms.expiresAt == 0
                            ? std::nullopt
                            : std::optional(WallTime{static_cast<std::int64_t>(*terms.expiresAt)});
    if (terms.maxSessions)
        key.maxSessions = some(*terms.maxSessions);
    if (terms.relayMbps)
        key.relayMbps = some(*terms.relayMbps);
    if (terms.purpose)
        key.purpose = *keyPurposeOf(*terms.purpose);
    if (key.purpose == KeyPurpose::Share && key.relayMbps)
        return wrong("mbps= bounds what users of a key have relayed, and one to share a connection "
                     "by has none: leave it out, or give mbps=any");
    return {};
}

Result<AccessKeyRecord> readRecord(const Json &params)
{
    const auto terms = readTerms(params, true);
    if (!terms)
        return unexpected(terms.error());
    AccessKeyRecord record;
    record.name = terms->name;
    record.digest = terms->digest;
    record.createdAt = wallNow();
    record.purpose = KeyPurpose::Use; // the least, unless more is asked for
    if (const auto applied = apply(*terms, record); !applied)
        return unexpected(applied.error());
    return record;
}

void add(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto record = readRecord(params);
    if (!record)
        return reply(unexpected(record.error()));
    scene.storage.addAccessKey(*record, replyWhenInForce(scene, std::move(reply)));
}

/// The same name with another key, in one step: the old key never works beside the new one, and
/// nobody is without either.
void rotate(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto record = readRecord(params);
    if (!record)
        return reply(unexpected(record.error()));
    scene.storage.replaceAccessKey(*record, replyWhenInForce(scene, std::move(reply)));
}

void revoke(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto name = adminParams<std::string>(
        params, {"name"},
        [](protocol::FieldReader &reader, std::string &out) { reader.required("name", out); });
    if (!name)
        return reply(unexpected(name.error()));
    scene.storage.removeAccessKey(*name, replyWhenInForce(scene, std::move(reply)));
}

/// What is given, of a key that stays what it is.
void set(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto terms = readTerms(params, false);
    if (!terms)
        return reply(unexpected(terms.error()));
    scene.storage.load(
        wallNow(),
        whenStored<StoredState>([scene, reply, terms = *terms](const Result<StoredState> &stored) {
            if (!stored)
                return reply(unexpected(stored.error()));
            for (AccessKeyRecord key : stored->accessKeys) {
                if (key.name != terms.name)
                    continue;
                if (const auto applied = apply(terms, key); !applied)
                    return reply(unexpected(applied.error()));
                return scene.storage.setAccessKey(key, replyWhenInForce(scene, reply));
            }
            reply(unexpected(ErrorCode::NotFound, "no key of that name"));
        }));
}

Json rowOf(const AccessKeyRecord &key, const ServerState *live, std::size_t homes)
{
    const auto number = [](const std::optional<unsigned> &value) {
        return value ? Json(*value) : Json(nullptr);
    };
    const auto time = [](const std::optional<WallTime> &value) {
        return value ? Json(value->ms) : Json(nullptr);
    };
    Json row = {{"name", key.name},
                {"for", toString(key.purpose)},
                {"createdAt", key.createdAt.ms},
                {"note", key.note},
                {"expiresAt", time(key.expiresAt)},
                {"lastUsed", time(key.lastUsed)},
                {"maxSessions", number(key.maxSessions)},
                {"relayMbps", number(key.relayMbps)},
                {"sessions", nullptr},
                {"homes", homes}};
    if (live != nullptr) {
        row["sessions"] = live->sessions.countOfKey(clientGroupOfKey(key.name));
        const AccessKeyRecord *known = live->accessKeys.find(key.digest, WallTime{});
        if (known != nullptr && known->lastUsed)
            row["lastUsed"] = known->lastUsed->ms;
    }
    return row;
}

/// From the storage, so that a server that cannot reach it does not tell of old times.
void list(const AdminScene &scene, const Json &params, AdminReply reply)
{
    const auto after = adminParams<std::optional<std::string>>(
        params, {"after"}, [](protocol::FieldReader &reader, std::optional<std::string> &out) {
            reader.optional("after", out);
        });
    if (!after)
        return reply(unexpected(after.error()));
    const auto answer = [reply, live = scene.live,
                         after = *after](const Result<StoredState> &stored) {
        if (!stored)
            return reply(unexpected(stored.error()));
        // By bytes: a database sorts as its locale does.
        std::vector<AccessKeyRecord> sorted = stored->accessKeys;
        std::sort(sorted.begin(), sorted.end(),
                  [](const auto &a, const auto &b) { return a.name < b.name; });
        std::unordered_map<std::string, std::size_t> homes; // by the key's digest
        for (const NodeRecord &node : stored->nodes)
            ++homes[node.accessKey];
        Json keys = Json::array();
        bool more = false;
        for (const AccessKeyRecord &key : sorted) {
            if (after && key.name <= *after)
                continue;
            more = keys.size() == KeysInOneAnswer;
            if (more)
                break;
            keys.push_back(rowOf(key, live, homes[key.digest]));
        }
        reply(Json{{"keys", std::move(keys)}, {"more", more}});
    };
    scene.storage.load(wallNow(), whenStored<StoredState>(answer));
}

constexpr AdminVerb Verbs[] = {
    {"access-key.add", add},       {"access-key.list", list}, {"access-key.revoke", revoke},
    {"access-key.rotate", rotate}, {"access-key.set", set},
};

} // namespace

std::span<const AdminVerb> accessKeyVerbs()
{
    return Verbs;
}

} // namespace higgs::server
