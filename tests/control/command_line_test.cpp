// SPDX-License-Identifier: GPL-3.0-or-later
// Options from the command line, the environment and an INI file, and server URLs.
#include "shared/control/command_line.h"
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
        QTest::newRow(text) << QString::fromLatin1(text) << QString::fromLatin1(host) << port;
    };
    row("https://boson.example.com:3000", "boson.example.com", 3000);
    row("https://boson.example.com/", "boson.example.com", 443);
    row("boson.example.com", "boson.example.com", 3000);
    row("192.0.2.1:5", "192.0.2.1", 5);
    row("https://[2001:db8::1]:3000", "2001:db8::1", 3000);
    row("[2001:db8::1]", "2001:db8::1", 3000);
    for (const char *bad :
         {"", "https://", "http://boson.example.com", "wss://boson.example.com", "https://a:0",
          "https://a:65536", "https://a:", "https://[::1", "https://[boson]", "https://a b",
          "https://user@a", "https://a/path", "::1", "https://a:3000:4000", "https://[::1]x"})
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

QTEST_APPLESS_MAIN(CommandLineTest)
#include "command_line_test.moc"
