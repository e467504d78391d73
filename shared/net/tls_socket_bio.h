// SPDX-License-Identifier: GPL-3.0-or-later
// OpenSSL's view of a TlsStream's socket: reads come straight from it, writes are gathered in the
// thread's buffer, so that one send(2) carries many records.
#pragma once

struct ssl_st;

namespace higgs {

class TlsStream;

struct TlsSocketBio
{
    /// Makes `ssl` read and write through `stream`; again with another stream after detach().
    static bool attach(ssl_st *ssl, TlsStream &stream);
    /// Leaves `ssl` without a socket.
    static void detach(ssl_st *ssl);

    // What OpenSSL's callbacks do with the stream.
    static int receive(TlsStream &stream, char *into, int size, bool &retry);
    static int gather(TlsStream &stream, const char *bytes, int size);
    static bool ended(const TlsStream &stream);
};

} // namespace higgs
