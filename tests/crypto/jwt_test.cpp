// SPDX-License-Identifier: GPL-3.0-or-later
// Node tokens: one spelling is accepted, every other is the same refusal.
#include "shared/crypto/hmac.h"
#include "shared/crypto/jwt.h"
#include "shared/crypto/keys.h"

#include <QTest>
#include <nlohmann/json.hpp>
#include <numeric>

using namespace higgs;
using Json = nlohmann::json;

namespace {

constexpr WallTime Issued{1704067200000};

Secret<32> testKey()
{
    std::array<std::uint8_t, 32> key{};
    std::iota(key.begin(), key.end(), std::uint8_t{0});
    return Secret<32>(std::span<const std::uint8_t, 32>(key));
}

/// A token with any header and payload, signed rightly: what only the key's holder could make.
std::string signedToken(std::string_view header, std::string_view payload)
{
    std::string token =
        toBase64(asBytes(header), Base64::Url) + "." + toBase64(asBytes(payload), Base64::Url);
    return token + "." + toBase64(hmacSha256(testKey().bytes(), asBytes(token)), Base64::Url);
}

constexpr std::string_view GoodHeader = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view GoodPayload =
    R"({"exp":1704153600,"iat":1704067200,"iss":"boson","jti":"t1",)"
    R"("sub":"550e8400-e29b-41d4-a716-446655440000"})";

} // namespace

class TestJwt : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QVERIFY(initializeCrypto()); }
    void knownToken();
    void rfc7515SignatureVector();
    void expiry();
    void everyOddityIsTheSameRefusal_data();
    void everyOddityIsTheSameRefusal();
    void everyBitAndEveryTruncationIsRefused();
    void anotherKeyIsRefused();
    void theFormerKeyIsGoodUntilItIsForgotten();
};

void TestJwt::knownToken()
{
    // Made with another implementation (Python's hmac and base64).
    constexpr std::string_view known =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJleHAiOjE3MDQxNTM2MDAsImlhdCI6MTcwNDA2NzIwMCwiaXNzIjoiYm9zb24iLCJqdGkiOiJ0MSIsInN1YiI6"
        "IjU1MGU4NDAwLWUyOWItNDFkNC1hNzE2LTQ0NjY1NTQ0MDAwMCJ9."
        "AU2DkEUhenvKTOZCEkUD7-2lLRGozlrvz9S0K5rMWQo";
    const NodeTokens tokens(testKey());
    const auto node = NodeId::parse("550e8400-e29b-41d4-a716-446655440000");
    QCOMPARE(std::string(tokens.issue(*node, Issued, "t1").reveal()), std::string(known));
    QCOMPARE(signedToken(GoodHeader, GoodPayload), std::string(known));
    const auto claims = tokens.verify(known, Issued);
    QVERIFY(claims);
    QVERIFY(claims->node == *node);
    QCOMPARE(claims->tokenId, std::string("t1"));
    QCOMPARE(claims->issuedAt.count(), std::int64_t{1704067200});
    QCOMPARE(claims->expiry().ms, std::int64_t{1704067200000 + 86400000});
}

