#include "worker/render/regions.h"

#include <algorithm>

#include "worker/render/storage_format.h"
#include "worker/render/storage_tokens.h"

namespace pagepress::worker {

namespace {

constexpr std::string_view kNamePrefix = "pagepress-";
constexpr std::string_view kMacro = "ac:structured-macro";
constexpr std::string_view kParameter = "ac:parameter";
constexpr std::string_view kBody = "ac:rich-text-body";

/// Walks a body once with a stack of its open elements.
class RegionFinder {
public:
    explicit RegionFinder(std::string_view body) : body_(body) {}

    std::vector<Region> find() {
        StorageTokens tokens(body_);
        while (const auto token = tokens.next()) {
            if (!take(*token)) return {};
        }
        if (!open_.empty()) return {};
        std::ranges::sort(regions_, {}, &Region::begin);
        return std::move(regions_);
    }

private:
    struct Element {
        std::string_view name;
        bool is_excerpt = false;
        bool is_excerpt_name = false;  ///< the parameter that holds an excerpt's name
        bool has_body = false;
        Region region;  ///< of an excerpt; its snapshot is the excerpt's name until closed
    };

    /// False if the tags do not nest.
    bool take(const Token& token) {
        switch (token.kind) {
            case TokenKind::kStartTag:
                open(token);
                return true;
            case TokenKind::kEndTag:
                return close(token);
            case TokenKind::kEmptyTag:
                if (token.name == kBody && inside_excerpt()) {
                    set_content(token.begin, token.end);
                    open_.back().region.is_empty_tag = true;
                }
                return true;
            case TokenKind::kText:
            case TokenKind::kCData:
                read(token);
                return true;
            default:
                return true;
        }
    }

    [[nodiscard]] bool inside_excerpt() const { return !open_.empty() && open_.back().is_excerpt; }

    void open(const Token& token) {
        Element element;
        element.name = token.name;
        element.region.begin = token.begin;
        if (token.name == kMacro) {
            element.is_excerpt = attribute_of(body_, token, "ac:name") == "excerpt";
        } else if (token.name == kParameter && inside_excerpt()) {
            element.is_excerpt_name = attribute_of(body_, token, "ac:name") == "name";
        } else if (token.name == kBody && inside_excerpt()) {
            set_content(token.end, token.end);
        }
        open_.push_back(std::move(element));
    }

    void read(const Token& token) {
        if (open_.size() < 2 || !open_.back().is_excerpt_name) return;
        const std::size_t size = token.content_end - token.content_begin;
        const std::string_view content = body_.substr(token.content_begin, size);
        open_[open_.size() - 2].region.snapshot +=
            token.kind == TokenKind::kCData ? std::string(content) : xml_unescaped(content);
    }

    bool close(const Token& token) {
        if (open_.empty() || open_.back().name != token.name) return false;
        Element element = std::move(open_.back());
        open_.pop_back();
        if (element.is_excerpt) {
            keep(std::move(element), token.end);
        } else if (element.name == kBody && inside_excerpt()) {
            open_.back().region.content_end = token.begin;
        }
        return true;
    }

    void set_content(std::size_t begin, std::size_t end) {
        open_.back().has_body = true;
        open_.back().region.content_begin = begin;
        open_.back().region.content_end = end;
    }

    void keep(Element element, std::size_t end) {
        constexpr std::string_view kSpaces = " \t\r\n";
        std::string& name = element.region.snapshot;
        name.erase(name.find_last_not_of(kSpaces) + 1);
        name.erase(0, std::min(name.find_first_not_of(kSpaces), name.size()));
        if (!element.has_body || !name.starts_with(kNamePrefix)) return;
        name.erase(0, kNamePrefix.size());
        element.region.end = end;
        regions_.push_back(std::move(element.region));
    }

    std::string_view body_;
    std::vector<Element> open_;
    std::vector<Region> regions_;
};

std::string_view content_of(std::string_view body, const Region& region) {
    if (region.is_empty_tag) return {};
    return body.substr(region.content_begin, region.content_end - region.content_begin);
}

/// Copies `body` into `out` from `copied` up to the region's content, then the new content.
void replace_content(
    std::string& out,
    std::string_view body,
    std::size_t& copied,
    const Region& region,
    std::string_view content
) {
    out.append(body.substr(copied, region.content_begin - copied));
    if (region.is_empty_tag) {
        out.append("<ac:rich-text-body>").append(content).append("</ac:rich-text-body>");
    } else {
        out.append(content);
    }
    copied = region.content_end;
}

void append_region(std::string& out, std::string_view snapshot, std::string_view content) {
    out.append("<ac:structured-macro ac:name=\"excerpt\" ac:schema-version=\"1\">")
        .append("<ac:parameter ac:name=\"name\">")
        .append(kNamePrefix)
        .append(xml_escaped(snapshot))
        .append("</ac:parameter><ac:rich-text-body>")
        .append(content)
        .append("</ac:rich-text-body></ac:structured-macro>");
}

}  // namespace

std::vector<Region> find_regions(std::string_view body) {
    return RegionFinder(body).find();
}

std::string with_region(
    std::string_view body, std::string_view snapshot, std::string_view content
) {
    std::string out;
    out.reserve(body.size() + content.size());
    std::size_t copied = 0;
    bool found = false;
    for (const Region& region : find_regions(body)) {
        // A region inside one that was just replaced is gone.
        if (region.snapshot != snapshot || region.begin < copied) continue;
        replace_content(out, body, copied, region, content);
        found = true;
    }
    out.append(body.substr(copied));
    if (!found) append_region(out, snapshot, content);
    return out;
}

std::string with_regions_of(std::string_view new_body, std::string_view old_body) {
    const std::vector<Region> new_regions = find_regions(new_body);
    const std::vector<Region> old_regions = find_regions(old_body);
    std::string out;
    out.reserve(new_body.size() + old_body.size());
    std::size_t copied = 0;
    for (const Region& region : new_regions) {
        const auto old = std::ranges::find(old_regions, region.snapshot, &Region::snapshot);
        if (old == old_regions.end() || region.begin < copied) continue;
        replace_content(out, new_body, copied, region, content_of(old_body, *old));
    }
    out.append(new_body.substr(copied));

    std::size_t passed = 0;  // an inner region came along with the one around it
    for (const Region& region : old_regions) {
        if (region.begin < passed) continue;
        passed = region.end;
        const auto kept = std::ranges::find(new_regions, region.snapshot, &Region::snapshot);
        if (kept != new_regions.end()) continue;
        out.append(old_body.substr(region.begin, region.end - region.begin));
    }
    return out;
}

}  // namespace pagepress::worker
