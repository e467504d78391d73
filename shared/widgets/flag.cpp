// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/flag.h"

#include "shared/widgets/text_styles.h"
#include "shared/widgets/tokens.h"

#include <QApplication>
#include <QFile>
#include <QPainter>
#include <QPainterPath>
#include <QSvgRenderer>
#include <algorithm>
#include <utility>

namespace higgs::widgets {

namespace {

constexpr double CornerShare = 0.14; // of the height
constexpr double FadedOpacity = 0.4;
// A list of every country at two scales; what is more starts anew.
constexpr qsizetype MostKept = 600;

bool isCode(const QString &code)
{
    const auto letter = [](QChar each) { return each >= u'A' && each <= u'Z'; };
    return code.size() == 2 && letter(code[0]) && letter(code[1]);
}

} // namespace

Flags::Flags(QStringList folders) : m_folders(std::move(folders)) {}

QStringList Flags::systemFolders()
{
    return {QStringLiteral("/usr/share/iso-flags-svg/country-4x3"),
            QStringLiteral("/usr/share/iso-flags-png-320x240")};
}

QPixmap Flags::flag(const QString &country, QSize devicePixels)
{
    const QString key = country + u'/' + QString::number(devicePixels.width()) + u'x' +
                        QString::number(devicePixels.height());
    if (const auto kept = m_drawn.constFind(key); kept != m_drawn.constEnd())
        return *kept;
    QPixmap drawn;
    for (const QString &folder : std::as_const(m_folders)) {
        const QString name = folder + u'/' + country.toLower();
        if (QSvgRenderer svg; QFile::exists(name + QStringLiteral(".svg")) &&
                              svg.load(name + QStringLiteral(".svg"))) {
            drawn = QPixmap(devicePixels);
            drawn.fill(Qt::transparent);
            QPainter painter(&drawn);
            svg.render(&painter);
            break;
        }
        if (const QPixmap png(name + QStringLiteral(".png")); !png.isNull()) {
            drawn = png.scaled(devicePixels, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
            break;
        }
    }
    if (m_drawn.size() >= MostKept)
        m_drawn.clear();
    m_drawn.insert(key, drawn);
    return drawn;
}

void Flags::draw(QPainter &painter, const QRectF &bounds, const QString &country,
                 const Tokens &tokens, bool faded)
{
    const double ratio = painter.device()->devicePixelRatioF();
    const QPixmap picture =
        isCode(country) ? flag(country, (bounds.size() * ratio).toSize()) : QPixmap();
    const double radius = bounds.height() * CornerShare;
    painter.save();
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    if (faded)
        painter.setOpacity(FadedOpacity);
    QPainterPath shape;
    shape.addRoundedRect(bounds, radius, radius);
    if (picture.isNull()) {
        painter.fillPath(shape, tokens.line);
        QFont font = fontOf(TextStyle::CaptionStrong, QApplication::font());
        font.setPixelSize(std::max(static_cast<int>(bounds.height() * 0.5), 8));
        painter.setFont(font);
        painter.setPen(tokens.text);
        painter.drawText(bounds, Qt::AlignCenter, country.left(2));
    } else {
        QBrush brush(picture);
        QTransform fit;
        fit.translate(bounds.x(), bounds.y());
        fit.scale(bounds.width() / picture.width(), bounds.height() / picture.height());
        brush.setTransform(fit);
        painter.fillPath(shape, brush);
        // White flags would otherwise have no edge on white, nor dark ones on dark.
        QColor edge = tokens.text;
        edge.setAlphaF(0.14F);
        painter.setPen(QPen(edge, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(bounds.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
    }
    painter.restore();
}

} // namespace higgs::widgets
