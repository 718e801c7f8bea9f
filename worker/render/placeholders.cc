#include "worker/render/placeholders.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "common/base/ascii.h"
#include "worker/render/code_points.h"
#include "worker/render/storage_format.h"
#include "worker/render/storage_tokens.h"

namespace pagepress::worker {

namespace {

constexpr std::size_t kNameBytesMax = 1024;

// Elements with which an editor formats a part of a line.
constexpr std::array<std::string_view, 19> kInlineElements{
    "a",
    "b",
    "big",
    "code",
    "del",
    "em",
    "font",
    "i",
    "ins",
    "s",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "tt",
    "u",
    "ac:inline-comment-marker",
};

/// A stretch of a template in which placeholders are looked for.
struct Segment {
    std::size_t begin = 0;
    std::size_t end = 0;
    ValueContext context = ValueContext::kPlain;
    std::string_view inline_tag;  ///< the formatting tag just before it, if there is one
};

bool is_inline_tag(const Token& token) {
    const bool is_tag = token.kind == TokenKind::kStartTag || token.kind == TokenKind::kEndTag ||
                        token.kind == TokenKind::kEmptyTag;
    return is_tag && std::ranges::find(kInlineElements, token.name) != kInlineElements.end();
}

/// Splits a storage format template. Formatting tags that follow each other have an empty segment
/// between them.
class Segmenter {
public:
    explicit Segmenter(std::string_view text) : text_(text) {}

    std::vector<Segment> split() {
        StorageTokens tokens(text_);
        while (const auto token = tokens.next()) take(*token);
        return std::move(segments_);
    }

private:
    void take(const Token& token) {
        switch (token.kind) {
            case TokenKind::kText:
                add(token, content_context());
                return;
            case TokenKind::kCData:
                add(token, ValueContext::kCData);
                return;
            case TokenKind::kStartTag:
            case TokenKind::kEmptyTag:
                add_attributes(token);
                if (token.name == "ac:parameter") {
                    in_parameter_ = token.kind == TokenKind::kStartTag;
                }
                break;
            case TokenKind::kEndTag:
                if (token.name == "ac:parameter") in_parameter_ = false;
                break;
            default:
                return;
        }
        if (!is_inline_tag(token)) return;
        segments_.push_back({
            .begin = token.end,
            .end = token.end,
            .context = content_context(),
            .inline_tag = text_.substr(token.begin, token.end - token.begin),
        });
    }

    void add(const Token& token, ValueContext context) {
        const bool continues = context == ValueContext::kContent && !segments_.empty() &&
                               !segments_.back().inline_tag.empty() &&
                               segments_.back().end == token.begin;
        if (continues) {
            segments_.back().end = token.end;
        } else {
            segments_.push_back({
                .begin = token.content_begin,
                .end = token.content_end,
                .context = context,
                .inline_tag = {},
            });
        }
    }

    void add_attributes(const Token& token) {
        for (const TagAttribute& attribute : attributes_of(text_, token)) {
            segments_.push_back({
                .begin = attribute.value_begin,
                .end = attribute.value_end,
                .context = ValueContext::kLine,
                .inline_tag = {},
            });
        }
    }

    [[nodiscard]] ValueContext content_context() const {
        return in_parameter_ ? ValueContext::kLine : ValueContext::kContent;
    }

    std::string_view text_;
    std::vector<Segment> segments_;
    bool in_parameter_ = false;
};

bool is_name_char(char c) {
    return is_letter(c) || is_digit(c) || c == '_';
}

/// The name without spaces around it, runs of spaces as one.
std::string normalized_name(std::string_view raw, ValueContext context) {
    constexpr std::uint32_t kNoBreakSpace = 0xA0;
    const bool has_references = context == ValueContext::kContent || context == ValueContext::kLine;
    const std::string text = has_references ? xml_unescaped(raw) : std::string(raw);
    std::string name;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint character = code_point_at(text, at);
        at += character.size;
        if (character.value > ' ' && character.value != kNoBreakSpace) {
            append_utf8(name, character.value);
        } else if (!name.empty() && !name.ends_with(' ')) {
            name.push_back(' ');
        }
    }
    if (name.ends_with(' ')) name.pop_back();
    return name;
}

class PlaceholderFinder {
public:
    PlaceholderFinder(std::string_view text, std::vector<Segment> segments)
        : text_(text), segments_(std::move(segments)) {}

