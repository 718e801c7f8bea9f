#include "ingress/ctl/apply_plan.h"

#include <algorithm>
#include <map>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/catalog/batch_document.h"
#include "common/catalog/references.h"
#include "common/json/json_value.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

using Action = Change::Action;
using Listing = std::map<std::string, ListedEntry>;

/// Documents may repeat their id; files here never do.
json::value without_id(json::value document) {
    if (json::object* object = document.if_object()) object->stable_erase("id");
    return document;
}

std::set<std::string> sites_of(const std::vector<FileEntry>& entries) {
    std::set<std::string> sites;
    for (const FileEntry& entry : entries) {
        sites.insert(entry.kind == EntryKind::kSite ? entry.id : string_at(entry.document, "site"));
    }
    return sites;
}

Change write_of(const FileEntry& entry, const Listing& listing) {
    Change change{.kind = entry.kind, .id = entry.id, .entry = &entry};
    const auto found = listing.find(entry.id);
    if (found == listing.end()) {
        change.action = Action::kCreate;
        return change;
    }
    change.revision = found->second.revision;
    change.before = without_id(found->second.document);
    change.action = change.before == entry.document ? Action::kKeep : Action::kUpdate;
    return change;
}

/// Compares files and listings, which are read once each, when they are needed.
class Planner {
public:
    Planner(AdminApi& api, const std::vector<FileEntry>& entries, const ApplyCommand& command)
        : api_(api), entries_(entries), command_(command) {
        plan_.sites = sites_of(entries);
        for (const FileEntry& entry : entries) in_files_.emplace(entry.kind, entry.id);
    }

    Result<ApplyPlan> make() {
        for (const EntryKind kind : kFileKinds) {
            if (auto added = add_writes(kind); !added) return std::unexpected(added.error());
        }
        if (command_.prunes) {
            for (auto kind = kFileKinds.rbegin(); kind != kFileKinds.rend(); ++kind) {
                if (auto added = add_removals(*kind); !added) return std::unexpected(added.error());
            }
        }
        if (command_.is_dry_run) {
            if (auto added = add_refusals(); !added) return std::unexpected(added.error());
        }
        return std::move(plan_);
    }

private:
    Result<const Listing*> listing(EntryKind kind) {
        const auto known = listings_.find(kind);
        if (known != listings_.end()) return &known->second;
        auto listed = api_.list(plural_of(kind));
        if (!listed) return std::unexpected(listed.error());
        Listing& listing = listings_[kind];
        for (ListedEntry& entry : *listed) listing.emplace(entry.id, std::move(entry));
        return &listing;
    }

    Result<void> add_writes(EntryKind kind) {
        for (const FileEntry& entry : entries_) {
            if (entry.kind != kind) continue;
            const auto known = listing(kind);
            if (!known) return std::unexpected(known.error());
            plan_.changes.push_back(write_of(entry, **known));
        }
        return {};
    }

    Result<void> add_removals(EntryKind kind) {
        // The sites that files name are in no danger: they stay even if only their rules are there.
        if (kind == EntryKind::kSite && !command_.prunes_other_sites) return {};
        const auto known = listing(kind);
        if (!known) return std::unexpected(known.error());
        for (const auto& [id, stored] : **known) {
            if (in_files_.contains({kind, id}) || !may_go(kind, id, stored)) continue;
            plan_.changes.push_back({
                .action = Action::kRemove,
                .kind = kind,
                .id = id,
                .revision = stored.revision,
                .before = without_id(stored.document),
            });
        }
        return {};
    }

    Result<void> add_refusals() {
        for (const Change& change : plan_.changes) {
            if (change.action != Action::kCreate && change.action != Action::kUpdate) continue;
            if (auto added = foresee_named(*change.entry); !added) return added;
            auto problems =
                problems_of_entry(change.kind, change.id, change.entry->document, foreseen_);
            if (problems.empty()) continue;
            plan_.refusals.push_back({.entry = change.entry, .problems = std::move(problems)});
        }
        return {};
    }

    /// Brings what an entry names into `foreseen_`, if it will be there.
    Result<void> foresee_named(const FileEntry& entry) {
        if (entry.kind == EntryKind::kSite) return {};
        const std::string site = string_at(entry.document, "site");
        if (auto seen = foresee(EntryKind::kSite, site); !seen) return seen;
        if (entry.kind != EntryKind::kSchedule) return {};
        const Batch refresh = read_schedule(entry.id, entry.document).value.refresh;
        if (!refresh.rule.empty()) {
            if (auto seen = foresee(EntryKind::kRule, refresh.rule); !seen) return seen;
        }
        for (const std::string& id : refresh.snapshots) {
            if (auto seen = foresee(EntryKind::kSnapshot, id); !seen) return seen;
        }
        return {};
    }

    Result<void> foresee(EntryKind kind, const std::string& id) {
        if (!is_foreseen_.emplace(kind, id).second) return {};
        const auto own = std::ranges::find_if(entries_, [&](const FileEntry& entry) {
            return entry.kind == kind && entry.id == id;
        });
        if (own != entries_.end()) {
            take_into_foreseen(kind, id, own->document);
            return {};
        }
        const auto known = listing(kind);
        if (!known) return std::unexpected(known.error());
        const auto found = (*known)->find(id);
        const bool goes = std::ranges::any_of(plan_.changes, [&](const Change& change) {
            return change.action == Action::kRemove && change.kind == kind && change.id == id;
        });
        if (found != (*known)->end() && !goes) {
            take_into_foreseen(kind, id, found->second.document);
        }
        return {};
    }

    void take_into_foreseen(EntryKind kind, const std::string& id, const json::value& document) {
        foreseen_.apply(record_key(kind, id), json::serialize(document), foreseen_.position());
    }

    [[nodiscard]] bool may_go(EntryKind kind, const std::string& id, const ListedEntry& stored)
        const {
        if (kind == EntryKind::kSite) return !plan_.sites.contains(id);
        return command_.prunes_other_sites ||
               plan_.sites.contains(string_at(stored.document, "site"));
    }

    AdminApi& api_;
    const std::vector<FileEntry>& entries_;
    const ApplyCommand& command_;
    std::set<std::pair<EntryKind, std::string>> in_files_;
    std::map<EntryKind, Listing> listings_;
    Catalog foreseen_;  ///< what entries name, as far as it will be there after the apply
    std::set<std::pair<EntryKind, std::string>> is_foreseen_;  ///< was looked for
    ApplyPlan plan_;
};

}  // namespace

std::string Change::title() const {
    return std::string(name_of(kind)) + " " + id;
}

std::size_t ApplyPlan::count(Action action) const {
    return static_cast<std::size_t>(std::ranges::count(changes, action, &Change::action));
}

Result<ApplyPlan> make_apply_plan(
    AdminApi& api, const std::vector<FileEntry>& entries, const ApplyCommand& command
) {
    return Planner(api, entries, command).make();
}

}  // namespace pagepress::ctl
