// Well-formedness of storage format; the only door to libxml2.
#include "worker/render/storage_format.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <mutex>
#include <optional>

#include <fmt/format.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include "worker/render/code_points.h"

namespace pagepress::worker {

namespace {

// The wrapper is on the body's first line, so that the rows of libxml2's messages hold.
constexpr std::string_view kRootName = "pagepress-body";
constexpr std::string_view kPrologue =
    "<pagepress-body xmlns:ac=\"http://atlassian.com/content\""
    " xmlns:ri=\"http://atlassian.com/resource/identifier\">";
constexpr std::string_view kEpilogue = "</pagepress-body>";

struct ContextFree {
    void operator()(xmlParserCtxt* context) const { xmlFreeParserCtxt(context); }
};

using Context = std::unique_ptr<xmlParserCtxt, ContextFree>;

struct Mistake {
    TextPosition position;
    std::string description;
};

using FirstMistake = std::optional<Mistake>;

const char* text_or_empty(const char* text) {
    return text == nullptr ? "" : text;
}

std::string description_of(const xmlError& error) {
    if (error.code == XML_ERR_TAG_NAME_MISMATCH && error.str1 != nullptr && error.str2 != nullptr) {
        const std::string_view closing = error.str2;
        if (error.str1 == kRootName) {
            return fmt::format("</{}> closes an element that is not open", closing);
        }
        if (closing == kRootName) {
            return fmt::format("<{}> of row {} is not closed", error.str1, error.int1);
        }
        return fmt::format("<{}> of row {} is closed by </{}>", error.str1, error.int1, closing);
    }
    // Further lines quote the document; one sentence has to do.
    std::string text = text_or_empty(error.message);
    text.erase(std::min(text.find('\n'), text.size()));
    if (text.starts_with("xmlParseEntityRef")) return "an & that begins no entity (write &amp;)";
    while (text.ends_with('.')) text.pop_back();
    return text;
}

void keep_first(FirstMistake& first, const xmlError& error) {
    if (first || error.level < XML_ERR_ERROR) return;
    const int first_row_column = error.int2 - static_cast<int>(kPrologue.size());
    const int column = error.line == 1 ? first_row_column : error.int2;
    first = Mistake{
        .position =
            {
                .row = static_cast<std::size_t>(std::max(error.line, 1)),
                .column = static_cast<std::size_t>(std::max(column, 1)),
            },
        .description = description_of(error),
    };
}

std::unexpected<Error> not_well_formed(std::string_view body, const Mistake& mistake) {
    // What is missing at the end is noticed in the wrapper's closing tag.
    const TextPosition end = position_of(body, body.size());
    const auto [row, column] = std::min(mistake.position, end);
    return fail(
        ErrorCode::kInvalidInput,
        fmt::format(
            "the body is not well-formed storage format at row {}, column {}: {}; correct the "
            "template",
            row,
            column,
            mistake.description
        )
    );
}

/// Stands for every entity of HTML. "Predefined" makes libxml2 take its content as a character
/// instead of parsing it; which character does not matter to a check.
xmlEntity* html_entity(void* /*mistake*/, const xmlChar* name) {
    static xmlChar content[] = "?";
    static xmlEntity entity = [] {
        xmlEntity any{};
        any.type = XML_ENTITY_DECL;
        any.name = content;
        any.content = content;
        any.orig = content;
        any.length = 1;
        any.etype = XML_INTERNAL_PREDEFINED_ENTITY;
        return any;
    }();
    return htmlEntityLookup(name) == nullptr ? nullptr : &entity;
}

xmlSAXHandler checking_handler() {
    xmlSAXHandler handler{};
    handler.initialized = XML_SAX2_MAGIC;
    handler.getEntity = html_entity;
    // `auto`: libxml2 2.12 made the error const.
    handler.serror = [](void* mistake, auto* error) {
        keep_first(*static_cast<FirstMistake*>(mistake), *error);
    };
    return handler;
}

/// The first mistake that libxml2 finds in a whole document.
FirstMistake parse(const std::string& document) {
    static std::once_flag initialized;
    std::call_once(initialized, xmlInitParser);

    const int size = static_cast<int>(document.size());
    const Context context(xmlCreateMemoryParserCtxt(document.data(), size));
    if (!context) return Mistake{.position = {}, .description = "no memory is left to check it"};
    FirstMistake mistake;
    *context->sax = checking_handler();
    context->userData = &mistake;
    xmlCtxtUseOptions(context.get(), XML_PARSE_NONET);
    xmlParseDocument(context.get());
    if (!mistake && context->wellFormed == 0) {
        return Mistake{.position = {}, .description = "no reason is known"};
    }
    return mistake;
}

/// Code point of `#65`, `#x41` or `amp`; none if there is no such character or entity.
std::optional<std::uint32_t> referenced_character(std::string_view reference) {
    if (!reference.starts_with('#')) {
        const std::string name(reference);
        if (name == "apos") return '\'';  // XML's, not HTML 4's
        const htmlEntityDesc* entity =
            htmlEntityLookup(reinterpret_cast<const xmlChar*>(name.c_str()));
        return entity == nullptr ? std::nullopt : std::optional(entity->value);
    }
    reference.remove_prefix(1);
    const bool hex = reference.starts_with('x');
    if (hex) reference.remove_prefix(1);
    std::uint32_t value = 0;
    const char* end = reference.data() + reference.size();
    const auto parsed = std::from_chars(reference.data(), end, value, hex ? 16 : 10);
    if (reference.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return value;
}

}  // namespace

std::string xml_unescaped(std::string_view content) {
    constexpr std::size_t kReferenceBytesMax = 12;
    std::string out;
    for (std::size_t at = 0; at < content.size();) {
        if (content[at] == '&') {
            const std::string_view ahead = content.substr(at + 1, kReferenceBytesMax);
            const std::size_t end = ahead.find(';');
            const auto character = end == std::string_view::npos
                                       ? std::nullopt
                                       : referenced_character(ahead.substr(0, end));
            if (character) {
                append_utf8(out, *character);
                at += end + 2;
                continue;
            }
        }
        out.push_back(content[at++]);
    }
    return out;
}

Result<void> check_storage_format(std::string_view body) {
    if (body.size() > kBodyBytesMax) {
        return fail(
            ErrorCode::kTooLarge,
            fmt::format(
                "the body has {} bytes, Confluence takes at most {}; shorten it or split the page",
                body.size(),
                kBodyBytesMax
            )
        );
    }
    if (const std::size_t zero = body.find('\0'); zero != std::string_view::npos) {
        return not_well_formed(
            body, {.position = position_of(body, zero), .description = "a zero byte"}
        );
    }
    std::string document;
    document.reserve(kPrologue.size() + body.size() + kEpilogue.size());
    document.append(kPrologue).append(body).append(kEpilogue);
    const FirstMistake mistake = parse(document);
    if (mistake) return not_well_formed(body, *mistake);
    return {};
}

}  // namespace pagepress::worker
