// Sends records of the admin API and waits until Kafka has them. Admin thread.
#pragma once

#include <memory>
#include <vector>

#include "common/kafka/producer.h"

namespace pagepress::ingress {

class RecordSender {
public:
    /// @errors  kInvalidInput  a Kafka property that librdkafka refuses
    static Result<std::unique_ptr<RecordSender>> create(const KafkaSettings& settings);

    RecordSender(const RecordSender&) = delete;
    RecordSender& operator=(const RecordSender&) = delete;

    /// Blocks until every record has its report, at most about ten seconds.
    ///
    /// @return  of each record whether it was acknowledged; one that was not may be on its topic
    ///          all the same
    [[nodiscard]] std::vector<bool> send(const std::vector<Record>& records);

private:
    RecordSender() = default;

    void note(const Delivery& delivery);

    std::unique_ptr<Producer> producer_;
    std::uint64_t first_ticket_ = 1;  ///< of the records under way
    std::vector<bool> acknowledged_;
};

}  // namespace pagepress::ingress
