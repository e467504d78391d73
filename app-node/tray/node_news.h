// SPDX-License-Identifier: GPL-3.0-or-later
// What is worth a notification. Pure.
#pragma once

#include "app-node/tray/node_view.h"

namespace higgs::node {

struct Notice
{
    QString title;
    QString text;
    bool urgent = false;

    friend bool operator==(const Notice &, const Notice &) = default;
};

/// What happened between two statuses that an owner who does not look should know: that sharing
/// stopped by itself and why, that it goes on, that a guest was cut. None for what the owner did.
std::optional<Notice> noticeBetween(const NodeView &before, const NodeView &after, WallTime now);

} // namespace higgs::node
