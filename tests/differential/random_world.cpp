#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/differential/zone_source.h"

namespace doors::test {

namespace {

/// Labels from the left; empty for the zone's apex.
using Labels = std::vector<std::string>;

std::string join(const Labels& labels) {
  std::string text;
  for (const std::string& label : labels) text += label + ".";
  return text;
}

/// Whether `name` lies below `above`.
bool is_below(const Labels& name, const Labels& above) {
  return name.size() > above.size() && std::equal(above.rbegin(), above.rend(), name.rbegin());
}

/// One zone's records, each kept only if the zone can still be served with it.
class RandomZone {
 public:
  RandomZone(std::string origin, const std::vector<std::string>& origins, Random& random)
      : origin_(std::move(origin)), origins_(&origins), random_(&random) {
    // BIND serves no zone whose own servers have no address; with one in the zone there is no DNAME at the
    // apex.
    if (below(2, random) == 0) {
      add({}, "NS", "a.elsewhere.test.");
    } else {
      add({}, "NS", "ns." + origin_);
      add({"ns"}, "A", "192.0.2.53");
    }
    const std::size_t records = 2 + below(12, *random_);
    for (std::size_t i = 0; i < records; ++i) add_any();
  }

  [[nodiscard]] std::string text() const {
    constexpr unsigned ttls[] = {0, 60, 300, 3600};
    std::ostringstream out;
    out << "$ORIGIN " << origin_ << "\n$TTL " << one_of(ttls, *random_) << "\n@ " << one_of(ttls, *random_)
        << " SOA ns hostmaster 1 7200 3600 1209600 " << one_of(ttls, *random_) << "\n";
    for (const auto& [owner, rrsets] : names_) {
      for (const auto& [type, rdatas] : rrsets) {
        for (const std::string& rdata : rdatas)
          out << join(owner) << origin_ << " " << type << " " << rdata << "\n";
      }
    }
    return out.str();
  }

  [[nodiscard]] const std::string& origin() const { return origin_; }

  /// Whether a DNAME here has names of the other zone below it. Then NSD takes neither.
  [[nodiscard]] bool redirects(const RandomZone& other) const {
    for (const auto& [owner, rrsets] : names_) {
      if (rrsets.count("DNAME") == 0) continue;
      const std::string above = "." + join(owner) + origin_;
      for (const auto& [name, ignored] : other.names_) {
        if ((join(name) + other.origin_).ends_with(above)) return true;
      }
    }
    return false;
  }

 private:
  std::string label() {
    constexpr const char* labels[] = {"a", "a", "b", "b", "c", "*", "*"};
    return one_of(labels, *random_);
  }
  Labels name() {
    Labels name;
    for (std::size_t i = below(4, *random_); i > 0; --i) name.push_back(label());
    return name;
  }
  /// What an alias or a server may be called: something in one of the world's zones, seldom outside.
  std::string target() {
    if (below(8, *random_) == 0) return "a.elsewhere.test.";
    const std::string& origin = below(2, *random_) == 0 ? origin_ : one_of(*origins_, *random_);
    return join(name()) + origin;
  }

  void add_any() {
    constexpr const char* types[] = {"A",     "A",     "AAAA",  "TXT", "MX", "SRV", "CNAME", "CNAME",
                                     "CNAME", "DNAME", "DNAME", "NS",  "NS", "DS",  "PTR",   "HTTPS"};
    const std::string type = one_of(types, *random_);
    const Labels owner = name();
    const std::string number = std::to_string(1 + below(3, *random_));
    if (type == "A") return add(owner, type, "192.0.2." + number);
    if (type == "AAAA") return add(owner, type, "2001:db8::" + number);
    if (type == "TXT") return add(owner, type, "\"text " + number + "\"");
    if (type == "MX") return add(owner, type, number + " " + target());
    if (type == "SRV") return add(owner, type, "0 0 " + number + " " + target());
    if (type == "HTTPS") return add(owner, type, number + " " + target());
    if (type == "DS") return add(owner, type, number + " 13 2 " + std::string(64, 'a'));
    add(owner, type, target());
    if (type == "NS" && below(3, *random_) == 0) add_glue(owner);
  }
  void add_glue(const Labels& cut) {
    Labels server = cut;
    server.insert(server.begin(), "ns");
    add(cut, "NS", join(server) + origin_);
    add(server, "A", "192.0.2.99");
  }

  void add(const Labels& owner, const std::string& type, const std::string& rdata) {
    if (!fits(owner, type)) return;
    names_[owner][type].insert(rdata);
  }
  [[nodiscard]] bool has(const Labels& owner, const std::string& type) const {
    const auto found = names_.find(owner);
    return found != names_.end() && found->second.count(type) != 0;
  }
  [[nodiscard]] bool fits(const Labels& owner, const std::string& type) const {
    const auto found = names_.find(owner);
    const bool alone = type == "CNAME";
    const bool apex = owner.empty();
    if (alone && (apex || found != names_.end())) return false;
    if (has(owner, "CNAME")) return false;
    if (type == "DNAME") {
      if (has(owner, "DNAME") || (!apex && has(owner, "NS"))) return false;
      for (const auto& [name, rrsets] : names_) {
        if (is_below(name, owner)) return false;
      }
    }
    if (type == "NS" && (apex ? !names_.empty() : has(owner, "DNAME"))) return false;
    if (type == "DS" && (apex || !has(owner, "NS"))) return false;
    if ((type == "NS" || type == "DNAME") && !apex && owner.front() == "*") return false;
    for (const auto& [name, rrsets] : names_) {
      if (rrsets.count("DNAME") != 0 && is_below(owner, name)) return false;
    }
    return true;
  }

  std::string origin_;
  const std::vector<std::string>* origins_;
  Random* random_;
  std::map<Labels, std::map<std::string, std::set<std::string>>> names_;
};

}  // namespace

std::vector<ZoneSource> random_world(std::size_t number, Random& random) {
  const std::string top = "w" + std::to_string(number) + ".";
  std::vector<std::string> origins{top};
  for (const char* child : {"a.", "b.", "a.b.", "b.a."}) {
    if (below(4, random) == 0) origins.push_back(child + top);
  }
  std::vector<RandomZone> zones;
  for (const std::string& origin : origins) {
    const auto collides = [&](const RandomZone& zone) {
      return std::any_of(zones.begin(), zones.end(), [&](const RandomZone& other) {
        return zone.redirects(other) || other.redirects(zone);
      });
    };
    RandomZone zone(origin, origins, random);
    for (int attempt = 0; attempt < 20 && collides(zone); ++attempt)
      zone = RandomZone(origin, origins, random);
    if (!collides(zone)) zones.push_back(std::move(zone));
  }
  std::vector<ZoneSource> sources;
  for (const RandomZone& zone : zones) sources.push_back({zone.origin(), zone.text()});
  return sources;
}

}  // namespace doors::test
