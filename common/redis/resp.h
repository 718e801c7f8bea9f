// The Redis protocol: commands as bytes, and replies from bytes through hiredis' reader.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/redis/redis.h"

namespace pagepress {

/// Appends `command` to `bytes` (RESP2, an array of bulk strings).
void append_command(std::string& bytes, const RedisCommand& command);

/// Takes bytes in any pieces and gives replies. Owned by one thread.
class ReplyReader {
public:
    ReplyReader();
    ~ReplyReader();
    ReplyReader(const ReplyReader&) = delete;
    ReplyReader& operator=(const ReplyReader&) = delete;

    void feed(std::string_view bytes);

    /// Next complete reply into `reply`; false if more bytes are needed.
    ///
    /// @errors  kCorrupt  not the Redis protocol; the connection must be given up
    [[nodiscard]] Result<bool> next(RedisReply& reply);

private:
    struct Reader;
    std::unique_ptr<Reader> reader_;
};

}  // namespace pagepress
