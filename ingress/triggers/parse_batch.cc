#include "ingress/triggers/parse_batch.h"

#include <utility>

#include "common/json/json_value.h"
#include "ingress/admin/admin_reply.h"
#include "ingress/http/job_status_route.h"

namespace pagepress::ingress {

namespace {

std::unexpected<std::variant<HttpReply, Denial>> refused(std::variant<HttpReply, Denial> why) {
    return std::unexpected(std::move(why));
}

}  // namespace

std::expected<Batch, HttpReply> read_batch_of_site(
    const boost::json::value& document, std::string_view site, const Catalog& catalog
) {
    auto checked = read_batch("", document);
    if (checked.problems.empty()) {
        checked.problems = problems_in_catalog("", checked.value, site, catalog);
    }
    if (!checked.problems.empty()) return std::unexpected(validation_reply(checked.problems));
    return std::move(checked.value);
}

std::optional<HttpReply> too_large_reply(const Job& batch) {
    const std::size_t bytes = encode(batch).size();
    if (bytes <= kJobBytesMax) return std::nullopt;
    return problem_reply(
        413,
        "The batch makes a record of " + std::to_string(bytes) + " bytes; allowed are " +
            std::to_string(kJobBytesMax) + ": send it in parts."
    );
}

ParsedBatch BatchParser::parse(const HttpRequest& request) const {
    const auto permit = authenticator_.permit_site(presented_key(request));
    if (!permit) return refused(permit.error());
    const auto document = parse_json(request.body, "the request body");
    if (!document) return refused(problem_reply(400, document.error().message));
    auto batch = read_batch_of_site(*document, (*permit)->id, catalog_);
    if (!batch) return refused(std::move(batch.error()));
    Job job;
    job.kind = JobKind::kBatch;
    job.site = (*permit)->id;
    job.batch = *std::move(batch);
    auto trigger = triggers_.finish(request, {*permit->key, permit->site}, std::move(job));
    if (!trigger) {
        return refused(problem_reply(400, std::get<BadCall>(trigger.error()).detail));
    }
    if (auto too_large = too_large_reply(trigger->job)) return refused(*std::move(too_large));
    return *std::move(trigger);
}

}  // namespace pagepress::ingress
