#include "ingress/ctl/commands.h"

#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "common/json/json_value.h"
#include "ingress/ctl/session.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

int run_delete(const DeleteCommand& command, AdminApi& api, const Surroundings& surroundings) {
    if (!is_success(surroundings, api.remove(path_of(command.kind, command.id)))) {
        return kExitFailed;
    }
    surroundings.out << name_of(command.kind) << ' ' << command.id << " deleted\n";
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

    int operator()(const GetCommand& command) const { return run_get(command, surroundings); }

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
        return run_get(
            {.resource = Resource::kJobs, .id = command.id, .format = command.format}, surroundings
        );
    }

    int operator()(const CreateBatchCommand& command) const {
        return run_create_batch(command, surroundings);
    }

    int operator()(const GetBatchCommand& command) const {
        return run_get(
            {.resource = Resource::kBatches, .id = command.id, .format = command.format},
            surroundings
        );
    }

    int operator()(const WatchBatchCommand& command) const {
        return run_watch_batch(command, surroundings);
    }

    int operator()(const CancelBatchCommand& command) const {
        return run_cancel_batch(command, surroundings);
    }

    int operator()(const ListDeadCommand& command) const {
        return run_list_dead(command, surroundings);
    }

    int operator()(const ShowDeadCommand& command) const {
        return run_get(
            {.resource = Resource::kDeadLetters, .id = command.id, .format = command.format},
            surroundings
        );
    }

    int operator()(const RedriveCommand& command) const {
        return run_redrive(command, surroundings);
    }

    int operator()(const TailAuditCommand& command) const {
        return run_tail_audit(command, surroundings);
    }

    int operator()(const DoctorCommand& command) const { return run_doctor(command, surroundings); }

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
