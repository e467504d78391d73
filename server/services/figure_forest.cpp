// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/services/figure_forest.h"

#include <algorithm>

namespace higgs::server {

void FigureForest::update(Slot slot)
{
    Item &item = m_items[slot];
    item.heaviest = item.weight;
    item.size = 1;
    for (const Slot child : {item.left, item.right}) {
        if (child == None)
            continue;
        item.heaviest = std::max(item.heaviest, m_items[child].heaviest);
        item.size += m_items[child].size;
    }
}

// What is before (key, slot) goes into `low`.
void FigureForest::split(Slot root, double key, Slot slot, Slot &low, Slot &high)
{
    if (root == None) {
        low = high = None;
        return;
    }
    Slot rest = None;
    if (precedes(root, key, slot)) {
        split(m_items[root].right, key, slot, rest, high);
        m_items[root].right = rest;
        low = root;
    } else {
        split(m_items[root].left, key, slot, low, rest);
        m_items[root].left = rest;
        high = root;
    }
    update(root);
}

FigureForest::Slot FigureForest::merge(Slot low, Slot high)
{
    if (low == None || high == None)
        return low == None ? high : low;
    if (priority(low) > priority(high)) {
        m_items[low].right = merge(m_items[low].right, high);
        update(low);
        return low;
    }
    m_items[high].left = merge(low, m_items[high].left);
    update(high);
    return high;
}

void FigureForest::insert(Tree &tree, Slot slot, double key, double weight)
{
    if (slot >= m_items.size())
        m_items.resize(slot + 1);
    m_items[slot] = {};
    m_items[slot].key = key;
    m_items[slot].weight = weight;
    update(slot);
    Slot low = None;
    Slot high = None;
    split(tree.root, key, slot, low, high);
    tree.root = merge(merge(low, slot), high);
}

void FigureForest::erase(Tree &tree, Slot slot)
{
    const double key = m_items[slot].key;
    std::vector<Slot> above; // their sums change
    Slot *link = &tree.root;
    while (*link != slot) {
        above.push_back(*link);
        Item &item = m_items[*link];
        link = precedes(*link, key, slot) ? &item.right : &item.left;
    }
    *link = merge(m_items[slot].left, m_items[slot].right);
    for (auto each = above.rbegin(); each != above.rend(); ++each)
        update(*each);
}

void FigureForest::reweigh(const Tree &tree, Slot slot, double weight)
{
    m_items[slot].weight = weight;
    std::vector<Slot> path;
    for (Slot each = tree.root;;) {
        path.push_back(each);
        if (each == slot)
            break;
        const Item &item = m_items[each];
        each = precedes(each, m_items[slot].key, slot) ? item.right : item.left;
    }
    for (auto each = path.rbegin(); each != path.rend(); ++each)
        update(*each);
}

std::size_t FigureForest::below(const Tree &tree, double key) const
{
    std::size_t count = 0;
    for (Slot each = tree.root; each != None;) {
        const Item &item = m_items[each];
        if (item.key < key) {
            count += sizeOf(item.left) + 1;
            each = item.right;
        } else {
            each = item.left;
        }
    }
    return count;
}

double FigureForest::at(const Tree &tree, std::size_t rank) const
{
    Slot each = tree.root;
    while (true) {
        const Item &item = m_items[each];
        const std::size_t before = sizeOf(item.left);
        if (rank == before)
            return item.key;
        each = rank < before ? item.left : item.right;
        if (rank > before)
            rank -= before + 1;
    }
}

bool FigureForest::walk(Slot root, const Within &within) const
{
    if (root == None || m_items[root].heaviest < within.least)
        return true;
    const Item &item = m_items[root];
    if (item.key > within.most)
        return walk(item.left, within);
    const auto self = [&] { return item.weight < within.least || within.visit(root); };
    const std::size_t drawn = within.dice.below(item.size);
    if (drawn < sizeOf(item.left))
        return walk(item.left, within) && self() && walk(item.right, within);
    return walk(item.right, within) && self() && walk(item.left, within);
}

void FigureForest::forEachWithin(const Tree &tree, double most, double least, Dice &dice,
                                 const std::function<bool(Slot)> &visit) const
{
    walk(tree.root, {most, least, dice, visit});
}

} // namespace higgs::server
