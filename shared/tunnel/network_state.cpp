// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/network_state.h"

#include "shared/tunnel/interface_address.h"

#include <array>
#include <nlohmann/json.hpp>

namespace higgs {

namespace {

using nlohmann::json;

constexpr int StateVersion = 1;

constexpr std::array DnsNames{
    std::pair{DnsMethod::None, "none"},
    std::pair{DnsMethod::Resolved, "resolved"},
    std::pair{DnsMethod::Resolvconf, "resolvconf"},
    std::pair{DnsMethod::File, "file"},
};

constexpr std::array KindNames{
    std::pair{ResolvConf::Kind::Missing, "missing"},
    std::pair{ResolvConf::Kind::Regular, "regular"},
    std::pair{ResolvConf::Kind::Symlink, "symlink"},
};

template <typename Enum, std::size_t N>
const char *nameOf(const std::array<std::pair<Enum, const char *>, N> &names, Enum value)
{
    for (const auto &[known, name] : names) {
        if (known == value)
            return name;
    }
    return "";
}

/// Reads typed members; the first that is missing or of another type makes all of it bad.
class Members
{
public:
    explicit Members(const json &object) : m_object(object), m_good(object.is_object()) {}

    [[nodiscard]] bool good() const { return m_good; }

    void read(const char *key, bool &value)
    {
        if (const json *found = find(key); found != nullptr && found->is_boolean())
            value = found->get<bool>();
        else
            m_good = false;
    }

    void read(const char *key, std::uint32_t &value)
    {
        const json *found = find(key);
        if (found != nullptr && found->is_number_unsigned() &&
            found->get<std::uint64_t>() <= UINT32_MAX)
            value = found->get<std::uint32_t>();
        else
            m_good = false;
    }

    void read(const char *key, std::string &value)
    {
        if (const json *found = find(key); found != nullptr && found->is_string())
            value = found->get<std::string>();
        else
            m_good = false;
    }

    template <typename Enum, std::size_t N>
    void read(const char *key, Enum &value,
              const std::array<std::pair<Enum, const char *>, N> &names)
    {
        std::string text;
        read(key, text);
        bool known = false;
        for (const auto &[candidate, name] : names) {
            if (text == name) {
                value = candidate;
                known = true;
            }
        }
        m_good = m_good && known;
    }

    /// File contents are bytes, not text: base64 of them.
    void readBytes(const char *key, std::string &value)
    {
        std::string text;
        read(key, text);
        const auto bytes = fromBase64(text);
        m_good = m_good && bytes.has_value();
        if (bytes)
            value = std::string(asText(*bytes));
    }

    void readSysctls(std::vector<SysctlValue> &values)
    {
        const json *found = find("sysctls");
        if (found == nullptr || !found->is_array()) {
            m_good = false;
            return;
        }
        for (const json &entry : *found) {
            Members members(entry);
            SysctlValue value;
            members.read("path", value.path);
            members.read("value", value.value);
            m_good = m_good && members.good() && isSysctlPath(value.path);
            values.push_back(std::move(value));
        }
    }

    void readTexts(const char *key, std::vector<std::string> &values)
    {
        const json *found = find(key);
        if (found == nullptr || !found->is_array()) {
            m_good = false;
            return;
        }
        for (const json &entry : *found) {
            m_good = m_good && entry.is_string();
            if (entry.is_string())
                values.push_back(entry.get<std::string>());
        }
    }

    void readPrefixes(const char *key, std::vector<IpPrefix> &values)
    {
        const json *found = find(key);
        if (found == nullptr || !found->is_array()) {
            m_good = false;
            return;
        }
        for (const json &entry : *found) {
            const auto prefix = entry.is_string()
                                    ? IpPrefix::parse(entry.get<std::string>())
                                    : Result<IpPrefix>(unexpected(ErrorCode::Malformed, "no text"));
            m_good = m_good && prefix.has_value();
            if (prefix)
                values.push_back(*prefix);
        }
    }

    void fail() { m_good = false; }

