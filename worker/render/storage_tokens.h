// Tokens of storage format with their byte offsets, for code that changes a part of a body and
// must keep every other byte. Tolerant: any input gives tokens that cover it without a gap.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pagepress::worker {

/// White space of XML 1.0 §2.3.
[[nodiscard]] constexpr bool is_xml_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

enum class TokenKind { kText, kStartTag, kEndTag, kEmptyTag, kCData, kComment, kInstruction };

/// Offsets are bytes of the body.
struct Token {
    TokenKind kind = TokenKind::kText;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view name;  ///< of a tag, with its prefix; into the body
    /// What is inside a CDATA section; elsewhere the whole token.
    std::size_t content_begin = 0;
    std::size_t content_end = 0;
};

/// Reads a body token by token. The body must outlive it.
class StorageTokens {
public:
    explicit StorageTokens(std::string_view body) : body_(body) {}

    /// The next token; none at the end. What begins like a tag and never ends is text.
    std::optional<Token> next();

private:
    [[nodiscard]] bool is_markup_at(std::size_t at) const;
    [[nodiscard]] Token text() const;
    [[nodiscard]] Token tag() const;
    [[nodiscard]] Token enclosed(TokenKind kind, std::string_view opening, std::string_view closing)
        const;

    std::string_view body_;
    std::size_t at_ = 0;
};

/// An attribute of a tag; the value's offsets are bytes of the body, without quotes.
struct TagAttribute {
    std::string_view name;
    std::size_t value_begin = 0;
    std::size_t value_end = 0;
};

/// Attributes of a start or empty tag, in order.
[[nodiscard]] std::vector<TagAttribute> attributes_of(std::string_view body, const Token& tag);

/// Value of an attribute, references resolved; none if the tag does not have it.
[[nodiscard]] std::optional<std::string> attribute_of(
    std::string_view body, const Token& tag, std::string_view name
);

}  // namespace pagepress::worker
