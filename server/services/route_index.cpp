// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/route_index.h"

#include <algorithm>
#include <limits>

namespace higgs::server {

namespace {

// Where no figure was reported, every requirement is met: before all latencies, above all widths.
constexpr double NoLatency = -1;
constexpr double NoBandwidth = std::numeric_limits<double>::infinity();
// Whoever has no free place is found by rank alone, for the medians.
constexpr double NotFree = -1;
constexpr std::size_t CacheLine = 64;

double latencyKey(const NodeFigures &figures)
{
    return figures.latency.value_or(NoLatency);
}

double weightOf(const NodeFigures &figures, RouteIndex::State state)
{
    return state == RouteIndex::State::Free ? figures.bandwidth.value_or(NoBandwidth) : NotFree;
}

RouteIndex::State stateOf(const NodeFigures &figures, bool mayGiveWay)
{
    if (figures.sessions < figures.places)
        return RouteIndex::State::Free;
    const bool gives = figures.sessions == figures.places && mayGiveWay;
    return gives ? RouteIndex::State::Giving : RouteIndex::State::Full;
}

/// What can be asked for: a database of an earlier version may hold other texts.
std::string listedRegion(const NodeRecord &record)
{
    if (record.region.empty())
        return {};
    const Result<std::string> region = protocol::parseRegion(record.region, record.country);
    return region ? *region : std::string();
}

} // namespace

/// All nodes, those of a country, or those of a country's region.
struct RouteIndex::Group
{
    protocol::CountryCode country;
    std::string region;
    std::array<std::vector<Slot>, States> rows; ///< by state
    FigureForest::Tree byLatency;
    FigureForest::Tree byBandwidth; ///< of a country
    std::uint64_t places = 0;
    std::uint64_t used = 0;

