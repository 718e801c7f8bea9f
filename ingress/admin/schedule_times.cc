#include "ingress/admin/schedule_times.h"

#include <charconv>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/base/iso_time.h"
#include "common/http_server/query.h"
#include "ingress/admin/admin_reply.h"

namespace pagepress::ingress {

namespace {

namespace json = boost::json;

constexpr int kCountDefault = 10;
constexpr int kCountMax = 100;

std::optional<int> read_count(std::string_view query) {
    const auto text = find_query_parameter(query, "count");
    if (!text) return kCountDefault;
    int count = 0;
    const char* const end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, count);
    const bool is_fine = parsed.ec == std::errc() && parsed.ptr == end;
    return is_fine && count >= 1 && count <= kCountMax ? std::optional(count) : std::nullopt;
}

}  // namespace

HttpReply schedule_times(
    const HttpRequest& request, const std::string& id, const AdminPorts& ports
) {
    const auto schedule = ports.catalog.schedule(id);
    if (schedule == nullptr) return problem_reply(404, "There is no schedule '" + id + "'.");
    const auto count = read_count(request.query);
    if (!count) return problem_reply(400, "The parameter 'count' must be a number from 1 to 100.");
    json::array times;
    json::array local;
    auto time = schedule->timetable.next(ports.clock.unix_now());
    for (int i = 0; i < *count && time; ++i) {
        times.emplace_back(iso_time(*time));
        local.emplace_back(schedule->timetable.local_text(*time));
        time = schedule->timetable.next(*time);
    }
    const json::object body{{"times", std::move(times)}, {"local", std::move(local)}};
    return {.status = 200, .body = json::serialize(body) + "\n"};
}

}  // namespace pagepress::ingress
