// A folder that lasts as long as a test.
#pragma once

#include <string>

namespace pagepress::test {

class TempDir {
public:
    TempDir();

    /// Removes the folder, unless PAGEPRESS_TEST_KEEP is set in the environment.
    ~TempDir();

    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

    /// Path of `name` inside the folder.
    [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

    /// Writes a file inside the folder; returns its path.
    std::string write(const std::string& name, const std::string& content) const;

private:
    std::string path_;
};

}  // namespace pagepress::test
