// SPDX-License-Identifier: GPL-3.0-or-later
// The words of the operator's page, in English and Russian.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace higgs::server {

enum class Language { English, Russian };

/// RFC 9110, section 12.5.4; English where neither is wanted more. Total on any input.
Language languageOf(std::string_view acceptLanguage);
/// For the "lang" attribute.
std::string_view tagOf(Language language);

enum class Word {
    Title,
    SkipToContent,
    Overview,
    Nodes,
    Keys,
    Sessions,
    SignIn,
    SignOut,
    Token,
    TokenHint,
    WrongToken,
    State,
    Serving,
    Drained,
    Ending,
    Ready,
    NotReady,
    UpFor,
    StopNew,
    TakeNew,
    Online,
    Offline,
    Pending,
    Maintenance,
    Approved,
    Connected,
    Waiting,
    Throughput,
    ToNodes,
    ToClients,
    LastFiveMinutes,
    Storage,
    Answers,
    Away,
    Certificate,
    DaysLeft,
    Servers,
    OthersHeard,
    OthersNotHeard,
    Alone,
    ByCountry,
    NoNodes,
    FreePlaces,
    Busiest,
    KeysInUse,
    NoSessions,
    NoKey,
    All,
    WaitingForApproval,
    NothingWaits,
    Node,
    Country,
    Status,
    LastHeard,
    Action,
    Approve,
    Unapprove,
    UnapproveHint,
    NewKey,
    Name,
    Note,
    NoteHint,
    KeyFor,
    ForUse,
    ForShare,
    ForAny,
    ValidDays,
    ValidHint,
    AddKey,
    Made,
    LastUsed,
    Ends,
    Never,
    Revoke,
    RevokeHint,
    NoKeys,
    KeyMade,
    KeyMadeHint,
    Session,
    Kind,
    From,
    Since,
    End,
    EndHint,
    More,
    Failed,
    Back,
    Version,
    Access,
    TooMany,
    BothEnds,
    OneEnd,
    NoEnd,
    Count
};

std::string_view word(Language language, Word word);
/// "3 h 04 min", in the language.
std::string durationWords(Language language, std::uint64_t seconds);
/// "1.5 GiB"; "1,5 ГиБ".
std::string bytesWords(Language language, double bytes);
/// "12.4 Mbit/s".
std::string rateWords(Language language, double bitsPerSecond);
/// "Germany", of an ISO 3166-1 code; the code where it has no name.
std::string countryWords(Language language, const std::string &code);

} // namespace higgs::server
