// SPDX-License-Identifier: GPL-3.0-or-later
// The picker's rows: sections, order, searching by every name, and how long many take.
#include "app-vpn/gui/picker_model.h"
#include "app-vpn/gui/picker_rows.h"

#include <QElapsedTimer>
#include <QTest>
#include <ctime>

using namespace higgs::vpn;
using Kind = PickerRow::Kind;

namespace {

Place place(const char *country, const char *region, int available, double load,
            std::optional<double> latency)
{
    // This computer is 20 ms from the server.
    std::optional<double> estimate = latency;
    if (estimate)
        *estimate += 20;
    return {QLatin1String(country),
            QLatin1String(region),
            4,
            available,
            load,
            latency,
            estimate,
            std::nullopt};
}

const std::vector<Place> Places = {
    place("NL", "", 3, 0.7, std::nullopt), place("DE", "DE-BE", 2, 0.25, 18.0),
    place("DE", "DE-BY", 1, 0.5, 24.0),    place("JP", "", 0, 1, 5.0),
    place("FI", "", 2, 0.1, 31.0),         place("AX", "", 1, 0.1, 31.0),
    place("US", "US-CA", 1, 0.3, 150.0)};

} // namespace

class PickerRowsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_query = {}; }
    void sections();
    void order();
    void ownSessionsFirst();
    void placesAreCounted();
    void oldFiguresAreDated();
    void freshnessByState();
    void theOwnPlaceIsMarked();
    void regionsFold();
    void absentFavourites();
    void searching_data();
    void searching();
    void searchOpensTheRegionFound();
    void noResults();
    void spoken();
    void modelKeepsItsShape();
    void many();

private:
    std::vector<PickerRow> rows() { return pickerRows(Places, m_query, m_names); }
    QStringList countries();

    PickerQuery m_query;
    NameIndex m_names{QLocale(QLocale::Russian)};
};

QStringList PickerRowsTest::countries()
{
    QStringList list;
    for (const PickerRow &row : rows()) {
        if (row.kind == Kind::Country)
            list << row.country;
    }
    return list;
}

void PickerRowsTest::sections()
{
    QCOMPARE(rows().at(0).kind, Kind::Fastest);
    QVERIFY(rows().at(0).usable);
    QCOMPARE(rows().at(1).kind, Kind::Section);
    m_query.favourites = {QStringLiteral("FI")};
    m_query.recents = {QStringLiteral("DE"), QStringLiteral("FI")};
    const auto all = rows();
    QCOMPARE(all.at(1).text, QStringLiteral("Favourites"));
    QCOMPARE(all.at(2).country, QStringLiteral("FI"));
    QVERIFY(all.at(2).favourite);
    QCOMPARE(all.at(3).text, QStringLiteral("Recent"));
    QCOMPARE(all.at(6).text, QStringLiteral("All countries"));
    const auto none = pickerRows({}, {}, m_names);
    QVERIFY(!none.at(0).usable);
}

void PickerRowsTest::order()
{
    // The nearest first, equal ones by name, unknown distances later, full ones last.
    QCOMPARE(countries(),
             (QStringList{QStringLiteral("DE"), QStringLiteral("AX"), QStringLiteral("FI"),
                          QStringLiteral("US"), QStringLiteral("NL"), QStringLiteral("JP")}));
    const auto all = rows();
    QVERIFY(!all.back().usable);
    QVERIFY(all.back().below.contains(QStringLiteral("All homes are taken")));
    const PickerRow &germany = all.at(2);
    QCOMPARE(germany.text, QStringLiteral("Германия")); // the window's language first
    QVERIFY(germany.below.contains(QStringLiteral("Deutschland")));
    QCOMPARE(germany.roundTripMs, std::optional(38.0)); // both legs, not the server's figure
    QVERIFY(!germany.measured);
    QCOMPARE(germany.load, 0.375);
    QCOMPARE(germany.available, 3);
}

void PickerRowsTest::ownSessionsFirst()
{
    std::vector<Place> places = Places;
    places.at(6).pastMs = 31; // it was much nearer than the estimate says
    const auto all = pickerRows(places, m_query, m_names);
    QCOMPARE(all.at(2).country, QStringLiteral("US"));
    QVERIFY(all.at(2).measured);
    QCOMPARE(roundTripText(all.at(2)), QStringLiteral("31 ms last time"));
    QCOMPARE(roundTripText(all.at(3)), QStringLiteral("about 38 ms"));
    // Without this computer's own leg the server's figure is nobody's round trip.
    places = {place("DE", "", 1, 0, 9.2)};
    places.at(0).estimateMs.reset();
    const PickerRow unknown = pickerRows(places, m_query, m_names).back();
    QVERIFY(!unknown.roundTripMs);
    QVERIFY(!spokenRow(unknown).contains(QStringLiteral("ms")));
}

