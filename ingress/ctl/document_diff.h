// What differs between two documents, for people.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace pagepress::ctl {

/// Lines of every member that differs: `+ name: value`, `- name: value`, `~ name: old → new`; of
/// text of several lines a unified diff. Empty if nothing differs. `before` is null for what is
/// new.
[[nodiscard]] std::string diff_text(
    const boost::json::value& before, const boost::json::value& after
);

}  // namespace pagepress::ctl
