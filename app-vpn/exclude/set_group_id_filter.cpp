// SPDX-License-Identifier: GPL-3.0-or-later
#include "app-vpn/exclude/set_group_id_filter.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <initializer_list>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace higgs::exclude {

namespace {

enum class Rule { Mode, ModeIfCreating, Group, Group16, Unseen };

/// One call of one ABI, and which argument tells.
struct Call
{
    std::uint32_t number = 0;
    Rule rule = Rule::Unseen;
    unsigned argument = 0;
};

// The same number in every ABI that is here: calls younger than 5.1 are.
constexpr std::uint32_t IoUringSetup = 425;
constexpr std::uint32_t IoUringEnter = 426;
constexpr std::uint32_t IoUringRegister = 427;
constexpr std::uint32_t Openat2 = 437;
constexpr std::uint32_t Fchmodat2 = 452;

constexpr std::array Young{Call{IoUringSetup, Rule::Unseen}, Call{IoUringEnter, Rule::Unseen},
                           Call{IoUringRegister, Rule::Unseen}, Call{Openat2, Rule::Unseen},
                           Call{Fchmodat2, Rule::Mode, 2}};

constexpr std::array Native{
#ifdef SYS_chmod // those that newer architectures have no more
    Call{SYS_chmod, Rule::Mode, 1},           Call{SYS_creat, Rule::Mode, 1},
    Call{SYS_mkdir, Rule::Mode, 1},           Call{SYS_mknod, Rule::Mode, 1},
    Call{SYS_chown, Rule::Group, 2},          Call{SYS_lchown, Rule::Group, 2},
    Call{SYS_open, Rule::ModeIfCreating, 1},
#endif
    Call{SYS_fchmod, Rule::Mode, 1},          Call{SYS_fchmodat, Rule::Mode, 2},
    Call{SYS_mkdirat, Rule::Mode, 2},         Call{SYS_mknodat, Rule::Mode, 2},
    Call{SYS_fchown, Rule::Group, 2},         Call{SYS_fchownat, Rule::Group, 3},
    Call{SYS_openat, Rule::ModeIfCreating, 2}};

// i386 and arm began with the same numbers.
constexpr std::array First32{Call{5, Rule::ModeIfCreating, 1}, // open
                             Call{8, Rule::Mode, 1},           // creat
                             Call{14, Rule::Mode, 1},          // mknod
                             Call{15, Rule::Mode, 1},          // chmod
                             Call{16, Rule::Group16, 2},       // lchown16
                             Call{39, Rule::Mode, 1},          // mkdir
                             Call{94, Rule::Mode, 1},          // fchmod
                             Call{95, Rule::Group16, 2},       // fchown16
                             Call{182, Rule::Group16, 2},      // chown16
                             Call{198, Rule::Group, 2},        // lchown
                             Call{207, Rule::Group, 2},        // fchown
                             Call{212, Rule::Group, 2}};       // chown

#if defined(__x86_64__)
constexpr std::uint32_t NativeAbi = AUDIT_ARCH_X86_64;
// linux/arch/x86/entry/syscalls/syscall_32.tbl
constexpr std::uint32_t OtherAbi = AUDIT_ARCH_I386;
constexpr std::array Later32{Call{295, Rule::ModeIfCreating, 2}, // openat
                             Call{296, Rule::Mode, 2},           // mkdirat
                             Call{297, Rule::Mode, 2},           // mknodat
                             Call{298, Rule::Group, 3},          // fchownat
                             Call{306, Rule::Mode, 2}};          // fchmodat
#elif defined(__aarch64__)
constexpr std::uint32_t NativeAbi = AUDIT_ARCH_AARCH64;
// linux/arch/arm/tools/syscall.tbl
constexpr std::uint32_t OtherAbi = AUDIT_ARCH_ARM;
constexpr std::array Later32{Call{322, Rule::ModeIfCreating, 2}, // openat
                             Call{323, Rule::Mode, 2},           // mkdirat
                             Call{324, Rule::Mode, 2},           // mknodat
                             Call{325, Rule::Group, 3},          // fchownat
                             Call{333, Rule::Mode, 2}};          // fchmodat
#elif defined(__riscv) && __riscv_xlen == 64
constexpr std::uint32_t NativeAbi = AUDIT_ARCH_RISCV64;
constexpr std::uint32_t OtherAbi = 0; // nobody's
constexpr std::array<Call, 0> Later32{};
#else
#error "name this architecture's ABIs here"
#endif

// The machine is little-endian wherever this is built: of a 64-bit argument the kernel takes the
// lower half for a mode, flags or a group, and it is the first.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
static_assert(sizeof(long) == 8, "the 64-bit ABI is the machine's own");

// x86-64's third ABI, with 32-bit pointers, has the numbers of the first with this bit.
constexpr std::uint32_t X32Bit = 0x40000000;
// O_TMPFILE is this and O_DIRECTORY, with which nothing is made.
constexpr std::uint32_t TemporaryFile = O_TMPFILE & ~O_DIRECTORY;

/// Appends instructions, each jump to what comes after it.
class Program
{
public:
    explicit Program(std::span<sock_filter, MaxFilter> room) : m_room(room) {}

