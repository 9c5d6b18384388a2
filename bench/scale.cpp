// What one answer costs in zones that no cache holds, without any socket: random questions, one at a time and
// in batches.
//
//     bench_scale [FACTOR, 1 [PART]]        so many times the sizes below; one part alone
//
// Plain text, one line a mix: nanoseconds of CPU an answer, the best of some rounds.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <time.h>

#include "server/answer/respond.h"
#include "zones/base/file.h"
#include "zones/base/text_encoding.h"
#include "zones/content/content.h"
#include "zones/dns/nsec3_hash.h"
#include "zones/dns/query.h"
#include "zones/image/image.h"
#include "zones/image/writer.h"

namespace {

using namespace doors;
using Images = std::vector<std::shared_ptr<const ZoneImage>>;

constexpr std::size_t most_in_batch = 32;
constexpr std::size_t response_octets = 1232;
constexpr std::size_t questions = 200'000;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

Name parse(const std::string& text) {
  const auto name = Name::parse(text);
  if (!name) give_up(name.error().message);
  return *name;
}

/// Names that come in no order.
std::string label(std::size_t i) { return "name-" + std::to_string(i * 2'654'435'761u % 4'294'967'296u); }

/// Makes a zone record by record.
class Zone {
 public:
  explicit Zone(const std::string& origin) : builder_(parse(origin)) {
    const std::array<std::byte, 22> soa{};  // two roots and zeros
    add(origin, RRType::soa, soa);
    add(origin, RRType::ns, parse("ns." + origin).wire());
    add("ns." + origin, RRType::a, address_);
  }
  void add(const std::string& owner, RRType type, Octets rdata) { add(parse(owner), type, rdata); }
  void add(NameView owner, RRType type, Octets rdata) {
    if (auto added = builder_.add(owner, type, Ttl(3600), rdata); !added) give_up(added.error().message);
  }
  void add_address(const std::string& owner) { add(owner, RRType::a, address_); }
  /// A sham signature of an RRset.
  void sign(NameView owner, RRType type, NameView origin) {
    std::vector<std::byte> rdata(18 + origin.size() + 64, std::byte{0x51});
    store_u16(rdata.data(), raw(type));
    std::copy(origin.wire().begin(), origin.wire().end(), rdata.begin() + 18);
    add(owner, RRType::rrsig, rdata);
  }
  std::shared_ptr<const ZoneImage> image() {
    const auto content = builder_.finish();
    if (!content) give_up(content.error().message);
    const auto octets = build_image(*content, {});
    if (!octets) give_up(octets.error().message);
    if (octets->size() < 65'536) {
      const auto small = ZoneImage::from_octets(*octets);
      return small ? *small : (give_up(small.error().message), nullptr);
    }
    const auto fd = sealed_memory_file("image", *octets);
    const auto image = fd ? ZoneImage::open(fd->get()) : Unexpected(fd.error());
    return image ? *image : (give_up(image.error().message), nullptr);
  }

