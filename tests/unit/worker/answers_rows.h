// The rows of the test of answers: what goes wrong while what is done, and what becomes of the job.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/fake_atlassian/faults.h"
#include "worker/press/answers.h"

namespace pagepress::test {

using namespace pagepress::worker;

enum class Scene { kCreate, kUpdate, kMove, kRestore, kProperty, kLabel, kReadPage, kReadIssue };

struct Row {
    const char* name;
    Scene scene;
    FaultRule fault;
    Verdict verdict = Verdict::kDone;
    std::optional<ErrorCode> code = {};  ///< of the error that ended the press
    const char* says = "";               ///< what the reason contains
    bool closes_gate = false;
};

/// Rows by what is done. `fault` strikes the requests of its scene.
std::vector<Row> create_rows();
std::vector<Row> update_rows();
std::vector<Row> move_and_restore_rows();
std::vector<Row> remaining_step_rows();
std::vector<Row> read_rows();

/// Requests with refused credentials.
FaultRule lost_credentials();

/// As often as the requests come.
inline constexpr int kAlways = -1;

FaultRule times(FaultRule fault, int count);

/// The fault, aimed at the requests of the scene.
FaultRule aimed(Scene scene, FaultRule fault);

}  // namespace pagepress::test