    void load(std::uint32_t offset) { put(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0); }
    void loadArgument(unsigned index)
    {
        load(static_cast<std::uint32_t>(offsetof(seccomp_data, args) + index * 8));
    }
    void mask(std::uint32_t bits) { put(BPF_ALU | BPF_AND | BPF_K, bits, 0, 0); }
    void skipUnlessEqual(std::uint32_t value, unsigned count)
    {
        put(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
    }
    void skipUnlessSet(std::uint32_t bits, unsigned count)
    {
        put(BPF_JMP | BPF_JSET | BPF_K, bits, 0, count);
    }
    void skipUnlessAtLeast(std::uint32_t value, unsigned count)
    {
        put(BPF_JMP | BPF_JGE | BPF_K, value, 0, count);
    }
    void allow() { put(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0); }
    void refuse(int error)
    {
        put(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error), 0, 0);
    }
    [[nodiscard]] unsigned size() const { return m_size; }

private:
    void put(unsigned code, std::uint32_t k, unsigned whenTrue, unsigned whenFalse)
    {
        m_room[m_size++] = {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(whenTrue),
                            static_cast<std::uint8_t>(whenFalse), k};
    }

    std::span<sock_filter, MaxFilter> m_room;
    unsigned m_size = 0;
};

/// The call's number is loaded; so it is after this, where the call is another.
void put(Program &program, const Call &call, gid_t group)
{
    switch (call.rule) {
    case Rule::Mode:
        program.skipUnlessEqual(call.number, 4);
        program.loadArgument(call.argument);
        program.skipUnlessSet(S_ISGID, 1);
        program.refuse(EPERM);
        program.allow();
        return;
    case Rule::ModeIfCreating: // else nobody has given a mode, and whatever lies there is seen
        program.skipUnlessEqual(call.number, 6);
        program.loadArgument(call.argument);
        program.skipUnlessSet(O_CREAT | TemporaryFile, 3);
        program.loadArgument(call.argument + 1);
        program.skipUnlessSet(S_ISGID, 1);
        program.refuse(EPERM);
        program.allow();
        return;
    case Rule::Group:
        program.skipUnlessEqual(call.number, 4);
        program.loadArgument(call.argument);
        program.skipUnlessEqual(group, 1);
        program.refuse(EPERM);
        program.allow();
        return;
    case Rule::Group16: // of the argument the kernel takes 16 bits
        program.skipUnlessEqual(call.number, 5);
        program.loadArgument(call.argument);
        program.mask(0xffff);
        program.skipUnlessEqual(group, 1);
        program.refuse(EPERM);
        program.allow();
        return;
    case Rule::Unseen:
        program.skipUnlessEqual(call.number, 1);
        program.refuse(ENOSYS);
        return;
    }
}

constexpr unsigned lengthOf(Rule rule)
{
    switch (rule) {
    case Rule::Mode:
    case Rule::Group:
        return 5;
    case Rule::ModeIfCreating:
        return 7;
    case Rule::Group16:
        return 6;
    case Rule::Unseen:
        return 2;
    }
    return 0;
}

constexpr unsigned lengthOf(std::span<const Call> calls)
{
    unsigned length = 0;
    for (const Call &call : calls)
        length += lengthOf(call.rule);
    return length;
}

// A jump goes over 255 instructions at most, and each ABI is jumped over as a whole.
static_assert(lengthOf(Native) + lengthOf(Young) + 4 < 128);
static_assert(lengthOf(First32) + lengthOf(Later32) + lengthOf(Young) + 4 < 128);

void put(Program &program, std::uint32_t abi, std::initializer_list<std::span<const Call>> tables,
         gid_t group)
{
    const bool native = abi == NativeAbi;
    unsigned length = native ? 4 : 2;
    for (const std::span<const Call> calls : tables)
        length += lengthOf(calls);
    program.skipUnlessEqual(abi, length);
    program.load(offsetof(seccomp_data, nr));
    if (native) {
        program.skipUnlessAtLeast(X32Bit, 1);
        program.refuse(ENOSYS);
    }
    for (const std::span<const Call> calls : tables) {
        for (const Call &call : calls)
            put(program, call, group);
    }
    program.allow();
}

} // namespace

unsigned setGroupIdFilter(gid_t group, std::span<sock_filter, MaxFilter> room)
{
    Program program(room);
    program.load(offsetof(seccomp_data, arch));
    put(program, NativeAbi, {Native, Young}, group);
    if (OtherAbi != 0)
        put(program, OtherAbi, {First32, Later32, Young}, group);
    program.refuse(ENOSYS);
    return program.size();
}

bool forbidSetGroupIdFiles(gid_t group)
{
    std::array<sock_filter, MaxFilter> room{};
    const sock_fprog program{static_cast<unsigned short>(
                                 setGroupIdFilter(group, std::span<sock_filter, MaxFilter>(room))),
                             room.data()};
    // A program that gains rights when it starts could not be held by a filter of ours.
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

} // namespace higgs::exclude
