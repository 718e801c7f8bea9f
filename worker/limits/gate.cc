#include "worker/limits/gate.h"

#include <algorithm>

namespace pagepress::worker {

namespace {

constexpr std::array<std::string_view, 3> kEndpointNames{
    "confluence_reads", "confluence_writes", "jira"};
constexpr std::array<std::string_view, 3> kKindNames{"asked", "failing", "credentials"};

template <typename Enum>
std::optional<Enum> find_name(const std::array<std::string_view, 3>& names, std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view name_of(Endpoint endpoint) {
    return kEndpointNames.at(static_cast<std::size_t>(endpoint));
}

std::string_view name_of(GateKind kind) {
    return kKindNames.at(static_cast<std::size_t>(kind));
}

std::optional<Endpoint> endpoint_from(std::string_view name) {
    return find_name<Endpoint>(kEndpointNames, name);
}

std::optional<GateKind> gate_kind_from(std::string_view name) {
    return find_name<GateKind>(kKindNames, name);
}

}  // namespace pagepress::worker
