// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/widgets/save_dialog.h"

#include "shared/widgets/text_styles.h"

#include <QCoreApplication>
#include <QFileDialog>

namespace higgs::widgets {

namespace {

struct SaveDialog
{
    Q_DECLARE_TR_FUNCTIONS(SaveDialog)
};

} // namespace

void saveByDialog(QWidget *parent, const QString &title, const QString &usualName,
                  const std::function<Result<void>(const QString &path)> &save, Label &told)
{
    const QString path = QFileDialog::getSaveFileName(parent, title, usualName);
    if (path.isEmpty())
        return;
    const Result<void> saved = save(path);
    told.setText(
        saved ? SaveDialog::tr("Saved.")
              : SaveDialog::tr("Not saved: %1").arg(QString::fromStdString(saved.error().detail)));
    told.show();
}

} // namespace higgs::widgets
