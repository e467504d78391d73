// SPDX-License-Identifier: GPL-3.0-or-later
// What the readers of options share: noting what is wrong and going on, and the forms of values.
#pragma once

#include "server/config.h"
#include "server/option_source.h"

namespace higgs::server {

/// The options on their way into a Config: what is wrong is noted, and reading goes on.
struct Reading
{
    const OptionSource &source;
    std::vector<Error> &faults;
    std::vector<std::string> &remarks;

    [[nodiscard]] std::optional<std::string> value(const char *name) const
    {
        return source.value(name);
    }
    void fault(const char *name, const std::string &text,
               ErrorCode code = ErrorCode::InvalidArgument) const
    {
        faults.push_back({code, source.subject(name) + ' ' + text});
    }
    void remark(const char *name, const std::string &text) const
    {
        remarks.push_back(source.subject(name) + ' ' + text);
    }
};

/// What was written, short enough for a line.
std::string shown(const std::string &text);

/// The parts between commas, without the blanks around them.
std::vector<std::string> listOf(std::string_view text);

/// Where a socket is to be bound.
std::optional<Endpoint> endpoint(const Reading &reading, const char *name, const std::string &text);

/// Where others are sent.
bool reachable(const Reading &reading, const char *name, const std::string &host);

/// What is in the file that the option names.
std::optional<SecretText> secretOf(const Reading &reading, const char *name);

/// --stun, --stun-alternate, --turn, --turn-secret-file and --turn-relay.
void readStunAndTurn(const Reading &reading, Config &config);

} // namespace higgs::server