    [[nodiscard]] std::vector<Slot> &of(State state)
    {
        return rows[static_cast<std::size_t>(state)];
    }
    [[nodiscard]] const std::vector<Slot> &of(State state) const
    {
        return rows[static_cast<std::size_t>(state)];
    }
    [[nodiscard]] std::size_t size() const
    {
        return rows[0].size() + rows[1].size() + rows[2].size();
    }
};

RouteIndex::RouteIndex(std::uint64_t salt)
    : m_world(std::make_unique<Group>()),
      m_byLatency{FigureForest(salt), FigureForest(salt + (1ULL << 32U)),
                  FigureForest(salt + (2ULL << 32U))},
      m_byBandwidth(salt + (3ULL << 32U))
{}

RouteIndex::~RouteIndex() = default;

// --- Keeping ------------------------------------------------------------------------------------

std::array<RouteIndex::Group *, RouteIndex::Levels> RouteIndex::groupsOf(const NodeRecord &record)
{
    auto &country = m_countries[record.country];
    if (!country) {
        country = std::make_unique<Group>();
        country->country = record.country;
    }
    PlaceKey key{record.country, listedRegion(record)};
    auto &place = m_places[key];
    if (!place) {
        place = std::make_unique<Group>();
        place->country = key.first;
        place->region = std::move(key.second);
    }
    return {m_world.get(), country.get(), place.get()};
}

RouteIndex::Slot RouteIndex::slotFor(const Node &node)
{
    const auto found = m_slots.find(&node);
    if (found != m_slots.end())
        return found->second;
    Slot slot = 0;
    if (m_spare.empty()) {
        slot = static_cast<Slot>(m_members.size());
        m_members.emplace_back();
    } else {
        slot = m_spare.back();
        m_spare.pop_back();
        m_members[slot] = {};
    }
    m_slots[&node] = slot;
    return slot;
}

void RouteIndex::list(Slot slot, State state)
{
    Member &member = m_members[slot];
    member.state = state;
    for (std::size_t level = 0; level < Levels; ++level) {
        auto &rows = member.groups[level]->of(state);
        member.rows[level] = static_cast<Slot>(rows.size());
        rows.push_back(slot);
    }
}

void RouteIndex::unlist(Slot slot)
{
    Member &member = m_members[slot];
    for (std::size_t level = 0; level < Levels; ++level) {
        auto &rows = member.groups[level]->of(member.state);
        const Slot last = rows.back();
        rows[member.rows[level]] = last;
        m_members[last].rows[level] = member.rows[level];
        rows.pop_back();
    }
}

void RouteIndex::join(Slot slot)
{
    Member &member = m_members[slot];
    list(slot, member.state);
    const double weight = weightOf(member.figures, member.state);
    for (std::size_t level = 0; level < Levels; ++level) {
        Group &group = *member.groups[level];
        group.places += member.figures.places;
        group.used += member.figures.sessions;
        m_byLatency[level].insert(group.byLatency, slot, latencyKey(member.figures), weight);
    }
    if (member.figures.bandwidth)
        m_byBandwidth.insert(member.groups[Country]->byBandwidth, slot, *member.figures.bandwidth,
                             0);
}

void RouteIndex::leave(Slot slot)
{
    Member &member = m_members[slot];
    unlist(slot);
    for (std::size_t level = 0; level < Levels; ++level) {
        Group &group = *member.groups[level];
        group.places -= member.figures.places;
        group.used -= member.figures.sessions;
        m_byLatency[level].erase(group.byLatency, slot);
    }
    if (member.figures.bandwidth)
        m_byBandwidth.erase(member.groups[Country]->byBandwidth, slot);
    const Group &place = *member.groups[Region];
    const Group &country = *member.groups[Country];
    if (place.size() == 0)
        m_places.erase({place.country, place.region});
    if (country.size() == 0)
        m_countries.erase(protocol::CountryCode(country.country));
}

void RouteIndex::refile(Slot slot, State state)
{
    if (m_members[slot].state == state)
        return;
    unlist(slot);
    list(slot, state);
}

/// After sums and ranks of one that stays in its groups.
void RouteIndex::rank(Slot slot, const NodeFigures &before, const NodeFigures &after)
{
    const Member &member = m_members[slot];
    const double key = latencyKey(after);
    const double weight = weightOf(after, member.state);
    for (std::size_t level = 0; level < Levels; ++level) {
        Group &group = *member.groups[level];
        group.places += after.places;
        group.places -= before.places;
        group.used += after.sessions;
        group.used -= before.sessions;
        FigureForest &forest = m_byLatency[level];
        if (forest.keyOf(slot) != key) {
            forest.erase(group.byLatency, slot);
            forest.insert(group.byLatency, slot, key, weight);
        } else if (forest.weightOf(slot) != weight) {
            forest.reweigh(group.byLatency, slot, weight);
        }
    }
    if (before.bandwidth == after.bandwidth)
        return;
    if (before.bandwidth)
        m_byBandwidth.erase(member.groups[Country]->byBandwidth, slot);
    if (after.bandwidth)
        m_byBandwidth.insert(member.groups[Country]->byBandwidth, slot, *after.bandwidth, 0);
}

bool RouteIndex::hasMoved(const Group &place, const NodeRecord &record)
{
    if (place.country != record.country)
        return true;
    return place.region != record.region && place.region != listedRegion(record);
}

void RouteIndex::put(const Node &node, unsigned sessions, bool mayGiveWay)
{
    if (!node.isOffered())
        return remove(node);
    const bool isNew = !m_slots.contains(&node);
    const Slot slot = slotFor(node);
    Member &member = m_members[slot];
    NodeFigures figures = figuresOf(node, sessions);
    if (isNew || member.reports != node.reports) {
        member.reports = node.reports;
        member.sessionsAtFigures = sessions;
    }
    member.sessionsAtFigures = std::min(member.sessionsAtFigures, sessions);
    figures.arrivals = sessions - member.sessionsAtFigures;
    const State state = stateOf(figures, mayGiveWay);
    const bool moved = !isNew && hasMoved(*member.groups[Region], node.record);
    ++m_changes;
    if (moved)
        leave(slot);
    if (isNew || moved) {
        ++m_membership;
        member.node = &node;
        member.figures = figures;
        member.state = state;
        member.groups = groupsOf(node.record);
        return join(slot);
    }
    refile(slot, state);
    rank(slot, member.figures, figures);
    member.figures = figures;
}

void RouteIndex::remove(const Node &node)
{
    const auto found = m_slots.find(&node);
    if (found == m_slots.end())
        return;
    const Slot slot = found->second;
    m_slots.erase(found);
    leave(slot);
    m_members[slot] = {};
    m_spare.push_back(slot);
    ++m_membership;
}

// --- Asking -------------------------------------------------------------------------------------

struct RouteIndex::Drawing
{
    const protocol::RouteRequirements &wanted;
    Dice &dice;
    std::vector<const Member *> found;
};

/// True: it was taken.
bool RouteIndex::look(Drawing &drawing, Slot slot)
{
    Member &member = m_members[slot];
    if (member.looked == m_questions)
        return false;
    member.looked = m_questions;
    if (!meetsFigures(member.figures, drawing.wanted))
        return false;
    drawing.found.push_back(&member);
    return true;
}

/// Draws Sample of them; returns how many were taken, `upTo` at most.
std::size_t RouteIndex::lookAtSome(Drawing &drawing, const std::vector<Slot> &rows,
                                   std::size_t upTo)
{
    // Each lies somewhere else in memory: all are fetched at once, and not one after the other.
    std::array<Slot, Sample> slots{};
    for (Slot &slot : slots) {
        slot = static_cast<Slot>(drawing.dice.below(rows.size()));
        __builtin_prefetch(&rows[slot]);
    }
    for (Slot &slot : slots) {
        slot = rows[slot];
        const char *const bytes = reinterpret_cast<const char *>(&m_members[slot]);
        for (std::size_t at = 0; at < sizeof(Member); at += CacheLine)
            __builtin_prefetch(bytes + at);
    }
    std::size_t taken = 0;
    for (std::size_t i = 0; i < Sample && taken < upTo; ++i)
        taken += look(drawing, slots[i]) ? 1 : 0;
    return taken;
}

void RouteIndex::drawFrom(Drawing &drawing, const Group &group, Level level, std::size_t upTo)
{
    const auto &free = group.of(State::Free);
    if (free.size() <= WholeGroup) {
        for (const Slot slot : free)
            look(drawing, slot);
        return;
    }
    std::size_t taken = 0;
    for (std::size_t i = 0; i < Draws && taken < upTo; i += Sample)
        taken += lookAtSome(drawing, free, upTo - taken);
    if (taken >= upTo / 2)
        return;
    // Few meet the requirements: those are looked for in the order of their figures.
    const double most = drawing.wanted.maxLatency.value_or(std::numeric_limits<double>::max());
    const double least = std::max(0.0, drawing.wanted.minBandwidth.value_or(0));
    m_byLatency[level].forEachWithin(group.byLatency, most, least, drawing.dice, [&](Slot slot) {
        taken += look(drawing, slot) ? 1 : 0;
        return taken < upTo;
    });
}

void RouteIndex::lookAtFull(Drawing &drawing, const Group &group, const Question &question)
{
    const auto &giving = group.of(State::Giving);
    if (giving.empty())
        return;
    const std::size_t first = drawing.dice.below(giving.size());
    const std::size_t looks = std::min(giving.size(), FullLooks);
    for (std::size_t i = 0; i < looks && drawing.found.size() < question.enough; ++i) {
        const Member &member = m_members[giving[(first + i) % giving.size()]];
        if (meetsFigures(member.figures, question.wanted) && question.hasPlace(*member.node))
            drawing.found.push_back(&member);
    }
}

std::vector<const RouteIndex::Member *> RouteIndex::draw(const Question &question, Dice &dice)
{
    ++m_questions;
    const protocol::RouteRequirements &wanted = question.wanted;
    const auto country = promisedCountry(wanted);
    const Group *group = country ? countryGroup(*country) : m_world.get();
    if (group == nullptr)
        return {};
    Drawing drawing{wanted, dice, {}};
    drawing.found.reserve(WholeGroup + Sample);
    std::size_t upTo = Sample;
    if (country && wanted.preferredLocation) {
        const auto place = m_places.find({*country, wanted.preferredLocation->text});
        if (place != m_places.end()) {
            upTo = Sample / 2;
            drawFrom(drawing, *place->second, Region, upTo);
        }
    }
    drawFrom(drawing, *group, country ? Country : World, upTo);
    if (drawing.found.size() < question.enough)
        lookAtFull(drawing, *group, question);
    return std::move(drawing.found);
}

const RouteIndex::Group *RouteIndex::countryGroup(const protocol::CountryCode &country) const
{
    const auto found = m_countries.find(country);
    return found == m_countries.end() ? nullptr : found->second.get();
}

RouteIndex::Medians RouteIndex::medians(const protocol::CountryCode &country) const
{
    Medians medians;
    const Group *group = countryGroup(country);
    if (group == nullptr)
        return medians;
    const FigureForest &latencies = m_byLatency[Country];
    const std::size_t unknown = latencies.below(group->byLatency, 0);
    if (const std::size_t known = latencies.size(group->byLatency) - unknown; known > 0)
        medians.latency = latencies.at(group->byLatency, unknown + (known - 1) / 2);
    if (const std::size_t known = m_byBandwidth.size(group->byBandwidth); known > 0)
        medians.bandwidth = m_byBandwidth.at(group->byBandwidth, (known - 1) / 2);
    return medians;
}

void RouteIndex::forEachPlace(const std::function<void(const Place &)> &visit) const
{
    const FigureForest &latencies = m_byLatency[Region];
    for (const auto &[key, group] : m_places) {
        const double places = static_cast<double>(group->places);
        const double used = static_cast<double>(group->used);
        Place place{group->country,
                    group->region,
                    group->size(),
                    group->of(State::Free).size(),
                    places > 0 ? std::min(1.0, used / places) : 0,
                    {}};
        const std::size_t unknown = latencies.below(group->byLatency, 0);
        if (const std::size_t known = group->size() - unknown; known > 0) {
            const double low = latencies.at(group->byLatency, unknown + (known - 1) / 2);
            const double high = latencies.at(group->byLatency, unknown + known / 2);
            place.latency = (low + high) / 2;
        }
        visit(place);
    }
}

void RouteIndex::forEachIn(const std::optional<protocol::CountryCode> &country,
                           const std::function<void(const Member &)> &visit) const
{
    const Group *group = country ? countryGroup(*country) : m_world.get();
    if (group == nullptr)
        return;
    for (const auto &rows : group->rows) {
        for (const Slot slot : rows)
            visit(m_members[slot]);
    }
}

const std::string &RouteIndex::regionOf(const Member &member)
{
    return member.groups[Region]->region;
}

const protocol::CountryCode &RouteIndex::countryOf(const Member &member)
{
    return member.groups[Country]->country;
}

std::size_t RouteIndex::bytes() const
{
    std::size_t sum = m_members.capacity() * sizeof(Member) + m_byBandwidth.bytes();
    for (const FigureForest &forest : m_byLatency)
        sum += forest.bytes();
    // A node of a hash table, and a row in each group's list.
    sum += m_slots.size() * (sizeof(void *) * 4 + Levels * sizeof(Slot));
    return sum + m_spare.capacity() * sizeof(Slot);
}

} // namespace higgs::server
