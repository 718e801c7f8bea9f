#include "tests/sim/world/site_calls.h"
#include "worker/press/stamp.h"

namespace pagepress::sim {

namespace {

Reads reads_of(const Engine& engine) {
    return engine.current() == nullptr ? Reads() : engine.current()->reads;
}

/// Whether a write would bury a person's version that its rule says to spare.
bool is_over_edit(const SiteServers& site, const PageUpdate& update) {
    const auto page = site.confluence.pages.find(update.id);
    const auto stamp = stamp_from_version_message(update.message);
    if (!site.spares_edits || !stamp || page == site.confluence.pages.end()) return false;
    const bool is_of_rule = stamp->page_key.contains("/rule/");
    const bool is_ignored = page->second.status == PageStatus::kTrashed;
    return is_of_rule && !is_ignored && page->second.versions.front().message == "by hand";
}

}  // namespace

Result<std::optional<Page>> ConfluenceClient::page(const std::string& id, UnixMillis since) {
    return site_call(engine_, site_, Effect::kReads, [&site = site_, id, since] {
        return site.confluence.page(id, since);
    });
}

Result<std::optional<Page>> ConfluenceClient::page_at(const std::string& id, std::int64_t version) {
    return site_call(engine_, site_, Effect::kReads, [&site = site_, id, version] {
        return site.confluence.page_at(id, version);
    });
}

Result<std::vector<Page>> ConfluenceClient::find_by_title(
    const std::string& space_id, const std::string& title
) {
    return site_call(engine_, site_, Effect::kReads, [&site = site_, space_id, title] {
        return site.confluence.find_by_title(space_id, title);
    });
}

Result<std::vector<Page>> ConfluenceClient::newest_pages(const std::string& space_id) {
    return site_call(engine_, site_, Effect::kReads, [&site = site_, space_id] {
        return site.confluence.newest_pages(space_id);
    });
}

Result<std::string> ConfluenceClient::space_id(const std::string& space_key) {
    return site_call(engine_, site_, Effect::kReads, [&site = site_, space_key] {
        return site.confluence.space_id(space_key);
    });
}

Result<std::string> ConfluenceClient::home_page(const std::string& space_id) {
    return site_call(engine_, site_, Effect::kReads, [&site = site_, space_id] {
        return site.confluence.home_page(space_id);
    });
}

Result<std::vector<std::string>> ConfluenceClient::pages_in_space(
    const std::string& space_id, const std::vector<std::string>& page_ids
) {
    return site_call(engine_, site_, Effect::kReads, [&site = site_, space_id, page_ids] {
        return site.confluence.pages_in_space(space_id, page_ids);
    });
}

Result<SavedPage> ConfluenceClient::create(const NewPage& page) {
    site_.create_sent_at = engine_.now();
    return site_call(
        engine_,
        site_,
        Effect::kWrites,
        [&site = site_, &oracle = oracle_, page, reads = reads_of(engine_)] {
            auto saved = site.confluence.create(page);
            if (saved) oracle.on_created(saved->id, page.body, page.parent_id, reads);
            return saved;
        }
    );
}

Result<SavedPage> ConfluenceClient::update(const PageUpdate& update) {
    const bool has_faults = engine_.now() < site_.link.faults.until;
    if (has_faults && engine_.random.chance(site_.people_in_between)) {
        const Millis wait(engine_.random.draw(0, site_.link.usual.count()));
        engine_.after(wait, [&site = site_, id = update.id] { site.act_on(id); });
    }
    return site_call(
        engine_,
        site_,
        Effect::kWrites,
        [&site = site_, &oracle = oracle_, update, reads = reads_of(engine_)] {
            const auto before = site.confluence.pages.find(update.id);
            const bool is_restoring = before != site.confluence.pages.end() &&
                                      before->second.status == PageStatus::kTrashed;
            const bool buries_edit = is_over_edit(site, update);
            const std::string place =
                before == site.confluence.pages.end() ? "" : before->second.parent_id;
            auto saved = site.confluence.update(update);
            if (saved && buries_edit) oracle.on_edit_buried(update.id, saved->version);
            if (saved) {
                oracle.on_written(update.id, saved->version, update.message, is_restoring, reads);
                const std::string& now = site.confluence.pages.at(update.id).parent_id;
                if (!is_restoring && now != place) oracle.on_moved(update.id, place, now);
            }
            return saved;
        }
    );
}

Result<SavedPage> ConfluenceClient::restore(const PageUpdate& update) {
    return site_call(
        engine_,
        site_,
        Effect::kWrites,
        [&site = site_, &oracle = oracle_, update, reads = reads_of(engine_)] {
            auto saved = site.confluence.restore(update);
            if (saved) oracle.on_written(update.id, saved->version, update.message, true, reads);
            return saved;
        }
    );
}

Result<std::optional<PageProperty>> ConfluenceClient::property(
    const std::string& page_id, const std::string& key
) {
    return site_call(engine_, site_, Effect::kReads, [&site = site_, page_id, key] {
        return site.confluence.property(page_id, key);
    });
}

Result<void> ConfluenceClient::set_property(
    const std::string& page_id, const std::string& key, const std::string& value
) {
    return site_call(engine_, site_, Effect::kWrites, [&site = site_, page_id, key, value] {
        return site.confluence.set_property(page_id, key, value);
    });
}

Result<void> ConfluenceClient::add_labels(
    const std::string& page_id, const std::vector<std::string>& labels
) {
    return site_call(engine_, site_, Effect::kWrites, [&site = site_, page_id, labels] {
        return site.confluence.add_labels(page_id, labels);
    });
}

}  // namespace pagepress::sim
