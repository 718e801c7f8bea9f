#include "worker/atlassian/stale_write_proof.h"

#include <memory>
#include <utility>

#include "worker/atlassian/session.h"
#include "worker/confluence/site_confluence.h"

namespace pagepress::worker {

namespace {

using Level = Finding::Level;

/// One scratch page.
class Proof {
public:
    Proof(const TrialSite& trial, const std::string& space_key)
        : trial_(trial),
          space_key_(space_key),
          title_("pagepress doctor " + std::to_string(trial.clock.unix_now())),
          confluence_(make_confluence(
              trial.site,
              trial.account,
              {.http = trial.http, .clock = trial.clock, .timeout = trial.call_timeout}
          )) {}

    Finding run() {
        if (const auto made = create(); !made) {
            return finding(
                Level::kFail,
                "no page could be made to prove on it that stale writes are refused: " +
                    made.error().message
            );
        }
        Finding told = write_twice();
        const auto trashed = trash();
        told.message += trashed ? "; the page of the trial is in the trash"
                                : "; delete page " + page_id_ + ", the page of the trial, by hand";
        return told;
    }

private:
    Finding finding(Level level, std::string message) const {
        return {.level = level, .subject = "space " + space_key_, .message = std::move(message)};
    }

    Result<void> create() {
        const auto space_id = confluence_->space_id(space_key_);
        if (!space_id) return std::unexpected(space_id.error());
        const auto made = confluence_->create(
            {.space_id = *space_id,
             .parent_id = {},
             .title = title_,
             .body = "<p>Made by pagepress' doctor; it may be deleted.</p>"}
        );
        if (!made) return std::unexpected(made.error());
        page_id_ = made->id;
        return {};
    }

    Result<SavedPage> write_version_2(const std::string& text) {
        return confluence_->update(
            {.id = page_id_,
             .title = title_,
             .body = "<p>" + text + "</p>",
             .version = 2,
             .message = "pagepress doctor"}
        );
    }

    /// Presses cannot delete pages, nor can their client.
    Result<void> trash() {
        Session session(
            {.base_url = trial_.account.confluence_url,
             .authorization = trial_.account.for_confluence(),
             .probe_path = "/rest/api/user/current",
             .timeout = trial_.call_timeout},
            trial_.http,
            trial_.clock
        );
        const bool is_v1 = trial_.site.confluence_api == Site::ConfluenceApi::kV1;
        const std::string path = is_v1 ? "/rest/api/content/" : "/api/v2/pages/";
        const auto answer = session.send("DELETE", path + page_id_, "");
        if (!answer) return std::unexpected(answer.error());
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
        if (!stale && recovery_of(stale.error().code) != Recovery::kPermanent) {
            return finding(
                Level::kWarn,
                "whether a stale write is refused cannot be told now: " + stale.error().message
            );
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

    const TrialSite& trial_;
    const std::string& space_key_;
    const std::string title_;
    const std::unique_ptr<Confluence> confluence_;  ///< the very client of the presses
    std::string page_id_;
};

}  // namespace

Finding prove_stale_write_is_refused(const TrialSite& trial, const std::string& space_key) {
    return Proof(trial, space_key).run();
}

}  // namespace pagepress::worker
