// SPDX-License-Identifier: GPL-3.0-or-later
// Access keys. The command makes the key and sends its digest only, so that no key is ever on the
// socket or in the server.
#include "server/admin/admin_verbs.h"
#include "shared/control/plain_text.h"

namespace higgs::server {

namespace {

using protocol::Json;

// A name is shown in lists and logs.
constexpr std::size_t MaxKeyName = 64;
constexpr std::size_t DigestLength = 64; // hex SHA-256

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

Result<AccessKeyRecord> readRecord(const Json &params)
{
    auto record = adminParams<AccessKeyRecord>(
        params, {"name", "digest"}, [](protocol::FieldReader &reader, AccessKeyRecord &out) {
            reader.required("name", out.name);
            reader.required("digest", out.digest);
        });
    if (!record)
        return record;
    if (!isKeyName(record->name))
        return unexpected(ErrorCode::InvalidArgument,
                          "a key's name has 1 to 64 bytes of plain text");
    if (!isDigest(record->digest))
        return unexpected(ErrorCode::InvalidArgument, "a key's digest is 64 hex digits");
    record->createdAt = wallNow();
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

/// From the storage, so that a server that cannot reach it does not tell of old times.
void list(const AdminScene &scene, const Json &params, AdminReply reply)
{
    if (!params.empty())
        return reply(unexpected(ErrorCode::InvalidArgument, "access-key.list takes nothing"));
    scene.storage.load(
        wallNow(), whenStored<StoredState>([reply](const Result<StoredState> &stored) {
            if (!stored)
                return reply(unexpected(stored.error()));
            Json keys = Json::array();
            for (const AccessKeyRecord &key : stored->accessKeys)
                keys.push_back({{"name", key.name}, {"createdAt", key.createdAt.ms}});
            reply(Json{{"keys", std::move(keys)}});
        }));
}

constexpr AdminVerb Verbs[] = {
    {"access-key.add", add},
    {"access-key.list", list},
    {"access-key.revoke", revoke},
    {"access-key.rotate", rotate},
};

} // namespace

std::span<const AdminVerb> accessKeyVerbs()
{
    return Verbs;
}

} // namespace higgs::server
