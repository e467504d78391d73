// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/cluster/redis_answer.h"

#include <hiredis/read.h>

namespace higgs::server {

namespace {

using Kind = RedisAnswer::Kind;

Kind kindOf(int type)
{
    switch (type) {
    case REDIS_REPLY_ERROR:
        return Kind::Error;
    case REDIS_REPLY_STATUS:
        return Kind::Status;
    case REDIS_REPLY_ARRAY:
        return Kind::List;
    case REDIS_REPLY_INTEGER:
        return Kind::Number;
    case REDIS_REPLY_NIL:
        return Kind::Nil;
    default:
        return Kind::Text;
    }
}

/// hiredis owns the outermost one until it is taken, and every other belongs to its list.
RedisAnswer *place(const redisReadTask *task, std::unique_ptr<RedisAnswer> answer)
{
    answer->kind = kindOf(task->type);
    if (task->parent == nullptr)
        return answer.release();
    auto *list = static_cast<RedisAnswer *>(task->parent->obj);
    list->list.push_back(std::move(answer));
    return list->list.back().get();
}

void *makeText(const redisReadTask *task, char *bytes, std::size_t length)
{
    auto answer = std::make_unique<RedisAnswer>();
    answer->text.assign(bytes, length);
    return place(task, std::move(answer));
}

void *makeList(const redisReadTask *task, int elements)
{
    // A length that is only claimed makes nobody allocate it.
    if (elements < 0 || static_cast<std::size_t>(elements) > RedisAnswers::MaxList)
        return nullptr;
    return place(task, std::make_unique<RedisAnswer>());
}

void *makeNumber(const redisReadTask *task, long long value)
{
    auto answer = std::make_unique<RedisAnswer>();
    answer->number = value;
    return place(task, std::move(answer));
}

void *makeNil(const redisReadTask *task)
{
    RedisAnswer *answer = place(task, std::make_unique<RedisAnswer>());
    answer->kind = Kind::Nil; // the task says what it would have been
    return answer;
}

void destroy(void *answer)
{
    delete static_cast<RedisAnswer *>(answer);
}

redisReplyObjectFunctions functions = {makeText, makeList, makeNumber, makeNil, destroy};

} // namespace

const std::string *RedisAnswer::textAt(std::size_t index) const
{
    if (kind != Kind::List || index >= list.size() || list[index]->kind != Kind::Text)
        return nullptr;
    return &list[index]->text;
}

struct RedisAnswers::Reader
{
    Reader() : reader(redisReaderCreateWithFunctions(&functions)) {}
    ~Reader() { redisReaderFree(reader); }
    Reader(const Reader &) = delete;
    Reader &operator=(const Reader &) = delete;

    redisReader *reader;
};

RedisAnswers::RedisAnswers() : m_reader(std::make_unique<Reader>()) {}
RedisAnswers::~RedisAnswers() = default;

Result<void> RedisAnswers::feed(ByteSpan bytes)
{
    redisReader *reader = m_reader->reader;
    if (reader == nullptr)
        return unexpected(ErrorCode::System, "out of memory");
    if (reader->len - reader->pos + bytes.size() > MaxBytes)
        return unexpected(ErrorCode::TooLarge, "an answer of Redis is too long");
    if (redisReaderFeed(reader, reinterpret_cast<const char *>(bytes.data()), bytes.size()) !=
        REDIS_OK)
        return unexpected(ErrorCode::Malformed, reader->errstr);
    return {};
}

Result<std::optional<RedisAnswer>> RedisAnswers::next()
{
    redisReader *reader = m_reader->reader;
    void *found = nullptr;
    if (reader == nullptr || redisReaderGetReply(reader, &found) != REDIS_OK)
        return unexpected(ErrorCode::Malformed,
                          reader == nullptr ? "out of memory" : reader->errstr);
    if (found == nullptr)
        return std::optional<RedisAnswer>();
    const std::unique_ptr<RedisAnswer> answer(static_cast<RedisAnswer *>(found));
    return std::optional(std::move(*answer));
}

std::string redisCommand(std::span<const std::string_view> words)
{
    std::string command = '*' + std::to_string(words.size()) + "\r\n";
    for (const std::string_view word : words) {
        command += '$' + std::to_string(word.size()) + "\r\n";
        command += word;
        command += "\r\n";
    }
    return command;
}

} // namespace higgs::server
