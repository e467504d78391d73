// SPDX-License-Identifier: GPL-3.0-or-later
// What --database accepts.
#include "server/storage/sql_storage.h"

#include <QUrl>

namespace higgs::server {

Result<DatabaseUrl> DatabaseUrl::parse(const std::string &text)
{
    DatabaseUrl url;
    if (text.starts_with("sqlite:")) {
        url.path = text.substr(7);
        if (url.path.empty())
            return unexpected(ErrorCode::InvalidArgument, "sqlite: needs a path");
        return url;
    }
    if (!text.starts_with("postgresql://") && !text.starts_with("postgres://"))
        return unexpected(ErrorCode::InvalidArgument,
                          "database must be sqlite:PATH or postgresql://USER@HOST/NAME");
    const QUrl parsed(QString::fromStdString(text), QUrl::StrictMode);
    if (!parsed.isValid() || parsed.path().size() < 2)
        return unexpected(ErrorCode::InvalidArgument, "database URL names no database");
    url.kind = Kind::Postgres;
    url.host = parsed.host().toStdString();
    url.port = parsed.port(5432);
    url.name = parsed.path().mid(1).toStdString();
    url.user = parsed.userName(QUrl::FullyDecoded).toStdString();
    url.password = parsed.password(QUrl::FullyDecoded).toStdString();
    return url;
}

std::string DatabaseUrl::toString() const
{
    if (kind == Kind::Sqlite)
        return "sqlite:" + path;
    return "postgresql://" + host + ":" + std::to_string(port) + "/" + name;
}

} // namespace higgs::server