    Result<std::vector<Placeholder>> find() {
        for (; segment_ < segments_.size(); ++segment_) {
            at_ = std::max(at_, segments_[segment_].begin);
            while (at_ < segments_[segment_].end) {
                if (text_[at_] != '$') {
                    ++at_;
                } else if (auto taken = take(); !taken) {
                    return std::unexpected(taken.error());
                }
            }
        }
        return std::move(found_);
    }

private:
    /// At a `$`: takes the placeholder that begins here, or steps over the `$`.
    Result<void> take() {
        const Segment& segment = segments_[segment_];
        const std::string_view ahead = text_.substr(at_, segment.end - at_);
        if (ahead.starts_with("$#{")) return take_braces(3);
        if (ahead.starts_with("${")) return take_braces(2);
        std::size_t size = 2;
        while (size < ahead.size() && is_name_char(ahead[size])) ++size;
        if (ahead.starts_with("$#") && size > 2) {
            add(at_ + size, std::string(ahead.substr(2, size - 2)), {}, segment.context);
        } else {
            ++at_;
        }
        return {};
    }

    /// The name ends at `}`. It may go on behind formatting tags, but not behind others.
    Result<void> take_braces(std::size_t opening_size) {
        const ValueContext context = segments_[segment_].context;
        const std::size_t begin = at_;
        std::string raw;
        std::string markup;
        std::size_t at = at_ + opening_size;
        for (std::size_t in = segment_; in < segments_.size(); ++in) {
            if (in != segment_) {
                const Segment& next = segments_[in];
                if (next.inline_tag.empty() || next.begin - next.inline_tag.size() != at) break;
                markup.append(next.inline_tag);
                at = next.begin;
            }
            while (at < segments_[in].end && text_[at] != '}' && text_[at] != '{') {
                raw.push_back(text_[at++]);
            }
            if (raw.size() > kNameBytesMax) break;
            if (at == segments_[in].end) continue;
            if (text_[at] == '{') break;
            segment_ = in;
            add(at + 1, normalized_name(raw, context), std::move(markup), context);
            return {};
        }
        return not_closed(begin);
    }

    void add(std::size_t end, std::string name, std::string markup, ValueContext context) {
        if (!name.empty()) {
            found_.push_back({
                .begin = at_,
                .end = end,
                .name = std::move(name),
                .markup = std::move(markup),
                .context = context,
            });
        }
        at_ = end;
    }

    [[nodiscard]] std::unexpected<Error> not_closed(std::size_t begin) const {
        const TextPosition position = position_of(text_, begin);
        return fail(
            ErrorCode::kInvalidInput,
            fmt::format(
                "the placeholder at row {}, column {} of the template is not closed; add its '}}'",
                position.row,
                position.column
            )
        );
    }

    std::string_view text_;
    std::vector<Segment> segments_;
    std::size_t segment_ = 0;
    std::size_t at_ = 0;
    std::vector<Placeholder> found_;
};

}  // namespace

Result<std::vector<Placeholder>> find_plain_placeholders(std::string_view text) {
    const Segment whole{
        .begin = 0, .end = text.size(), .context = ValueContext::kPlain, .inline_tag = {}};
    return PlaceholderFinder(text, {whole}).find();
}

Result<std::vector<Placeholder>> find_storage_placeholders(std::string_view text) {
    return PlaceholderFinder(text, Segmenter(text).split()).find();
}

}  // namespace pagepress::worker
