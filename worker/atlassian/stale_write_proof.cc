#include "worker/atlassian/stale_write_proof.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/http_client/http_client.h"
#include "common/job/job.h"
#include "common/json/json_value.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;
using Level = Finding::Level;

json::object storage(const std::string& text) {
    return {{"representation", "storage"}, {"value", "<p>" + text + "</p>"}};
}

/// One scratch page.
class Proof {
public:
    Proof(Session& session, const std::string& space_key, std::string title)
        : session_(session), space_key_(space_key), title_(std::move(title)) {}

    Finding run() {
        if (const auto made = create(); !made) {
            return finding(
                Level::kFail,
                "no page could be made to prove on it that stale writes are refused: " +
                    made.error().message
            );
        }
        Finding told = write_twice();
        const auto trashed = session_.send("DELETE", "/api/v2/pages/" + page_id_, "");
        told.message += trashed ? "; the page of the trial is in the trash"
                                : "; delete page " + page_id_ + ", the page of the trial, by hand";
        return told;
    }

private:
    Finding finding(Level level, std::string message) const {
        return {.level = level, .subject = "space " + space_key_, .message = std::move(message)};
    }

    Result<void> create() {
        const auto list = session_.get("/api/v2/spaces?keys=" + percent_encoded(space_key_));
        if (!list) return std::unexpected(list.error());
        const json::value* const results = find(*list, "results");
        const json::array* const spaces = results == nullptr ? nullptr : results->if_array();
        if (spaces == nullptr || spaces->empty()) {
            return fail(ErrorCode::kNotFound, "there is no such space, or it is hidden from us");
        }
        const json::object page{
            {"spaceId", string_at(spaces->front(), "id")},
            {"status", "current"},
            {"title", title_},
            {"body", storage("Made by pagepress' doctor; it may be deleted.")}};
        const auto made = session_.send("POST", "/api/v2/pages", json::serialize(page));
        if (!made) return std::unexpected(made.error());
        page_id_ = string_at(*made, "id");
        if (is_numeric_id(page_id_)) return {};
        return fail(ErrorCode::kCorrupt, "the answer to the create names no page");
    }

    Result<void> write_version_2(const std::string& text) {
        const json::object page{
            {"id", page_id_},
            {"status", "current"},
            {"title", title_},
            {"body", storage(text)},
            {"version", json::object{{"number", 2}, {"message", "pagepress doctor"}}}};
        const auto saved = session_.send("PUT", "/api/v2/pages/" + page_id_, json::serialize(page));
        if (!saved) return std::unexpected(saved.error());
        return {};
    }

    Finding write_twice() {
        if (const auto first = write_version_2("First."); !first) {
            return finding(
                Level::kFail,
                "a page of ours could not be written, so that nothing is proven of stale writes: " +
                    first.error().message
            );
        }
        const auto stale = write_version_2("Second.");
        if (!stale && stale.error().code == ErrorCode::kConflict) {
            return finding(Level::kOk, "a stale write was refused, as it must be");
        }
        if (!stale) {
            return finding(
                Level::kFail,
                "a stale write was refused, but not with 409, so that presses take it for another "
                "failure: " +
                    stale.error().message
            );
        }
        return finding(
            Level::kFail,
            "a stale write was accepted: pages would lose what others write to them; switch the "
            "site off until what answers there (a proxy, a mock) refuses it with 409"
        );
    }

    Session& session_;
    const std::string& space_key_;
    const std::string title_;
    std::string page_id_;
};

}  // namespace

Finding prove_stale_write_is_refused(
    Session& session, const std::string& space_key, const Clock& clock
) {
    const std::string title = "pagepress doctor " + std::to_string(clock.unix_now());
    return Proof(session, space_key, title).run();
}

}  // namespace pagepress::worker
