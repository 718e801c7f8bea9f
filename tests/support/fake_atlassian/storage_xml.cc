#include "tests/support/fake_atlassian/storage_xml.h"

#include <memory>

#include <fmt/format.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

namespace pagepress::test {

namespace {

struct FreeDocument {
    void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};

struct FreeContext {
    void operator()(xmlParserCtxt* context) const { xmlFreeParserCtxt(context); }
};

struct FirstError {
    bool seen = false;
    int code = 0;
    int row = 0;
    int column = 0;
    std::string message, first, second;
};

struct Parsed {
    std::unique_ptr<xmlDoc, FreeDocument> document;
    FirstError error;
};

std::string_view text_of(const xmlChar* text) {
    return text == nullptr ? std::string_view()
                           : std::string_view(reinterpret_cast<const char*>(text));
}

/// Opens the element that Confluence's parser wraps bodies in, too (its messages show `</xml>`).
/// One line, so that the body starts at row 2, column 1.
const std::string& prologue() {
    static const std::string text = [] {
        constexpr unsigned kLastHtmlEntity = 9830;  // &diams;
        std::string made = "<!DOCTYPE xml [";
        for (unsigned value = 160; value <= kLastHtmlEntity; ++value) {
            const htmlEntityDesc* entity = htmlEntityValueLookup(value);
            if (entity != nullptr) made += fmt::format("<!ENTITY {} '&#{};'>", entity->name, value);
        }
        return made +
               "]><xml xmlns:ac='http://atlassian.com/content'"
               " xmlns:ri='http://atlassian.com/resource/identifier'>\n";
    }();
    return text;
}

Parsed parse(std::string_view body) {
    Parsed parsed;
    const std::unique_ptr<xmlParserCtxt, FreeContext> context(xmlNewParserCtxt());
    context->_private = &parsed.error;
    // A generic lambda, because libxml2 2.12 made the error const.
    context->sax->serror = static_cast<xmlStructuredErrorFunc>([](void* data, auto* error) {
        auto& first = *static_cast<FirstError*>(static_cast<xmlParserCtxt*>(data)->_private);
        if (first.seen) return;
        const auto plain = [](const char* text) {
            return std::string(text == nullptr ? "" : text);
        };
        first = {
            .seen = true,
            .code = error->code,
            .row = error->line - 1,
            .column = error->int2,
            .message = plain(error->message),
            .first = plain(error->str1),
            .second = plain(error->str2),
        };
    });
    const std::string text = prologue() + std::string(body) + "</xml>";
    parsed.document.reset(xmlCtxtReadMemory(
        context.get(),
        text.data(),
        static_cast<int>(text.size()),
        "storage",
        "UTF-8",
        XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_HUGE
    ));
    if (parsed.document == nullptr && !parsed.error.seen) {
        parsed.error.seen = true;
        parsed.error.message = "not well-formed";
    }
    return parsed;
}

/// Byte of the body at a row and column, as Woodstox shows it; a space past the end.
char byte_at(std::string_view body, int row, int column) {
    for (int line = 1; line < row; ++line) {
        const std::size_t end = body.find('\n');
        if (end == std::string_view::npos) return ' ';
        body.remove_prefix(end + 1);
    }
    const auto at = static_cast<std::size_t>(column < 1 ? 0 : column - 1);
    return at < body.size() ? body[at] : ' ';
}

std::string describe(const FirstError& error, std::string_view body) {
    const char byte = byte_at(body, error.row, error.column);
    switch (error.code) {
        case XML_ERR_TAG_NAME_MISMATCH:
            return fmt::format(
                "Unexpected close tag </{}>; expected </{}>.", error.second, error.first
            );
        case XML_ERR_NAME_REQUIRED:
            return fmt::format(
                "Unexpected character '{}' (code {}) (missing name?)", byte, int(byte)
            );
        case XML_ERR_ENTITYREF_SEMICOL_MISSING:
            return fmt::format(
                "Unexpected character '{}' (code {}); expected a semi-colon after the reference "
                "for "
                "an entity",
                byte,
                int(byte)
            );
        case XML_ERR_UNDECLARED_ENTITY:
        case XML_WAR_UNDECLARED_ENTITY:
            return fmt::format("Undeclared general entity \"{}\"", error.first);
        case XML_ERR_SPACE_REQUIRED:
        case XML_ERR_GT_REQUIRED:
            return fmt::format(
                "Unexpected character '{}' (code {}) excepted space, or '>' or \"/>\"",
                byte,
                int(byte)
            );
        case XML_NS_ERR_UNDEFINED_NAMESPACE:
            return fmt::format("Undeclared namespace prefix \"{}\"", error.first);
        default: {
            std::string_view message = error.message;
            while (message.ends_with('\n')) message.remove_suffix(1);
            return std::string(message);
        }
    }
}

XmlNode converted(const xmlNode* node, int depth) {
    constexpr int kDepthMax = 200;
    XmlNode out;
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
        out.text = text_of(node->content);
        return out;
    }
    const auto qualified = [](const xmlNs* space, const xmlChar* name) {
        std::string full;
        if (space != nullptr && space->prefix != nullptr) {
            full = std::string(text_of(space->prefix)) + ":";
        }
        return full.append(text_of(name));
    };
    out.name = qualified(node->ns, node->name);
    for (const xmlAttr* attribute = node->properties; attribute != nullptr;
         attribute = attribute->next) {
        const xmlNode* value = attribute->children;
        out.attributes.emplace_back(
            qualified(attribute->ns, attribute->name),
            value == nullptr ? std::string() : std::string(text_of(value->content))
        );
    }
    for (const xmlNode* child = node->children; child != nullptr && depth < kDepthMax;
         child = child->next) {
        if (child->type == XML_COMMENT_NODE || child->type == XML_PI_NODE) continue;
        out.children.push_back(converted(child, depth + 1));
    }
    return out;
}

}  // namespace

std::optional<std::string> storage_problem(std::string_view body) {
    const Parsed parsed = parse(body);
    if (!parsed.error.seen) return std::nullopt;
    return fmt::format(
        "Error parsing xhtml: {}\n at [row,col {{unknown-source}}]: [{},{}]",
        describe(parsed.error, body),
        parsed.error.row,
        parsed.error.column
    );
}

XmlNode parse_storage(std::string_view body) {
    const Parsed parsed = parse(body);
    if (parsed.error.seen) return {};
    XmlNode root = converted(xmlDocGetRootElement(parsed.document.get()), 0);
    root.name.clear();
    if (!root.children.empty()) root.children.front().text.erase(0, 1);  // the prologue's line end
    return root;
}

std::string XmlNode::attribute(std::string_view attribute_name) const {
    for (const auto& [name_of, value] : attributes) {
        if (name_of == attribute_name) return value;
    }
    return {};
}

std::string XmlNode::inner_text() const {
    std::string all = text;
    for (const XmlNode& child : children) all += child.inner_text();
    return all;
}

}  // namespace pagepress::test
