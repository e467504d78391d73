// SPDX-License-Identifier: GPL-3.0-or-later
// Makes the self-signed certificate of a server that was given none: ECDSA P-256, ten years, the
// public host as its subject alternative name.
#include "server/certificate_check.h"
#include "server/identity.h"
#include "shared/base/durable_file.h"
#include "shared/base/endpoint.h"
#include "shared/base/log.h"
#include "shared/base/regular_file.h"
#include "shared/crypto/freed_by.h"

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace higgs::server {

namespace {

constexpr long TenYears = 10L * 365 * 24 * 3600;
constexpr int SerialBits = 127;
constexpr std::size_t MaxPair = 64 * 1024;
constexpr std::string_view KeyBegins = "-----BEGIN PRIVATE KEY-----";
constexpr const char *PinRecord = "/certificate.sha256";

using KeyPtr = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using CertPtr = std::unique_ptr<X509, FreedBy<X509_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, FreedBy<BN_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreedBy<X509_EXTENSION_free>>;
using BioPtr = std::unique_ptr<BIO, FreedBy<BIO_free>>;

bool addExtension(X509 *certificate, int type, const std::string &value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, type, value.c_str()));
    return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

std::string alternativeNames(const std::string &host)
{
    std::string names = IpAddress::parse(host) ? "IP:" + host : "DNS:" + host;
    if (host != "localhost")
        names += ",DNS:localhost";
    return names;
}

CertPtr makeCertificate(EVP_PKEY *key, const std::string &host)
{
    CertPtr certificate(X509_new());
    const NumberPtr serial(BN_new());
    if (!certificate || !serial || BN_rand(serial.get(), SerialBits, 0, 0) != 1 ||
        BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get())) == nullptr)
        return nullptr;
    X509_set_version(certificate.get(), X509_VERSION_3);
    // A day back, for clients whose clock is behind.
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86'400L);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), TenYears);
    X509_NAME *name = X509_get_subject_name(certificate.get());
    constexpr std::size_t maxCommonName = 64;
    const std::string common = host.substr(0, maxCommonName);
    const bool named =
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char *>(common.data()),
                                   static_cast<int>(common.size()), -1, 0) == 1 &&
        X509_set_issuer_name(certificate.get(), name) == 1 &&
        X509_set_pubkey(certificate.get(), key) == 1 &&
        addExtension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE") &&
        addExtension(certificate.get(), NID_subject_key_identifier, "hash") &&
        addExtension(certificate.get(), NID_ext_key_usage, "serverAuth") &&
        addExtension(certificate.get(), NID_subject_alt_name, alternativeNames(host));
    if (!named || X509_sign(certificate.get(), key, EVP_sha256()) == 0)
        return nullptr;
    return certificate;
}

/// What `write` puts into a memory BIO.
template <typename Write>
std::string pemOf(Write write)
{
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio || write(bio.get()) != 1)
        return {};
    char *text = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &text);
    return length <= 0 ? std::string() : std::string(text, static_cast<std::size_t>(length));
}

/// The fingerprint that was in use; empty: none yet.
std::string rememberedPin(const std::string &path)
{
    const Result<SecretText> text = readSecretFile(path);
    return text ? std::string(text->reveal()) : std::string();
}

