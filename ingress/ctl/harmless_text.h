// What others wrote, on a person's terminal.
#pragma once

#include <streambuf>

namespace pagepress::ctl {

/// Passes text on and replaces control characters (C0 but for line end and tab, DEL, and C1 in
/// UTF-8) by U+FFFD: in a terminal they could move the cursor over what was said before, or do what
/// its escape sequences do (ECMA-48).
class HarmlessText final : public std::streambuf {
public:
    /// @param target  outlives it
    explicit HarmlessText(std::streambuf& target) : target_(target) {}

protected:
    int_type overflow(int_type c) override;
    int sync() override;

private:
    /// @return  whether the target took it
    bool pass(char c);

    std::streambuf& target_;
    bool has_lead_ = false;  ///< the byte that C1 characters begin with is held back
};

}  // namespace pagepress::ctl
