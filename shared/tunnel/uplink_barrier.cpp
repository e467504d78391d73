// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/tunnel/uplink_barrier.h"

#include "shared/tunnel/command.h"
#include "shared/tunnel/owned_fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <linux/netlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

namespace higgs {

namespace {

/// Our filter among others of its preference.
constexpr std::uint32_t Handle = 0x4869;
/// The kernel answers within the call that asks; this is for one that does not.
constexpr timeval Patience{2, 0};
constexpr const char *Hook = "clsact";

template <typename Container, typename Value>
bool has(const Container &all, const Value &value)
{
    return std::find(all.begin(), all.end(), value) != all.end();
}

} // namespace

/// Questions to the kernel, each with its answers.
class TrafficConversation
{
public:
    TrafficConversation() : m_socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE))
    {
        if (m_socket.isOpen())
            ::setsockopt(m_socket.get(), SOL_SOCKET, SO_RCVTIMEO, &Patience, sizeof(Patience));
    }

    /// All answers together. NotFound: there is no such thing, or no such link any more.
    Result<TrafficAnswer> ask(const Bytes &question)
    {
        TrafficAnswer all;
        if (::send(m_socket.get(), question.data(), question.size(), 0) < 0)
            return failed(errno);
        while (!all.ended) {
            const ssize_t size = ::recv(m_socket.get(), m_buffer.data(), m_buffer.size(), 0);
            if (size < 0 && errno == EINTR)
                continue;
            if (size < 0)
                return failed(errno);
            auto part =
                parseTrafficAnswer(ByteSpan(m_buffer).first(static_cast<std::size_t>(size)));
            if (!part)
                return unexpected(part.error());
            std::move(part->links.begin(), part->links.end(), std::back_inserter(all.links));
            std::move(part->hooks.begin(), part->hooks.end(), std::back_inserter(all.hooks));
            std::move(part->filters.begin(), part->filters.end(), std::back_inserter(all.filters));
            all.ended = part->ended;
            all.error = part->error;
        }
        if (all.error != 0)
            return failed(all.error);
        return all;
    }

private:
    static Unexpected failed(int error)
    {
        const ErrorCode code = error == EPERM                       ? ErrorCode::Permission
                               : error == ENODEV || error == ENOENT ? ErrorCode::NotFound
                                                                    : ErrorCode::System;
        return unexpected(code, describeErrno("traffic control", error));
    }

    OwnedFd m_socket;
    Bytes m_buffer = Bytes(65'536); // a dump's datagrams have 32 KB at most
};

/// With what hangs there.
struct UplinkBarrier::Link
{
    LinkEntry entry;
    std::string hook; ///< empty: none
};

namespace {

struct Filters
{
    std::vector<FilterEntry> ours;
    std::vector<FilterEntry> others; ///< and preferences as a whole
};

Result<Filters> filtersAt(TrafficConversation &kernel, std::uint32_t link, TrafficSide side)
{
    auto answer = kernel.ask(filtersQuestion(link, side));
    if (!answer)
        return unexpected(answer.error());
    Filters found;
    for (FilterEntry &each : answer->filters)
        (isClientBarrier(each.program) ? found.ours : found.others).push_back(std::move(each));
    // The head of a preference in which nothing but ours stands is no other's.
    std::erase_if(found.others, [&found](const FilterEntry &other) {
        return other.handle == 0 &&
               std::any_of(found.ours.begin(), found.ours.end(), [&other](const auto &own) {
                   return own.preference == other.preference;
               });
    });
    return found;
}

/// The first in which no other's stands: one that passes a packet asks nobody behind it.
std::uint16_t freePreference(const Filters &filters)
{
    std::uint16_t preference = 1;
    while (std::any_of(filters.others.begin(), filters.others.end(),
                       [&](const FilterEntry &each) { return each.preference == preference; }))
        ++preference;
    return preference;
}

/// Whether others' come before a filter of this preference.
bool isBehindOthers(const Filters &filters, std::uint16_t preference)
{
    return std::any_of(
        filters.others.begin(), filters.others.end(),
        [preference](const FilterEntry &each) { return each.preference < preference; });
}

Result<void> take(TrafficConversation &kernel, std::uint32_t link, const FilterEntry &filter)
{
    const auto taken = kernel.ask(filterRemoval(link, filter));
    if (!taken && taken.error().code != ErrorCode::NotFound)
        return unexpected(taken.error());
    return {};
}

/// Ours at one link, and the hook if it is and nobody else has a filter there.
Result<void> removeAt(TrafficConversation &kernel, std::uint32_t link, bool ownHook)
{
    const auto filters = filtersAt(kernel, link, TrafficSide::Egress);
    if (!filters)
        return unexpected(filters.error());
    for (const FilterEntry &each : filters->ours) {
        if (const auto taken = take(kernel, link, each); !taken)
            return taken;
    }
    if (!ownHook)
        return {};
    for (const TrafficSide side : {TrafficSide::Egress, TrafficSide::Ingress}) {
        const auto left = filtersAt(kernel, link, side);
        if (!left)
            return unexpected(left.error());
        if (!left->ours.empty() || !left->others.empty())
            return {};
    }
    const auto gone = kernel.ask(hookRemoval(link));
    return gone ? Result<void>() : Result<void>(unexpected(gone.error()));
}

Result<std::map<std::uint32_t, std::string>> hooksOf(TrafficConversation &kernel)
{
    const auto answer = kernel.ask(hooksQuestion());
    if (!answer)
        return unexpected(answer.error());
    std::map<std::uint32_t, std::string> hooks;
    for (const HookEntry &each : answer->hooks)
        hooks[each.index] = each.kind;
    return hooks;
}

bool isInside(const LinkEntry &link, const std::vector<LinkEntry> &all,
              const UplinkBarrier::Inside &inside)
{
    if (link.loopback || link.name == inside.tunnel || has(inside.bridges, link.name))
        return true;
    return std::any_of(all.begin(), all.end(), [&](const LinkEntry &each) {
        return each.index == link.master && has(inside.bridges, each.name);
    });
}

bool exists(std::uint32_t link)
{
    std::array<char, IF_NAMESIZE> name{};
    return ::if_indextoname(link, name.data()) != nullptr;
}

/// By name, as far as they exist: what is gone has no hook any more.
void keepExisting(std::vector<std::string> &hooks, const std::vector<LinkEntry> &links)
{
    std::erase_if(hooks, [&links](const std::string &name) {
        return std::none_of(links.begin(), links.end(),
                            [&name](const LinkEntry &each) { return each.name == name; });
    });
}

/// A card may get another name while it has a hook of ours.
void followNames(std::map<std::uint32_t, std::string> &names, std::vector<std::string> &hooks,
                 const std::vector<LinkEntry> &links)
{
    std::map<std::uint32_t, std::string> now;
    for (const LinkEntry &link : links) {
        now[link.index] = link.name;
        const auto before = names.find(link.index);
        if (before == names.end() || before->second == link.name)
            continue;
        const auto hook = std::find(hooks.begin(), hooks.end(), before->second);
        if (hook != hooks.end())
            *hook = link.name;
    }
    names = std::move(now);
}

} // namespace

