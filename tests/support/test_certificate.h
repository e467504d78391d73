// SPDX-License-Identifier: GPL-3.0-or-later
// A self-signed certificate for localhost and 127.0.0.1 in a temporary directory.
#pragma once

#include "shared/base/bytes.h"

#include <QTemporaryDir>

namespace higgs::test {

class TestCertificate
{
public:
    /// Makes key and certificate for the given DNS name (and 127.0.0.1), valid from and to so many
    /// seconds from now.
    explicit TestCertificate(const std::string &name = "localhost", long from = -3'600,
                             long to = 86'400);

    [[nodiscard]] std::string certFile() const { return m_cert; }
    [[nodiscard]] std::string keyFile() const { return m_key; }

private:
    QTemporaryDir m_dir;
    std::string m_cert;
    std::string m_key;
};

} // namespace higgs::test
