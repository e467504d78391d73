// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes that are offered, by country and region, so that a client's question looks at some
// dozens of them however many there are.
#pragma once

#include "server/services/figure_forest.h"
#include "server/services/route_choice.h"

#include <array>
#include <map>
#include <memory>

namespace higgs::server {

/// Pure. It follows the registry and the sessions (Routing tells it of each change), so that it is
/// never older than they are.
class RouteIndex
{
    struct Group;

public:
    using Slot = FigureForest::Slot;

    /// A group of so few is looked at whole.
    static constexpr std::size_t WholeGroup = 64;
    /// Of a larger one so many are drawn, of which the best are offered: the best of so many is
    /// among the best twentieth of all, four times of five, and yet no two clients see the same.
    static constexpr std::size_t Sample = 32;
    /// Draws, with those that do not meet the requirements, before they are looked for in order.
    static constexpr std::size_t Draws = 4 * Sample;
    /// Full nodes that are asked whether somebody there gives way, when few others are found.
    static constexpr std::size_t FullLooks = 256;

    enum class State : std::uint8_t {
        Free,
        Giving, ///< full, but somebody there may give way
        Full,
    };
    static constexpr std::size_t States = 3;

    struct Member
    {
        const Node *node = nullptr; ///< as long as it is a member
        NodeFigures figures;
        State state = State::Free;

        friend class RouteIndex;

    private:
        std::uint32_t reports = 0; ///< Node::reports, when the figures were taken
        unsigned sessionsAtFigures = 0;
        std::array<Group *, 3> groups{};
        std::array<Slot, 3> rows{}; ///< where in each group's list of the state
        std::uint64_t looked = 0;   ///< the question for which it was looked at last
    };

    struct Question
    {
        const protocol::RouteRequirements &wanted;
        std::size_t enough; ///< as many as are offered
        /// Whether there is a place for this client on a full node.
        std::function<bool(const Node &)> hasPlace;
    };

    struct Medians
    {
        std::optional<double> latency;
        std::optional<double> bandwidth;
    };

    struct Place
    {
        protocol::CountryCode country;
        const std::string &region; ///< empty: of none
        std::size_t nodes;
        std::size_t available;
        double load;
        std::optional<double> latency; ///< the median
    };

    explicit RouteIndex(std::uint64_t salt = 0);
    ~RouteIndex();
    RouteIndex(const RouteIndex &) = delete;
    RouteIndex &operator=(const RouteIndex &) = delete;

    /// Keeps what is offered, and forgets what is not. `mayGiveWay`: SessionTable::mayGiveWayOn.
    void put(const Node &node, unsigned sessions, bool mayGiveWay);
    void remove(const Node &node);

    /// Of those that meet the requirements: all, where there are few; else some, drawn by the dice.
    /// Never none when there is one, but for full nodes beyond FullLooks. Valid until the next
    /// put() or remove().
    std::vector<const Member *> draw(const Question &question, Dice &dice);

    [[nodiscard]] std::size_t size() const { return m_slots.size(); }
    /// Of a country: the lower one of two in the middle; absent where nobody reported any.
    [[nodiscard]] Medians medians(const protocol::CountryCode &country) const;
    /// Sorted by country and region.
    void forEachPlace(const std::function<void(const Place &)> &visit) const;
    /// In no order; of all countries without one.
    void forEachIn(const std::optional<protocol::CountryCode> &country,
                   const std::function<void(const Member &)> &visit) const;
    /// The region as it is listed: empty where the record's is none.
    [[nodiscard]] static const std::string &regionOf(const Member &member);
    [[nodiscard]] static const protocol::CountryCode &countryOf(const Member &member);

    /// Counts what came, went or moved; and what changed of those that stayed.
    [[nodiscard]] std::uint64_t membership() const { return m_membership; }
    [[nodiscard]] std::uint64_t changes() const { return m_changes; }
    /// What it holds in memory, about.
    [[nodiscard]] std::size_t bytes() const;

private:
    enum Level : std::size_t { World, Country, Region };
    static constexpr std::size_t Levels = 3;
    using PlaceKey = std::pair<protocol::CountryCode, std::string>;

    [[nodiscard]] std::array<Group *, Levels> groupsOf(const NodeRecord &record);
    [[nodiscard]] static bool hasMoved(const Group &place, const NodeRecord &record);
    Slot slotFor(const Node &node);
    void join(Slot slot);
    void leave(Slot slot);
    void refile(Slot slot, State state);
    void rank(Slot slot, const NodeFigures &before, const NodeFigures &after);
    void list(Slot slot, State state);
    void unlist(Slot slot);
    void drop(Slot slot);
    [[nodiscard]] const Group *countryGroup(const protocol::CountryCode &country) const;
    struct Drawing;
    bool look(Drawing &drawing, Slot slot);
    std::size_t lookAtSome(Drawing &drawing, const std::vector<Slot> &rows, std::size_t upTo);
    void drawFrom(Drawing &drawing, const Group &group, Level level, std::size_t upTo);
    void lookAtFull(Drawing &drawing, const Group &group, const Question &question);

    std::vector<Member> m_members; ///< by slot
    std::vector<Slot> m_spare;
    std::unordered_map<const Node *, Slot> m_slots;
    std::unique_ptr<Group> m_world;
    std::map<protocol::CountryCode, std::unique_ptr<Group>> m_countries;
    std::map<PlaceKey, std::unique_ptr<Group>> m_places;
    std::array<FigureForest, Levels> m_byLatency;
    FigureForest m_byBandwidth; ///< of countries
    std::uint64_t m_membership = 0;
    std::uint64_t m_changes = 0;
    std::uint64_t m_questions = 0;
};

} // namespace higgs::server
