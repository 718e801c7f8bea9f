#include "tests/support/fake_atlassian/jql.h"

#include <array>
#include <optional>

#include <fmt/format.h>

namespace pagepress::test {

namespace {

struct Token {
    std::string text = {};
    std::size_t at = 0;  ///< byte, from 0
    bool quoted = false;
};

std::unexpected<ApiError> refuse(std::string message) {
    return std::unexpected(ApiError{400, "BAD_REQUEST", std::move(message)});
}

std::unexpected<ApiError> syntax_error(std::string_view message, std::size_t at) {
    return refuse(fmt::format("Error in the JQL Query: {} (line 1, character {})", message, at + 1)
    );
}

constexpr std::string_view kSymbols = "=!(),<>~";

ApiResult<Token> quoted_token(std::string_view text, std::size_t& at) {
    Token token{.at = at, .quoted = true};
    const char quote = text[at++];
    for (; at < text.size() && text[at] != quote; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        token.text.push_back(text[at]);
    }
    if (at == text.size()) {
        return syntax_error(
            fmt::format("The quoted string '{}' has not been completed.", token.text), token.at
        );
    }
    ++at;
    return token;
}

Token plain_token(std::string_view text, std::size_t& at) {
    Token token{.at = at};
    if (kSymbols.find(text[at]) != std::string_view::npos) {
        token.text.push_back(text[at++]);
        if ((token.text == "!" || token.text == "<" || token.text == ">") && at < text.size() &&
            (text[at] == '=' || text[at] == '~')) {
            token.text.push_back(text[at++]);
        }
        return token;
    }
    while (at < text.size() && kSymbols.find(text[at]) == std::string_view::npos &&
           text[at] != ' ' && text[at] != '\n' && text[at] != '\t' && text[at] != '"' &&
           text[at] != '\'') {
        token.text.push_back(text[at++]);
    }
    return token;
}

ApiResult<std::vector<Token>> tokens_of(std::string_view text) {
    std::vector<Token> tokens;
    for (std::size_t at = 0; at < text.size();) {
        const char letter = text[at];
        if (letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r') {
            ++at;
        } else if (letter == '"' || letter == '\'') {
            auto token = quoted_token(text, at);
            if (!token) return std::unexpected(token.error());
            tokens.push_back(std::move(*token));
        } else {
            tokens.push_back(plain_token(text, at));
        }
    }
    tokens.push_back({.text = "", .at = text.size()});
    return tokens;
}

std::optional<std::string> canonical_field(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kFields = {{
        {"project", "project"},
        {"key", "key"},
        {"issuekey", "key"},
        {"issue", "key"},
        {"id", "id"},
        {"status", "status"},
        {"issuetype", "issuetype"},
        {"type", "issuetype"},
        {"labels", "labels"},
        {"created", "created"},
        {"createddate", "created"},
        {"updated", "updated"},
        {"updateddate", "updated"},
    }};
    const std::string lower = lower_case(name);
    for (const auto& [known, canonical] : kFields) {
        if (known == lower) return std::string(canonical);
    }
    return std::nullopt;
}

class Parser {
public:
    explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

    ApiResult<JqlQuery> parse() {
        JqlQuery query;
        while (!at_end() && !is_word("order")) {
            auto clause = parse_clause();
            if (!clause) return std::unexpected(clause.error());
            query.clauses.push_back(std::move(*clause));
            if (at_end() || is_word("order")) break;
            if (is_word("or")) return syntax_error("OR is not simulated here", peek().at);
            if (!take_word("and")) {
                return unexpected_token("Expecting either 'OR' or 'AND' but got '{}'.");
            }
        }
        if (query.clauses.empty()) {
            return refuse(
                "Unbounded JQL queries are not allowed here. Please add a search restriction to "
                "your query."
            );
        }
        if (take_word("order")) {
            const auto ordered = parse_order(query.order);
            if (!ordered) return std::unexpected(ordered.error());
        }
        return query;
    }

private:
    [[nodiscard]] const Token& peek() const { return tokens_[next_]; }

    [[nodiscard]] bool at_end() const { return next_ + 1 == tokens_.size(); }

    [[nodiscard]] bool is_word(std::string_view word) const {
        return !at_end() && !peek().quoted && lower_case(peek().text) == word;
    }

    bool take_word(std::string_view word) {
        if (!is_word(word)) return false;
        ++next_;
        return true;
    }

    std::unexpected<ApiError> unexpected_token(std::string_view form) const {
        const std::string shown = at_end() ? "end of query" : peek().text;
        return syntax_error(fmt::format(fmt::runtime(form), shown), peek().at);
    }

    ApiResult<std::string> parse_field() {
        if (at_end() || (!peek().quoted && kSymbols.contains(peek().text.front()))) {
            return unexpected_token("Expecting a field name but got '{}'.");
        }
        const std::string name = tokens_[next_++].text;
        auto field = canonical_field(name);
        if (!field) {
            return refuse(fmt::format(
                "Field '{}' does not exist or you do not have permission to view it.", name
            ));
        }
        return *field;
    }

    ApiResult<JqlClause> parse_clause() {
        auto field = parse_field();
        if (!field) return std::unexpected(field.error());
        JqlClause clause{.field = std::move(*field)};
        const std::size_t operator_at = peek().at;
        if (clause.field == "created" || clause.field == "updated") {
            return syntax_error("comparisons of dates are not simulated here", operator_at);
        }
        clause.negated = take_word("not");
        if (take_word("in")) return parse_list(std::move(clause));
        if (!clause.negated && (is_word("=") || is_word("!="))) {
            clause.negated = peek().text == "!=";
            ++next_;
            return parse_value(std::move(clause));
        }
        return unexpected_token(
            "Expecting operator but got '{}'. The valid operators are '=', '!=', '<', '>', '<=', "
            "'>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'."
        );
    }

    ApiResult<JqlClause> parse_value(JqlClause clause) {
        if (at_end() || (!peek().quoted && kSymbols.contains(peek().text.front()))) {
            return unexpected_token("Expecting either a value, list or function but got '{}'.");
        }
        clause.values.push_back(tokens_[next_++].text);
        return clause;
    }

    ApiResult<JqlClause> parse_list(JqlClause clause) {
        if (!take_word("(")) return unexpected_token("Expecting '(' but got '{}'.");
        while (true) {
            auto grown = parse_value(std::move(clause));
            if (!grown) return grown;
            clause = std::move(*grown);
            if (take_word(")")) return clause;
            if (!take_word(",")) return unexpected_token("Expecting ')' or ',' but got '{}'.");
        }
    }

    ApiResult<void> parse_order(std::vector<JqlOrder>& order) {
        if (!take_word("by")) {
            return unexpected_token("Expecting 'by' but got '{}'.");
        }
        do {
            auto field = parse_field();
            if (!field) return std::unexpected(field.error());
            if (*field != "key" && *field != "created" && *field != "updated") {
                return refuse(fmt::format("Not able to sort using field '{}'.", *field));
            }
            JqlOrder entry{.field = std::move(*field), .descending = take_word("desc")};
            if (!entry.descending) take_word("asc");
            order.push_back(std::move(entry));
        } while (take_word(","));
        if (!at_end()) return unexpected_token("Expecting ',' but got '{}'.");
        return {};
    }

    std::vector<Token> tokens_;
    std::size_t next_ = 0;
};

}  // namespace

ApiResult<JqlQuery> parse_jql(std::string_view text) {
    auto tokens = tokens_of(text);
    if (!tokens) return std::unexpected(tokens.error());
    return Parser(std::move(*tokens)).parse();
}

}  // namespace pagepress::test
