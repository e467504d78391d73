// SPDX-License-Identifier: GPL-3.0-or-later
// Whose a data directory is, and who may have put it where it is found: what root believes of a
// directory, and of whoever listens in it, follows from that and from nothing that is in it.
#pragma once

#include "shared/base/result.h"

#include <string>
#include <sys/types.h>

namespace higgs::server {

/// What the system says of a directory and of the way to it.
struct DataPlace
{
    std::string directory;   ///< as it was named
    uid_t owner = 0;         ///< of the directory that the name leads to
    bool isRootsWay = false; ///< nobody but root can have another directory found by that name
    bool isOpen = false;     ///< others than root and the owner can put files into it

    /// NotFound: there is no such directory. Permission or System: it cannot be looked at.
    static Result<DataPlace> of(const std::string &directory);
};

/// What a program wants of a data directory.
enum class PlaceUse {
    Socket, ///< to ask who listens there, who is looked at again: mayAnswerFor()
    Files,  ///< to believe its files
};

/// Only root is held to it: it alone has what others would like to be given. The directory has to
/// be root's, or one that root has given to a service user; its files are believed if nobody else
/// can have put them there. Permission: a sentence for the operator.
Result<void> mayUse(const DataPlace &place, PlaceUse use, uid_t asker);
/// The same of this process, by the directory's name. One that is not there is nobody's.
Result<void> mayUse(const std::string &directory, PlaceUse use);

/// Whether `asker` believes the user `peer` to be the server of that place, which mayUse() has let
/// pass: root, himself, or, if he is root, the user to whom the directory was given, and whoever
/// could put a socket into one that is closed to all others. Permission: a sentence for the
/// operator.
Result<void> mayAnswerFor(const DataPlace &place, uid_t peer, uid_t asker);

} // namespace higgs::server
