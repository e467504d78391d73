// SPDX-License-Identifier: GPL-3.0-or-later
// Options from the command line, the environment and an INI file, and server URLs.
#include "shared/control/command_line.h"
#include "shared/control/place_text.h"
#include "shared/control/server_url.h"

#include <QTest>
#include <array>

using namespace higgs;
using namespace higgs::control;
using Value = CommandOption::Value;

class CommandLineTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parses();
    void refuses_data();
    void refuses();
    void precedence();
    void ini();
    void numbers();
    void serverUrls_data();
    void serverUrls();
    void places();
};

namespace {

constexpr std::array Options = {
    CommandOption{"server", Value::Required, "URL", "the server"},
    CommandOption{"exit-allow", Value::Required, "CIDR", "may be repeated", true},
    CommandOption{"wait", Value::Optional, "SECONDS", "wait"},
    CommandOption{"json", Value::None, {}, "JSON"},
    CommandOption{"help", Value::None, {}, "help"},
};

Result<CommandLine> parsed(const std::vector<std::string> &arguments)
{
    return CommandLine::parse(Options, arguments);
}

} // namespace

void CommandLineTest::parses()
{
    const auto line = parsed({"connect", "--server", "a", "DE", "--wait", "--json",
                              "--exit-allow=x", "--exit-allow", "y", "--", "--z"});
    QVERIFY(line);
    QCOMPARE(line->positionals(), (std::vector<std::string>{"connect", "DE", "--z"}));
    QCOMPARE(line->value("server").value_or(""), std::string("a"));
    QCOMPARE(line->values("exit-allow"), (std::vector<std::string>{"x", "y"}));
    QVERIFY(line->has("wait") && line->value("wait") == "");
    QVERIFY(line->has("json") && !line->has("help"));
    QVERIFY(parsed({"-h"})->has("help"));
    QCOMPARE(parsed({"--wait=7"})->value("wait").value_or(""), std::string("7"));
    // The value of an option may itself begin with a dash.
    QCOMPARE(parsed({"--server", "--json"})->value("server").value_or(""), std::string("--json"));
}

void CommandLineTest::refuses_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("unknown") << QStringList{QStringLiteral("--nonsense")};
    QTest::newRow("short") << QStringList{QStringLiteral("-x")};
    QTest::newRow("value missing") << QStringList{QStringLiteral("--server")};
    QTest::newRow("value not taken") << QStringList{QStringLiteral("--json=1")};
    QTest::newRow("twice") << QStringList{QStringLiteral("--json"), QStringLiteral("--json")};
}

void CommandLineTest::refuses()
{
    QFETCH(const QStringList, arguments);
    std::vector<std::string> plain;
    for (const QString &argument : arguments)
        plain.push_back(argument.toStdString());
    const auto line = parsed(plain);
    QVERIFY(!line);
    QCOMPARE(line.error().code, ErrorCode::InvalidArgument);
    QVERIFY(line.error().detail.find(plain[0].substr(0, 5)) != std::string::npos);
}

void CommandLineTest::precedence()
{
    const std::map<std::string, const char *> environment = {
        {"HIGGS_X_SERVER", "from-environment"},
        {"HIGGS_X_EXIT_ALLOW", "a, b,c"},
        {"HIGGS_X_JSON", "on"},
    };
    const auto lookup = [&environment](const char *name) {
        const auto found = environment.find(name);
        return found == environment.end() ? nullptr : found->second;
    };
    auto line = parsed({"--server", "given"});
    QVERIFY(line && line->addEnvironment("HIGGS_X", lookup));
    QVERIFY(line->addIni("server = from-file\nexit-allow = z\nwait = 9\n"));
    QCOMPARE(line->value("server").value_or(""), std::string("given"));
    QCOMPARE(line->values("exit-allow"), (std::vector<std::string>{"a", "b", "c"}));
    QCOMPARE(line->value("wait").value_or(""), std::string("9"));
    QVERIFY(line->has("json"));

    auto wrong = parsed({});
    QVERIFY(!wrong->addEnvironment("P", [](const char *name) {
        return std::string_view(name) == "P_JSON" ? "maybe" : nullptr;
    }));
}

void CommandLineTest::ini()
{
    auto line = parsed({});
    QVERIFY(
        line->addIni("# comment\n; too\n[section]\n\n server=a b \r\nexit-allow=1\nexit-allow=2"));
    QCOMPARE(line->value("server").value_or(""), std::string("a b"));
    auto saved = parsed({});
    QVERIFY(saved->addIni("\xef\xbb\xbfserver = a\r\nwait = 3\r\n"));
    QCOMPARE(saved->value("server").value_or(""), std::string("a"));
    QCOMPARE(line->values("exit-allow"), (std::vector<std::string>{"1", "2"}));
    QVERIFY(!parsed({})->addIni("nonsense = 1"));
    QVERIFY(!parsed({})->addIni("server"));
}

