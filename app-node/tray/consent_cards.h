// SPDX-License-Identifier: GPL-3.0-or-later
// The first two cards of the first run: what sharing means, and what guests never reach.
#pragma once

#include "shared/widgets/icons.h"
#include "shared/widgets/text_styles.h"

#include <QWidget>
#include <vector>

namespace higgs::node {

/// Sentences with a glyph before each.
class PointList : public QWidget
{
    Q_OBJECT

public:
    explicit PointList(const std::vector<widgets::Glyph> &glyphs,
                       widgets::TextStyle style = widgets::TextStyle::Body,
                       QWidget *parent = nullptr);

    /// As many as there are glyphs.
    void setPoints(const QStringList &points);

private:
    std::vector<widgets::Label *> m_labels;
};

std::vector<widgets::Glyph> meaningGlyphs();
QStringList meaningPoints();
std::vector<widgets::Glyph> neverGlyphs();
QStringList neverPoints();

} // namespace higgs::node
