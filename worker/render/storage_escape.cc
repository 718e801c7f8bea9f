// Text into storage format.
#include "worker/render/code_points.h"
#include "worker/render/storage_format.h"

namespace pagepress::worker {

namespace {

constexpr std::string_view kSectionSplit = "]]><![CDATA[";

/// XML 1.0 §2.2, production Char.
bool is_xml_char(std::uint32_t code_point) {
    if (code_point < 0x20) return code_point == '\t' || code_point == '\n' || code_point == '\r';
    return code_point != 0xFFFE && code_point != 0xFFFF;  // surrogates do not decode
}

/// Calls `append` with every character that XML allows, a line end of any kind as one '\n'.
template <typename Append>
void for_each_character(std::string_view text, Append append) {
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint character = code_point_at(text, at);
        at += character.size;
        if (character.value == '\r') {
            if (at < text.size() && text[at] == '\n') ++at;
            append(std::uint32_t{'\n'});
        } else if (is_xml_char(character.value)) {
            append(character.value);
        }
    }
}

/// How characters are written that are not always escaped.
struct Spelling {
    std::string_view line_end = "\n";
    std::string_view tab = "\t";
    std::string_view apostrophe = "'";
};

std::string escaped(std::string_view text, const Spelling& spelling) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for_each_character(text, [&](std::uint32_t character) {
        switch (character) {
            case '&':
                out.append("&amp;");
                break;
            case '<':
                out.append("&lt;");
                break;
            case '>':
                out.append("&gt;");
                break;
            case '"':
                out.append("&quot;");
                break;
            case '\'':
                out.append(spelling.apostrophe);
                break;
            case '\n':
                out.append(spelling.line_end);
                break;
            case '\t':
                out.append(spelling.tab);
                break;
            default:
                append_utf8(out, character);
        }
    });
    return out;
}

}  // namespace

std::string xml_escaped(std::string_view text) {
    return escaped(text, {});
}

std::string content_escaped(std::string_view text) {
    return escaped(text, {.line_end = "<br />"});
}

std::string line_escaped(std::string_view text) {
    return escaped(text, {.line_end = " ", .tab = " ", .apostrophe = "&#39;"});
}

void append_cdata(std::string& out, std::string_view text) {
    std::string content;
    for_each_character(text, [&content](std::uint32_t character) {
        if (character == '>' && content.ends_with("]]")) content.append(kSectionSplit);
        append_utf8(content, character);
    });
    // The text before and after is not known to be free of the other half of a `]]>`.
    const bool joins_before =
        content.empty() || content.starts_with(']') || content.starts_with('>');
    if (joins_before && out.ends_with(']')) out.append(kSectionSplit);
    out.append(content);
    if (content.ends_with(']')) out.append(kSectionSplit);
}

}  // namespace pagepress::worker
