// SPDX-License-Identifier: GPL-3.0-or-later
// Any answer of a daemon as its terminal program prints it: plain lines, whatever stands in it.
#include "app-node/ctl/status_text.h"
#include "app-vpn/ctl/receipt_text.h"
#include "app-vpn/ctl/status_text.h"
#include "shared/base/bytes.h"
#include "shared/control/plain_text.h"

#include <cstdlib>

using namespace higgs;

namespace {

constexpr WallTime Now{1'795'000'000'000};

void demandPlain(std::string_view text)
{
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (!control::isPlainText(std::string(text.substr(0, end))))
            std::abort();
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const Result<protocol::Json> json = protocol::parseJson(asText({data, size}));
    if (!json)
        return 0;
    demandPlain(node::statusText(*json));
    demandPlain(node::guestsText(*json, Now));
    demandPlain(node::limitsText(*json));
    demandPlain(node::historyText(*json));
    demandPlain(node::safetyText(*json));
    demandPlain(node::logText(*json));
    demandPlain(vpn::statusText(*json, Now));
    demandPlain(vpn::countriesText(*json));
    demandPlain(vpn::logText(*json));
    demandPlain(vpn::receiptText(*json));
    return 0;
}