 private:
  static constexpr std::array<std::byte, 4> address_{std::byte{192}, std::byte{0}, std::byte{2},
                                                     std::byte{1}};
  ContentBuilder builder_;
};

/// Half of the delegations to two servers of one of 20,000 sets, half to their own with glue.
std::shared_ptr<const ZoneImage> delegations(std::size_t count) {
  Zone zone("tld.");
  for (std::size_t i = 0; i < count; ++i) {
    const std::string owner = label(i) + ".tld.";
    for (const char* server : {"ns1.", "ns2."}) {
      const bool own = i % 2 == 0;
      zone.add(owner, RRType::ns,
               parse(server + (own ? owner : "host-" + std::to_string(i % 20'000) + ".test.")).wire());
      if (own) zone.add_address(server + owner);
    }
  }
  return zone.image();
}

void sign_apex(Zone& zone, NameView origin) {
  for (const RRType type : {RRType::soa, RRType::ns}) zone.sign(origin, type, origin);
}

constexpr std::array<std::byte, 3> bitmap{std::byte{0}, std::byte{1}, std::byte{0x40}};  // A

std::shared_ptr<const ZoneImage> signed_with_nsec(std::size_t count) {
  const Name origin = parse("nsec.");
  Zone zone("nsec.");
  sign_apex(zone, origin);
  std::vector<Name> names{origin};
  for (std::size_t i = 0; i < count; ++i) names.push_back(parse(label(i) + ".nsec."));
  std::sort(names.begin(), names.end());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const NameView next = names[(i + 1) % names.size()];
    std::vector<std::byte> rdata(next.wire().begin(), next.wire().end());
    rdata.insert(rdata.end(), bitmap.begin(), bitmap.end());
    zone.add(names[i], RRType::nsec, rdata);
    zone.sign(names[i], RRType::nsec, origin);
    if (i == 0) continue;
    zone.add_address(names[i].to_string());
    zone.sign(names[i], RRType::a, origin);
  }
  return zone.image();
}

std::shared_ptr<const ZoneImage> signed_with_nsec3(std::size_t count) {
  const Name origin = parse("nsec3.");
  Zone zone("nsec3.");
  sign_apex(zone, origin);
  constexpr std::array<std::byte, 5> parameters{std::byte{1}};  // SHA-1, no flags, iterations or salt
  zone.add(origin, RRType::nsec3param, parameters);
  std::vector<Nsec3Hash> hashes{nsec3_hash(origin, 0, {})};
  for (std::size_t i = 0; i < count; ++i) {
    const Name name = parse(label(i) + ".nsec3.");
    hashes.push_back(nsec3_hash(name, 0, {}));
    zone.add_address(name.to_string());
    zone.sign(name, RRType::a, origin);
  }
  std::sort(hashes.begin(), hashes.end());
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const Nsec3Hash& next = hashes[(i + 1) % hashes.size()];
    std::vector<std::byte> rdata(parameters.begin(), parameters.end());
    rdata.push_back(std::byte{nsec3_hash_octets});
    rdata.insert(rdata.end(), next.begin(), next.end());
    rdata.insert(rdata.end(), bitmap.begin(), bitmap.end());
    const Name owner = parse(to_base32hex(hashes[i]) + ".nsec3.");
    zone.add(owner, RRType::nsec3, rdata);
    zone.sign(owner, RRType::nsec3, origin);
  }
  return zone.image();
}

Images small_zones(std::size_t count) {
  Images images;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string origin = label(i) + ".test.";
    Zone zone(origin);
    for (const char* host : {"", "www.", "mail."}) zone.add_address(host + origin);
    zone.add(origin, RRType::txt, octets_of(std::string_view("\4text")));
    images.push_back(zone.image());
  }
  return images;
}

/// What this process has had of the CPU; others may be busy.
double cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Answers questions of one mix in batches of `size`; nanoseconds an answer.
double time_of(const Snapshot& snapshot, const std::vector<QueryMessage>& queries, std::size_t size) {
  static std::vector<std::byte> out(most_in_batch * response_octets);
  std::array<BatchItem, most_in_batch> batch;
  double best = 1e12;
  for (int round = 0; round < 5; ++round) {
    const double start = cpu_nanoseconds();
    for (std::size_t at = 0; at + size <= queries.size(); at += size) {
      for (std::size_t i = 0; i < size; ++i) {
        batch[i] = {
            queries[at + i].view(), {}, MutableOctets(out).subspan(i * response_octets, response_octets)};
      }
      respond_batch(std::span(batch).first(size), snapshot, {});
    }
    best = std::min(best, (cpu_nanoseconds() - start) / static_cast<double>(queries.size() / size * size));
  }
  return best;
}

using NameOf = std::function<std::string(std::size_t)>;

void measure(const char* what, const Images& images, bool dnssec_ok, std::size_t names,
             const NameOf& name_of) {
  Snapshot snapshot;
  snapshot.zones = std::make_shared<ZoneSet>(images);
  std::mt19937_64 random(1);
  std::vector<QueryMessage> queries;
  for (std::size_t i = 0; i < questions; ++i) {
    Question question;
    question.name = parse(name_of(random() % names));
    question.type = RRType::a;
    question.dnssec_ok = dnssec_ok;
    queries.push_back(build_query(question));
  }
  std::printf("%-34s", what);
  for (const std::size_t size : {1, 8, 32}) std::printf(" %8.0f", time_of(snapshot, queries, size));
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const double factor = argc > 1 ? std::atof(argv[1]) : 1;
  const std::string only = argc > 2 ? argv[2] : "";
  const auto scaled = [factor](std::size_t count) {
    return static_cast<std::size_t>(factor * static_cast<double>(count));
  };
  const auto wanted = [&only](const char* part) { return only.empty() || only == part; };
  std::printf("%-34s %8s %8s %8s\n", "ns an answer, in batches of", "1", "8", "32");
  if (wanted("delegations")) {
    const std::size_t count = scaled(1'000'000);
    const Images images{delegations(count)};
    measure("1M delegations: referral", images, false, count,
            [](std::size_t i) { return "www." + label(i) + ".tld."; });
    measure("1M delegations: NXDOMAIN", images, false, count,
            [](std::size_t i) { return "www." + label(i) + "x.tld."; });
  }
  if (wanted("nsec")) {
    const std::size_t count = scaled(100'000);
    const Images images{signed_with_nsec(count)};
    measure("100k names, NSEC, DO: positive", images, true, count,
            [](std::size_t i) { return label(i) + ".nsec."; });
    measure("100k names, NSEC, DO: NXDOMAIN", images, true, count,
            [](std::size_t i) { return label(i) + "x.nsec."; });
  }
  if (wanted("nsec3")) {
    const std::size_t count = scaled(100'000);
    const Images images{signed_with_nsec3(count)};
    measure("100k names, NSEC3, DO: NXDOMAIN", images, true, count,
            [](std::size_t i) { return label(i) + "x.nsec3."; });
  }
  if (wanted("zones")) {
    const std::size_t count = scaled(100'000);
    const Images images = small_zones(count);
    measure("100k zones: positive", images, false, count,
            [](std::size_t i) { return "www." + label(i) + ".test."; });
    measure("100k zones: NXDOMAIN", images, false, count,
            [](std::size_t i) { return "ftp." + label(i) + ".test."; });
  }
  return 0;
}