void TestJwt::rfc7515SignatureVector()
{
    // RFC 7515 appendix A.1: the signing input there, under the key there.
    const auto key = fromBase64(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        Base64::Url);
    constexpr std::string_view input =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ";
    QCOMPARE(toBase64(hmacSha256(*key, asBytes(input)), Base64::Url),
             std::string("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
}

void TestJwt::expiry()
{
    const NodeTokens tokens(testKey());
    const std::string token = signedToken(GoodHeader, GoodPayload);
    QVERIFY(tokens.verify(token, Issued + NodeTokenLife - Milliseconds(1)));
    QVERIFY(!tokens.verify(token, Issued + NodeTokenLife));
}

void TestJwt::everyOddityIsTheSameRefusal_data()
{
    QTest::addColumn<std::string>("token");
    const auto header = [](const char *name, std::string_view text) {
        QTest::newRow(name) << signedToken(text, GoodPayload);
    };
    header("alg none", R"({"alg":"none","typ":"JWT"})");
    header("alg None", R"({"alg":"None","typ":"JWT"})");
    header("alg nOnE", R"({"alg":"nOnE","typ":"JWT"})");
    header("alg HS384", R"({"alg":"HS384","typ":"JWT"})");
    header("alg RS256", R"({"alg":"RS256","typ":"JWT"})");
    header("alg list", R"({"alg":["HS256"],"typ":"JWT"})");
    header("no alg", R"({"typ":"JWT"})");
    header("two algs", R"({"alg":"none","alg":"HS256","typ":"JWT"})");
    header("crit", R"({"alg":"HS256","crit":["exp"],"typ":"JWT"})");
    header("kid", R"({"alg":"HS256","kid":"../../dev/null","typ":"JWT"})");
    header("jwk", R"({"alg":"HS256","jwk":{"kty":"oct","k":"AA"},"typ":"JWT"})");
    header("header spaces", R"({"alg": "HS256", "typ": "JWT"})");
    header("empty header", "");

    const auto payload = [](const char *name, std::string_view text) {
        QTest::newRow(name) << signedToken(GoodHeader, text);
    };
    const auto changed = [&](const char *name, const char *claim, const Json &value) {
        Json claims = Json::parse(GoodPayload);
        if (value.is_discarded())
            claims.erase(claim);
        else
            claims[claim] = value;
        payload(name, claims.dump());
    };
    const Json removed(Json::value_t::discarded);
    for (const char *claim : {"sub", "iss", "iat", "exp", "jti"}) {
        changed((std::string("no ") + claim).c_str(), claim, removed);
        changed((std::string("null ") + claim).c_str(), claim, nullptr);
        changed((std::string("object ") + claim).c_str(), claim, Json::object());
    }
    changed("exp string", "exp", "1704153600");
    changed("exp float", "exp", 1704153600.0);
    changed("exp negative", "exp", -1);
    changed("exp huge", "exp", std::uint64_t{18446744073709551615ULL});
    changed("exp past", "exp", 1704067199);
    changed("iat string", "iat", "1704067200");
    changed("other issuer", "iss", "Boson");
    changed("sub upper case", "sub", "550E8400-E29B-41D4-A716-446655440000");
    changed("sub no uuid", "sub", "admin");
    changed("extra claim", "admin", true);
    payload("payload not JSON", "exp");
    payload("payload array", "[]");
    payload("payload empty", "");
    payload("payload spaces", std::string(GoodPayload) + " ");
    payload("payload NUL", std::string_view("{}\0", 3));
    std::string twice(GoodPayload);
    twice.insert(1, R"("exp":1704153600,)");
    payload("claim twice", twice);
    payload("nested", std::string(500, '['));

    const std::string good = signedToken(GoodHeader, GoodPayload);
    const auto text = [](const char *name, const std::string &token) {
        QTest::newRow(name) << token;
    };
    const std::size_t dot = good.rfind('.');
    text("empty", "");
    text("dot", ".");
    text("two dots", "..");
    text("no signature", good.substr(0, dot));
    text("empty signature", good.substr(0, dot + 1));
    text("extra dot", good + ".");
    text("leading dot", "." + good);
    text("fourth part", good + ".AAAA");
    text("double dot", good.substr(0, dot) + "." + good.substr(dot));
    text("padding", good + "=");
    text("space before", " " + good);
    text("newline after", good + "\n");
    text("NUL after", good + std::string(1, '\0'));
    std::string unused = good;
    unused.back() = 'p'; // 'o' and 'p' differ in a bit that no byte has
    text("unused bit", unused);
    text("longer signature", good + "AA");
    text("bearer", "Bearer " + good);
    text("very long", std::string(1000000, 'a'));
}

void TestJwt::everyOddityIsTheSameRefusal()
{
    QFETCH(std::string, token);
    const auto claims = NodeTokens(testKey()).verify(token, Issued);
    QVERIFY(!claims);
    const Error expected{ErrorCode::Unauthorized, "not a valid token"};
    QVERIFY(claims.error() == expected);
}

void TestJwt::everyBitAndEveryTruncationIsRefused()
{
    const NodeTokens tokens(testKey());
    const std::string good = signedToken(GoodHeader, GoodPayload);
    QVERIFY(tokens.verify(good, Issued));
    for (std::size_t size = 0; size < good.size(); ++size)
        QVERIFY(!tokens.verify(good.substr(0, size), Issued));
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        std::string flipped = good;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        QVERIFY(!tokens.verify(flipped, Issued));
    }
}

void TestJwt::anotherKeyIsRefused()
{
    Secret<32> other;
    fillRandom(other.mutableBytes());
    QVERIFY(!NodeTokens(std::move(other)).verify(signedToken(GoodHeader, GoodPayload), Issued));
}

void TestJwt::theFormerKeyIsGoodUntilItIsForgotten()
{
    NodeTokens tokens(testKey());
    const std::string old = signedToken(GoodHeader, GoodPayload);
    const auto rotate = [&tokens] {
        Secret<32> fresh;
        fillRandom(fresh.mutableBytes());
        tokens.rotate(std::move(fresh));
    };
    rotate();
    QVERIFY(tokens.verify(old, Issued));
    const auto claims = tokens.verify(old, Issued);
    const SecretText young = tokens.issue(claims->node, Issued, "t2");
    QVERIFY(tokens.verify(young.reveal(), Issued));
    QVERIFY(!NodeTokens(testKey()).verify(young.reveal(), Issued)); // by the fresh key alone
    tokens.forgetFormer();
    QVERIFY(!tokens.verify(old, Issued));
    QVERIFY(tokens.verify(young.reveal(), Issued));
    // One former key at a time.
    rotate();
    rotate();
    QVERIFY(!tokens.verify(young.reveal(), Issued));
}

QTEST_GUILESS_MAIN(TestJwt)
#include "jwt_test.moc"
