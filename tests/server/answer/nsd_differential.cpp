// Asks Debian's NSD and us the same questions over the signed root zone and compares: rcode, AA, TC, and the
// sections as sets. 2,000 questions, with DOORS_LONG=1 10,000; both over UDP with 1232 octets, and over TCP
// where one says TC. Exit code 77 (skipped) without NSD.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/answer/respond.h"
#include "tests/support/reply.h"
#include "tests/support/zone_of.h"
#include "zones/base/file.h"

namespace {

using namespace doors;
using namespace std::chrono_literals;
using Message = std::vector<std::byte>;

constexpr int skipped = 77;
constexpr std::uint16_t udp_payload = 1232;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "nsd_differential: %s\n", why.c_str());
  std::exit(1);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}
const sockaddr* as_sockaddr(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

bool readable(int fd, std::chrono::milliseconds within) {
  pollfd waiting{fd, POLLIN, 0};
  return poll(&waiting, 1, static_cast<int>(within.count())) == 1;
}

/// A port of 127.0.0.1 that is free for UDP and TCP just now.
std::uint16_t free_port() {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const UniqueFd udp(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const UniqueFd tcp(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    if (bind(udp.get(), as_sockaddr(address), sizeof address) != 0) continue;
    if (getsockname(udp.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) continue;
    if (bind(tcp.get(), as_sockaddr(address), sizeof address) == 0) return ntohs(address.sin_port);
  }
  give_up("no free port");
}

/// One exchange over UDP; three attempts.
std::optional<Message> ask_udp(std::uint16_t port, const Message& query, std::chrono::milliseconds patience) {
  const UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (connect(fd.get(), as_sockaddr(address), sizeof address) != 0) return std::nullopt;
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (send(fd.get(), query.data(), query.size(), 0) < 0) {
      std::this_thread::sleep_for(50ms);  // nobody listens yet
      continue;
    }
    Message reply(65535);
    if (!readable(fd.get(), patience)) continue;
    const ssize_t got = recv(fd.get(), reply.data(), reply.size(), 0);
    if (got < 0) continue;
    reply.resize(static_cast<std::size_t>(got));
    return reply;
  }
  return std::nullopt;
}

/// One exchange over TCP, on a connection of its own.
std::optional<Message> ask_tcp(std::uint16_t port, const Message& query) {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (connect(fd.get(), as_sockaddr(address), sizeof address) != 0) return std::nullopt;
  Message framed(2);
  store_u16(framed.data(), static_cast<std::uint16_t>(query.size()));
  framed.insert(framed.end(), query.begin(), query.end());
  if (!write_all(fd.get(), framed)) return std::nullopt;
  Message got;
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (std::chrono::steady_clock::now() < deadline) {
    if (got.size() >= 2 && got.size() >= 2u + load_u16(got.data()))
      return Message(got.begin() + 2, got.end());
    Message part(65537);
    if (!readable(fd.get(), 5s)) break;
    const ssize_t octets = read(fd.get(), part.data(), part.size());
    if (octets <= 0) break;
    got.insert(got.end(), part.begin(), part.begin() + octets);
  }
  return std::nullopt;
}

/// NSD in the foreground as our child, with one zone; gone when this is.
class Nsd {
 public:
  Nsd(const std::string& program, const std::string& origin, const std::string& zone_file)
      : port_(free_port()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "nsd-differential-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) give_up("no temporary directory");
    directory_ = pattern;
    std::ofstream(directory_ + "/nsd.conf")
        << "server:\n  ip-address: 127.0.0.1@" << port_
        << "\n  username: \"\"\n  chroot: \"\"\n  zonesdir: \"" << directory_
        << "\"\n  database: \"\"\n  pidfile: \"" << directory_ << "/pid\"\n  xfrdfile: \"" << directory_
        << "/xfrd\"\n  xfrdir: \"" << directory_ << "\"\n  zonelistfile: \"" << directory_
        << "/list\"\n  logfile: \"" << directory_
        << "/log\"\n  server-count: 1\n  rrl-ratelimit: 0\n"
           "remote-control:\n  control-enable: no\n"
           "zone:\n  name: \""
        << origin << "\"\n  zonefile: \"" << zone_file << "\"\n";
    child_ = fork();
    if (child_ < 0) give_up("cannot fork");
    if (child_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      const int null = open("/dev/null", O_RDWR);
      dup2(null, 0);
      dup2(null, 1);
      dup2(null, 2);
      const std::string config = directory_ + "/nsd.conf";
      execl(program.c_str(), program.c_str(), "-d", "-c", config.c_str(), nullptr);
      _exit(127);
    }
  }
  Nsd(const Nsd&) = delete;
  Nsd& operator=(const Nsd&) = delete;
  ~Nsd() {
    kill(child_, SIGTERM);
    bool gone = false;
    for (int i = 0; i < 100 && !gone; ++i) {
      gone = waitpid(child_, nullptr, WNOHANG) == child_;
      if (!gone) std::this_thread::sleep_for(50ms);
    }
    if (!gone) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
    }
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Waits until it answers with a SOA, for at most a minute.
  void wait(const Message& soa_query) const {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (std::chrono::steady_clock::now() < deadline) {
      if (waitpid(child_, nullptr, WNOHANG) == child_) give_up("NSD ended; see what it says by hand");
      const auto octets = ask_udp(port_, soa_query, 300ms);
      if (!octets) continue;
      const auto reply = read_reply(*octets);
      if (reply && reply->rcode() == 0 && !reply->answer.empty()) return;
      std::this_thread::sleep_for(50ms);
    }
    give_up("NSD does not answer");
  }

 private:
  std::uint16_t port_;
  std::string directory_;
  pid_t child_ = -1;
};

struct Question {
  Name name;
  RRType type{};
  bool edns = true;
  bool dnssec = false;

  [[nodiscard]] std::string text() const {
    return name.to_string() + " " + to_string(type) + (dnssec ? " +do" : edns ? "" : " +noedns");
  }
  [[nodiscard]] std::size_t limit() const { return edns ? udp_payload : 512; }
  [[nodiscard]] Message message(std::uint16_t id) const {
    Message query;
    const auto u16 = [&query](unsigned value) {
      query.push_back(static_cast<std::byte>(value >> 8));
      query.push_back(static_cast<std::byte>(value & 0xff));
    };
    for (const unsigned field : {unsigned{id}, 0u, 1u, 0u, 0u, edns ? 1u : 0u}) u16(field);
    query.insert(query.end(), name.wire().begin(), name.wire().end());
    u16(raw(type));
    u16(1);
    if (!edns) return query;
    query.push_back(std::byte{0});
    for (const unsigned field : {41u, unsigned{udp_payload}, 0u, dnssec ? 0x8000u : 0u, 0u}) u16(field);
    return query;
  }
};

std::string lowered(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

/// A section as a set: what it says, whatever the order and the case of names.
std::multiset<std::string> as_set(const std::vector<Record>& records) {
  std::multiset<std::string> set;
  for (const Record& r : records) {
    set.insert(lowered(r.owner) + '|' + std::to_string(r.type) + '|' + std::to_string(r.rr_class) + '|' +
               std::to_string(r.ttl) + '|' + lowered(r.rdata));
  }
  return set;
}

/// What differs, in words; "" if nothing.
std::string difference(const Reply& ours, const Reply& theirs) {
  std::string text;
  const auto note = [&text](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  const auto flag = [&](const char* name, std::uint16_t bit) {
    if (ours.has(bit) != theirs.has(bit))
      note(std::string(name) + (ours.has(bit) ? " set by us" : " set by NSD"));
  };
  if (ours.rcode() != theirs.rcode()) {
    note("rcode " + std::to_string(ours.rcode()) + " and " + std::to_string(theirs.rcode()));
  }
  flag("AA", 0x0400);
  flag("TC", 0x0200);
  const auto section = [&](const char* name, const std::vector<Record>& a, const std::vector<Record>& b) {
    if (as_set(a) != as_set(b)) {
      note(std::string(name) + " " + std::to_string(a.size()) + " and " + std::to_string(b.size()) +
           " records");
    }
  };
  section("answer", ours.answer, theirs.answer);
  section("authority", ours.authority, theirs.authority);
  section("additional", ours.additional, theirs.additional);
  return text;
}

bool is_below(const std::string& name, const std::string& ancestor) {
  return name.size() >= ancestor.size() && lowered(name).ends_with(lowered(ancestor));
}

/// Whether the referral `theirs` lacks in-domain glue that `complete` has.
bool lacks_glue(const Reply& theirs, const Reply& complete) {
  if (theirs.authority.empty()) return false;
  std::string cut;
  for (const Record& record : theirs.authority) {
    if (record.type == raw(RRType::ns)) cut = record.owner;
  }
  const auto there = as_set(theirs.additional);
  for (const Record& record : complete.additional) {
    if (is_below(record.owner, cut) && there.count(*as_set({record}).begin()) == 0) return true;
  }
  return false;
}

/// RFC 9471 §3.1: a referral has all in-domain glue or TC. NSD leaves such glue out silently where it does
/// not fit: then either TC is ours alone, and what NSD's whole answer (over TCP) has and its short one lacks
/// is in-domain glue; or we give all of it in place of addresses of siblings, and nothing else differs.
bool is_missing_glue(const Reply& ours, const Reply& theirs, const Reply& theirs_whole) {
  if (theirs.has(0x0200)) return false;
  if (ours.has(0x0200)) return lacks_glue(theirs, theirs_whole);
  Reply our_rest = ours;
  Reply their_rest = theirs;
  our_rest.additional.clear();
  their_rest.additional.clear();
  return difference(our_rest, their_rest).empty() && lacks_glue(theirs, ours) &&
         !lacks_glue(ours, theirs_whole);
}

/// Questions to the root zone: names of the zone, names below them, names that are not there.
std::vector<Question> root_questions(const ZoneImage& zone, std::size_t count) {
  constexpr RRType types[] = {RRType::a,      RRType::ns,  RRType::ds, RRType::soa,
                              RRType::dnskey, RRType::txt, RRType::mx};
  std::mt19937 random(20210519);
  const auto below = [&random](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  const auto label = [&] {
    std::string text;
    for (std::size_t i = 0, length = 1 + below(12); i < length; ++i)
      text += static_cast<char>('a' + below(26));
    return static_cast<char>(text.size()) + text;
  };
  const auto pick_name = [&] {
    const NameView there = zone.node_in_order(below(zone.node_count())).name();
    switch (below(10)) {
      case 0:
        return Name();
      case 1:
        return Name::join(octets_of(label()), NameView()).value_or(Name());  // a TLD that is not there
      case 2:
        return Name::join(octets_of(label() + label()), NameView()).value_or(Name());  // and below it
      case 3:
        return Name::join(octets_of(label()), there.suffix(1)).value_or(Name());  // below a TLD
      case 4:
        return Name::join(octets_of(label()), there).value_or(Name());  // below any name
      case 5:
        return Name(there.suffix(1));
      default:
        return Name(there);
    }
  };
  std::vector<Question> questions;
  for (std::size_t i = 0; i < count; ++i) {
    Question question;
    question.name = pick_name();
    question.type = types[below(std::size(types))];
    question.dnssec = below(2) == 1;
    question.edns = question.dnssec || below(2) == 1;
    questions.push_back(question);
  }
  return questions;
}

/// Every question that a small zone could be asked: its names, names below them and beside them, 12 types.
/// Two are left out, since NSD goes its own way there: names below the hashed owner names of NSEC3, which it
/// takes for closest enclosers though they do not exist (RFC 5155 §7.2.8 and §1.3), and type NSEC3, for which
/// it follows no CNAME.
std::vector<Question> all_questions(const ZoneImage& zone) {
  using namespace std::string_view_literals;
  std::set<Name> names;
  for (std::size_t i = 0; i < zone.node_count(); ++i) {
    const NameView name = zone.node_in_order(i).name();
    names.insert(Name(name));
    if (zone.node_in_order(i).has(RRType::nsec3)) continue;
    for (const std::string_view labels : {"\1*"sv, "\1a"sv, "\3zzz"sv, "\1b\1c"sv, "\1*\1*"sv}) {
      if (const auto child = Name::join(octets_of(labels), name)) names.insert(*child);
    }
  }
  std::vector<Question> questions;
  for (const Name& name : names) {
    for (const RRType type :
         {RRType::a, RRType::ns, RRType::cname, RRType::soa, RRType::mx, RRType::txt, RRType::aaaa,
          RRType::ds, RRType::nsec, RRType::dnskey, RRType::nsec3param, RRType::dname}) {
      for (const bool dnssec : {false, true}) questions.push_back({name, type, true, dnssec});
    }
  }
  return questions;
}

/// A kind of question for which NSD's answer is known to be another than ours, and why ours is right.
struct Explained {
  const char* file;
  const char* name;  ///< this name; with "." before it: and all below
  const char* why;
};
constexpr Explained explained[] = {
    {"nsec3.zone", "*.wild.example.",
     "RFC 5155 7.2.3: NODATA at a name that exists needs its NSEC3 alone, at a wildcard that is asked "
     "directly too"},
    {"optout.zone", "*.wild.example.", "the same"},
    {"optout.zone", ".hollow.example.",
     "erratum 3441: an empty non-terminal without NSEC3 needs the proof of its closest provable encloser, "
     "and below it "
     "goes with the wildcard there (RFC 5155 7.2.2)"},
};
bool is_explained(const std::string& file, const std::string& name) {
  return std::any_of(std::begin(explained), std::end(explained), [&](const Explained& each) {
    const std::string wanted = each.name;
    return file == each.file && (name == wanted || (wanted[0] == '.' && ("." + name).ends_with(wanted)));
  });
}

/// Asks both, and counts.
class Comparison {
 public:
  Comparison(const std::string& program, const std::string& origin, const std::string& file)
      : file_(std::filesystem::path(file).filename()),
        nsd_(program, origin, file),
        zone_(image_of_file(origin, file)),
        snapshot_(snapshot_of({zone_})) {
    Question soa;
    soa.name = Name(zone_->origin());
    soa.type = RRType::soa;
    nsd_.wait(soa.message(1));
  }
  [[nodiscard]] const ZoneImage& zone() const { return *zone_; }

  void compare(const Question& question) {
    const Message query = question.message(static_cast<std::uint16_t>(++asked_));
    const Reply ours = ours_over(query, Transport::udp, question.limit());
    const Reply theirs = theirs_over(query, Transport::udp);
    std::string found = difference(ours, theirs);
    const bool truncated = ours.has(0x0200) || theirs.has(0x0200);
    if (truncated) ++truncated_;
    if (truncated || !found.empty()) {
      const Reply ours_whole = ours_over(query, Transport::tcp, 65535);
      const Reply theirs_whole = theirs_over(query, Transport::tcp);
      if (!found.empty() && is_missing_glue(ours, theirs, theirs_whole)) {
        ++glue_;
        found.clear();
      }
      if (const std::string whole = difference(ours_whole, theirs_whole); !whole.empty()) {
        found += " over TCP: " + whole;
      }
    }
    if (found.empty()) return;
    if (is_explained(file_, question.name.to_string())) {
      ++explained_;
      return;
    }
    if (++different_ > 20) return;
    std::printf("DIFFERENT %s: %s\n", question.text().c_str(), found.c_str());
  }

  /// Prints the counts; gives whether nothing was different.
  [[nodiscard]] bool report() const {
    std::printf(
        "%s: %zu questions, %zu different, %zu with a known difference; %zu truncated and asked over TCP "
        "too; %zu where NSD silently lacks in-domain glue (RFC 9471 3.1)\n",
        file_.c_str(), asked_, different_, explained_, truncated_, glue_);
    return asked_ > 0 && different_ == 0;
  }

 private:
  Reply ours_over(const Message& query, Transport transport, std::size_t limit) {
    Client client;
    client.transport = transport;
    const Octets response(out_.data(), respond(query, snapshot_, client, {}, out_));
    if (const std::string wrong = judge(query, response, limit); !wrong.empty()) give_up("ours: " + wrong);
    return *read_reply(response);
  }
  Reply theirs_over(const Message& query, Transport transport) {
    const auto octets =
        transport == Transport::tcp ? ask_tcp(nsd_.port(), query) : ask_udp(nsd_.port(), query, 2s);
    if (!octets) give_up("NSD did not answer");
    auto reply = read_reply(*octets);
    if (!reply) give_up("NSD: " + reply.error());
    return *reply;
  }

  std::string file_;
  Nsd nsd_;
  std::shared_ptr<const ZoneImage> zone_;
  Snapshot snapshot_;
  Message out_ = Message(65535);
  std::size_t asked_ = 0, truncated_ = 0, glue_ = 0, explained_ = 0, different_ = 0;
};

}  // namespace

int main() {
  std::string program;
  for (const char* candidate : {"/usr/sbin/nsd", "/usr/local/sbin/nsd", "/usr/bin/nsd"}) {
    if (program.empty() && access(candidate, X_OK) == 0) program = candidate;
  }
  if (program.empty()) {
    std::puts("skipped: no nsd here");
    return skipped;
  }
  bool equal = true;
  {
    Comparison root(program, ".", DOORS_TEST_DATA_DIR "/root-2021-signed.zone");
    const std::size_t count = std::getenv("DOORS_LONG") != nullptr ? 10'000 : 2'000;
    for (const Question& question : root_questions(root.zone(), count)) root.compare(question);
    equal = root.report() && equal;
  }
  for (const char* name : {"plain", "nsec", "nsec3", "optout"}) {
    Comparison comparison(program, "example.",
                          std::string(DOORS_TEST_SOURCE_DIR "/data/answers/") + name + ".zone");
    for (const Question& question : all_questions(comparison.zone())) comparison.compare(question);
    equal = comparison.report() && equal;
  }
  return equal ? 0 : 1;
}
