// The commands about batches.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "common/json/json_value.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/progress.h"
#include "ingress/ctl/session.h"
#include "ingress/ctl/waiting.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr const char* kBatchesPath = "/admin/v1/batches";

/// How long a batch that was accepted just now may be unknown: the note of it is on its way.
constexpr Millis kNoteMax = 10s;

bool is_unknown(const ApiAnswer& answer) {
    return string_at(answer.body, "status") == "unknown";
}

bool is_over(const ApiAnswer& answer) {
    const std::string status = string_at(answer.body, "status");
    return status == "done" || status == "cancelled" || status == "dead";
}

json::array array_of(const std::vector<std::string>& texts) {
    json::array array;
    for (const std::string& text : texts) array.emplace_back(text);
    return array;
}

std::string trimmed(std::string text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// One issue a line; empty lines and lines that begin with `#` are left out.
Result<std::vector<std::string>> read_issues(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> issues;
    for (std::string line; std::getline(file, line);) {
        line = trimmed(std::move(line));
        if (!line.empty() && !line.starts_with('#')) issues.push_back(std::move(line));
    }
    if (!file.eof()) return fail(ErrorCode::kInvalidInput, path + ": cannot be read");
    if (issues.empty()) return fail(ErrorCode::kInvalidInput, path + ": holds no issue");
    return issues;
}

/// The request without its site.
Result<json::object> body_of(const CreateBatchCommand& command) {
    using Select = CreateBatchCommand::Select;
    json::object body;
    switch (command.select) {
        case Select::kIssues:
            body["rule"] = command.rule;
            if (!command.jql.empty()) {
                body["jql"] = command.jql;
            } else if (!command.issues_file.empty()) {
                const auto issues = read_issues(command.issues_file);
                if (!issues) return std::unexpected(issues.error());
                body["issues"] = array_of(*issues);
            } else {
                body["issues"] = array_of(command.issues);
            }
            break;
        case Select::kSnapshots:
            body["snapshots"] = array_of(command.snapshots);
            break;
        case Select::kPage:
            body["page"] = command.page_id;
            break;
        case Select::kSpace:
            body["space"] = command.space;
            break;
        case Select::kAll:
            body["all_snapshots"] = true;
            break;
    }
    if (!command.spread.empty()) body["spread"] = command.spread;
    return body;
}

/// The site that was given, or that of the rule or the first snapshot.
Result<std::string> site_of(const CreateBatchCommand& command, AdminApi& api) {
    if (!command.site.empty()) return command.site;
    const bool is_rule = command.select == CreateBatchCommand::Select::kIssues;
    const std::string path = is_rule ? path_of(EntryKind::kRule, command.rule)
                                     : path_of(EntryKind::kSnapshot, command.snapshots.front());
    const auto answer = api.get(path);
    if (!answer) return std::unexpected(answer.error());
    if (!answer->is_success()) return fail(ErrorCode::kNotFound, answer->reason());
    const json::value* const document = find(answer->body, "document");
    std::string site = document == nullptr ? std::string() : string_at(*document, "site");
    if (site.empty()) return fail(ErrorCode::kCorrupt, "the answer names no site; give --site");
    return site;
}

int exit_code_of_end(const ApiAnswer& answer, const Surroundings& surroundings) {
    const std::string status = string_at(answer.body, "status");
    if (is_unknown(answer)) {
        return report(
            surroundings,
            kExitFailed,
            "the status of the batch is unknown: " + string_at(answer.body, "detail")
        );
    }
    if (status != "done") return report(surroundings, kExitFailed, "the batch is " + status);
    const BatchCounts counts = counts_of(answer.body);
    if (counts.dead == 0) return kExitOk;
    return report(
        surroundings,
        kExitFailed,
        counted(static_cast<std::size_t>(counts.dead), "job") + " of the batch " +
            (counts.dead == 1 ? "is" : "are") + " dead: 'pagepressctl dead list' tells why"
    );
}

/// @param unknown_max  how long nothing need be known of the batch
int watch(
    const WatchBatchCommand& command,
    Millis unknown_max,
    AdminApi& api,
    const Surroundings& surroundings
) {
    const SteadyTime known_from = surroundings.clock.steady_now() + unknown_max;
    const bool is_bar = surroundings.terminal != nullptr;
    Progress progress(
        is_bar ? *surroundings.terminal : surroundings.err,
        surroundings.clock,
        is_bar ? Progress::Style::kBar : Progress::Style::kLines
    );
    const std::string path = std::string(kBatchesPath) + "/" + percent_encoded(command.id);
    const WaitPlan plan{
        .look =
            [&](std::chrono::seconds wait) {
                return api.get(with_query(path, {{"wait", wait_text(wait)}}), look_timeout(wait));
            },
        .is_over =
            [&](const ApiAnswer& answer) {
                if (!is_unknown(answer)) return is_over(answer);
                return surroundings.clock.steady_now() >= known_from;
            },
        .on_answer =
            [&](const ApiAnswer& answer) {
                if (!is_unknown(answer)) progress.show(answer.body);
            },
        .wait_max = command.watch_max,
        // The server answers when the batch is over: progress needs a look of its own.
        .look_max = is_bar ? 1s : 5s,
    };
    const Waited waited = wait_until_over(plan, surroundings);
    progress.finish();
    switch (waited.end) {
        case Waited::End::kOver:
            surroundings.out << to_text(with_iso_times(waited.answer.body), command.format);
            return exit_code_of_end(waited.answer, surroundings);
        case Waited::End::kRefused:
            return report(surroundings, kExitFailed, waited.answer.reason());
        case Waited::End::kTimeUp:
        case Waited::End::kInterrupted:
            break;
    }
    const std::string what = waited.trouble.empty()
                                 ? " is not over; it goes on"
                                 : " was not seen to end (" + waited.trouble + "); it goes on";
    return report(
        surroundings, kExitTimeUp, "the batch " + command.id + what + ", and so can 'batch watch'"
    );
}

int create(const CreateBatchCommand& command, AdminApi& api, const Surroundings& surroundings) {
    auto body = body_of(command);
    if (!body) return report(surroundings, kExitBadInput, body.error().message);
    const auto site = site_of(command, api);
    if (!site) return report(surroundings, kExitFailed, site.error().message);
    (*body)["site"] = *site;
    std::vector<std::string> headers;
    if (!command.idempotency_key.empty()) {
        headers.push_back("Idempotency-Key: " + command.idempotency_key);
    }
    const auto answer = api.post(kBatchesPath, *body, std::move(headers));
    if (!is_success(surroundings, answer)) return kExitFailed;
    const std::string id = string_at(answer->body, "jobId");
    if (id.empty()) return report(surroundings, kExitFailed, "the answer names no batch");
    if (!command.watch_max) {
        surroundings.out << id << '\n';
        return kExitOk;
    }
    surroundings.err << "batch " << id << std::endl;
    return watch(
        {.id = id, .watch_max = *command.watch_max, .format = command.format},
        kNoteMax,
        api,
        surroundings
    );
}

}  // namespace

int run_create_batch(const CreateBatchCommand& command, const Surroundings& surroundings) {
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return create(command, api, surroundings);
    });
}

int run_watch_batch(const WatchBatchCommand& command, const Surroundings& surroundings) {
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return watch(command, 0ms, api, surroundings);
    });
}

int run_cancel_batch(const CancelBatchCommand& command, const Surroundings& surroundings) {
    return with_admin_api(surroundings, [&](AdminApi& api) {
        const std::string path = std::string(kBatchesPath) + "/" + percent_encoded(command.id);
        if (!is_success(surroundings, api.remove(path))) return kExitFailed;
        surroundings.out << "batch " << command.id
                         << " is being cancelled; what has begun is finished\n";
        return kExitOk;
    });
}

}  // namespace pagepress::ctl
