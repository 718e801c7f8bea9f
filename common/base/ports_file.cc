#include "common/base/ports_file.h"

#include <cstdio>
#include <fstream>

namespace pagepress {

Result<void> write_ports_file(
    const std::string& path, const std::map<std::string, std::uint16_t>& ports
) {
    if (path.empty()) return {};
    const std::string draft = path + ".new";
    {
        std::ofstream file(draft);
        for (const auto& [name, port] : ports) file << name << '=' << port << '\n';
        file.close();
        if (!file)
            return fail(
                ErrorCode::kInvalidInput, "the ports file '" + draft + "' cannot be written"
            );
    }
    if (std::rename(draft.c_str(), path.c_str()) != 0) {
        return fail(ErrorCode::kInvalidInput, "the ports file '" + path + "' cannot be written");
    }
    return {};
}

}  // namespace pagepress
