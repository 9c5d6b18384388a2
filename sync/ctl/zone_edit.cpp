#include "sync/ctl/zone_edit.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sync/ctl/rollback_plan.h"
#include "zones/load/zone_file.h"

namespace doors::ctl {
namespace {

std::string quoted_if_needed(const std::string& word) {
  if (word.find(' ') == std::string::npos || word.starts_with('"')) return word;
  return '"' + word + '"';
}

/// The record in the words of the command line, as a zone of its own: it stands first, behind it what makes
/// the text a zone.
Outcome<Content> read_record(const ZoneEdit& edit, NameView origin) {
  std::string text = edit.owner.to_string() + ' ' + (edit.ttl.empty() ? "0" : edit.ttl) + " IN " + edit.type;
  for (const std::string& word : edit.rdata) text += ' ' + quoted_if_needed(word);
  text += "\n@ 0 IN SOA . . 0 0 0 0 0\n@ 0 IN NS .\n";
  ZoneFileOptions options;
  options.origin = Name(origin);
  options.allow_include = false;
  auto loaded = load_zone_text(text, "command line", options);
  if (!loaded) return refused(loaded.error().front().message);
  return std::move(loaded->content);
}

using Rdatas = std::vector<std::vector<std::byte>>;

Rdatas rdatas_of(const std::optional<RRsetView>& rrset) {
  Rdatas all;
  if (rrset) {
    for (const Octets rdata : rrset->rdatas) all.emplace_back(rdata.begin(), rdata.end());
  }
  return all;
}

/// The records of the edited RRset after it.
Outcome<Rdatas> edited(const ZoneEdit& edit, const std::optional<RRsetView>& now, Octets record) {
  Rdatas all = rdatas_of(now);
  const std::vector<std::byte> wanted(record.begin(), record.end());
  const auto at = std::ranges::find(all, wanted);
  switch (edit.kind) {
    case ZoneEdit::Kind::add:
      if (at != all.end()) return refused("the record is there already");
      all.push_back(wanted);
      return all;
    case ZoneEdit::Kind::replace:
      if (all.size() == 1 && at != all.end() && edit.ttl == std::to_string(now->ttl.raw()))
        return refused("the record is there already");
      return Rdatas{wanted};
    case ZoneEdit::Kind::remove:
      if (edit.rdata.empty()) return Rdatas{};
      if (at == all.end()) return refused("there is no such record");
      all.erase(at);
      return all;
  }
  __builtin_unreachable();
}

/// Why the name could not be served with these records; empty if it could.
std::string complaint(const Content& node, NameView owner) {
  bool cname = false;
  bool other = false;
  for (std::size_t i = 0; i < node.rrset_count(); ++i) {
    const RRsetView rrset = node.rrset(i);
    if (!(rrset.owner == owner)) continue;
    if (rrset.type == RRType::cname && rrset.rdatas.size() > 1) return "a name has one CNAME";
    if (rrset.type == RRType::dname && rrset.rdatas.size() > 1) return "a name has one DNAME";
    (rrset.type == RRType::cname ? cname : other) = true;
  }
  if (cname && other) return "a name with a CNAME has nothing else (RFC 1034 §3.6.2)";
  if (owner == node.origin() && !node.find(owner, RRType::ns)) return "the zone's apex needs its NS records";
  return {};
}

}  // namespace

Outcome<Delta> plan_edit(Content node, const ZoneEdit& edit) {
  const bool all_types = edit.type.empty();
  RRType type{};
  if (!all_types) {
    const auto parsed = parse_type(edit.type);
    if (!parsed) return refused("\"" + edit.type + "\" is no type");
    type = *parsed;
  }
  if (type == RRType::soa) return refused("the SOA changes by itself; push the zone to change more of it");
  if (all_types && edit.owner == node.origin()) return refused("all of the apex cannot go; name the type");
  std::optional<Content> record;
  if (!edit.rdata.empty()) {
    auto read = read_record(edit, node.origin());
    if (!read) return Unexpected(read.error());
    record = *std::move(read);
  }
  ContentBuilder builder{node.origin()};
  bool found = false;
  const auto add = [&builder](const RRsetView& rrset, Ttl ttl, Octets rdata) {
    return static_cast<bool>(builder.add(rrset.owner, rrset.type, ttl, rdata));
  };
  for (std::size_t i = 0; i < node.rrset_count(); ++i) {
    const RRsetView rrset = node.rrset(i);
    const bool here = rrset.owner == edit.owner && (all_types || rrset.type == type);
    found = found || here;
    if (here) continue;
    for (const Octets rdata : rrset.rdatas) {
      if (!add(rrset, rrset.ttl, rdata)) return refused("the zone's records cannot be read");
    }
  }
  if (edit.kind == ZoneEdit::Kind::remove && !found) return refused("there is no such record");
  if (!all_types) {
    const auto now = node.find(edit.owner, type);
    const auto fresh = record ? record->find(edit.owner, type) : std::nullopt;
    auto rdatas = edited(edit, now, fresh ? fresh->rdatas.front() : Octets());
    if (!rdatas) return Unexpected(rdatas.error());
    const Ttl ttl = edit.kind == ZoneEdit::Kind::remove ? (now ? now->ttl : Ttl(0)) : fresh->ttl;
    for (const auto& rdata : *rdatas) {
      if (auto added = builder.add(edit.owner, type, ttl, rdata); !added)
        return refused(added.error().message);
    }
  }
  auto after = builder.finish();
  if (!after) return refused(after.error().message);
  auto raised = with_serial(*after, node.serial().next());
  if (!raised) return refused(raised.error().message);
  if (std::string wrong = complaint(*raised, edit.owner); !wrong.empty()) return refused(std::move(wrong));
  auto delta = Delta::of(std::move(node), *std::move(raised));
  if (!delta) return refused(delta.error().message);
  return *std::move(delta);
}

}  // namespace doors::ctl
