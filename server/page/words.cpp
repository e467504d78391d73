// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/page/words.h"

#include "shared/base/trimmed.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <unicode/uloc.h>
#include <unicode/unistr.h>

namespace higgs::server {

namespace {

struct Entry
{
    Word word;
    std::string_view english;
    std::string_view russian;
};

constexpr Entry Entries[] = {
    {Word::Title, "BosonServer", "BosonServer"},
    {Word::SkipToContent, "Skip to the content", "К содержанию"},
    {Word::Overview, "Overview", "Обзор"},
    {Word::Nodes, "Nodes", "Узлы"},
    {Word::Keys, "Access keys", "Ключи доступа"},
    {Word::Sessions, "Sessions", "Сессии"},
    {Word::SignIn, "Sign in", "Войти"},
    {Word::SignOut, "Sign out", "Выйти"},
    {Word::Token, "Token", "Токен"},
    {Word::TokenHint, "The text of the file that --admin-token-file names.",
     "Текст файла, который указан в --admin-token-file."},
    {Word::WrongToken, "This is not the token.", "Это не тот токен."},
    {Word::State, "Server", "Сервер"},
    {Word::Serving, "Serving", "Работает"},
    {Word::Drained, "Takes no new sessions", "Не берёт новых сессий"},
    {Word::Ending, "Ending", "Завершается"},
    {Word::Ready, "Ready", "Готов"},
    {Word::NotReady, "Not ready", "Не готов"},
    {Word::UpFor, "Up for", "Работает уже"},
    {Word::StopNew, "Take no new sessions", "Не брать новых сессий"},
    {Word::TakeNew, "Take new sessions again", "Снова брать сессии"},
    {Word::Online, "online", "в сети"},
    {Word::Offline, "offline", "не в сети"},
    {Word::Pending, "waiting for approval", "ждут одобрения"},
    {Word::Maintenance, "in maintenance", "на обслуживании"},
    {Word::Approved, "approved", "одобрен"},
    {Word::Connected, "connected", "соединено"},
    {Word::Waiting, "waiting", "в ожидании"},
    {Word::Throughput, "Relayed now", "Поток через сервер"},
    {Word::ToNodes, "to nodes", "к узлам"},
    {Word::ToClients, "to clients", "к клиентам"},
    {Word::LastFiveMinutes, "The last five minutes", "Последние пять минут"},
    {Word::Storage, "Storage", "Хранилище"},
    {Word::Answers, "answers", "отвечает"},
    {Word::Away, "does not answer", "не отвечает"},
    {Word::Certificate, "Certificate", "Сертификат"},
    {Word::DaysLeft, "days left", "дн. до конца"},
    {Word::Servers, "Servers", "Серверы"},
    {Word::OthersHeard, "the others are heard", "остальные на связи"},
    {Word::OthersNotHeard, "the others are not heard", "с остальными нет связи"},
    {Word::Alone, "this one alone", "только этот"},
    {Word::ByCountry, "Nodes online by country", "Узлы в сети по странам"},
    {Word::NoNodes, "No node is online.", "Ни одного узла нет в сети."},
    {Word::FreePlaces, "with free places", "со свободными местами"},
    {Word::Busiest, "Nodes with most sessions", "Самые занятые узлы"},
    {Word::KeysInUse, "Sessions by access key", "Сессии по ключам доступа"},
    {Word::NoSessions, "There are no sessions.", "Сессий нет."},
    {Word::NoKey, "without a key", "без ключа"},
    {Word::All, "All", "Все"},
    {Word::WaitingForApproval, "Waiting for approval", "Ждут одобрения"},
    {Word::NothingWaits, "No node waits for approval.", "Ни один узел не ждёт одобрения."},
    {Word::Node, "Node", "Узел"},
    {Word::Country, "Country", "Страна"},
    {Word::Status, "Status", "Состояние"},
    {Word::LastHeard, "Last heard of (UTC)", "Последний отклик (UTC)"},
    {Word::Action, "Action", "Действие"},
    {Word::Approve, "Approve", "Одобрить"},
    {Word::Unapprove, "Take approval back", "Отозвать одобрение"},
    {Word::UnapproveHint, "Its sessions end at once.", "Его сессии сразу завершатся."},
    {Word::NewKey, "New access key", "Новый ключ доступа"},
    {Word::Name, "Name", "Имя"},
    {Word::Note, "Note", "Заметка"},
    {Word::NoteHint, "For yourself; nobody else sees it.", "Для вас; больше её никто не видит."},
    {Word::KeyFor, "Good for", "Для кого"},
    {Word::ForUse, "users", "пользователи"},
    {Word::ForShare, "homes that share", "дома, которые делятся"},
    {Word::ForAny, "users and homes", "пользователи и дома"},
    {Word::ValidDays, "Valid for days", "Срок, дней"},
    {Word::ValidHint, "Empty: without an end.", "Пусто: без срока."},
    {Word::AddKey, "Make the key", "Создать ключ"},
    {Word::Made, "Made", "Создан"},
    {Word::LastUsed, "Last used", "Использован"},
    {Word::Ends, "Ends", "Истекает"},
    {Word::Never, "never", "никогда"},
    {Word::Revoke, "Revoke", "Отозвать"},
    {Word::RevokeHint, "All its sessions end at once.", "Все его сессии сразу завершатся."},
    {Word::NoKeys, "There are no access keys.", "Ключей доступа нет."},
    {Word::KeyMade, "The new key", "Новый ключ"},
    {Word::KeyMadeHint, "Copy it now. Only its digest is kept, so nobody can show it again.",
     "Скопируйте его сейчас: хранится только его хеш, второй раз ключ не покажет никто."},
    {Word::Session, "Session", "Сессия"},
    {Word::Kind, "Kind", "Вид"},
    {Word::From, "Client's network", "Сеть клиента"},
    {Word::Since, "Since (UTC)", "Начало (UTC)"},
    {Word::End, "End", "Завершить"},
    {Word::EndHint, "The client may ask for another.", "Клиент сможет запросить другую."},
    {Word::More, "More", "Дальше"},
    {Word::Failed, "That was not done", "Не сделано"},
    {Word::Back, "Back", "Назад"},
    {Word::Version, "Version", "Версия"},
    {Word::Access, "Access", "Доступ"},
    {Word::TooMany, "Too many are signed in. Try again later.",
     "Вошедших слишком много. Попробуйте позже."},
    {Word::BothEnds, "both ends", "оба конца"},
    {Word::OneEnd, "one end", "один конец"},
    {Word::NoEnd, "no end yet", "пока никого"},
};

constexpr bool everyWordIsThere()
{
    if (std::size(Entries) != static_cast<std::size_t>(Word::Count))
        return false;
    for (std::size_t i = 0; i < std::size(Entries); ++i) {
        if (Entries[i].word != static_cast<Word>(i) || Entries[i].english.empty() ||
            Entries[i].russian.empty())
            return false;
    }
    return true;
}
static_assert(everyWordIsThere());

/// In thousandths; what is no weight is none.
int weightOf(std::string_view parameters)
{
    const std::size_t at = parameters.find("q=");
    if (at == std::string_view::npos)
        return 1000;
    std::string_view digits = trimmed(parameters.substr(at + 2));
    if (digits.empty() || (digits.front() != '0' && digits.front() != '1'))
        return 0;
    int weight = (digits.front() - '0') * 1000;
    digits.remove_prefix(1);
    if (!digits.empty() && digits.front() == '.') {
        int place = 100;
        for (std::size_t i = 1; i < digits.size() && i < 4; ++i, place /= 10) {
            if (digits[i] < '0' || digits[i] > '9')
                return weight;
            weight += place * (digits[i] - '0');
        }
    }
    return std::min(weight, 1000);
}

std::string decimal(Language language, double value, int digits)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    std::string out = text.data();
    if (language == Language::Russian)
        std::replace(out.begin(), out.end(), '.', ',');
    return out;
}

struct Units
{
    double step;
    std::array<std::string_view, 5> english;
    std::array<std::string_view, 5> russian;
};

constexpr Units ByteUnits = {
    1024, {"B", "KiB", "MiB", "GiB", "TiB"}, {"Б", "КиБ", "МиБ", "ГиБ", "ТиБ"}};
constexpr Units RateUnits = {1000,
                             {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"},
                             {"бит/с", "кбит/с", "Мбит/с", "Гбит/с", "Тбит/с"}};

std::string scaled(Language language, double value, const Units &units)
{
    std::size_t unit = 0;
    while (value >= units.step && unit + 1 < units.english.size()) {
        value /= units.step;
        ++unit;
    }
    const auto &names = language == Language::Russian ? units.russian : units.english;
    return decimal(language, value, unit == 0 ? 0 : 1) + "\u00a0" + std::string(names[unit]);
}

} // namespace

Language languageOf(std::string_view acceptLanguage)
{
    int english = 0;
    int russian = 0;
    while (!acceptLanguage.empty()) {
        const std::size_t end = std::min(acceptLanguage.find(','), acceptLanguage.size());
        const std::string_view item = trimmed(acceptLanguage.substr(0, end));
        acceptLanguage.remove_prefix(std::min(end + 1, acceptLanguage.size()));
        const std::size_t semicolon = std::min(item.find(';'), item.size());
        std::string name(trimmed(item.substr(0, std::min(item.find('-'), semicolon))));
        std::transform(name.begin(), name.end(), name.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        const int weight = weightOf(item.substr(semicolon));
        if (name == "en")
            english = std::max(english, weight);
        else if (name == "ru")
            russian = std::max(russian, weight);
    }
    return russian > english ? Language::Russian : Language::English;
}

std::string_view tagOf(Language language)
{
    return language == Language::Russian ? "ru" : "en";
}

std::string_view word(Language language, Word word)
{
    const Entry &entry = Entries[static_cast<std::size_t>(word)];
    return language == Language::Russian ? entry.russian : entry.english;
}

std::string durationWords(Language language, std::uint64_t seconds)
{
    const bool russian = language == Language::Russian;
    const std::uint64_t minutes = seconds / 60;
    const std::uint64_t hours = minutes / 60;
    const std::uint64_t days = hours / 24;
    const auto in = [](std::uint64_t count, std::string_view unit) {
        return std::to_string(count) + "\u00a0" + std::string(unit);
    };
    if (days > 0)
        return in(days, russian ? "д" : "d") + ' ' + in(hours % 24, russian ? "ч" : "h");
    if (hours > 0)
        return in(hours, russian ? "ч" : "h") + ' ' + in(minutes % 60, russian ? "мин" : "min");
    if (minutes > 0)
        return in(minutes, russian ? "мин" : "min");
    return in(seconds, russian ? "с" : "s");
}

std::string bytesWords(Language language, double bytes)
{
    return scaled(language, bytes, ByteUnits);
}

std::string rateWords(Language language, double bitsPerSecond)
{
    return scaled(language, bitsPerSecond, RateUnits);
}

std::string countryWords(Language language, const std::string &code)
{
    std::array<UChar, 128> name{};
    UErrorCode status = U_ZERO_ERROR;
    const std::string place = "und_" + code;
    const std::string shownIn(tagOf(language));
    const int32_t length = uloc_getDisplayCountry(place.c_str(), shownIn.c_str(), name.data(),
                                                  static_cast<int32_t>(name.size()), &status);
    if (U_FAILURE(status) || length <= 0)
        return code;
    std::string text;
    icu::UnicodeString(name.data(), length).toUTF8String(text);
    return text;
}

} // namespace higgs::server
