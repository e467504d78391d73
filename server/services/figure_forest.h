// SPDX-License-Identifier: GPL-3.0-or-later
// Ordered sets of nodes by one figure, which answer in logarithmic time what a list would have to
// be walked for: the median, and whether anybody has this figure low and another one high.
#pragma once

#include "server/services/dice.h"

#include <functional>
#include <vector>

namespace higgs::server {

/// Many trees over one pool of slots; a slot is in one tree at most. Pure; the shape follows from
/// `salt` alone, so that nobody who registers nodes can choose it.
class FigureForest
{
public:
    using Slot = std::uint32_t;
    static constexpr Slot None = UINT32_MAX;

    /// A tree; empty at first.
    struct Tree
    {
        Slot root = None;
    };

    explicit FigureForest(std::uint64_t salt) : m_salt(salt) {}

    /// `key` orders the tree; `weight` is the other figure.
    void insert(Tree &tree, Slot slot, double key, double weight);
    /// The slot is in this tree.
    void erase(Tree &tree, Slot slot);
    void reweigh(const Tree &tree, Slot slot, double weight);

    [[nodiscard]] double keyOf(Slot slot) const { return m_items[slot].key; }
    [[nodiscard]] double weightOf(Slot slot) const { return m_items[slot].weight; }
    [[nodiscard]] std::size_t size(const Tree &tree) const { return sizeOf(tree.root); }
    /// How many have a lower key.
    [[nodiscard]] std::size_t below(const Tree &tree, double key) const;
    /// The key of this rank, the lowest is 0; rank < size().
    [[nodiscard]] double at(const Tree &tree, std::size_t rank) const;
    /// Visits whoever has a key up to `most` and a weight from `least` on, beginning at a random
    /// one, until `visit` says false. Logarithmic in the tree for each that is visited.
    void forEachWithin(const Tree &tree, double most, double least, Dice &dice,
                       const std::function<bool(Slot)> &visit) const;

    [[nodiscard]] std::size_t bytes() const { return m_items.capacity() * sizeof(Item); }

private:
    struct Item
    {
        double key = 0;
        double weight = 0;
        double heaviest = 0; ///< of the subtree
        Slot left = None;
        Slot right = None;
        Slot size = 1; ///< of the subtree
    };
    struct Within
    {
        double most;
        double least;
        Dice &dice;
        const std::function<bool(Slot)> &visit;
    };

    [[nodiscard]] std::size_t sizeOf(Slot slot) const
    {
        return slot == None ? 0 : m_items[slot].size;
    }
    [[nodiscard]] bool precedes(Slot slot, double key, Slot than) const
    {
        const double own = m_items[slot].key;
        return own != key ? own < key : slot < than;
    }
    [[nodiscard]] std::uint64_t priority(Slot slot) const { return Dice::mixed(m_salt + slot); }
    void update(Slot slot);
    void split(Slot root, double key, Slot slot, Slot &low, Slot &high);
    Slot merge(Slot low, Slot high);
    bool walk(Slot root, const Within &within) const;

    std::vector<Item> m_items; ///< by slot
    std::uint64_t m_salt;
};

} // namespace higgs::server
