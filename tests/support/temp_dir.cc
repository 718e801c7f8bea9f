// A folder that lasts as long as a test.
#include "tests/support/temp_dir.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/base/invariant.h"

namespace pagepress::test {

TempDir::TempDir()
    : path_((std::filesystem::temp_directory_path() / "pagepress-test-XXXXXX").string()) {
    INVARIANT(::mkdtemp(path_.data()) != nullptr);
}

TempDir::~TempDir() {
    std::error_code ignored;
    if (std::getenv("PAGEPRESS_TEST_KEEP") == nullptr) {
        std::filesystem::remove_all(path_, ignored);
    }
}

std::string TempDir::write(const std::string& name, const std::string& content) const {
    std::ofstream file(path(name), std::ios::binary);
    file << content;
    INVARIANT(file.good());
    return path(name);
}

}  // namespace pagepress::test