/// Returns whether one was missing that this object had made.
Result<bool> UplinkBarrier::raiseEnd(TrafficConversation &kernel, const Link &link,
                                     const BarrierProgram &wanted)
{
    const std::uint32_t index = link.entry.index;
    if (link.hook.empty()) {
        if (const auto hooked = kernel.ask(hookAddition(index)); !hooked)
            return unexpected(hooked.error());
    }
    const auto present = kernel.ask(filtersQuestion(index, TrafficSide::Ingress));
    if (!present)
        return unexpected(present.error());
    const auto ours =
        std::find_if(present->filters.begin(), present->filters.end(),
                     [](const FilterEntry &each) { return isTunnelBarrier(each.program); });
    const bool stands = ours != present->filters.end() && ours->direct;
    const bool missing = m_end == index && !stands;
    m_end = index;
    if (stands && sameProgram(ours->program, wanted))
        return missing;
    const FilterEntry filter{stands ? ours->preference : std::uint16_t{1},
                             stands ? ours->handle : Handle, wanted, true};
    if (const auto added = kernel.ask(filterAddition(index, filter, TrafficSide::Ingress)); !added)
        return unexpected(added.error());
    return missing;
}

Result<UplinkBarrier::Raised> UplinkBarrier::raiseAt(TrafficConversation &kernel, const Link &link,
                                                     const BarrierProgram &wanted,
                                                     std::vector<std::string> &hooks,
                                                     const std::function<void()> &written)
{
    const std::uint32_t index = link.entry.index;
    Filters present;
    if (link.hook == Hook) {
        auto found = filtersAt(kernel, index, TrafficSide::Egress);
        if (!found)
            return unexpected(found.error());
        present = std::move(*found);
    }
    const auto standsAs = [&present](const BarrierProgram &program) {
        return present.ours.size() == 1 && present.ours.front().direct &&
               sameProgram(present.ours.front().program, program);
    };
    const std::uint16_t preference = freePreference(present);
    const bool inPlace = !present.ours.empty() && present.ours.front().preference <= preference;
    const auto before = m_raised.find(index);
    const Raised raised{before != m_raised.end() && !standsAs(before->second),
                        isBehindOthers(present, preference)};
    if (standsAs(wanted) && inPlace) {
        m_raised[index] = wanted;
        return raised;
    }
    // A hook that has none of ours, and that we have not seen with ours: somebody else's.
    if (!link.hook.empty() && present.ours.empty() && before == m_raised.end())
        std::erase(hooks, link.entry.name);
    if (link.hook.empty()) {
        if (!has(hooks, link.entry.name)) {
            hooks.push_back(link.entry.name);
            written();
        }
        if (const auto hooked = kernel.ask(hookAddition(index)); !hooked)
            return unexpected(hooked.error());
    } else if (link.hook != Hook) {
        return unexpected(ErrorCode::Forbidden,
                          "another program's '" + link.hook + "' discipline stands there");
    }
    FilterEntry filter{preference, Handle, wanted, true};
    if (inPlace) { // exchanged in one step
        filter.preference = present.ours.front().preference;
        filter.handle = present.ours.front().handle;
    }
    if (const auto added = kernel.ask(filterAddition(index, filter)); !added)
        return unexpected(added.error());
    for (std::size_t i = inPlace ? 1 : 0; i < present.ours.size(); ++i)
        static_cast<void>(take(kernel, index, present.ours[i]));
    m_raised[index] = wanted;
    return raised;
}

