// SPDX-License-Identifier: GPL-3.0-or-later
// The strictness of the JSON parser: what RFC 8259 forbids, and what our limits do.
#include "shared/base/bytes.h"
#include "shared/protocol/json.h"

#include <QElapsedTimer>
#include <QTest>

using namespace higgs;
using namespace higgs::protocol;

namespace {

std::string repeated(std::string_view text, std::size_t count)
{
    std::string all;
    all.reserve(text.size() * count);
    for (std::size_t i = 0; i < count; ++i)
        all += text;
    return all;
}

/// The first bytes in hex: row names must be plain and short.
std::string nameOf(std::string_view text)
{
    return toHex(asBytes(text.substr(0, 16)));
}

} // namespace

class TestJson : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void validTextIsRead_data();
    void validTextIsRead();
    void invalidTextIsRefused_data();
    void invalidTextIsRefused();
    void truncatedTextIsRefused();
    void deepNestingFailsQuickly();
    void sizeIsLimited();
    void numbersKeepTheirValue();
    void dumpNeverFails();
};

void TestJson::validTextIsRead_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("compact");
    const auto row = [](const char *name, std::string text, std::string compact) {
        QTest::newRow(name) << std::move(text) << std::move(compact);
    };
    row("null", "null", "null");
    row("true", " true ", "true");
    row("string", R"("")", R"("")");
    row("white space", " \t\r\n[ 1 , 2 ] \n", "[1,2]");
    row("empty containers", R"({"a":[],"b":{}})", R"({"a":[],"b":{}})");
    row("minus zero", "[-0]", "[0]");
    row("exponents", "[1e2,1E+2,1e-2]", "[100.0,100.0,0.01]");
    row("escapes", R"("\"\\\/\b\f\n\r\t")", R"("\"\\/\b\f\n\r\t")");
    row("escaped NUL", R"("\u0000")", R"("\u0000")");
    row("surrogate pair", R"("\ud83d\ude00")", "\"\xf0\x9f\x98\x80\"");
    row("UTF-8", "\"\xd0\x96\xe2\x82\xac\xf0\x9f\x98\x80\"",
        "\"\xd0\x96\xe2\x82\xac\xf0\x9f\x98\x80\"");
    row("last code points", "\"\xef\xbf\xbf\xf4\x8f\xbf\xbf\"", "\"\xef\xbf\xbf\xf4\x8f\xbf\xbf\"");
    row("delete is no control", "\"\x7f\"", "\"\x7f\"");
    row("empty key", R"({"":0})", R"({"":0})");
    row("same key in two objects", R"([{"a":1},{"a":2}])", R"([{"a":1},{"a":2}])");
    row("64 deep", repeated("[", 64) + repeated("]", 64), repeated("[", 64) + repeated("]", 64));
}

void TestJson::validTextIsRead()
{
    QFETCH(std::string, text);
    QFETCH(std::string, compact);
    const Result<Json> json = parseJson(text);
    QVERIFY2(json, json ? "" : json.error().detail.c_str());
    QCOMPARE(dumpJson(*json), compact);
}