void CommandLineTest::numbers()
{
    QCOMPARE(parseNumber("n", "42", 1, 99).value_or(0), std::uint64_t{42});
    for (const char *text :
         {"", "0", "100", "-1", "+5", "5 ", "0x5", "5.0", "99999999999999999999"})
        QVERIFY2(!parseNumber("n", text, 1, 99), text);
}

void CommandLineTest::serverUrls_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    const auto row = [](const char *text, const char *host, int port) {
        QTest::newRow(text) << QString::fromUtf8(text) << QString::fromLatin1(host) << port;
    };
    row("https://boson.example.com:3000", "boson.example.com", 3000);
    row("https://boson.example.com/", "boson.example.com", 443);
    row("boson.example.com", "boson.example.com", 3000);
    row("192.0.2.1:5", "192.0.2.1", 5);
    row("https://[2001:db8::1]:3000", "2001:db8::1", 3000);
    row("[2001:db8::1]", "2001:db8::1", 3000);
    row("https://boson.example.com.:3000", "boson.example.com", 3000);
    row("HTTPS://Boson.EXAMPLE.com:3000", "boson.example.com", 3000);
    row(" \t<https://boson.example.com/>\r\n", "boson.example.com", 443);
    row("\"boson.example.com\"", "boson.example.com", 3000);
    row("https://b\xc3\xb6son.example:3000", "xn--bson-5qa.example", 3000);
    row("B\xc3\x96SON.example", "xn--bson-5qa.example", 3000);
    row("bo\xcc\x88son.example", "xn--bson-5qa.example", 3000); // a letter and its dots apart
    row("\xef\xbb\xbfhttps://xn--bson-5qa.example\xe2\x80\x8b", "xn--bson-5qa.example", 443);
    row("b\xc3\xb6son\xe3\x80\x82"
        "example",
        "xn--bson-5qa.example", 3000);
    row("::1", "::1", 3000);
    row("2001:DB8::1", "2001:db8::1", 3000);
    row("https://[2001:DB8:0::1]:5", "2001:db8::1", 5);
    for (const char *bad : {"",
                            "https://",
                            "http://boson.example.com",
                            "wss://boson.example.com",
                            "https://a:0",
                            "https://a:65536",
                            "https://a:",
                            "https://[::1",
                            "https://[boson]",
                            "https://a b",
                            "https://user@a",
                            "https://a/path",
                            "https://a..:3000",
                            "https://.",
                            ".",
                            "HTTP://a",
                            "https://\xc3\xb6 .example",
                            "\xff\xfe.example",
                            "https://\xe2\x80\x8b",
                            "https://a:3000:4000",
                            "https://[::1]x"})
        row(bad, "", 0);
}

void CommandLineTest::serverUrls()
{
    QFETCH(const QString, text);
    QFETCH(const QString, host);
    QFETCH(const int, port);
    const Result<ServerUrl> url = parseServerUrl(text.toStdString());
    QCOMPARE(url.has_value(), port != 0);
    if (!url)
        return;
    QCOMPARE(QString::fromStdString(url->host), host);
    QCOMPARE(int{url->port}, port);
}

void CommandLineTest::places()
{
    for (const auto &[text, code] :
         {std::pair{"gb", "GB"}, std::pair{"UK", "GB"}, std::pair{"uk", "GB"},
          std::pair{" De\n", "DE"}, std::pair{"EL", "GR"}, std::pair{"USA", "US"},
          std::pair{"Germany", "DE"}, std::pair{"united  states", "US"}}) {
        const auto country = parseCountryText(text);
        QVERIFY2(country, text);
        QCOMPARE(country->text(), std::string(code));
    }
    for (const char *wrong : {"", " ", "X", "XX", "XK", "EU", "QQQ", "Atlantis", "D E", "1", "DE-"})
        QVERIFY2(!parseCountryText(wrong), wrong);
    QCOMPARE(parsePlaceText("uk-eng")->text, std::string("GB-ENG"));
    QCOMPARE(parsePlaceText("DE-BE ")->text, std::string("DE-BE"));
    QCOMPARE(parsePlaceText("France")->text, std::string("FR"));
    for (const char *wrong : {"DE-XXX", "USA-CA", "-", "DE-", "UK-BE"})
        QVERIFY2(!parsePlaceText(wrong), wrong);
}

QTEST_APPLESS_MAIN(CommandLineTest)
#include "command_line_test.moc"
