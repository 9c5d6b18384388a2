#include "sync/xfr/differences.h"

#include <utility>

#include "zones/dns/rdata.h"
#include "zones/dns/rdata_check.h"

namespace doors::xfr {

namespace {

Unexpected<Error> misfit(const char* what, const Record& record) {
  return failure(std::string(what) + ": " + record.owner.to_string() + " " + to_string(record.type));
}

}  // namespace

Result<Differences::RRset*> Differences::touched(const Record& record, std::vector<std::byte>& rdata) {
  if (!record.owner.view().is_at_or_below(before_->origin())) return misfit("out of the zone", record);
  if (!valid_rdata(record.type, record.rdata)) return misfit("malformed RDATA", record);
  rdata = record.rdata;
  if (!make_canonical_rdata(record.type, rdata)) return misfit("malformed RDATA", record);
  const RRType covered = record.type == RRType::rrsig ? rrsig_covered(rdata) : RRType{};
  const auto [at, is_new] = rrsets_.try_emplace(Key{record.owner, record.type, covered});
  if (is_new) {
    if (const auto there = before_->find(record.owner, record.type, covered)) {
      at->second.ttl = there->ttl;
      for (const Octets octets : there->rdatas) {
        at->second.rdatas.emplace(octets.begin(), octets.end());
      }
    }
  }
  return &at->second;
}

Result<void> Differences::remove(const Record& record) {
  std::vector<std::byte> rdata;
  const auto rrset = touched(record, rdata);
  if (!rrset) return Unexpected(rrset.error());
  if ((*rrset)->rdatas.erase(rdata) == 0) return misfit("a record goes that is not there", record);
  return {};
}

Result<void> Differences::add(const Record& record) {
  std::vector<std::byte> rdata;
  const auto rrset = touched(record, rdata);
  if (!rrset) return Unexpected(rrset.error());
  (*rrset)->rdatas.insert(std::move(rdata));
  (*rrset)->ttl = record.ttl;
  return {};
}

Result<Delta> Differences::finish() const {
  ContentBuilder gone(before_->origin());
  ContentBuilder come(before_->origin());
  for (const auto& [key, rrset] : rrsets_) {
    if (const auto there = before_->find(key.owner, key.type, key.covered)) {
      for (const Octets rdata : there->rdatas) {
        if (auto added = gone.add(key.owner, key.type, there->ttl, rdata); !added)
          return Unexpected(added.error());
      }
    }
    for (const std::vector<std::byte>& rdata : rrset.rdatas) {
      if (auto added = come.add(key.owner, key.type, rrset.ttl, rdata); !added)
        return Unexpected(added.error());
    }
  }
  auto went = gone.finish();
  if (!went) return Unexpected(went.error());
  auto came = come.finish();
  if (!came) return Unexpected(came.error());
  return Delta::of(*std::move(went), *std::move(came));
}

}  // namespace doors::xfr
