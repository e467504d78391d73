// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/json_members.h"

#include "shared/protocol/country_code.h"
#include "shared/widgets/plain_text.h"

#include <cmath>

namespace higgs::widgets {

namespace {

/// 9999-12-31: later than any time that is meant, and exact in every type it passes through.
constexpr std::int64_t MaxWallMs = 253402300799999;

} // namespace

const protocol::Json *JsonMembers::find(const char *name) const
{
    if (!m_object.is_object())
        return nullptr;
    const auto found = m_object.find(name);
    return found == m_object.end() || found->is_null() ? nullptr : &*found;
}

std::string_view JsonMembers::raw(const char *name) const
{
    const Json *member = find(name);
    return member != nullptr && member->is_string() ? member->get_ref<const std::string &>()
                                                    : std::string_view();
}

QString JsonMembers::text(const char *name, qsizetype most) const
{
    return plainText(raw(name), most);
}

bool JsonMembers::flag(const char *name) const
{
    return maybeFlag(name).value_or(false);
}

std::optional<bool> JsonMembers::maybeFlag(const char *name) const
{
    const Json *member = find(name);
    return member != nullptr && member->is_boolean() ? std::optional(member->get<bool>())
                                                     : std::nullopt;
}

std::optional<std::int64_t> JsonMembers::integer(const char *name, std::int64_t most) const
{
    const Json *member = find(name);
    if (member == nullptr || !member->is_number_integer())
        return std::nullopt;
    if (member->is_number_unsigned() &&
        member->get<std::uint64_t>() > static_cast<std::uint64_t>(most))
        return std::nullopt;
    const auto value = member->get<std::int64_t>();
    return value < 0 || value > most ? std::nullopt : std::optional(value);
}

int JsonMembers::count(const char *name) const
{
    return static_cast<int>(integer(name, MaxCount).value_or(0));
}

quint64 JsonMembers::bytes(const char *name) const
{
    return static_cast<quint64>(integer(name, MaxExact).value_or(0));
}

std::optional<double> JsonMembers::number(const char *name) const
{
    const Json *member = find(name);
    if (member == nullptr || !member->is_number())
        return std::nullopt;
    const auto value = member->get<double>();
    return std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
}

std::optional<WallTime> JsonMembers::time(const char *name) const
{
    const std::optional<std::int64_t> ms = integer(name, MaxWallMs);
    return ms ? std::optional(WallTime{*ms}) : std::nullopt;
}

QString JsonMembers::country(const char *name) const
{
    const Result<protocol::CountryCode> code = protocol::CountryCode::parse(raw(name));
    return code ? QString::fromStdString(code->text()) : QString();
}

QStringList JsonMembers::words(const char *name, qsizetype most) const
{
    QStringList list;
    const Json *array = find(name);
    if (array == nullptr || !array->is_array())
        return list;
    for (const Json &each : *array) {
        if (each.is_string() && list.size() < most)
            list += plainText(each.get_ref<const std::string &>(), MaxWord);
    }
    return list;
}

Result<void> checkControlVersion(const protocol::Json &status, int least)
{
    const auto version = JsonMembers(status).integer("controlVersion", MaxCount);
    if (version && *version >= least)
        return {};
    return unexpected(ErrorCode::Unavailable, "the daemon speaks control version " +
                                                  std::to_string(version.value_or(1)) +
                                                  ", this window needs " + std::to_string(least));
}

} // namespace higgs::widgets
