// SPDX-License-Identifier: GPL-3.0-or-later
// What is to be said of a certificate and of files with secrets before and while they are used.
#pragma once

#include "server/identity.h"
#include "shared/base/clock.h"

#include <vector>

namespace higgs::server {

enum class PairState {
    Missing, ///< one of the two files is not there
    Damaged, ///< empty, not PEM, or a key that is of another certificate
    Good,
};

struct PairFacts
{
    PairState state = PairState::Missing;
    std::string why;         ///< of Missing and Damaged: one clause for the operator
    std::string fingerprint; ///< of Good: hex SHA-256 of the certificate, what clients pin
    std::string names;       ///< of Good: whom it is for, as far as it says
    bool isForHost = true;
    bool isPublic = false; ///< as far as this system's authorities know: nobody has to pin it
    WallTime notBefore, notAfter;
};

PairFacts inspectPair(const CertificateFiles &files, const std::string &host);

/// Sentences: expired, not valid yet, soon to expire, for another name.
std::vector<std::string> certificateRemarks(const PairFacts &facts, const CertificateFiles &files,
                                            const std::string &host, WallTime now);

/// A sentence if others than owner and group may read it; empty: all is well, or there is no file.
std::string readableByAll(const std::string &path);

} // namespace higgs::server
