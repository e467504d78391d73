// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/certificate_check.h"

#include "shared/base/bytes.h"
#include "shared/base/endpoint.h"
#include "shared/base/regular_file.h"
#include "shared/crypto/freed_by.h"

#include <array>
#include <ctime>
#include <memory>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

namespace higgs::server {

namespace {

constexpr Milliseconds SoonExpired = std::chrono::hours(24 * 14);
// A chain of many certificates, some times over.
constexpr std::size_t MaxPem = 1024 * 1024;

using BioPtr = std::unique_ptr<BIO, FreedBy<BIO_free>>;
using CertPtr = std::unique_ptr<X509, FreedBy<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreedBy<EVP_PKEY_free>>;
using StorePtr = std::unique_ptr<X509_STORE, FreedBy<X509_STORE_free>>;
using VerificationPtr = std::unique_ptr<X509_STORE_CTX, FreedBy<X509_STORE_CTX_free>>;
struct FreeStack
{
    void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;

BioPtr bioOf(const std::string &text)
{
    return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A key with a passphrase must not make the program ask a terminal for it.
int noPassphrase(char *, int, int, void *)
{
    return 0;
}

WallTime timeOf(const ASN1_TIME *time)
{
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? WallTime{timegm(&parts) * 1000} : WallTime{};
}

bool isFor(X509 *certificate, const std::string &host)
{
    return IpAddress::parse(host)
               ? X509_check_ip_asc(certificate, host.c_str(), 0) == 1
               : X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1;
}

/// As a client without a pin would judge it; its name apart. `pem`: the certificate and those that
/// lead to its authority.
bool isKnown(X509 *certificate, const std::string &pem)
{
    const BioPtr rest = bioOf(pem);
    const StackPtr between(sk_X509_new_null());
    const StorePtr store(X509_STORE_new());
    const VerificationPtr verification(X509_STORE_CTX_new());
    if (!between || !store || !verification || X509_STORE_set_default_paths(store.get()) != 1)
        return false;
    while (X509 *each = PEM_read_bio_X509(rest.get(), nullptr, noPassphrase, nullptr)) {
        if (sk_X509_push(between.get(), each) == 0)
            X509_free(each);
    }
    ERR_clear_error(); // there is no further one
    return X509_STORE_CTX_init(verification.get(), store.get(), certificate, between.get()) == 1 &&
           X509_verify_cert(verification.get()) == 1;
}

std::string namesOf(X509 *certificate)
{
    std::array<char, 256> common{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, common.data(),
                              static_cast<int>(common.size()));
    std::string names;
    for (const char *c = common.data(); *c != '\0'; ++c)
        names.push_back(static_cast<unsigned char>(*c) < 0x20 ? '?' : *c);
    return names.empty() ? "nobody by name" : names;
}

PairFacts bad(PairState state, std::string why)
{
    PairFacts facts;
    facts.state = state;
    facts.why = std::move(why);
    return facts;
}

std::string dateOf(WallTime time)
{
    const std::time_t seconds = time.ms / 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &utc);
    return text.data();
}

} // namespace

PairFacts inspectPair(const CertificateFiles &files, const std::string &host)
{
    Result<std::string> pem = readRegularFile(files.certificate, MaxPem);
    Result<std::string> keyPem = readRegularFile(files.key, MaxPem);
    for (Result<std::string> *file : {&pem, &keyPem}) {
        if (!*file)
            return bad(file->error().code == ErrorCode::NotFound ? PairState::Missing
                                                                 : PairState::Damaged,
                       file->error().detail);
    }
    const CertPtr certificate(PEM_read_bio_X509(bioOf(*pem).get(), nullptr, noPassphrase, nullptr));
    const KeyPtr key(PEM_read_bio_PrivateKey(bioOf(*keyPem).get(), nullptr, noPassphrase, nullptr));
    wipe({reinterpret_cast<std::uint8_t *>(keyPem->data()), keyPem->size()});
    if (!certificate)
        return bad(PairState::Damaged, files.certificate + " is no certificate in PEM");
    if (!key)
        return bad(PairState::Damaged, files.key + " is no key in PEM without a passphrase");
    if (X509_check_private_key(certificate.get(), key.get()) != 1)
        return bad(PairState::Damaged, files.key + " is not the key of " + files.certificate);
    PairFacts facts;
    facts.state = PairState::Good;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    X509_digest(certificate.get(), EVP_sha256(), digest.data(), &length);
    facts.fingerprint = toHex(ByteSpan(digest.data(), length));
    facts.names = namesOf(certificate.get());
    facts.isForHost = isFor(certificate.get(), host);
    facts.isPublic = facts.isForHost && isKnown(certificate.get(), *pem);
    facts.notBefore = timeOf(X509_get0_notBefore(certificate.get()));
    facts.notAfter = timeOf(X509_get0_notAfter(certificate.get()));
    return facts;
}

std::vector<std::string> certificateRemarks(const PairFacts &facts, const CertificateFiles &files,
                                            const std::string &host, WallTime now)
{
    std::vector<std::string> remarks;
    if (facts.state != PairState::Good)
        return remarks;
    const std::string &name = files.certificate;
    if (now > facts.notAfter)
        remarks.push_back("the certificate " + name + " has expired on " + dateOf(facts.notAfter) +
                          ": clients that do not pin it refuse it; renew it and send SIGHUP");
    else if (now < facts.notBefore)
        remarks.push_back("the certificate " + name + " is not valid before " +
                          dateOf(facts.notBefore) +
                          ": look at this machine's clock, or clients refuse it");
    else if (facts.notAfter - now < SoonExpired)
        remarks.push_back("the certificate " + name + " expires on " + dateOf(facts.notAfter) +
                          ": renew it and send SIGHUP");
    if (!facts.isForHost)
        remarks.push_back("the certificate " + name + " is for " + facts.names +
                          " and not for the public host " + host +
                          ": clients that do not pin it refuse it; set --public-host or get "
                          "another certificate");
    if (std::string open = readableByAll(files.key); !open.empty())
        remarks.push_back(std::move(open));
    return remarks;
}

std::string readableByAll(const std::string &path)
{
    struct stat status = {};
    if (path.empty() || ::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
        (status.st_mode & S_IROTH) == 0)
        return {};
    return path + " has a secret and can be read by everybody on this machine: chmod 600 " + path;
}

} // namespace higgs::server
