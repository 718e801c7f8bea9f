#include "worker/render/template.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "worker/render/code_points.h"
#include "worker/render/field_values.h"
#include "worker/render/storage_format.h"

namespace pagepress::worker {

namespace {

// Confluence refuses longer titles.
constexpr std::size_t kTitleCharactersMax = 255;

std::optional<std::string> value_of(const Issue& issue, std::string_view name) {
    const auto path = resolve_field(name, issue.names, std::span(&issue, 1));
    if (!path) return std::nullopt;
    return field_text(issue, *path);
}

void append_value(std::string& out, std::string_view value, ValueContext context) {
    switch (context) {
        case ValueContext::kPlain:
            out.append(value);
            return;
        case ValueContext::kContent:
            out.append(content_escaped(value));
            return;
        case ValueContext::kLine:
            out.append(line_escaped(value));
            return;
        case ValueContext::kCData:
            append_cdata(out, value);
            return;
    }
}

bool is_title_space(std::uint32_t character) {
    return character == ' ' || (character >= '\t' && character <= '\r') || character == 0x85 ||
           character == 0xA0 || character == 0x2028 || character == 0x2029;
}

bool is_control(std::uint32_t character) {
    return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == 0xFFFE ||
           character == 0xFFFF;
}

/// One line without control characters, runs of white space as one blank.
Result<std::string> title_of(std::string_view text) {
    std::string title;
    std::size_t characters = 0;
    bool space_pending = false;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint character = code_point_at(text, at);
        at += character.size;
        if (is_title_space(character.value)) {
            space_pending = !title.empty();
        } else if (!is_control(character.value)) {
            characters += space_pending ? 2 : 1;
            if (space_pending) title.push_back(' ');
            space_pending = false;
            append_utf8(title, character.value);
        }
    }
    if (title.empty()) {
        return fail(
            ErrorCode::kInvalidInput,
            "the title is empty after its placeholders were filled in; add fixed text or $#Key"
        );
    }
    if (characters > kTitleCharactersMax) {
        return fail(
            ErrorCode::kInvalidInput,
            fmt::format(
                "the title has {} characters, Confluence takes at most {}; shorten its template",
                characters,
                kTitleCharactersMax
            )
        );
    }
    return title;
}

std::unexpected<Error> unknown_names(const std::vector<std::string>& names, const Issue& issue) {
    return fail(
        ErrorCode::kInvalidInput,
        fmt::format(
            "the template names {} that issue {} does not have: {}; correct the spelling "
            "(case counts) or set unknown_placeholder to empty or keep",
            names.size() == 1 ? "a field" : "fields",
            issue.key,
            fmt::join(names, ", ")
        )
    );
}

/// Told as soon as it is so: a large value in many places would fill the memory first.
std::unexpected<Error> too_large() {
    return fail(
        ErrorCode::kTooLarge,
        "more than " + std::to_string(kBodyBytesMax) +
            " bytes, which is the limit for a page: shorten the template, or leave out large fields"
    );
}

}  // namespace

Result<Template> Template::compile(std::string_view text, TemplateForm form) {
    auto placeholders = form == TemplateForm::kStorage ? find_storage_placeholders(text)
                                                       : find_plain_placeholders(text);
    if (!placeholders) return std::unexpected(placeholders.error());

    Template compiled;
    compiled.form_ = form;
    std::size_t at = 0;
    const auto add_literal = [&](std::size_t end) {
        if (end == at) return;
        Piece literal;
        literal.text = text.substr(at, end - at);
        compiled.pieces_.push_back(std::move(literal));
    };
    for (Placeholder& placeholder : *placeholders) {
        add_literal(placeholder.begin);
        compiled.pieces_.push_back({
            .text =
                std::string(text.substr(placeholder.begin, placeholder.end - placeholder.begin)),
            .placeholder = std::move(placeholder.name),
            .markup = std::move(placeholder.markup),
            .context = placeholder.context,
        });
        at = placeholder.end;
    }
    add_literal(text.size());
    return compiled;
}

Result<std::string> Template::render(const Issue& issue, UnknownPlaceholder unknown) const {
    std::string out;
    std::vector<std::string> unknown_placeholders;
    for (const Piece& piece : pieces_) {
        if (piece.placeholder.empty()) {
            out.append(piece.text);
            continue;
        }
        const auto value = value_of(issue, piece.placeholder);
        if (!value && unknown == UnknownPlaceholder::kKeep) {
            out.append(piece.text);
            continue;
        }
        if (!value && std::ranges::find(unknown_placeholders, piece.placeholder) ==
                          unknown_placeholders.end()) {
            unknown_placeholders.push_back(piece.placeholder);
        }
        append_value(out, value.value_or(""), piece.context);
        out.append(piece.markup);
        if (out.size() > kBodyBytesMax) return too_large();
    }
    if (unknown == UnknownPlaceholder::kFail && !unknown_placeholders.empty()) {
        return unknown_names(unknown_placeholders, issue);
    }
    if (form_ == TemplateForm::kTitle) return title_of(out);
    return out;
}

}  // namespace pagepress::worker
