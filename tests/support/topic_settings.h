// Properties of a topic as a broker has them.
#pragma once

#include <map>
#include <string>

namespace pagepress::test {

/// What was set for this topic itself, without the broker's defaults. Aborts the test if the broker
/// does not answer.
[[nodiscard]] std::map<std::string, std::string> settings_of_topic(
    const std::string& brokers, const std::string& topic
);

}  // namespace pagepress::test