void TestJson::invalidTextIsRefused_data()
{
    QTest::addColumn<std::string>("text");
    int number = 0;
    const auto row = [&](std::string text) {
        QTest::addRow("%d %s", ++number, nameOf(text).c_str()) << text;
    };
    // Nothing, or more than one thing
    for (const char *text : {"",    " ",   "\n",  "{}{}",   "[] []",   "1 2",    "nullnull",
                             "{}x", "[]]", "{}}", "\"a\"b", "[1]\xff", ",",      ":",
                             "]",   "}",   "//",  "/**/",   "{}/**/",  "[1]//x", "#"})
        row(text);
    // Commas and colons
    for (const char *text : {"[1,]",
                             "[,1]",
                             "[,]",
                             "[1,,2]",
                             "[1 2]",
                             "[1:2]",
                             R"({"a":1,})",
                             R"({,"a":1})",
                             R"({"a"})",
                             R"({"a":})",
                             R"({"a",1})",
                             R"({"a" 1})",
                             R"({"a":1 "b":2})",
                             R"({"a"::1})",
                             R"({:1})",
                             R"({1:1})",
                             R"({a:1})",
                             R"({null:1})",
                             R"({[]:1})",
                             "[\"a\",\n1,,]"})
        row(text);
    // Open ends
    for (const char *text : {"[", "{", "\"", "\"a", "[1", "[\"a", "{\"a\"", "{\"a\":", "{\"a\":1",
                             "[1,", "[[]", "{\"a\":[", "[}", "{]", "[\"\\\"]", "\"\\"})
        row(text);
    // Numbers
    for (const char *text :
         {"-",    "+1",    "-2.",          "2.",       ".5",        "-.5",  "01",
          "-01",  "00",    "1e",           "1e+",      "1E-",       "1.e1", "1.5e",
          "0x1",  "1_000", "1,000",        "Infinity", "-Infinity", "NaN",  "nan",
          "inf",  "1e999", "-1e999",       "1.0.0",    "--1",       "1-",   "- 1",
          "1 e1", "0e",    "\xef\xbc\x91", "1a",       "1e1.5"})
        row(text);
    // Words
    for (const char *text : {"True", "TRUE", "tru", "truee", "fals", "nul", "Null", "undefined",
                             "yes", "a", "'a'", "['a']", "{'a':1}", "`a`"})
        row(text);
    // Escapes
    for (const char *text : {R"("\a")", R"("\0")", R"("\x41")", R"("\u")", R"("\u12")",
                             R"("\u123g")", R"("\U0041")", R"("\'")", R"("\
")",
                             R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800x")",
                             R"("\ud800\n")", R"("\udfff\ud800")", R"("\ud83d\u0041")"})
        row(text);
    // Raw control characters
    for (char c = 1; c < 0x20; ++c)
        row(std::string("\"a") + c + "b\"");
    row(std::string("\"\0\"", 3));
    row(std::string("{}\0", 3));
    row(std::string("{}\0x", 4));
    row(std::string("\0{}", 3));
    row("[\"a\nb\"]");
    row("\x1e{}");
    row("\f[]");
    row("\v[]");
    row("\xc2\xa0[]"); // a no-break space is no JSON white space
    // Bad UTF-8: continuation alone, cut short, overlong, surrogates, beyond the last, never bytes
    for (const char *bytes : {"\x80",
                              "\xbf",
                              "\xc2",
                              "\xc2\x20",
                              "\xe2\x82",
                              "\xe2\x28\xa1",
                              "\xf0\x9f\x98",
                              "\xc0\x80",
                              "\xc1\xbf",
                              "\xe0\x80\x80",
                              "\xe0\x9f\xbf",
                              "\xf0\x80\x80\x80",
                              "\xf0\x8f\xbf\xbf",
                              "\xed\xa0\x80",
                              "\xed\xbf\xbf",
                              "\xed\xa0\xbd\xed\xb8\x80",
                              "\xf4\x90\x80\x80",
                              "\xf5\x80\x80\x80",
                              "\xf8\x88\x80\x80\x80",
                              "\xfe",
                              "\xff",
                              "\xe9"}) {
        row(std::string("\"") + bytes + "\"");
        row(std::string("{\"") + bytes + "\":1}");
    }
    // Byte order marks and other encodings
    row("\xef\xbb\xbf{}");
    row("\xef\xbb\xbf");
    row(std::string("\xff\xfe{\0}\0", 6));
    row(std::string("\xfe\xff\0{\0}", 6));
    row(std::string("{\0}\0", 4));
    // Duplicate keys
    row(R"({"a":1,"a":1})");
    row(R"({"a":1,"b":2,"a":null})");
    row(R"({"a":1,"\u0061":2})");
    row(R"({"":1,"":2})");
    row(R"([{"x":{"a":{},"a":[]}}])");
    // Nesting
    row(repeated("[", 65) + repeated("]", 65));
    row(repeated("{\"a\":", 65) + "1" + repeated("}", 65));
    row(repeated("[{\"a\":", 33) + "1" + repeated("}]", 33));
}

void TestJson::invalidTextIsRefused()
{
    QFETCH(std::string, text);
    const Result<Json> json = parseJson(text);
    QVERIFY(!json);
    QVERIFY(json.error().code == ErrorCode::Malformed);
    QVERIFY(!json.error().detail.empty());
}

void TestJson::truncatedTextIsRefused()
{
    const std::string text = R"({"a":[1,-2.5e3,"x\u00e9\ud83d\ude00y",true,null],"b":{"c":{}}})";
    QVERIFY(parseJson(text));
    for (std::size_t size = 0; size < text.size(); ++size)
        QVERIFY(!parseJson(text.substr(0, size)));
}

void TestJson::deepNestingFailsQuickly()
{
    QElapsedTimer timer;
    timer.start();
    constexpr JsonLimits unlimited{.bytes = std::size_t{1} << 30, .depth = MaxJsonDepth};
    QVERIFY(!parseJson(repeated("[", 100000), unlimited));
    QVERIFY(!parseJson(repeated("[", 100000) + repeated("]", 100000), unlimited));
    QVERIFY(!parseJson(repeated("{\"a\":", 100000), unlimited));
    QVERIFY(!parseJson(repeated("[", 10000000), unlimited));
    // Generous: it is to tell a stop at the limit from a walk through all.
    QVERIFY(timer.elapsed() < 5000);
}

void TestJson::sizeIsLimited()
{
    const std::string fits = "\"" + std::string(MaxRequestBody - 2, 'x') + "\"";
    QVERIFY(parseJson(fits));
    const Result<Json> tooLong = parseJson(fits + " ");
    QVERIFY(!tooLong && tooLong.error().code == ErrorCode::TooLarge);
    QVERIFY(!parseJson("[1]", {.bytes = 2}));
}

void TestJson::numbersKeepTheirValue()
{
    const auto json = parseJson("[18446744073709551615,-9223372036854775808,0.1,1e308,"
                                "18446744073709551616,5e-324,1e-400]");
    QVERIFY(json);
    QCOMPARE((*json)[0].get<std::uint64_t>(), std::numeric_limits<std::uint64_t>::max());
    QCOMPARE((*json)[1].get<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
    QCOMPARE((*json)[2].get<double>(), 0.1);
    QVERIFY((*json)[4].is_number_float());
    QCOMPARE((*json)[6].get<double>(), 0.0);
}

void TestJson::dumpNeverFails()
{
    QCOMPARE(dumpJson(Json(std::string("a\xff"))), std::string("\"a\xef\xbf\xbd\""));
    QVERIFY(parseJson(dumpJson(Json(std::string("\xed\xa0\x80\x01")))));
}

QTEST_GUILESS_MAIN(TestJson)
#include "json_test.moc"
