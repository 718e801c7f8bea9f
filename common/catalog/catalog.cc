#include "common/catalog/catalog.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/invariant.h"
#include "common/base/log.h"
#include "common/catalog/documents.h"
#include "common/json/json_value.h"

namespace pagepress {

namespace {

constexpr std::array kKinds{
    EntryKind::kSite,
    EntryKind::kRule,
    EntryKind::kSnapshot,
    EntryKind::kApiKey,
    EntryKind::kSchedule};

struct RecordName {
    EntryKind kind;
    std::string_view id;
};

std::optional<RecordName> parse_record_key(std::string_view key) {
    const std::size_t slash = key.find('/');
    if (slash == std::string_view::npos || !is_entry_id(key.substr(slash + 1))) return std::nullopt;
    for (const EntryKind kind : kKinds) {
        if (name_of(kind) == key.substr(0, slash)) return RecordName{kind, key.substr(slash + 1)};
    }
    return std::nullopt;
}

template <typename Entries>
typename Entries::mapped_type look_up(const Entries& entries, std::string_view id) {
    const auto found = entries.find(id);
    return found == entries.end() ? nullptr : found->second;
}

/// Entries ordered by id.
template <typename Entries>
std::vector<typename Entries::mapped_type> ordered(const Entries& entries) {
    std::vector<typename Entries::mapped_type> list;
    list.reserve(entries.size());
    for (const auto& [id, entry] : entries) list.push_back(entry);
    std::ranges::sort(
        list, {}, [](const auto& entry) -> const auto& { return entry->id; }
    );
    return list;
}

/// `acme/12345`: an id has no slash.
std::string page_key(std::string_view site, std::string_view page_id) {
    return std::string(site).append("/").append(page_id);
}

template <typename T>
Result<std::shared_ptr<const T>> shared(Checked<T> checked) {
    const auto found = std::ranges::find(checked.problems, false, &Problem::is_unknown_member);
    if (found == checked.problems.end()) {
        return std::make_shared<const T>(std::move(checked.value));
    }
    return fail(ErrorCode::kCorrupt, found->field + " " + found->message);
}

}  // namespace

std::string_view name_of(EntryKind kind) {
    switch (kind) {
        case EntryKind::kSite:
            return "site";
        case EntryKind::kRule:
            return "rule";
        case EntryKind::kSnapshot:
            return "snapshot";
        case EntryKind::kApiKey:
            return "key";
        case EntryKind::kSchedule:
            return "schedule";
    }
    INVARIANT(false);
}

std::string plural_of(EntryKind kind) {
    return std::string(name_of(kind)) + "s";
}

std::string record_key(EntryKind kind, std::string_view id) {
    return std::string(name_of(kind)).append("/").append(id);
}

std::shared_ptr<const Site> Catalog::site(std::string_view id) const {
    const MutexLock lock(mutex_);
    return look_up(sites_, id);
}

UnixMillis Catalog::site_enabled_since(std::string_view id) const {
    const MutexLock lock(mutex_);
    const auto found = enabled_since_.find(id);
    return found == enabled_since_.end() ? 0 : found->second;
}

std::shared_ptr<const Rule> Catalog::rule(std::string_view id) const {
    const MutexLock lock(mutex_);
    return look_up(rules_, id);
}

std::shared_ptr<const Snapshot> Catalog::snapshot(std::string_view id) const {
    const MutexLock lock(mutex_);
    return look_up(snapshots_, id);
}

std::shared_ptr<const Schedule> Catalog::schedule(std::string_view id) const {
    const MutexLock lock(mutex_);
    const auto found = schedules_.find(id);
    return found == schedules_.end() ? nullptr : found->second.schedule;
}

std::vector<WrittenSchedule> Catalog::schedules() const {
    const MutexLock lock(mutex_);
    std::vector<WrittenSchedule> all;
    for (const auto& [id, schedule] : schedules_) all.push_back(schedule);
    return all;
}

std::shared_ptr<const ApiKey> Catalog::api_key(const Sha256& digest) const {
    const MutexLock lock(mutex_);
    const auto found = by_digest_.find(digest);
    return found == by_digest_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const Snapshot>> Catalog::snapshots_of_page(
    std::string_view site, std::string_view page_id
) const {
    const std::string key = page_key(site, page_id);
    const MutexLock lock(mutex_);
    const auto found = by_page_.find(key);
    if (found == by_page_.end()) return {};
    return ordered(found->second);
}

std::vector<std::shared_ptr<const Rule>> Catalog::listening_rules(std::string_view site) const {
    const MutexLock lock(mutex_);
    const auto found = listening_.find(site);
    if (found == listening_.end()) return {};
    return ordered(found->second);
}

std::optional<StoredEntry> Catalog::stored(EntryKind kind, std::string_view id) const {
    const MutexLock lock(mutex_);
    const auto found = stored_.find(record_key(kind, id));
    if (found == stored_.end()) return std::nullopt;
    return found->second;
}

std::vector<std::string> Catalog::ids(EntryKind kind) const {
    const std::string prefix = record_key(kind, "");
    const MutexLock lock(mutex_);
    std::vector<std::string> ids;
    for (auto at = stored_.lower_bound(prefix); at != stored_.end(); ++at) {
        if (!at->first.starts_with(prefix)) break;
        ids.push_back(at->first.substr(prefix.size()));
    }
    return ids;
}

Result<Catalog::Entry> Catalog::read(
    EntryKind kind, std::string_view id, std::string_view document
) {
    const auto parsed = parse_json(document, "the record");
    if (!parsed) return std::unexpected(parsed.error());
    switch (kind) {
        case EntryKind::kSite:
            return shared(read_site(id, *parsed));
        case EntryKind::kRule:
            return shared(read_rule(id, *parsed));
        case EntryKind::kSnapshot:
            return shared(read_snapshot(id, *parsed));
        case EntryKind::kSchedule:
            return shared(read_schedule(id, *parsed));
        case EntryKind::kApiKey:
            break;
    }
    return shared(read_api_key(id, *parsed));
}

Result<void> Catalog::check(EntryKind kind, std::string_view id, std::string_view document) {
    if (!is_entry_id(id)) return fail(ErrorCode::kCorrupt, "the id cannot name an entry");
    const auto entry = read(kind, id, document);
    if (!entry) return std::unexpected(entry.error());
    return {};
}

void Catalog::apply(
    std::string_view key, std::string_view value, std::int64_t offset, UnixMillis written_at
) {
    const auto name = parse_record_key(key);
    Result<Entry> entry = fail(ErrorCode::kCorrupt, "its key is not of the form kind/id");
    if (name && !value.empty()) entry = read(name->kind, name->id, value);
    const bool is_unreadable = !name || (!value.empty() && !entry);
    if (is_unreadable) {
        log_error(
            "a catalog record cannot be read and is left out; write the entry anew",
            {{"record", key}, {"offset", offset}, {"reason", entry.error().message}}
        );
    }
    const MutexLock lock(mutex_);
    if (offset < position_) return;
    if (name) erase(name->kind, name->id);
    if (is_unreadable) {
        ++unreadable_records_;
    } else if (!value.empty()) {
        insert(name->id, *entry, written_at);
        stored_.emplace(key, StoredEntry{.document = std::string(value), .revision = offset + 1});
    }
    if (name && name->kind == EntryKind::kSite) note_switch(name->id, written_at);
    move_to(offset + 1);
}

/// After a version of the site was taken in: an edit of a site that is on does not switch it.
void Catalog::note_switch(std::string_view site_id, UnixMillis written_at) {
    const auto site = look_up(sites_, site_id);
    const auto known = enabled_since_.find(site_id);
    if (site != nullptr && site->enabled) {
        if (known == enabled_since_.end()) enabled_since_.emplace(site_id, written_at);
    } else if (known != enabled_since_.end()) {
        enabled_since_.erase(known);
    }
}

void Catalog::insert(std::string_view id, const Entry& entry, UnixMillis written_at) {
    std::string own_id(id);
    if (const auto* site = std::get_if<std::shared_ptr<const Site>>(&entry)) {
        sites_.emplace(std::move(own_id), *site);
    } else if (const auto* rule = std::get_if<std::shared_ptr<const Rule>>(&entry)) {
        if (!(*rule)->events.empty()) listening_[(*rule)->site].emplace(own_id, *rule);
        rules_.emplace(std::move(own_id), *rule);
    } else if (const auto* snapshot = std::get_if<std::shared_ptr<const Snapshot>>(&entry)) {
        by_page_[page_key((*snapshot)->site, (*snapshot)->page)].emplace(own_id, *snapshot);
        snapshots_.emplace(std::move(own_id), *snapshot);
    } else if (const auto* schedule = std::get_if<std::shared_ptr<const Schedule>>(&entry)) {
        schedules_.emplace(
            std::move(own_id), WrittenSchedule{.schedule = *schedule, .written_at = written_at}
        );
    } else {
        const auto& api_key = std::get<std::shared_ptr<const ApiKey>>(entry);
        api_keys_.emplace(std::move(own_id), api_key);
        by_digest_.insert_or_assign(api_key->digest, api_key);
    }
}

void Catalog::erase(EntryKind kind, std::string_view id) {
    const auto erase_from = [id](auto& entries) {
        const auto found = entries.find(id);
        if (found != entries.end()) entries.erase(found);
    };
    stored_.erase(record_key(kind, id));
    switch (kind) {
        case EntryKind::kSite:
            return erase_from(sites_);
        case EntryKind::kRule:
            return erase_rule(id);
        case EntryKind::kSnapshot:
            return erase_snapshot(id);
        case EntryKind::kSchedule:
            return erase_from(schedules_);
        case EntryKind::kApiKey:
            return erase_api_key(id);
    }
    INVARIANT(false);
}

void Catalog::erase_rule(std::string_view id) {
    const auto found = rules_.find(id);
    if (found == rules_.end()) return;
    if (const auto site = listening_.find(found->second->site); site != listening_.end()) {
        site->second.erase(found->first);
        if (site->second.empty()) listening_.erase(site);
    }
    rules_.erase(found);
}

void Catalog::erase_snapshot(std::string_view id) {
    const auto found = snapshots_.find(id);
    if (found == snapshots_.end()) return;
    const auto page = by_page_.find(page_key(found->second->site, found->second->page));
    page->second.erase(found->first);
    if (page->second.empty()) by_page_.erase(page);
    snapshots_.erase(found);
}

void Catalog::erase_api_key(std::string_view id) {
    const auto found = api_keys_.find(id);
    if (found == api_keys_.end()) return;
    const auto by_digest = by_digest_.find(found->second->digest);
    if (by_digest != by_digest_.end() && by_digest->second->id == id) by_digest_.erase(by_digest);
    api_keys_.erase(found);
}

void Catalog::move_to(std::int64_t position) {
    if (position <= position_) return;
    position_ = position;
    moved_.notify_all();
}

std::int64_t Catalog::unreadable_records() const {
    const MutexLock lock(mutex_);
    return unreadable_records_;
}

std::int64_t Catalog::position() const {
    const MutexLock lock(mutex_);
    return position_;
}

void Catalog::advance_to(std::int64_t position) {
    const MutexLock lock(mutex_);
    move_to(position);
}

bool Catalog::wait_until_position(std::int64_t position, SteadyTime deadline) const {
    const MutexLock lock(mutex_);
    while (position_ < position) {
        if (SystemClock().steady_now() >= deadline) return false;
        moved_.wait_until(mutex_, deadline);
    }
    return true;
}

void Catalog::confirm(SteadyTime when) {
    const MutexLock lock(mutex_);
    confirmed_at_ = when;
}

std::optional<SteadyTime> Catalog::confirmed_at() const {
    const MutexLock lock(mutex_);
    return confirmed_at_;
}

}  // namespace pagepress
