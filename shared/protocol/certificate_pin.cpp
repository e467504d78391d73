// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/protocol/certificate_pin.h"

#include "shared/base/ascii.h"

#include "shared/base/bytes.h"

#include <algorithm>
#include <string>

namespace higgs::protocol {

namespace {

// Longest first, as each is the begin of none that stands before it.
constexpr std::array<std::string_view, 4> Labels = {"sha-256", "sha256", "fingerprint", "pin"};
/// Room for a digest in pairs with separators of several bytes, and a label.
constexpr std::size_t LongestText = 512;

bool isSeparator(char c)
{
    return c == ':' || c == '-' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// What stands before the digits; '=' only there.
std::string_view withoutLabels(std::string_view text)
{
    while (!text.empty()) {
        const auto *const label =
            std::find_if(Labels.begin(), Labels.end(),
                         [text](std::string_view each) { return text.starts_with(each); });
        if (label != Labels.end())
            text.remove_prefix(label->size());
        else if (isSeparator(text.front()) || text.front() == '=')
            text.remove_prefix(1);
        else
            break;
    }
    return text;
}

} // namespace

Result<CertificateDigest> parseCertificateDigest(std::string_view text)
{
    std::string digits;
    if (text.size() <= LongestText) {
        const std::string small = asciiLowered(text);
        for (const char c : withoutLabels(small)) {
            if (!isSeparator(c))
                digits.push_back(c);
        }
    }
    const Result<Bytes> bytes = fromHex(digits);
    CertificateDigest digest{};
    if (!bytes || bytes->size() != digest.size())
        return unexpected(ErrorCode::InvalidArgument,
                          "a certificate's pin is its SHA-256, 64 hex digits");
    std::copy(bytes->begin(), bytes->end(), digest.begin());
    return digest;
}

} // namespace higgs::protocol
