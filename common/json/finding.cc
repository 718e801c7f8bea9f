#include "common/json/finding.h"

#include <boost/json/object.hpp>

#include "common/json/json_value.h"

namespace pagepress {

namespace json = boost::json;

std::string_view name_of(Finding::Level level) {
    switch (level) {
        case Finding::Level::kOk:
            return "ok";
        case Finding::Level::kFail:
            return "fail";
        case Finding::Level::kWarn:
            break;
    }
    return "warn";
}

json::array to_json(const std::vector<Finding>& findings) {
    json::array array;
    for (const Finding& finding : findings) {
        array.push_back(json::object{
            {"level", name_of(finding.level)},
            {"subject", finding.subject},
            {"message", finding.message},
        });
    }
    return array;
}

std::vector<Finding> findings_from(const json::value& value) {
    std::vector<Finding> findings;
    const json::array* const array = value.if_array();
    if (array == nullptr) return findings;
    for (const json::value& item : *array) {
        if (!item.is_object()) continue;
        const std::string level = string_at(item, "level");
        findings.push_back({
            .level = level == "ok"     ? Finding::Level::kOk
                     : level == "fail" ? Finding::Level::kFail
                                       : Finding::Level::kWarn,
            .subject = string_at(item, "subject"),
            .message = string_at(item, "message"),
        });
    }
    return findings;
}

}  // namespace pagepress
