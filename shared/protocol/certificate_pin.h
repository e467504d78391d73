// SPDX-License-Identifier: GPL-3.0-or-later
// A certificate's fingerprint as programs print it and people paste it. Pure.
#pragma once

#include "shared/base/result.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace higgs::protocol {

/// SHA-256 of a certificate's DER form.
using CertificateDigest = std::array<std::uint8_t, 32>;

/// 64 hex digits of either case, with colons, dashes or white space between them, and what openssl,
/// browsers and ssh write before them ("sha256:", "SHA256 Fingerprint="). InvalidArgument
/// otherwise: a digit more or less is another certificate, never a guess.
Result<CertificateDigest> parseCertificateDigest(std::string_view text);

} // namespace higgs::protocol
