// SPDX-License-Identifier: GPL-3.0-or-later
// Any text as --database: what is accepted is shown, without its password, as what is accepted
// again, and nothing of it becomes another option of the connection's.
#include "server/storage/sql_storage.h"
#include "shared/base/bytes.h"

#include <algorithm>
#include <cstdlib>

using namespace higgs;
using namespace higgs::server;

namespace {

void demand(bool condition)
{
    if (!condition)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const Result<DatabaseUrl> url = DatabaseUrl::parse(std::string(asText({data, size})));
    if (!url)
        return 0;
    const std::string shown = url->toString();
    const std::string options = url->connectOptions();
    DatabaseUrl bare = *url;
    bare.user.clear();
    bare.password.clear();
    const Result<DatabaseUrl> again = DatabaseUrl::parse(shown);
    demand(again && *again == bare);
    if (url->kind == DatabaseUrl::Kind::Sqlite)
        return 0;
    for (const char c : shown)
        demand(static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f);
    const std::size_t given =
        url->parameters.size() + (url->host.empty() ? 0 : 1) + (url->ports.empty() ? 0 : 1);
    const auto cuts = static_cast<std::size_t>(std::count(options.begin(), options.end(), ';'));
    demand(cuts + 1 == std::max<std::size_t>(given, 1));
    return 0;
}
