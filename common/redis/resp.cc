// The door to hiredis: its reader only. Commands are written here, straight into the pipeline's
// buffer; hiredis would allocate each one.
#include "common/redis/resp.h"

#include <charconv>

#include <hiredis/hiredis.h>

#include "common/base/invariant.h"

namespace pagepress {
namespace {

void append_length(std::string& bytes, char type, std::size_t length) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof(digits), length).ptr;
    bytes.push_back(type);
    bytes.append(digits, end);
    bytes.append("\r\n");
}

RedisReply reply_of(const redisReply& raw) {
    using Kind = RedisReply::Kind;
    switch (raw.type) {
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
            return {.kind = Kind::kText, .text = std::string(raw.str, raw.len)};
        case REDIS_REPLY_ERROR:
            return {.kind = Kind::kError, .text = std::string(raw.str, raw.len)};
        case REDIS_REPLY_INTEGER:
            return {.kind = Kind::kInteger, .integer = raw.integer, .text = {}};
        case REDIS_REPLY_ARRAY: {
            RedisReply reply{.kind = Kind::kArray, .text = {}};
            reply.items.reserve(raw.elements);
            for (std::size_t i = 0; i < raw.elements; ++i) {
                reply.items.push_back(reply_of(*raw.element[i]));
            }
            return reply;
        }
        default:  // the other types need RESP3, which is never asked for
            return {};
    }
}

}  // namespace

void append_command(std::string& bytes, const RedisCommand& command) {
    append_length(bytes, '*', command.size());
    for (const std::string& word : command) {
        append_length(bytes, '$', word.size());
        bytes.append(word).append("\r\n");
    }
}

struct ReplyReader::Reader {
    redisReader* reader = redisReaderCreate();
};

ReplyReader::ReplyReader() : reader_(std::make_unique<Reader>()) {
    INVARIANT(reader_->reader != nullptr);
}

ReplyReader::~ReplyReader() {
    redisReaderFree(reader_->reader);
}

void ReplyReader::feed(std::string_view bytes) {
    // A failure stays in the reader and comes out of `next`.
    redisReaderFeed(reader_->reader, bytes.data(), bytes.size());
}

Result<bool> ReplyReader::next(RedisReply& reply) {
    void* raw = nullptr;
    if (redisReaderGetReply(reader_->reader, &raw) != REDIS_OK) {
        return fail(
            ErrorCode::kCorrupt,
            std::string("bytes from Redis are not its protocol: ") + reader_->reader->errstr
        );
    }
    if (raw == nullptr) return false;
    const std::unique_ptr<void, decltype(&freeReplyObject)> owner(raw, freeReplyObject);
    reply = reply_of(*static_cast<const redisReply*>(raw));
    return true;
}

}  // namespace pagepress
