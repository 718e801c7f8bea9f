// People who edit, rename, trash, restore and delete pages, and change issues.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/world/oracle.h"
#include "tests/sim/world/sites.h"

namespace pagepress::sim {

/// What a person does now, drawn by chance. Passive.
class People {
public:
    People(Engine& engine, SiteServers& site, Oracle& oracle)
        : engine_(engine), site_(site), oracle_(oracle) {}

    void change_issue();
    void act_on_a_page();
    void act_on(const std::string& page_id);

private:
    [[nodiscard]] std::vector<std::string> pages_to_touch() const;
    bool save(const Page& page, const std::string& title, const std::string& body);
    void act(const Page& page);
    void purge(const std::string& page_id);
    void move(const Page& page);

    Engine& engine_;
    SiteServers& site_;
    Oracle& oracle_;
    int acts_ = 0;
};

}  // namespace pagepress::sim
