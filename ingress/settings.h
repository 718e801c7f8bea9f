// The ingress' options and what they become.
#pragma once

#include <string>
#include <vector>

#include "common/base/options.h"
#include "common/http_server/http_server.h"
#include "common/kafka/kafka_settings.h"
#include "common/kafka/producer.h"
#include "common/redis/redis_connection.h"
#include "ingress/admin/admin_tokens.h"
#include "ingress/triggers/pending_replies.h"

namespace pagepress::ingress {

/// Rows of `pagepress-ingress`, the common ones included.
[[nodiscard]] std::vector<Option> ingress_options();

struct IngressSettings {
    std::string listen;
    std::string admin_listen;
    std::string ports_file;  ///< empty: none is written
    std::string public_url;
    int threads = 1;
    HttpLimits http;
    PendingLimits pending;
    ProducerLimits producer;
    KafkaSettings kafka;
    RedisSettings redis;
    std::string admin_token_file;  ///< empty: the admin API is closed
    AdminTokens admin_tokens;      ///< what the file held at the start
    std::chrono::milliseconds catalog_stale_max{};
    std::chrono::milliseconds drain_max{};
};

/// Settings from checked values. Appends one sentence per problem to `problems`: files that cannot
/// be read, values that contradict each other.
[[nodiscard]] IngressSettings read_settings(
    const OptionValues& values, std::vector<std::string>& problems
);

}  // namespace pagepress::ingress
