// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/server_trust.h"

#include "shared/protocol/certificate_pin.h"

namespace higgs {

Result<ServerTrust> ServerTrust::parsePin(std::string_view text)
{
    const auto digest = protocol::parseCertificateDigest(text);
    if (!digest)
        return unexpected(digest.error());
    return pinned(*digest);
}

} // namespace higgs
