// Job records: what decodes is complete, and is the same job after it was encoded again.
#include <string>

#include "common/base/invariant.h"
#include "common/job/job.h"
#include "common/json/json_text.h"
#include "tests/fuzz/fuzz_input.h"

using namespace pagepress;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto job = decode_job(test::FuzzInput(data, size).rest());
    if (!job) {
        INVARIANT(job.error().code == ErrorCode::kCorrupt && !job.error().message.empty());
        return 0;
    }
    INVARIANT(!job->id.empty() && !job->site.empty());
    INVARIANT(route_key(*job).starts_with(job->site + "/"));
    const std::string text = encode(*job);
    INVARIANT(is_utf8(text));
    const auto again = decode_job(text);
    INVARIANT(again.has_value() && *again == *job);
    return 0;
}
