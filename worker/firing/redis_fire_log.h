// FireLog in Redis: one key, so that what is read is always the state of one moment.
#pragma once

#include "common/redis/redis.h"
#include "worker/firing/fire_log.h"

namespace pagepress::worker {

/// Key `pagepress:schedules`: a line `<schedule> <ms since the epoch>` for each. Does not expire:
/// it is one key, and what schedules it names goes with them.
class RedisFireLog final : public FireLog {
public:
    explicit RedisFireLog(Redis& redis) : redis_(redis) {}

    Result<DecidedTimes> load() override;
    void save(const DecidedTimes& times) override;

private:
    Redis& redis_;
};

}  // namespace pagepress::worker
