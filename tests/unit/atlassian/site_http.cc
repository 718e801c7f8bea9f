#include "tests/unit/atlassian/site_http.h"

#include "common/base/ascii.h"

namespace pagepress::test {

Result<HttpAnswer> SiteHttp::perform(const HttpCall& call) {
    const bool is_write = call.method != "GET" && !call.read_only;
    if (is_write && is_unreachable) return fail(ErrorCode::kUnavailable, "connection refused");
    ApiRequest request = make_request(call.method, call.url.substr(kSiteUrl.size()));
    request.body = call.body;
    for (const std::string& header : call.headers) {
        constexpr std::string_view kName = "Authorization: ";
        if (header.starts_with(kName)) request.authorization = header.substr(kName.size());
    }
    const Handled handled = site_.handle(request, site_.take_fault(request));
    if (handled.delivery != Delivery::kWhole) {
        return fail(
            is_write ? ErrorCode::kUnknownOutcome : ErrorCode::kUnavailable, "connection reset"
        );
    }
    HttpAnswer answer{.status = handled.answer.status, .body = handled.answer.body, .headers = {}};
    answer.headers["content-type"] = handled.answer.content_type;
    for (const auto& [name, value] : handled.answer.headers) {
        answer.headers[lower_cased(name)] = value;
    }
    return answer;
}

}  // namespace pagepress::test
