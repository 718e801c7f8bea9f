// A process of the chaos fleet: nothing that ends by itself goes unseen.
#include "tests/chaos/replica.h"

#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"

using namespace pagepress::chaos;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 30s;

class Subject {
public:
    explicit Subject(const std::string& script)
        : replica("worker 1", [this, script](const std::string& ports) {
              return ProcessSpec{
                  .program = "/bin/sh",
                  .arguments = {"-c", script, "--ports-file", folder_.path(ports)},
                  .log_file = folder_.path("log")};
          }) {}

    [[nodiscard]] bool waits_for_end() {
        return eventually(kPatience, [&] {
            return replica.process() == nullptr || !replica.process()->is_running();
        });
    }

private:
    TempDir folder_;

public:
    Replica replica;
};

const std::string kRuns = "exec sleep 600";
const std::string kEnds = "exit 3";

}  // namespace

TEST_CASE("A process that ended by itself is told and started again") {
    Subject subject(kEnds);
    CHECK(subject.replica.tend().empty());
    REQUIRE(subject.waits_for_end());
    CHECK(subject.replica.tend() == "worker 1 ended with 3 by itself");
    CHECK(subject.replica.process() != nullptr);
}

TEST_CASE("A process that is killed when it was dead already had ended by itself") {
    Subject subject(kEnds);
    CHECK(subject.replica.tend().empty());
    REQUIRE(subject.waits_for_end());
    subject.replica.kill();
    subject.replica.kill();
    subject.replica.want();
    CHECK(subject.replica.tend() == "worker 1 ended with 3 by itself");
}

TEST_CASE("A process that is told to end when it was dead already had ended by itself") {
    Subject subject("exit 0");
    CHECK(subject.replica.tend().empty());
    REQUIRE(subject.waits_for_end());
    subject.replica.terminate();
    CHECK(subject.replica.tend() == "worker 1 ended with 0 by itself");
}

TEST_CASE("A process that was killed is no death, and is not up until it is wanted again") {
    Subject subject(kRuns);
    CHECK(subject.replica.tend().empty());
    subject.replica.kill();
    CHECK(subject.replica.tend().empty());
    CHECK(subject.replica.process() == nullptr);
    CHECK_FALSE(subject.replica.is_up());
    subject.replica.want();
    CHECK(subject.replica.tend().empty());
    CHECK(subject.replica.process() != nullptr);
}

TEST_CASE("A process that does not end well on SIGTERM is told") {
    Subject subject("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done");
    CHECK(subject.replica.tend().empty());
    REQUIRE(eventually(kPatience, [&] {
        return subject.replica.process()->log_text().contains("ready");
    }));
    subject.replica.terminate();
    REQUIRE(subject.waits_for_end());
    CHECK(subject.replica.tend() == "worker 1 ended with 7 when it was told to end");
}
