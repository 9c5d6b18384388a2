// What one answer costs without any socket: respond() and respond_batch() over a zone file.
//   bench_respond ZONEFILE ORIGIN [--benchmark_...]
#include "server/answer/respond.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/served.h"
#include "zones/dns/query.h"

namespace {

using namespace doors;

constexpr std::size_t questions = 8192;  // of each mix: more than the caches hold of a large zone
constexpr std::size_t most_in_batch = 32;
constexpr std::size_t response_octets = 1232;

/// The queries of one mix, ready to be answered.
using Queries = std::vector<QueryMessage>;

struct Zone {
  Snapshot snapshot;
  std::vector<Name> cuts;         ///< owners of NS records below the apex
  std::vector<Name> signed_cuts;  ///< those with DS records
  Name origin;
};

Result<Zone> load(const std::string& path, const std::string& origin) {
  auto name = Name::parse(origin);
  if (!name) return Unexpected(name.error());
  ZoneFileOptions options;
  options.origin = *name;
  const auto loaded = load_zone_file(path, options);
  auto image = image_of(loaded);
  if (!image) return Unexpected(image.error());
  Zone zone;
  zone.origin = *name;
  for (std::size_t i = 0; i < loaded->content.rrset_count(); ++i) {
    const RRsetView rrset = loaded->content.rrset(i);
    if (rrset.owner == NameView(*name)) continue;
    if (rrset.type == RRType::ns) zone.cuts.emplace_back(rrset.owner);
    if (rrset.type == RRType::ds) zone.signed_cuts.emplace_back(rrset.owner);
  }
  if (zone.cuts.empty() || zone.signed_cuts.empty()) return failure(path + " has no signed delegations");
  zone.snapshot.zones = std::make_shared<ZoneSet>(std::vector<std::shared_ptr<const ZoneImage>>{*image});
  zone.snapshot.identity.nsid = "bench";
  return zone;
}

/// A random label of `size` letters before `suffix`; the suffix alone when it does not fit.
Name below(NameView suffix, std::size_t size, std::mt19937& draw) {
  std::vector<std::byte> label{static_cast<std::byte>(size)};
  for (std::size_t i = 0; i < size; ++i) label.push_back(static_cast<std::byte>('a' + draw() % 26));
  return Name::join(label, suffix).value_or(Name(suffix));
}

Queries queries_of(const Zone& zone, const std::string& mix, bool dnssec_ok) {
  std::mt19937 draw(1);
  const auto one_of = [&](const std::vector<Name>& names) -> const Name& {
    return names[draw() % names.size()];
  };
  Queries queries;
  for (std::size_t i = 0; i < questions; ++i) {
    Question question;
    question.id = static_cast<std::uint16_t>(i);
    question.dnssec_ok = dnssec_ok;
    if (mix == "positive") {
      question.name = one_of(zone.signed_cuts);
      question.type = RRType::ds;
    } else if (mix == "referral") {
      question.name = below(one_of(zone.cuts), 8, draw);
      question.type = RRType::a;
    } else {
      question.name = below(below(zone.origin, 12, draw), 8, draw);
      question.type = RRType::a;
    }
    queries.push_back(build_query(question));
  }
  return queries;
}

void one_by_one(benchmark::State& state, const Zone& zone, const Queries& queries) {
  std::vector<std::byte> out(response_octets);
  std::size_t next = 0;
  std::size_t octets = 0;
  for (auto _ : state) {
    octets += respond(queries[next].view(), zone.snapshot, {}, {}, out);
    next = (next + 1) % queries.size();
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(static_cast<std::int64_t>(octets));
}

void by_batch(benchmark::State& state, const Zone& zone, const Queries& queries) {
  std::vector<std::byte> out(most_in_batch * response_octets);
  std::array<BatchItem, most_in_batch> batch;
  std::size_t next = 0;
  for (auto _ : state) {
    for (std::size_t i = 0; i < most_in_batch; ++i) {
      batch[i].query = queries[next].view();
      batch[i].out = MutableOctets(out).subspan(i * response_octets, response_octets);
      next = (next + 1) % queries.size();
    }
    respond_batch(batch, zone.snapshot, {});
    benchmark::DoNotOptimize(batch);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(most_in_batch));
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 3) {
    (void)std::fprintf(stderr, "usage: %s ZONEFILE ORIGIN [--benchmark_...]\n", argv[0]);
    return 2;
  }
  const auto zone = load(argv[1], argv[2]);
  if (!zone) {
    (void)std::fprintf(stderr, "%s\n", zone.error().message.c_str());
    return 1;
  }
  for (const std::string mix : {"positive", "referral", "nxdomain"}) {
    for (const bool dnssec_ok : {false, true}) {
      const auto queries = std::make_shared<const Queries>(queries_of(*zone, mix, dnssec_ok));
      const std::string name = mix + (dnssec_ok ? "/do" : "");
      benchmark::RegisterBenchmark((name + "/respond").c_str(), [&zone, queries](benchmark::State& state) {
        one_by_one(state, *zone, *queries);
      });
      benchmark::RegisterBenchmark((name + "/batch").c_str(), [&zone, queries](benchmark::State& state) {
        by_batch(state, *zone, *queries);
      });
    }
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