UplinkBarrier::Outcome UplinkBarrier::raise(const ClientBarrierPolicy &policy, const Inside &inside,
                                            std::vector<std::string> &hooks,
                                            const std::function<void()> &written)
{
    TrafficConversation kernel;
    Outcome outcome;
    const auto links = kernel.ask(linksQuestion());
    const auto hooked = hooksOf(kernel);
    if (!links || !hooked) {
        outcome.missing.push_back("all: " + (links ? hooked.error() : links.error()).detail);
        return outcome;
    }
    followNames(m_names, hooks, links->links);
    keepExisting(hooks, links->links);
    std::erase_if(m_raised, [&links](const auto &each) {
        return std::none_of(links->links.begin(), links->links.end(),
                            [&each](const LinkEntry &link) { return link.index == each.first; });
    });
    for (const LinkEntry &entry : links->links) {
        const auto hook = hooked->find(entry.index);
        const Link link{entry, hook == hooked->end() ? std::string() : hook->second};
        if (isInside(entry, links->links, inside)) {
            if (link.hook == Hook && removeAt(kernel, entry.index, has(hooks, entry.name)))
                std::erase(hooks, entry.name);
            m_raised.erase(entry.index);
            if (!inside.end || entry.name != inside.tunnel)
                continue;
            const auto missing = raiseEnd(kernel, link, *inside.end);
            outcome.damaged = outcome.damaged || (missing && *missing);
            if (!missing && exists(entry.index))
                outcome.missing.push_back(entry.name + ": " + missing.error().detail);
            continue;
        }
        LinkHeader header = entry.header;
        header.carriesOthers = entry.master != 0 || has(inside.shared, entry.name);
        const auto raised = raiseAt(kernel, link, clientBarrier(policy, header), hooks, written);
        outcome.damaged = outcome.damaged || (raised && raised->damaged);
        if (raised && raised->behind)
            outcome.missing.push_back(entry.name +
                                      ": another program's filter is asked first, and may let "
                                      "everything pass");
        if (raised || !exists(entry.index))
            continue;
        outcome.damaged = outcome.damaged || m_raised.contains(entry.index);
        m_raised.erase(entry.index);
        outcome.missing.push_back(entry.name + ": " + raised.error().detail);
    }
    return outcome;
}

Result<void> UplinkBarrier::remove(std::vector<std::string> &hooks)
{
    TrafficConversation kernel;
    const auto links = kernel.ask(linksQuestion());
    if (!links)
        return unexpected(links.error());
    const auto hooked = hooksOf(kernel);
    if (!hooked)
        return unexpected(hooked.error());
    keepExisting(hooks, links->links);
    Result<void> total;
    for (const LinkEntry &link : links->links) {
        const auto hook = hooked->find(link.index);
        if (hook != hooked->end() && hook->second == Hook) {
            const auto removed = removeAt(kernel, link.index, has(hooks, link.name));
            // Where the link itself has just gone there is nothing left to take.
            if (!removed && exists(link.index)) {
                total = removed;
                continue;
            }
        }
        std::erase(hooks, link.name);
    }
    return total;
}

bool UplinkBarrier::standsSomewhere()
{
    TrafficConversation kernel;
    const auto hooked = hooksOf(kernel);
    return hooked && std::any_of(hooked->begin(), hooked->end(), [&kernel](const auto &hook) {
               const auto filters = hook.second == Hook
                                        ? filtersAt(kernel, hook.first, TrafficSide::Egress)
                                        : Result<Filters>(Filters{});
               return filters && !filters->ours.empty();
           });
}

std::vector<std::string> UplinkBarrier::likelyHooks()
{
    TrafficConversation kernel;
    const auto links = kernel.ask(linksQuestion());
    const auto hooked = hooksOf(kernel);
    std::vector<std::string> names;
    if (!links || !hooked)
        return names;
    for (const LinkEntry &link : links->links) {
        const auto hook = hooked->find(link.index);
        if (hook == hooked->end() || hook->second != Hook)
            continue;
        const auto egress = filtersAt(kernel, link.index, TrafficSide::Egress);
        const auto ingress = filtersAt(kernel, link.index, TrafficSide::Ingress);
        if (egress && ingress && !egress->ours.empty() && egress->others.empty() &&
            ingress->others.empty())
            names.push_back(link.name);
    }
    return names;
}

} // namespace higgs