Result<void> writePair(const CertificateFiles &files, EVP_PKEY *key, X509 *certificate)
{
    std::string keyText = pemOf([key](BIO *bio) {
        return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
    const std::string text =
        pemOf([certificate](BIO *bio) { return PEM_write_bio_X509(bio, certificate); });
    if (keyText.empty() || text.empty())
        return unexpected(ErrorCode::Internal, "cannot write out a certificate");
    // The key first: a certificate is there only with its key.
    Result<void> written = replaceFile(files.key, keyText, 0600);
    wipe({reinterpret_cast<std::uint8_t *>(keyText.data()), keyText.size()});
    return written ? replaceFile(files.certificate, text, 0644) : written;
}

Result<void> makePair(const CertificateFiles &files, const std::string &host)
{
    const KeyPtr key(EVP_EC_gen("P-256"));
    const CertPtr certificate = key ? makeCertificate(key.get(), host) : nullptr;
    if (!certificate)
        return unexpected(ErrorCode::Internal, "cannot make a certificate for " + host);
    return writePair(files, key.get(), certificate.get());
}

/// After the pair: a fingerprint that is remembered was in use.
Result<void> rememberPin(const std::string &path, const std::string &before, const std::string &now,
                         std::vector<std::string> &remarks)
{
    if (before == now)
        return {};
    if (!before.empty())
        remarks.push_back("the certificate's fingerprint has changed from " + before + " to " +
                          now +
                          ": every client and node that pins the old one (--pin) refuses "
                          "this server until it is told the new one");
    return replaceFile(path, now + '\n', 0644);
}

} // namespace

CertificateFiles selfSignedFiles(const std::string &directory)
{
    return {directory + "/certificate.pem", directory + "/certificate.key"};
}

SecretText selfSignedPair(const std::string &directory)
{
    const CertificateFiles files = selfSignedFiles(directory);
    const Result<std::string> certificate = readRegularFile(files.certificate, MaxPair);
    Result<std::string> key = readRegularFile(files.key, MaxPair);
    if (!certificate || !key)
        return {};
    SecretText pair(*certificate + *key);
    wipe({reinterpret_cast<std::uint8_t *>(key->data()), key->size()});
    return pair;
}

Result<void> keepSelfSignedPair(const std::string &directory, const std::string &pair)
{
    if (selfSignedPair(directory).reveal() == pair)
        return {};
    const std::size_t cut = pair.find(KeyBegins);
    if (cut == std::string::npos || pair.size() > MaxPair)
        return unexpected(ErrorCode::Malformed, "the database's certificate is none");
    const CertificateFiles files = selfSignedFiles(directory);
    for (const std::string &file : {files.key, files.certificate}) {
        const Result<std::string> before = readRegularFile(file, MaxPair);
        const Result<void> kept =
            before ? replaceFile(file + ".before", *before, 0600) : Result<void>();
        if (!kept)
            return kept;
    }
    if (auto written = replaceFile(files.key, pair.substr(cut), 0600); !written)
        return written;
    if (auto written = replaceFile(files.certificate, pair.substr(0, cut), 0644); !written)
        return written;
    const PairFacts facts = inspectPair(files, {});
    if (facts.state != PairState::Good)
        return unexpected(ErrorCode::Malformed, "the database's certificate: " + facts.why);
    log::warning("server", "certificate",
                 {{"detail", "it is that of the other servers from now on, which clients pin for "
                             "all of them; what was here is kept as *.before"},
                  {"sha256", facts.fingerprint}});
    return replaceFile(directory + PinRecord, facts.fingerprint + '\n', 0644);
}

Result<CertificateFiles> selfSignedCertificate(const std::string &directory,
                                               const std::string &host,
                                               std::vector<std::string> &remarks)
{
    const CertificateFiles files = selfSignedFiles(directory);
    for (const std::string &file : {files.certificate, files.key}) {
        const auto regular = requireRegularFile(file);
        if (!regular && regular.error().code == ErrorCode::InvalidArgument)
            return unexpected(regular.error());
    }
    const std::string record = directory + PinRecord;
    const std::string before = rememberedPin(record);
    PairFacts facts = inspectPair(files, host);
    if (facts.state == PairState::Damaged && !before.empty())
        return unexpected(ErrorCode::Malformed,
                          facts.why +
                              ", and clients may pin what it was: restore it from a backup, "
                              "or remove " +
                              files.certificate + " and " + files.key +
                              " to have another one made, of which clients must be told");
    if (facts.state != PairState::Good) {
        if (facts.state == PairState::Damaged)
            remarks.push_back(facts.why + ": another one was made");
        if (const auto made = makePair(files, host); !made)
            return unexpected(made.error());
        facts = inspectPair(files, host);
        if (facts.state != PairState::Good)
            return unexpected(ErrorCode::System, facts.why);
    }
    if (const auto noted = rememberPin(record, before, facts.fingerprint, remarks); !noted)
        return unexpected(noted.error());
    return files;
}

} // namespace higgs::server
