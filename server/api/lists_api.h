// SPDX-License-Identifier: GPL-3.0-or-later
// What clients may see of nodes: the lists that everybody gets, whole, from one text for all.
#pragma once

#include "server/api/api_core.h"

namespace higgs::server {

class ListsApi
{
public:
    explicit ListsApi(ApiCore &core) : m_core(core) {}

    void locations(const ExchangePtr &exchange);
    void nodes(const ExchangePtr &exchange);

private:
    void answer(const ExchangePtr &exchange, const std::string &key,
                const std::function<std::string()> &make);

    ApiCore &m_core;
};

} // namespace higgs::server
