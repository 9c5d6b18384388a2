#include <fstream>

#include <doctest/doctest.h>

#include "tests/zones/load/loading.h"

namespace doors {

namespace {

/// One zone of zone_corpus.txt.
struct Case {
  std::string title;
  std::string problems;  // parted by " / ", or "good"
  std::string text;
};

std::vector<Case> corpus() {
  std::ifstream file(DOORS_TEST_SOURCE_DIR "/zones/load/zone_corpus.txt");
  std::vector<Case> cases;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("== ")) {
      const std::size_t arrow = line.find(" => ");
      Case next{line.substr(3, arrow - 3), line.substr(arrow + 4), ""};
      if (!next.title.ends_with("(whole)")) next.text = test::apex;
      cases.push_back(std::move(next));
    } else if (!cases.empty()) {
      cases.back().text += line + "\n";
    }
  }
  return cases;
}

std::string problems_of(const std::string& text) {
  const auto zone = load_zone_text(text, "z", test::with_origin("example."));
  std::string said;
  for (const Problem& problem : zone ? zone->warnings : zone.error()) {
    said += (said.empty() ? "" : " / ") + std::string(problem.error ? "" : "warning: ") + problem.to_string();
  }
  return said.empty() ? "good" : said;
}

}  // namespace

TEST_SUITE("load: zones, good and bad") {
  TEST_CASE("each zone of the corpus loads or is refused as it says") {
    const std::vector<Case> cases = corpus();
    CHECK(cases.size() > 200);
    for (const Case& each : cases) {
      CAPTURE(each.title);
      CHECK(problems_of(each.text) == each.problems);
    }
  }
}

}  // namespace doors
