// Requests of the public listener, from route to job, against a catalog with one of everything: a
// job exists only for the key that belongs to its subject, and survives its record.
#include <array>
#include <string>
#include <string_view>

#include "common/base/invariant.h"
#include "ingress/http/routes.h"
#include "ingress/triggers/parse_trigger.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/ingress/fakes.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

struct Key {
    std::string_view secret;
    std::string_view subject;  ///< what it opens: `rule/…`, `snapshot/…` or `site/…`
};

constexpr std::array<Key, 9> kKeys{{
    {"", ""},
    {kRuleKey, "rule/release"},
    {kOtherRuleKey, "rule/other"},
    {kSnapshotKey, "snapshot/weekly"},
    {kSiteKey, "site/acme"},
    {kExpiredKey, ""},
    {"rule-key-off", ""},
    {"rule-key-shut", ""},
    {"rule-key-gone", ""},
}};

struct World {
    CatalogFixture fixture;
    FakeClock clock;
    CountingRandom random;
    KeyUses uses;
    Authenticator authenticator{fixture.catalog(), clock, uses};
    TriggerParser parser{fixture.catalog(), clock, random, authenticator};
};

std::string subject_of(const Job& job) {
    switch (job.kind) {
        case JobKind::kRule:
            return "rule/" + job.rule;
        case JobKind::kSnapshot:
            return "snapshot/" + job.snapshot;
        case JobKind::kPage:
            return "site/" + job.site;
        case JobKind::kBatch:
            break;  // no trigger makes one
    }
    INVARIANT(false);
}

void check_job(const Job& job, const Key& key) {
    INVARIANT(subject_of(job) == key.subject);
    INVARIANT(job.site == "acme" && is_job_id(job.id));
    if (job.kind == JobKind::kRule) {
        INVARIANT(is_numeric_id(job.issue) || is_issue_key(job.issue));
    } else {
        INVARIANT(is_numeric_id(job.page_id));
    }
    const std::string text = encode(job);
    INVARIANT(text.size() <= 4096);
    const auto decoded = decode_job(text);
    INVARIANT(decoded.has_value() && *decoded == job);
}

void check(const World& world, const HttpRequest& request, const Key& key) {
    const RouteMatch match = match_route(request.path);
    ParsedTrigger parsed;
    switch (match.route) {
        case Route::kTrigger:
            parsed = world.parser.parse_rule(request);
            break;
        case Route::kSnapshot:
            parsed = world.parser.parse_snapshot(request, match.id);
            break;
        case Route::kTakeSnapshot:
            parsed = world.parser.parse_page(request, match.id);
            break;
        case Route::kJob:
        case Route::kJiraEvent:
        case Route::kBatches:
        case Route::kBatch:
        case Route::kUnknown:
            return;  // no triggers: their bodies have targets of their own
    }
    if (parsed) {
        check_job(parsed->job, key);
    } else if (const auto* bad = std::get_if<BadCall>(&parsed.error())) {
        INVARIANT(!bad->detail.empty());
    }
}

}  // namespace

/// A digit for the key, a line for the target, further header lines.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static World world;
    FuzzInput input(data, size);
    const Key& key = kKeys.at(input.choice(kKeys.size()));
    std::string text = "POST " + std::string(input.part('\n')) + " HTTP/1.1\r\nHost: a\r\n";
    for (const std::string_view header : {kRuleKeyHeader, kSnapshotKeyHeader}) {
        text.append(header).append(": ").append(key.secret).append("\r\n");
    }
    while (!input.rest().empty()) text.append(input.part('\n')).append("\r\n");
    text.append("\r\n");

    const RawRequest request(text);
    const HttpRequest& seen = request;
    if (seen.method == "POST" && seen.path.starts_with('/')) check(world, seen, key);
    return 0;
}
