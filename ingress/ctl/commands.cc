#include "ingress/ctl/commands.h"

#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "common/json/json_value.h"
#include "ingress/ctl/session.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

/// An entry in the form of a file that `apply` takes: kind and id on top.
json::object file_form(EntryKind kind, const ListedEntry& entry) {
    json::object form;
    form.emplace("kind", name_of(kind));
    form.emplace("id", entry.id);
    if (const json::object* document = entry.document.if_object()) {
        for (const auto& [name, value] : *document) form.emplace(name, value);
    }
    return form;
}

std::string all_as_text(
    EntryKind kind, const std::vector<ListedEntry>& entries, OutputFormat format
) {
    if (format == OutputFormat::kJson) {
        json::array array;
        for (const ListedEntry& entry : entries) array.push_back(file_form(kind, entry));
        return to_text(array, format);
    }
    std::string text;
    for (const ListedEntry& entry : entries) {
        if (!text.empty()) text += "---\n";
        text += to_text(file_form(kind, entry), format);
    }
    return text;
}

int run_get_one(const GetCommand& command, AdminApi& api, const Surroundings& surroundings) {
    const auto answer = api.get(path_of(command.kind, command.id));
    if (!is_success(surroundings, answer)) return kExitFailed;
    const json::value* document = find(answer->body, "document");
    const ListedEntry entry{
        .id = command.id, .document = document == nullptr ? answer->body : *document};
    surroundings.out << to_text(file_form(command.kind, entry), command.format);
    return kExitOk;
}

int run_get_all(const GetCommand& command, AdminApi& api, const Surroundings& surroundings) {
    const auto entries = api.list(command.kind);
    if (!entries) return report(surroundings, kExitFailed, entries.error().message);
    surroundings.out << all_as_text(command.kind, *entries, command.format);
    return kExitOk;
}

int run_delete(const DeleteCommand& command, AdminApi& api, const Surroundings& surroundings) {
    if (!is_success(surroundings, api.remove(path_of(command.kind, command.id)))) {
        return kExitFailed;
    }
    surroundings.out << name_of(command.kind) << ' ' << command.id << " deleted\n";
    return kExitOk;
}

int run_get_job(const GetJobCommand& command, AdminApi& api, const Surroundings& surroundings) {
    const auto answer = api.get("/admin/v1/jobs/" + percent_encoded(command.id));
    if (!is_success(surroundings, answer)) return kExitFailed;
    surroundings.out << to_text(answer->body, command.format);
    return kExitOk;
}

int run_create_topics(
    const CreateTopicsCommand& command, AdminApi& api, const Surroundings& surroundings
) {
    const auto answer = api.post(
        "/admin/v1/topics",
        json::object{
            {"partitions", command.partitions},
            {"replication", command.replication},
            {"minInsyncReplicas", command.min_insync_replicas},
        }
    );
    if (!is_success(surroundings, answer)) return kExitFailed;
    const json::value* created = find(answer->body, "created");
    const json::array* names = created == nullptr ? nullptr : created->if_array();
    if (names != nullptr) {
        for (const json::value& name : *names) {
            if (const json::string* text = name.if_string()) {
                surroundings.out << "topic " << std::string_view(text->data(), text->size())
                                 << " created\n";
            }
        }
    }
    surroundings.err << "all topics are there; topics that existed are left as they were\n";
    return kExitOk;
}

/// Chooses the function of each command.
struct Runner {
    const Surroundings& surroundings;

    [[nodiscard]] int admin(const std::function<int(AdminApi&)>& work) const {
        return with_admin_api(surroundings, work);
    }

    int operator()(const ApplyCommand& command) const { return run_apply(command, surroundings); }

    int operator()(const TriggerCommand& command) const {
        return run_trigger(command, surroundings);
    }

    int operator()(const GetCommand& command) const {
        return admin([&](AdminApi& api) {
            return command.id.empty() ? run_get_all(command, api, surroundings)
                                      : run_get_one(command, api, surroundings);
        });
    }

    int operator()(const DeleteCommand& command) const {
        return admin([&](AdminApi& api) { return run_delete(command, api, surroundings); });
    }

    int operator()(const CreateKeyCommand& command) const {
        return run_create_key(command, surroundings);
    }

    int operator()(const RegenerateKeyCommand& command) const {
        return run_regenerate_key(command, surroundings);
    }

    int operator()(const ProlongKeyCommand& command) const {
        return run_prolong_key(command, surroundings);
    }

    int operator()(const ListKeysCommand& command) const {
        return run_list_keys(command, surroundings);
    }

    int operator()(const ShowKeyCommand& command) const {
        return run_show_key(command, surroundings);
    }

    int operator()(const SwitchCommand& command) const { return run_switch(command, surroundings); }

    int operator()(const NextTimesCommand& command) const {
        return run_next_times(command, surroundings);
    }

    int operator()(const GetJobCommand& command) const {
        return admin([&](AdminApi& api) { return run_get_job(command, api, surroundings); });
    }

    int operator()(const CreateTopicsCommand& command) const {
        return admin([&](AdminApi& api) { return run_create_topics(command, api, surroundings); });
    }
};

}  // namespace

int run(const Command& command, const Surroundings& surroundings) {
    const int exit_code = std::visit(Runner{surroundings}, command);
    surroundings.out.flush();
    if (surroundings.out.good()) return exit_code;
    return report(surroundings, kExitFailed, "the result could not be written to the output");
}

}  // namespace pagepress::ctl
