#include "tests/support/referee.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

namespace doors {

namespace {

struct Foul : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void require(bool right, const std::string& foul) {
  if (!right) throw Foul(foul);
}

namespace type {
constexpr std::uint16_t a = 1, ns = 2, cname = 5, soa = 6, aaaa = 28, dname = 39, ds = 43, rrsig = 46,
                        nsec = 47, nsec3 = 50, svcb = 64, https = 65, any = 255;
}

/// A name and its ancestors, each as wire form.
std::vector<std::string> with_ancestors(const std::string& name) {
  std::vector<std::string> names;
  std::size_t at = 0;
  while (true) {
    names.push_back(name.substr(at));
    if (name[at] == '\0') return names;
    at += static_cast<unsigned char>(name[at]) + 1u;
  }
}
bool is_at_or_below(const std::string& name, const std::string& ancestor) {
  const auto names = with_ancestors(name);
  return std::find(names.begin(), names.end(), ancestor) != names.end();
}
std::uint16_t covered_by(const Record& rrsig) {
  require(rrsig.rdata.size() > 18, "an RRSIG too short");
  return static_cast<std::uint16_t>(static_cast<unsigned char>(rrsig.rdata[0]) << 8 |
                                    static_cast<unsigned char>(rrsig.rdata[1]));
}

/// Records of one owner, type and, of RRSIG, type covered.
struct Set {
  std::string owner;
  std::uint16_t type = 0;
  std::uint16_t covered = 0;
  std::vector<Record> records;
  friend bool operator<(const Set& a, const Set& b) {
    return std::tie(a.owner, a.type, a.covered) < std::tie(b.owner, b.type, b.covered);
  }
};

/// The sets of a section; the records of each lie together and have one TTL (RFC 2181 §5.2).
std::vector<Set> sets_of(const std::vector<Record>& records, std::uint16_t rr_class) {
  std::vector<Set> sets;
  std::set<Set> seen;
  for (const Record& record : records) {
    require(record.rr_class == rr_class, "a record of another class");
    Set set{lowered(record.owner),
            record.type,
            record.type == type::rrsig ? covered_by(record) : std::uint16_t{0},
            {record}};
    if (!sets.empty() && !(sets.back() < set) && !(set < sets.back())) {
      require(sets.back().records.front().ttl == record.ttl, "an RRset with two TTLs");
      sets.back().records.push_back(record);
      continue;
    }
    require(seen.insert(set).second, "an RRset in two places of a section");
    sets.push_back(std::move(set));
  }
  return sets;
}

class Referee {
 public:
  Referee(const Reply& reply, const std::vector<std::string>& origins)
      : reply_(reply), origins_(origins), dnssec_ok_((reply.opt_flags & 0x8000) != 0) {
    const std::size_t name_octets = reply.question.size() - 4;
    qname_ = lowered(reply.question.substr(0, name_octets));
    const auto word = [&](std::size_t at) {
      return static_cast<std::uint16_t>(static_cast<unsigned char>(reply.question[at]) << 8 |
                                        static_cast<unsigned char>(reply.question[at + 1]));
    };
    qtype_ = word(name_octets);
    qclass_ = word(name_octets + 2);
  }

  void judge() {
    const std::uint16_t rr_class = qclass_ == 255 ? std::uint16_t{1} : qclass_;
    answer_ = sets_of(reply_.answer, rr_class);
    authority_ = sets_of(reply_.authority, rr_class);
    additional_ = sets_of(reply_.additional, rr_class);
    if (rr_class != 1) {
      require(authority_.empty() && additional_.empty() && answer_.size() <= 1, "records beside an identity");
      return;
    }
    judge_places();
    judge_signatures();
    judge_chain();
    judge_authority();
    judge_additional();
  }

