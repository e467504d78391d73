// SPDX-License-Identifier: GPL-3.0-or-later
// What a maintenance action's payload means, whatever a server puts there.
#include "app-node/engine/maintenance.h"

#include <QTest>

using namespace higgs;
using namespace higgs::node;

class MaintenanceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void payloads_data()
    {
        QTest::addColumn<QByteArray>("payload");
        QTest::addColumn<bool>("on");
        QTest::addColumn<int>("within"); // below 0: not said
        QTest::newRow("nothing") << QByteArray("{}") << true << -1;
        QTest::newRow("not an object") << QByteArray("[1]") << true << -1;
        QTest::newRow("null") << QByteArray("null") << true << -1;
        QTest::newRow("on") << QByteArray(R"({"enabled":true,"within":60})") << true << 60;
        QTest::newRow("at once") << QByteArray(R"({"enabled":true,"within":0})") << true << 0;
        QTest::newRow("off") << QByteArray(R"({"enabled":false})") << false << -1;
        QTest::newRow("text") << QByteArray(R"({"enabled":"no","within":"60"})") << true << -1;
        QTest::newRow("negative") << QByteArray(R"({"within":-1})") << true << -1;
        QTest::newRow("fraction") << QByteArray(R"({"within":1.5})") << true << -1;
        QTest::newRow("a day") << QByteArray(R"({"within":86400})") << true << 86'400;
        QTest::newRow("longer") << QByteArray(R"({"within":86401})") << true << 86'400;
        QTest::newRow("huge") << QByteArray(R"({"within":18446744073709551615})") << true << 86'400;
        QTest::newRow("beyond") << QByteArray(R"({"within":18446744073709551616})") << true << -1;
    }
    void payloads()
    {
        QFETCH(QByteArray, payload);
        QFETCH(bool, on);
        QFETCH(int, within);
        const auto json = protocol::Json::parse(payload.begin(), payload.end());
        MaintenanceWish wanted{on, std::nullopt};
        if (within >= 0)
            wanted.within = Seconds(within);
        QVERIFY(parseMaintenance(json) == wanted);
    }
};

QTEST_APPLESS_MAIN(MaintenanceTest)
#include "maintenance_test.moc"
