// Owners of librdkafka's objects, the configuration of clients and the mapping of its errors.
// Private to adapters: only .cc files that talk to librdkafka include this.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <librdkafka/rdkafka.h>

#include "common/base/error.h"
#include "common/kafka/kafka_settings.h"

namespace pagepress::kafka {

/// Deleter that calls a C function.
template <auto kDestroy>
struct Destroyer {
    template <typename T>
    void operator()(T* object) const {
        kDestroy(object);
    }
};

/// Destroying a client joins its threads: seconds if a broker's name does not resolve.
using Client = std::unique_ptr<rd_kafka_t, Destroyer<rd_kafka_destroy>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, Destroyer<rd_kafka_conf_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, Destroyer<rd_kafka_topic_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;
using Headers = std::unique_ptr<rd_kafka_headers_t, Destroyer<rd_kafka_headers_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroyer<rd_kafka_message_destroy>>;
using Failure = std::unique_ptr<rd_kafka_error_t, Destroyer<rd_kafka_error_destroy>>;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Destroyer<rd_kafka_metadata_destroy>>;
using Partitions = std::
    unique_ptr<rd_kafka_topic_partition_list_t, Destroyer<rd_kafka_topic_partition_list_destroy>>;
using AdminOptions =
    std::unique_ptr<rd_kafka_AdminOptions_t, Destroyer<rd_kafka_AdminOptions_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroyer<rd_kafka_NewTopic_destroy>>;

using Property = std::pair<std::string_view, std::string>;

/// Configuration of a client: the brokers, the person's properties, what every client needs, and
/// `fixed` on top, which nothing overrides. Its log lines go to common/base/log.h.
///
/// @errors  kInvalidInput  a property that the design fixes, or that librdkafka refuses
[[nodiscard]] Result<Conf> make_conf(
    const KafkaSettings& settings, std::initializer_list<Property> fixed
);

/// A client of `type` (producer or consumer). Starts its threads; does not wait for a broker.
///
/// @errors  kInvalidInput  properties that contradict each other
[[nodiscard]] Result<Client> make_client(rd_kafka_type_t type, Conf conf);

/// Whether `name` is a property that a person must not set, because the design depends on it.
[[nodiscard]] bool is_fixed_property(std::string_view name);

/// The project's code for an error of librdkafka or of a broker; total. Whether a record that
/// failed is in the log is for rd_kafka_message_status to say, not for this code.
[[nodiscard]] ErrorCode code_of(rd_kafka_resp_err_t error);

/// Error with the code of `error`; the message is "<what>: <librdkafka's text>".
[[nodiscard]] std::unexpected<Error> fail_with(rd_kafka_resp_err_t error, std::string_view what);

/// The same for librdkafka's error objects.
[[nodiscard]] std::unexpected<Error> fail_with(
    const rd_kafka_error_t* error, std::string_view what
);

}  // namespace pagepress::kafka