 private:
  void judge_places() const {
    std::set<Set> seen;
    for (const auto* section : {&answer_, &authority_, &additional_}) {
      for (const Set& set : *section) {
        require(seen.insert(set).second, "an RRset in two sections");
        require(std::any_of(origins_.begin(), origins_.end(),
                            [&](const std::string& origin) { return is_at_or_below(set.owner, origin); }),
                "an owner name in no zone");
        const bool for_dnssec = set.type == type::rrsig || set.type == type::nsec || set.type == type::nsec3;
        require(dnssec_ok_ || !for_dnssec || section == &answer_, "DNSSEC records without DO");
      }
    }
  }
  /// A signature stands behind the RRset it covers, with its TTL; whoever asks for signatures gets them
  /// alone.
  void judge_signatures() const {
    for (const auto* section : {&answer_, &authority_, &additional_}) {
      for (std::size_t i = 0; i < section->size(); ++i) {
        const Set& set = (*section)[i];
        if (set.type != type::rrsig || (section == &answer_ && qtype_ == type::rrsig)) continue;
        require(dnssec_ok_, "a signature without DO");
        require(i > 0 && (*section)[i - 1].type == set.covered && (*section)[i - 1].owner == set.owner,
                "a signature without its RRset before it");
        require((*section)[i - 1].records.front().ttl == set.records.front().ttl,
                "a signature with another TTL than its RRset");
      }
    }
  }
  /// CNAMEs and DNAMEs lead from the question to the one RRset that answers it, if any (RFC 1034 §4.3.2). A
  /// DNAME stands once, before the first CNAME that is made from it (RFC 6672 §3.1).
  void judge_chain() {
    sname_ = qname_;
    bool before_cname = false;
    bool ended = false;
    for (const Set& set : answer_) {
      const bool asked_for =
          qtype_ == type::rrsig && set.owner == sname_;  // else it signs a DNAME on the way
      if (set.type == type::rrsig && !asked_for) {
        require(qtype_ != type::rrsig || before_cname, "a signature of another name in the answer");
        continue;
      }
      require(!ended, "an RRset behind the answer");
      const std::string rdata = lowered(set.records.front().rdata);
      if (set.type == type::dname && set.owner != sname_) {
        require(is_at_or_below(sname_, set.owner), "a DNAME of another branch");
        require(!before_cname, "two DNAMEs in a row");
        dnames_.push_back(set);
        before_cname = true;
        continue;
      }
      require(set.owner == sname_, "an RRset of another name in the answer");
      const std::string substituted = substitution(sname_);
      if (set.type == type::cname) {
        require(set.records.size() == 1, "two CNAMEs at a name");
        require(substituted.empty() || substituted == rdata, "a CNAME that its DNAME does not give");
        before_cname = false;
      }
      // ANY takes a CNAME that is there, and goes on from one that is made (RFC 6672 §3.2 step 3C).
      if (set.type == type::cname && qtype_ != type::cname && (qtype_ != type::any || !substituted.empty())) {
        sname_ = rdata;
        continue;
      }
      require(set.type == qtype_ || qtype_ == type::any, "an RRset of a type nobody asked for");
      ended = true;
    }
    const bool too_long = substitution(sname_).size() > 255;
    require(reply_.rcode() != 6 || too_long || reply_.has(0x0200), "YXDOMAIN, and the DNAME fits");
    require(!before_cname || too_long || reply_.has(0x0200), "a DNAME without its CNAME");
    answered_ = ended;
  }
  /// What a DNAME of the answer makes of `name`; empty if none is above it.
  [[nodiscard]] std::string substitution(const std::string& name) const {
    for (const Set& dname : dnames_) {
      if (name == dname.owner || !is_at_or_below(name, dname.owner)) continue;
      return name.substr(0, name.size() - dname.owner.size()) + lowered(dname.records.front().rdata);
    }
    return "";
  }
  void judge_authority() const {
    bool soa = false;
    bool ns = false;
    for (const Set& set : authority_) {
      switch (set.type) {
        case type::soa:
          require(!soa, "two SOA");
          soa = true;
          require(is_at_or_below(sname_, set.owner), "the SOA of another branch");
          break;
        case type::ns:
          require(!ns, "two NS RRsets");
          ns = true;
          require(is_at_or_below(sname_, set.owner) || answered_, "the NS of another branch");
          break;
        case type::ds:
          require(ns, "a DS without NS");
          break;
        case type::nsec:
        case type::nsec3:
        case type::rrsig:
          break;
        default:
          require(false, "a type that has no place in the authority section");
      }
    }
    if (reply_.has(0x0200)) return;
    require(!(soa && answered_), "an answer and its denial");
    require(!soa || !ns, "a referral and a denial");
    require(reply_.rcode() != 3 || soa, "NXDOMAIN without SOA");
    if (answer_.empty() && reply_.rcode() == 0) {
      require(soa || ns, "neither an answer nor a referral nor a denial");
      require(!ns || !reply_.has(0x0400), "a referral with AA");
      require(!soa || reply_.has(0x0400) || qclass_ == 255, "a denial without AA");
    }
  }
  /// Addresses of names that the records before name (and of service targets the like of the answer).
  void judge_additional() const {
    std::string named;
    for (const auto* section : {&reply_.answer, &reply_.authority, &reply_.additional}) {
      for (const Record& record : *section) {
        named += lowered(record.rdata);
        if (record.type == type::svcb || record.type == type::https) named += lowered(record.owner);
      }
    }
    for (const Set& set : additional_) {
      const bool service = set.type == type::svcb || set.type == type::https;
      require(set.type == type::a || set.type == type::aaaa || set.type == type::rrsig ||
                  (service && set.type == qtype_),
              "a type that has no place in the additional section");
      require(named.find(set.owner) != std::string::npos, "additional data of a name that nobody named");
    }
  }

  const Reply& reply_;
  const std::vector<std::string>& origins_;
  bool dnssec_ok_;
  std::string qname_;
  std::uint16_t qtype_ = 0;
  std::uint16_t qclass_ = 0;
  std::vector<Set> answer_, authority_, additional_;
  std::vector<Set> dnames_;  // of the answer, so far
  std::string sname_;        // where the chain ends
  bool answered_ = false;    // the last name's RRset is there
};

}  // namespace

std::string lowered(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

std::string judge_records(const Reply& reply, const std::vector<std::string>& origins) {
  const unsigned rcode = reply.rcode();
  if (reply.questions != 1 || (rcode != 0 && rcode != 3 && rcode != 6))
    return "";  // judge() saw that it is empty
  try {
    Referee(reply, origins).judge();
    return "";
  } catch (const Foul& foul) {
    return foul.what();
  }
}

}  // namespace doors
