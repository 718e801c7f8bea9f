#include "ingress/events/event_reply.h"

#include "common/json/json_text.h"

namespace pagepress::ingress {

void EventReply::add_open(const Job& job) {
    ++open_;
    fired_.push_back({.rule = job.batch ? job.batch->rule : job.rule, .job_id = job.id});
}

HttpReply EventReply::accepted() const {
    std::string body = R"({"status":"queued","jobs":[)";
    for (const Fired& fired : fired_) {
        if (body.back() != '[') body.push_back(',');
        body.append(R"({"rule":)");
        append_json_string(body, fired.rule);
        body.append(R"(,"jobId":)");
        append_json_string(body, fired.job_id);
        body.push_back('}');
    }
    body.append("]}\n");
    return {.status = 202, .body = std::move(body)};
}

}  // namespace pagepress::ingress
