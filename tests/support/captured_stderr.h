// What the process writes to its standard error for a while: log lines, for tests.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "common/base/invariant.h"
#include "tests/support/temp_dir.h"

namespace pagepress::test {

class CapturedStderr {
public:
    CapturedStderr() {
        const int file = ::open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC | O_APPEND, 0600);
        INVARIANT(before_ >= 0 && file >= 0 && ::dup2(file, STDERR_FILENO) >= 0);
        ::close(file);
    }

    ~CapturedStderr() {
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
    }

    CapturedStderr(const CapturedStderr&) = delete;
    CapturedStderr& operator=(const CapturedStderr&) = delete;

    /// Everything so far.
    [[nodiscard]] std::string text() const {
        std::ostringstream content;
        content << std::ifstream(path_).rdbuf();
        return content.str();
    }

private:
    const TempDir folder_;
    const std::string path_ = folder_.path("stderr");
    const int before_ = ::dup(STDERR_FILENO);
};

}  // namespace pagepress::test
