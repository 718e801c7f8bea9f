// What the files of the command line share; private to them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ingress/ctl/command_line.h"
#include "ingress/ctl/commands.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace pagepress::ctl {

/// Everything that options write to; the chosen subcommand's callback fills `parsed.command`.
struct Values {
    CommandLine parsed;
    ApplyCommand apply;
    GetCommand get;
    DeleteCommand remove;
    SwitchCommand turn;
    CreateKeyCommand create_key;
    ProlongKeyCommand prolong_key;
    ShowKeyCommand show_key;
    std::string rule;
    std::string snapshot;
    std::string site;
    std::string key_id;
    TriggerCommand trigger;
    std::map<std::string, std::string> public_urls;  ///< by target
    bool is_waiting = false;
    int wait_max_s = 300;
    GetJobCommand job;
    CreateBatchCommand create_batch;
    GetBatchCommand get_batch;
    WatchBatchCommand watch_batch;
    CancelBatchCommand cancel_batch;
    int watch_max_s = 86'400;
    ListDeadCommand list_dead;
    ShowDeadCommand show_dead;
    RedriveCommand redrive;
    TailAuditCommand tail_audit;
    DoctorCommand doctor;
    CreateTopicsCommand topics;
    NextTimesCommand next_times;
    OutputFormat get_format = OutputFormat::kTable;
    std::string since;
    std::map<std::string, std::string> filter;  ///< parameter of the API by name
};

// Each adds its subcommands to `app`; `values` outlives it.
void add_entries(CLI::App& app, Values& values);
void add_switches(CLI::App& app, Values& values);
void add_keys(CLI::App& app, Values& values);
void add_trigger(CLI::App& app, Values& values);
void add_batches(CLI::App& app, Values& values);
void add_schedules(CLI::App& app, Values& values);
void add_dead_letters(CLI::App& app, Values& values);
void add_audit(CLI::App& app, Values& values);
void add_operations(CLI::App& app, Values& values);

/// `-o`: one of yaml, json and, `allowing_table`, table.
enum class Tables { kNo, kYes };
CLI::Option* add_format(CLI::App& app, OutputFormat& format, Tables tables = Tables::kNo);

/// KIND of an entry of the catalog's files.
void add_kind(CLI::App& app, EntryKind& kind);

}  // namespace pagepress::ctl
