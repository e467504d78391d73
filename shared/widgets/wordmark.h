// SPDX-License-Identifier: GPL-3.0-or-later
// The product's name beside its mark, in the head of the window.
#pragma once

#include <QWidget>

namespace higgs::widgets {

enum class Product : std::uint8_t { Vpn, Node };

class Wordmark : public QWidget
{
    Q_OBJECT

public:
    explicit Wordmark(Product product, QWidget *parent = nullptr);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Product m_product;
    QString m_name;
};

} // namespace higgs::widgets
