// The reply to an event that fired rules: it waits for the delivery reports of all their records.
#pragma once

#include <string>
#include <vector>

#include "common/http_server/http_server.h"
#include "common/job/job.h"

namespace pagepress::ingress {

/// Loop thread only.
class EventReply {
public:
    explicit EventReply(Responder responder) : responder_(std::move(responder)) {}

    /// A record of this event was handed over.
    void add_open(const Job& job);

    /// A record could not be handed over, or was not acknowledged.
    void note_failure() { has_failed_ = true; }

    /// A report about one of its records has come. Returns whether it was the last one.
    [[nodiscard]] bool close_one() { return --open_ == 0; }

    [[nodiscard]] bool is_open() const { return open_ > 0; }

    [[nodiscard]] bool has_failed() const { return has_failed_; }

    /// The caller, to be answered once.
    [[nodiscard]] Responder take_responder() { return std::move(responder_); }

    [[nodiscard]] std::size_t job_count() const { return fired_.size(); }

    /// 202 with the jobs, once every record is acknowledged.
    [[nodiscard]] HttpReply accepted() const;

private:
    struct Fired {
        std::string rule;
        std::string job_id;
    };

    Responder responder_;
    std::vector<Fired> fired_;
    std::size_t open_ = 0;
    bool has_failed_ = false;
};

}  // namespace pagepress::ingress
