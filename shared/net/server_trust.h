// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a client believes to be its server: the system's authorities, one CA file, or one pinned
// certificate.
#pragma once

#include "shared/base/bytes.h"

#include <array>
#include <optional>

namespace higgs {

/// SHA-256 of a certificate's DER form.
using CertificateFingerprint = std::array<std::uint8_t, 32>;

/// A value; copies freely. With a pin neither the name nor the issuer is looked at, since a
/// self-made certificate has neither; otherwise both the chain and the name (or the IP address)
/// must fit.
struct ServerTrust
{
    /// PEM file of authorities to use instead of the system's; empty: the system's.
    std::string caFile;
    std::optional<CertificateFingerprint> pin; ///< wins over caFile

    static ServerTrust system() { return {}; }
    static ServerTrust authority(std::string path) { return {std::move(path), std::nullopt}; }
    static ServerTrust pinned(const CertificateFingerprint &sha256) { return {{}, sha256}; }
    /// As protocol::parseCertificateDigest().
    static Result<ServerTrust> parsePin(std::string_view text);

    friend bool operator==(const ServerTrust &, const ServerTrust &) = default;
};

} // namespace higgs