void PickerRowsTest::placesAreCounted()
{
    m_query.open = {QStringLiteral("DE")};
    const auto all = rows();
    QVERIFY2(all.at(2).below.startsWith(QStringLiteral("3 of 8 home")),
             qPrintable(all.at(2).below));
    QCOMPARE(all.at(3).below.left(6), QStringLiteral("2 of 4"));
    for (const PickerRow &row : all)
        QVERIFY(!row.below.contains(u'%') && !spokenRow(row).contains(u'%'));
}

void PickerRowsTest::oldFiguresAreDated()
{
    m_query.freshness = {true, QStringLiteral("DE"), QStringLiteral("DE-BY")};
    m_query.open = {QStringLiteral("DE")};
    const auto all = rows();
    for (const PickerRow &row : all) {
        if (row.kind == Kind::Country || row.kind == Kind::Region)
            QVERIFY(row.dated);
    }
    QVERIFY(all.at(2).silent && !all.at(3).silent && all.at(4).silent);
    QVERIFY(all.at(4).below.contains(QStringLiteral("does not answer")));
    QVERIFY(spokenRow(all.at(3)).contains(QStringLiteral("may have changed")));
    // The only home there: its figure is not shown as if it were one to be had.
    std::vector<Place> alone{place("FI", "", 1, 0, 12)};
    alone.at(0).nodes = 1;
    m_query.freshness = {true, QStringLiteral("FI"), {}};
    const PickerRow dead = pickerRows(alone, m_query, m_names).back();
    QVERIFY(dead.silent && !dead.roundTripMs);
    QVERIFY(dead.below.startsWith(QStringLiteral("Does not answer")));
}

void PickerRowsTest::freshnessByState()
{
    using namespace std::chrono_literals;
    ClientView view;
    view.state = State::Connected;
    view.country = QStringLiteral("FI");
    QCOMPARE(freshnessOf(LinkState::Up, view, false, 60s), Freshness{});
    QVERIFY(freshnessOf(LinkState::Up, view, false, 10min).dated);
    QVERIFY(freshnessOf(LinkState::Up, view, true, 1s).dated);
    QVERIFY(freshnessOf(LinkState::Absent, view, false, 1s).dated);
    for (const State state : {State::Reconnecting, State::Blocked}) {
        view.state = state;
        view.problem = Problem::NodeLost;
        const Freshness lost = freshnessOf(LinkState::Up, view, false, 1s);
        QVERIFY(lost.dated && lost.silentCountry == QLatin1String("FI"));
        view.problem = Problem::ServerUnreachable; // then the exit may be well
        QVERIFY(freshnessOf(LinkState::Up, view, false, 1s).dated);
        QVERIFY(freshnessOf(LinkState::Up, view, false, 1s).silentCountry.isEmpty());
    }
    view.problem = Problem::Lockdown;
    QVERIFY(!freshnessOf(LinkState::Up, view, false, 1s).dated);
}

void PickerRowsTest::theOwnPlaceIsMarked()
{
    ClientView view;
    QCOMPARE(markedOf(LinkState::Up, view).here, Here::No);
    view.state = State::Connecting;
    m_query.marked = markedOf(LinkState::Up, view); // the server chooses
    QCOMPARE(rows().at(0).here, Here::Wanted);
    view.request = RequestView{QStringLiteral("FI"), {}, {}, {}};
    m_query.marked = markedOf(LinkState::Up, view);
    QCOMPARE(rows().at(0).here, Here::No);
    const auto onTheWay = rows();
    QVERIFY(std::any_of(onTheWay.begin(), onTheWay.end(), [](const PickerRow &each) {
        return each.country == QLatin1String("FI") && each.here == Here::Wanted;
    }));
    view.state = State::Connected;
    view.country = QStringLiteral("DE");
    view.region = QStringLiteral("DE-BY");
    m_query.marked = markedOf(LinkState::Up, view);
    m_query.open = {QStringLiteral("DE")};
    QStringList connected;
    for (const PickerRow &row : rows()) {
        if (row.here == Here::Connected) {
            connected << row.country + u' ' + row.region;
            QVERIFY(spokenRow(row).contains(QStringLiteral("Connected")));
        }
    }
    QCOMPARE(connected, (QStringList{QStringLiteral("DE "), QStringLiteral("DE DE-BY")}));
    QCOMPARE(markedOf(LinkState::Absent, view).here, Here::No);
}

void PickerRowsTest::regionsFold()
{
    QVERIFY(rows().at(2).foldable);
    QVERIFY(!rows().at(2).open);
    m_query.open = {QStringLiteral("DE"), QStringLiteral("US")};
    const auto open = rows();
    QVERIFY(open.at(2).open);
    QCOMPARE(open.at(3).kind, Kind::Region);
    QCOMPARE(open.at(3).region, QStringLiteral("DE-BE"));
    QCOMPARE(open.at(4).region, QStringLiteral("DE-BY"));
    QCOMPARE(open.at(5).kind, Kind::Country); // one region alone does not fold
}

