// SPDX-License-Identifier: GPL-3.0-or-later
// The door by which Qt lets the driver in. QGuiApplication loads it while it is being made, so the
// program is the one that people run, and needs no code for tests.
#include "tests/gui_driver/session.h"

#include <QGenericPlugin>

namespace higgs::gui_driver {

class Plugin : public QGenericPlugin
{
    Q_OBJECT
    Q_PLUGIN_METADATA(IID QGenericPluginFactoryInterface_iid FILE "higgs_gui_driver.json")

public:
    QObject *create(const QString &, const QString &) override { return new Session; }
};

} // namespace higgs::gui_driver

#include "plugin.moc"
