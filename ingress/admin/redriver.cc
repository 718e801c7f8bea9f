#include "ingress/admin/redriver.h"

#include "common/audit/audit_event.h"
#include "common/base/invariant.h"
#include "common/base/log.h"
#include "common/base/trace_context.h"
#include "common/job/job_status.h"

namespace pagepress::ingress {

namespace {

// ARGV: redrive, job, now, ttl. A worker may have been quicker.
constexpr std::string_view kRunningScript = R"lua(
local known = redis.call('HGET', KEYS[1], 'redrive')
if known and tonumber(known) >= tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'job', ARGV[2], 'redrive', ARGV[1], 'state', 'running',
           'attempts', 0, 'updated_at', ARGV[3])
return redis.call('PEXPIRE', KEYS[1], ARGV[4])
)lua";

Record redriven_record(std::string topic, const DeadLetter& letter, const Job& job) {
    Record record{
        .topic = std::move(topic), .key = route_key(job), .value = encode(job), .headers = {}};
    if (!letter.traceparent.empty()) {
        record.headers.push_back({.name = std::string(kTraceHeader), .value = letter.traceparent});
    }
    return record;
}

}  // namespace

Redriver::Redriver(const AdminPorts& ports, RedrivenLetters& redriven)
    : ports_(ports),
      redriven_(redriven),
      sent_(ports.metrics.counter(
          "pagepress_ingress_dead_letters_redriven_total", "Dead letters that were sent again."
      )),
      not_noted_(ports.metrics.counter(
          "pagepress_ingress_redrive_notes_lost_total",
          "Marks and audit events of redriven letters that Kafka did not acknowledge."
      )) {}

std::size_t Redriver::send(const std::vector<DeadLetter>& letters, std::string_view admin) {
    std::vector<Job> jobs;
    std::vector<Record> records;
    for (const DeadLetter& letter : letters) {
        INVARIANT(letter.job.has_value());
        Job& job = jobs.emplace_back(*letter.job);
        ++job.redrive;
        // It is sent again for what was mended since: no worker may judge it by an older catalog.
        job.catalog_offset = ports_.catalog.position();
        records.push_back(redriven_record(ports_.topics.jobs, letter, job));
    }
    const std::vector<bool> acknowledged = ports_.send_records(records);
    std::vector<Sent> sent;
    for (std::size_t i = 0; i < letters.size(); ++i) {
        if (!acknowledged[i]) continue;
        note_status(jobs[i]);
        sent.push_back({.letter = &letters[i], .job = &jobs[i]});
    }
    sent_.add(static_cast<double>(sent.size()));
    note(sent, admin);
    return sent.size();
}

/// The event first: a letter without its mark is sent again with the same call, and its event with
/// it; a letter that is marked never is, so its event must be there.
void Redriver::note(const std::vector<Sent>& sent, std::string_view admin) {
    const UnixMillis now = ports_.clock.unix_now();
    std::vector<Record> events;
    for (const auto& [letter, job] : sent) {
        AuditEvent event = job_event("job.redriven", *job, now);
        event.by = admin;
        event.page_id = letter->page_id;
        event.more.emplace("letter", id_of(letter->place));
        events.push_back(audit_record(ports_.topics.audit, audit_key(*job, event.page_id), event));
    }
    const std::vector<bool> told = send_notes(events);
    std::vector<Record> marks;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        if (!told[i]) continue;
        const auto& [letter, job] = sent[i];
        redriven_.add(letter->place);
        marks.push_back(redriven_mark(ports_.topics.dead, letter->place, *job, admin, now));
    }
    send_notes(marks);
}

std::vector<bool> Redriver::send_notes(const std::vector<Record>& notes) {
    std::vector<bool> acknowledged = ports_.send_records(notes);
    for (std::size_t i = 0; i < notes.size(); ++i) {
        if (acknowledged[i]) continue;
        not_noted_.add();
        log_warn(
            "what was sent again is not noted: it may be sent again once more, without harm",
            {{"topic", notes[i].topic}, {"key", notes[i].key}}
        );
    }
    return acknowledged;
}

/// Whoever asks for the job's status no longer sees its end. For people only: without Redis the
/// job's press does the same later.
void Redriver::note_status(const Job& job) const {
    ports_.redis.submit(
        {"EVAL",
         std::string(kRunningScript),
         "1",
         job_status_key(job.id),
         std::to_string(job.redrive),
         encode(job),
         std::to_string(ports_.clock.unix_now()),
         std::string(kStatusTtlMs)},
        [](const Result<RedisReply>&) {}
    );
}

}  // namespace pagepress::ingress
