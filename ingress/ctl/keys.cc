// The commands about API keys.
#include <array>
#include <ostream>

#include <boost/json/object.hpp>

#include "common/json/json_value.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/session.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

/// Prints a key that the server has just made: the secret alone on standard output, what it is for
/// and until when on standard error.
int print_secret(
    const Surroundings& surroundings, const json::value& answer, const std::string& what
) {
    const std::string secret = string_at(answer, "key");
    if (secret.empty()) return report(surroundings, kExitFailed, "the answer holds no key");
    const std::string expires = string_at(answer, "expires");
    surroundings.err << "key " << string_at(answer, "id") << ' ' << what
                     << (expires.empty() ? "" : ", expires " + expires)
                     << "; the key itself follows on standard output and is never shown again\n";
    surroundings.out << secret << '\n';
    return kExitOk;
}

std::string path_of_key(const std::string& id) {
    return path_of(EntryKind::kApiKey, id);
}

int create_key(const CreateKeyCommand& command, AdminApi& api, const Surroundings& surroundings) {
    json::object body{{"scope", name_of(command.scope)}, {"subject", command.subject}};
    if (!command.name.empty()) body.emplace("name", command.name);
    if (command.expires_in_days) body.emplace("expires_in_days", *command.expires_in_days);
    const auto answer = api.post("/admin/v1/keys", body);
    if (!is_success(surroundings, answer)) return kExitFailed;
    const std::string subject = std::string(name_of(command.scope)) + " " + command.subject;
    return print_secret(surroundings, answer->body, "for " + subject + " created");
}

int regenerate_key(
    const RegenerateKeyCommand& command, AdminApi& api, const Surroundings& surroundings
) {
    const auto answer = api.post(path_of_key(command.id) + "/regenerate", json::object());
    if (!is_success(surroundings, answer)) return kExitFailed;
    return print_secret(surroundings, answer->body, "regenerated, its old value is dead");
}

int prolong_key(const ProlongKeyCommand& command, AdminApi& api, const Surroundings& surroundings) {
    json::object body;
    if (command.days) body.emplace("days", *command.days);
    const auto answer = api.post(path_of_key(command.id) + "/prolong", body);
    if (!is_success(surroundings, answer)) return kExitFailed;
    surroundings.out << "key " << command.id << " expires " << string_at(answer->body, "expires")
                     << '\n';
    return kExitOk;
}

int list_keys(AdminApi& api, const Surroundings& surroundings) {
    constexpr std::array kColumns{
        "scope", "subject", "name", "state", "expires", "last_used", "created_by"};
    const auto keys = api.list(plural_of(EntryKind::kApiKey));
    if (!keys) return report(surroundings, kExitFailed, keys.error().message);
    for (const ListedEntry& key : *keys) {
        surroundings.out << key.id;
        for (const char* const column : kColumns) {
            surroundings.out << '\t' << string_at(key.document, column);
        }
        surroundings.out << '\n';
    }
    return kExitOk;
}

int show_key(const ShowKeyCommand& command, AdminApi& api, const Surroundings& surroundings) {
    const auto answer = api.get(path_of_key(command.id));
    if (!is_success(surroundings, answer)) return kExitFailed;
    const json::value* document = find(answer->body, "document");
    surroundings.out << to_text(document == nullptr ? answer->body : *document, command.format);
    return kExitOk;
}

}  // namespace

int run_create_key(const CreateKeyCommand& command, const Surroundings& surroundings) {
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return create_key(command, api, surroundings);
    });
}

int run_regenerate_key(const RegenerateKeyCommand& command, const Surroundings& surroundings) {
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return regenerate_key(command, api, surroundings);
    });
}

int run_prolong_key(const ProlongKeyCommand& command, const Surroundings& surroundings) {
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return prolong_key(command, api, surroundings);
    });
}

int run_list_keys(const ListKeysCommand&, const Surroundings& surroundings) {
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return list_keys(api, surroundings);
    });
}

int run_show_key(const ShowKeyCommand& command, const Surroundings& surroundings) {
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return show_key(command, api, surroundings);
    });
}

}  // namespace pagepress::ctl
