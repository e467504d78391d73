// SPDX-License-Identifier: GPL-3.0-or-later
// Settings on disk: kept whole, private, and never guessed at when damaged.
#include "shared/control/settings_file.h"
#include "shared/control/text_file.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <sys/stat.h>
#include <unistd.h>

using namespace higgs;
using namespace higgs::control;
using protocol::Json;

class SettingsFileTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void roundTrip();
    void overwritesWhereNothingNewCanBe();
    void rootLeavesWhatTheServiceCanRead();
    void damaged();
    void dataDirectory();
    void textFiles();
    void interfaceNames();

private:
    std::string path(const char *name) const { return m_dir.path().toStdString() + "/" + name; }

    QTemporaryDir m_dir;
};

void SettingsFileTest::roundTrip()
{
    const std::string file = path("settings.json");
    QVERIFY(readSettings(file).value_or(Json()) == Json::object());
    QVERIFY(writeSettings(file, {{"country", "DE"}}));
    QVERIFY(writeSettings(file, {{"country", "FR"}}));
    QVERIFY((readSettings(file).value_or(Json()) == Json{{"country", "FR"}}));
    struct stat found
    {};
    QCOMPARE(::stat(file.c_str(), &found), 0);
    QCOMPARE(found.st_mode & 0777U, mode_t{0600});
    QVERIFY(!QFile::exists(QString::fromStdString(file + ".new")));
    QVERIFY(!writeSettings(path("missing/settings.json"), Json::object()));
}

void SettingsFileTest::overwritesWhereNothingNewCanBe()
{
    const std::string file = path("full.json");
    QVERIFY(writeSettings(file, {{"sharing", true}, {"wish", "DE"}}));
    QCOMPARE(::mkdir((file + ".new").c_str(), 0700), 0); // as a disk without room
    QVERIFY(writeSettings(file, {{"sharing", false}}));
    QVERIFY((readSettings(file).value_or(Json()) == Json{{"sharing", false}}));
    QVERIFY(writeSettings(file, {{"sharing", false}, {"country", "DE"}, {"region", "DE-BE"}}));
    QCOMPARE(readSettings(file).value_or(Json()).size(), std::size_t{3});
    QVERIFY(!writeSettings(path("none.json.new/none.json"), Json::object()));
    QCOMPARE(::rmdir((file + ".new").c_str()), 0);
    // Never through what is no file of ours.
    const std::string link = path("link.json");
    QCOMPARE(::symlink(file.c_str(), link.c_str()), 0);
    QCOMPARE(::mkdir((link + ".new").c_str(), 0700), 0);
    QVERIFY(!writeSettings(link, Json::object()));
    QCOMPARE(readSettings(file).value_or(Json()).size(), std::size_t{3});
}

void SettingsFileTest::rootLeavesWhatTheServiceCanRead()
{
    if (::geteuid() != 0)
        QSKIP("only root can give files away");
    constexpr uid_t Service = 65'534;
    const std::string directory = path("service");
    QCOMPARE(::mkdir(directory.c_str(), 0700), 0);
    QCOMPARE(::chown(directory.c_str(), Service, Service), 0);
    const std::string file = directory + "/settings.json";
    QVERIFY(writeSettings(file, {{"lockdown", false}}));
    struct stat found
    {};
    QCOMPARE(::stat(file.c_str(), &found), 0);
    QCOMPARE(found.st_uid, Service);
    QCOMPARE(found.st_gid, Service);
    QCOMPARE(found.st_mode & 0777U, mode_t{0600});
}

void SettingsFileTest::damaged()
{
    for (const char *text : {"{", "[]", "", "{\"a\":1}x"}) {
        QFile file(QString::fromStdString(path("damaged")));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(text);
        file.close();
        const Result<Json> settings = readSettings(path("damaged"));
        QVERIFY(!settings);
        QCOMPARE(settings.error().code, ErrorCode::Malformed);
        QVERIFY(settings.error().detail.find(path("damaged")) != std::string::npos);
    }
}

void SettingsFileTest::dataDirectory()
{
    QVERIFY(prepareDataDirectory(path("a/b/c")));
    struct stat found
    {};
    QCOMPARE(::stat(path("a/b/c").c_str(), &found), 0);
    QCOMPARE(found.st_mode & 0777U, mode_t{0700});
    QVERIFY(prepareDataDirectory(path("a/b/c")));
    const Result<void> onFile = prepareDataDirectory("/proc/version/x");
    QVERIFY(!onFile);
    QVERIFY(onFile.error().detail.find("--data-dir") != std::string::npos);
    QVERIFY(onFile.error().detail.find('\n') == std::string::npos);
}

void SettingsFileTest::textFiles()
{
    QFile file(QString::fromStdString(path("key")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(" secret\n\n");
    file.close();
    QCOMPARE(readTextFile(path("key"), 100).value_or(""), std::string(" secret\n\n"));
    QCOMPARE(std::string(readSecretFile(path("key"), 100)->reveal()), std::string("secret"));
    QCOMPARE(readTextFile(path("key"), 3).error().code, ErrorCode::TooLarge);
    QCOMPARE(readTextFile(path("none"), 3).error().code, ErrorCode::NotFound);
    for (const char *saved : {"\xef\xbb\xbfsecret\r\n", "\xef\xbb\xbf secret \xc2\xa0\n"}) {
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(saved);
        file.close();
        QCOMPARE(std::string(readSecretFile(path("key"), 100)->reveal()), std::string("secret"));
    }
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(QByteArrayLiteral("\xff\xfes\0e\0"));
    file.close();
    QCOMPARE(readTextFile(path("key"), 100).error().code, ErrorCode::InvalidArgument);
    QVERIFY(file.resize(0));
    QCOMPARE(readSecretFile(path("key"), 100).error().code, ErrorCode::InvalidArgument);
}

void SettingsFileTest::interfaceNames()
{
    for (const char *name : {"higgs0", "a", "fifteen-letters"})
        QVERIFY2(isInterfaceName(name), name);
    for (const char *name :
         {"", ".", "..", "a b", "a/b", "sixteen-letters1", "-x", "a\nb", "\xc3\xa4"})
        QVERIFY2(!isInterfaceName(name), name);
}

QTEST_APPLESS_MAIN(SettingsFileTest)
#include "settings_file_test.moc"
