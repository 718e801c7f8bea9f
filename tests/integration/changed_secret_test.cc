// A site whose secret file is mended while its jobs wait.
#include "common/json/json_value.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"

using namespace pagepress;
using namespace pagepress::test;

TEST_CASE("Jobs that wait for good credentials are done once the file holds them", "[secrets]") {
    Stack stack(1);
    stack.write_account("demo@example.com:refused-token");
    const HttpAnswer accepted = stack.trigger_rule("page", "DEMO-1");
    REQUIRE(accepted.status == 202);
    const auto is_shut = [&] {
        return stack.worker_log(0).find("credentials rejected") != std::string::npos;
    };
    REQUIRE(eventually(std::chrono::minutes(2), is_shut));
    stack.write_account(FakeAtlassianProcess::account());
    REQUIRE(stack.unfinished({job_id_of(accepted)}).empty());
    CHECK(string_at(stack.job(job_id_of(accepted)), "status") == "done");
}
