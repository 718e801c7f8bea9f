// From a call that starts a batch to its job, or to the reply that says what is wrong.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <variant>

#include <boost/json/value.hpp>

#include "common/catalog/batch_document.h"
#include "common/catalog/catalog.h"
#include "common/http_server/http_server.h"
#include "ingress/auth/authenticator.h"
#include "ingress/triggers/parse_trigger.h"

namespace pagepress::ingress {

using ParsedBatch = std::expected<Trigger, std::variant<HttpReply, Denial>>;

/// The selection of a batch, checked against the catalog, or the reply: 422 naming the members.
[[nodiscard]] std::expected<Batch, HttpReply> read_batch_of_site(
    const boost::json::value& document, std::string_view site, const Catalog& catalog
);

/// 413 for a job that is too large for a record; empty for one that is not.
[[nodiscard]] std::optional<HttpReply> too_large_reply(const Job& batch);

/// `POST /v1/batches` with a site's global key in either product's header. References outlive it.
class BatchParser {
public:
    BatchParser(
        const Catalog& catalog, const Authenticator& authenticator, const TriggerParser& triggers
    )
        : catalog_(catalog), authenticator_(authenticator), triggers_(triggers) {}

    [[nodiscard]] ParsedBatch parse(const HttpRequest& request) const;

private:
    const Catalog& catalog_;
    const Authenticator& authenticator_;
    const TriggerParser& triggers_;
};

}  // namespace pagepress::ingress