void PickerRowsTest::absentFavourites()
{
    m_query.favourites = {QStringLiteral("IS")};
    const PickerRow row = rows().at(2);
    QCOMPARE(row.text, QStringLiteral("Исландия"));
    QVERIFY(row.below.contains(QStringLiteral("Nobody shares there")));
    QVERIFY(!row.usable);
}

void PickerRowsTest::searching_data()
{
    QTest::addColumn<QString>("search");
    QTest::addColumn<QString>("country");
    QTest::newRow("native") << QStringLiteral("deutsch") << QStringLiteral("DE");
    QTest::newRow("English") << QStringLiteral("  germ") << QStringLiteral("DE");
    QTest::newRow("the window's language") << QStringLiteral("ГЕРМ") << QStringLiteral("DE");
    QTest::newRow("its short name") << QStringLiteral("сша") << QStringLiteral("US");
    QTest::newRow("its long name") << QStringLiteral("Соединённые") << QStringLiteral("US");
    QTest::newRow("code") << QStringLiteral("jp") << QStringLiteral("JP");
    QTest::newRow("without accents") << QStringLiteral("aland") << QStringLiteral("AX");
    QTest::newRow("in the middle") << QStringLiteral("states") << QStringLiteral("US");
    QTest::newRow("a region's code") << QStringLiteral("de-by") << QStringLiteral("DE");
}

void PickerRowsTest::searching()
{
    QFETCH(QString, search);
    m_query.search = search;
    QVERIFY(!countries().isEmpty());
    QTEST(countries().constFirst(), "country");
    for (const PickerRow &row : rows())
        QVERIFY(row.kind == Kind::Country || row.kind == Kind::Region);
}

void PickerRowsTest::searchOpensTheRegionFound()
{
    m_query.search = QStringLiteral("DE-BY");
    const auto found = rows();
    QCOMPARE(found.size(), std::size_t{2});
    QVERIFY(found.at(0).open);
    QCOMPARE(found.at(1).region, QStringLiteral("DE-BY"));
}

void PickerRowsTest::noResults()
{
    for (const auto &search :
         {QStringLiteral("xyzzy"), QStringLiteral("[*"), QStringLiteral("\n")}) {
        m_query.search = search;
        QCOMPARE(rows().empty(), !search.simplified().isEmpty());
    }
}

void PickerRowsTest::spoken()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    m_query.favourites = {QStringLiteral("DE")};
    const QString said = spokenRow(rows().at(2));
    for (const auto &part : {QStringLiteral("Deutschland"), QStringLiteral("Германия"),
                             QStringLiteral("round trip about 38 ms"), QStringLiteral("3 of 8"),
                             QStringLiteral("favourite")})
        QVERIFY2(said.contains(part), qPrintable(said));
    QVERIFY(spokenRow(rows().back()).contains(QStringLiteral("not available")));
}

void PickerRowsTest::modelKeepsItsShape()
{
    PickerModel model;
    int resets = 0;
    connect(&model, &QAbstractItemModel::modelReset, this, [&resets] { ++resets; });
    model.setRows(rows());
    QCOMPARE(resets, 1);
    std::vector<Place> busier = Places;
    busier.at(0).load = 0.9;
    model.setRows(pickerRows(busier, m_query, m_names));
    QCOMPARE(resets, 1);
    QCOMPARE(model.firstUsable(), 0);
    PickerRow like = rows().at(2);
    QCOMPARE(model.find(like), 2);
    like.country = QStringLiteral("ZZ");
    QCOMPARE(model.find(like), -1);
    QVERIFY(!(model.flags(model.index(1)) & Qt::ItemIsSelectable));
}

void PickerRowsTest::many()
{
    std::vector<Place> places;
    for (char16_t a = u'A'; a <= u'Z'; ++a) {
        for (char16_t b = u'A'; b <= u'Z'; ++b) {
            for (int region = 0; region < 3; ++region)
                places.push_back({QString(QChar(a)) + QChar(b),
                                  QStringLiteral("R%1").arg(region),
                                  3,
                                  region,
                                  0.1 * region,
                                  double(a + b),
                                  double(a + b),
                                  {}});
        }
    }
    pickerRows(places, m_query, m_names); // names are looked up once
    constexpr int Keys = 20;
    constexpr double MostSeconds = 0.05; // of processor time, a key; twenty fit a second
    const std::clock_t before = std::clock();
    for (int key = 0; key < Keys; ++key) {
        m_query.search = key % 2 == 0 ? QStringLiteral("a") : QStringLiteral("an");
        QVERIFY(!pickerRows(places, m_query, m_names).empty());
    }
    const double each = double(std::clock() - before) / CLOCKS_PER_SEC / Keys;
    qInfo("%.1f ms a key at %zu places", each * 1000, places.size());
    QVERIFY(each < MostSeconds);
}

QTEST_GUILESS_MAIN(PickerRowsTest)
#include "picker_rows_test.moc"
