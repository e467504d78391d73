// SPDX-License-Identifier: GPL-3.0-or-later
// The server's own secrets in its data directory: made at the first start, kept 0600.
#pragma once

#include "server/instance_id.h"
#include "shared/base/clock.h"
#include "shared/crypto/jwt.h"
#include "shared/crypto/keys.h"

#include <optional>
#include <vector>

namespace higgs::server {

/// Creates the directory (0700) if it is not there. The error is one line for the operator.
Result<void> prepareDataDir(const std::string &directory);

/// What the operator should know of secrets that are about to be made anew, although a server has
/// run on this directory: a sentence each. Before the two below.
std::vector<std::string> lostSecrets(const std::string &directory);

/// Signs node tokens ("jwt.key").
Result<Secret<32>> loadTokenKey(const std::string &directory);

/// The key that signed before ("jwt.key.former"), and when it was replaced.
struct FormerTokenKey
{
    Secret<32> key;
    WallTime replacedAt;

    /// No token lives longer: until then nodes have got others.
    static constexpr Milliseconds GoodFor = NodeTokenLife;
    [[nodiscard]] bool isGood(WallTime now) const;
};

/// nullopt: there is none, or it is good no more, and is removed.
Result<std::optional<FormerTokenKey>> loadFormerTokenKey(const std::string &directory,
                                                         WallTime now);
/// Has `fresh` in place of `present`, which is the former one from now on. Whatever fails, the
/// present one is in its place still.
Result<void> replaceTokenKey(const std::string &directory, const Secret<32> &present,
                             const Secret<32> &fresh, WallTime now);
/// The X25519 key that registration proofs are made with ("server.key").
Result<PrivateKey> loadServerKey(const std::string &directory);

/// What clients' addresses are digested with ("client-groups.key"). With another one nothing is
/// lost but the count of the sessions that a client has at that moment.
Result<Secret<32>> loadClientGroupKey(const std::string &directory);

/// Which server this is, among those on one database ("instance.id"); no secret. With another one
/// its sessions of before are taken for another server's.
Result<InstanceId> loadInstanceId(const std::string &directory);

// What several servers on one database must share: each honours tokens and proofs that another has
// given or taken, and a client that pins one's certificate goes on at another. By name, in hex.
using SharedSecrets = std::vector<std::pair<std::string, std::string>>;
/// Those in the directory, which the three above have made; and the self-made certificate with its
/// key (SharedPairName), if that is in use.
SharedSecrets readSharedSecrets(const std::string &directory, bool selfSigned);
/// Puts others' in their place; what was there before stays beside it as "NAME.before".
Result<void> keepSharedSecrets(const std::string &directory, const SharedSecrets &secrets);
/// Whether keepSharedSecrets() was ever done here.
bool hasJoined(const std::string &directory);

struct CertificateFiles
{
    std::string certificate;
    std::string key;
};

/// Where the self-made one is: "certificate.pem", "certificate.key".
CertificateFiles selfSignedFiles(const std::string &directory);

/// A self-signed certificate for `host` (a name or an IP address), made if it is not there. What a
/// full disk left of a first attempt counts as absent; but its fingerprint is written down
/// ("certificate.sha256"), and one that was in use and is damaged since is Malformed: clients that
/// pin it would be lost without a word. One that was removed is made anew, and `remarks` say so.
Result<CertificateFiles> selfSignedCertificate(const std::string &directory,
                                               const std::string &host,
                                               std::vector<std::string> &remarks);

inline constexpr const char *SharedPairName = "certificate";
/// That one as text, both in PEM; empty: there is none.
SecretText selfSignedPair(const std::string &directory);
/// Has this pair in its place, and its fingerprint for the one in use. Malformed: it is none.
Result<void> keepSelfSignedPair(const std::string &directory, const std::string &pair);

/// The first line of a secret file, without white space at its ends.
Result<SecretText> readSecretFile(const std::string &path);

} // namespace higgs::server