    const json *find(const char *key)
    {
        if (!m_object.is_object())
            return nullptr;
        const auto found = m_object.find(key);
        return found == m_object.end() ? nullptr : &*found;
    }

private:
    const json &m_object;
    bool m_good;
};

json sysctlsOf(const std::vector<SysctlValue> &values)
{
    json list = json::array();
    for (const SysctlValue &value : values)
        list.push_back({{"path", value.path}, {"value", value.value}});
    return list;
}

json prefixesOf(const std::vector<IpPrefix> &values)
{
    json list = json::array();
    for (const IpPrefix &value : values)
        list.push_back(value.toString());
    return list;
}

std::string textOf(const json &value)
{
    return value.dump(2, ' ', true, json::error_handler_t::replace) + "\n";
}

Unexpected malformed()
{
    return unexpected(ErrorCode::Malformed, "the state file is damaged");
}

/// The members that both states have; false: not a state of this version and kind.
bool readCommon(Members &members, const char *kind, std::string &interfaceName,
                std::vector<SysctlValue> &sysctls)
{
    std::uint32_t version = 0;
    std::string found;
    members.read("version", version);
    members.read("kind", found);
    members.read("interface", interfaceName);
    members.readSysctls(sysctls);
    return members.good() && version == StateVersion && found == kind &&
           checkInterfaceName(interfaceName).has_value();
}

} // namespace

std::string encodeState(const ClientState &state)
{
    json object{{"version", StateVersion},
                {"kind", "client"},
                {"interface", state.interfaceName},
                {"mark", state.mark},
                {"excludeMark", state.excludeMark},
                {"table", state.table},
                {"allowLan", state.allowLan},
                {"routed", state.routed},
                {"sysctls", sysctlsOf(state.sysctls)},
                {"hooks", state.hooks},
                {"dns", nameOf(DnsNames, state.dns)}};
    if (state.resolvConf)
        object["resolvConf"] = {{"kind", nameOf(KindNames, state.resolvConf->kind)},
                                {"content", toBase64(asBytes(state.resolvConf->content))},
                                {"mode", state.resolvConf->mode},
                                {"uid", state.resolvConf->uid},
                                {"gid", state.resolvConf->gid}};
    return textOf(object);
}

std::string encodeState(const ExitState &state)
{
    return textOf({{"version", StateVersion},
                   {"kind", "exit"},
                   {"interface", state.interfaceName},
                   {"forwarded4", state.forwarded4},
                   {"forwarded6", state.forwarded6},
                   {"sysctls", sysctlsOf(state.sysctls)},
                   {"guests", prefixesOf(state.guests)}});
}

Result<ClientState> decodeClientState(std::string_view text)
{
    const json object = json::parse(text, nullptr, false);
    Members members(object);
    ClientState state;
    members.read("mark", state.mark);
    if (members.find("excludeMark") != nullptr) // none in a file of an older version
        members.read("excludeMark", state.excludeMark);
    else
        state.excludeMark = ClientState::FirstExcludeMark;
    members.read("table", state.table);
    members.read("allowLan", state.allowLan);
    members.read("routed", state.routed);
    if (members.find("hooks") != nullptr) // none in a file of an older version
        members.readTexts("hooks", state.hooks);
    members.read("dns", state.dns, DnsNames);
    if (const json *found = members.find("resolvConf")) {
        Members inner(*found);
        ResolvConf &conf = state.resolvConf.emplace();
        inner.read("kind", conf.kind, KindNames);
        inner.readBytes("content", conf.content);
        inner.read("mode", conf.mode);
        inner.read("uid", conf.uid);
        inner.read("gid", conf.gid);
        if (!inner.good())
            members.fail();
    }
    if (!readCommon(members, "client", state.interfaceName, state.sysctls))
        return malformed();
    // Without the original there is nothing that could be put back.
    if ((state.dns == DnsMethod::File) != state.resolvConf.has_value())
        return malformed();
    return state;
}

Result<ExitState> decodeExitState(std::string_view text)
{
    const json object = json::parse(text, nullptr, false);
    Members members(object);
    ExitState state;
    members.read("forwarded4", state.forwarded4);
    members.read("forwarded6", state.forwarded6);
    members.readPrefixes("guests", state.guests);
    if (!readCommon(members, "exit", state.interfaceName, state.sysctls))
        return malformed();
    return state;
}

} // namespace higgs
