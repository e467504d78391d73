// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/net/server_trust.h"

#include <algorithm>

namespace higgs {

Result<ServerTrust> ServerTrust::parsePin(std::string_view text)
{
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool betweenBytes = i % 3 == 2 && text.size() == 95;
        if (betweenBytes && text[i] == ':')
            continue;
        digits.push_back(text[i]);
    }
    const Result<Bytes> bytes = fromHex(digits);
    CertificateFingerprint fingerprint{};
    if (!bytes || bytes->size() != fingerprint.size())
        return unexpected(ErrorCode::InvalidArgument,
                          "a certificate pin is 64 hex digits (SHA-256 of the certificate)");
    std::copy(bytes->begin(), bytes->end(), fingerprint.begin());
    return pinned(fingerprint);
}

} // namespace higgs
