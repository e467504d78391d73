// SPDX-License-Identifier: GPL-3.0-or-later
// Which of the servers that act as one.
#pragma once

#include "shared/base/ids.h"

namespace higgs {

using InstanceId = UuidId<struct InstanceIdTag>;

} // namespace higgs
