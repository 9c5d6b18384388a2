#include "tests/differential/comparison.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/differential/signing.h"
#include "tests/support/ask.h"
#include "tests/support/zone_of.h"

namespace doors::test {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch_size = 20'000;

std::string records_text(const char* section, const std::vector<Record>& records) {
  std::string text;
  for (const Record& record : records) {
    text += "\n      " + std::string(section) + "  " + std::to_string(record.ttl) + " " + to_text(record);
  }
  return text;
}
std::string reply_text(const Reply& reply) {
  std::string text = to_string(static_cast<Rcode>(reply.rcode()));
  if (reply.has(aa_bit)) text += " aa";
  if (reply.has(tc_bit)) text += " tc";
  text += " " + std::to_string(reply.octets) + " octets";
  return text + records_text("an", reply.answer) + records_text("ns", reply.authority) +
         records_text("ar", reply.additional);
}

Question over_tcp(Question question) {
  question.transport = Transport::tcp;
  return question;
}

/// Whether ours has the additional records that all peers give. Of SVCB and HTTPS it has more (RFC 9460
/// §4.1).
bool has_extra(const Question& question, const RecordSet& ours, const RecordSet& theirs) {
  if (question.type != RRType::svcb && question.type != RRType::https) return ours == theirs;
  return std::includes(ours.begin(), ours.end(), theirs.begin(), theirs.end());
}

bool serves(const Message& octets) {
  const auto reply = read_reply(octets);
  return reply && reply->rcode() == 0 && reply->has(aa_bit) && !reply->answer.empty();
}

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
  zones += other.zones;
  questions += other.questions;
  peers_agree += other.peers_agree;
  peers_differ += other.peers_differ;
  ours_alone += other.ours_alone;
  unexplained += other.unexplained;
  for (const auto& [name, count] : other.classes) classes[name] += count;
  return *this;
}

Comparison::Comparison(std::string title, const std::vector<Content>& zones, std::size_t most_printed)
    : title_(std::move(title)), most_printed_(most_printed), out_(65'535) {
  write_zones(zones);
  tally_.zones = zones.size();
}

void Comparison::write_zones(const std::vector<Content>& zones) {
  std::vector<PeerZone> for_peers;
  for (const Content& zone : zones) {
    const Name origin(zone.origin());
    const std::string file = (directory_ / (std::to_string(for_peers.size()) + ".zone")).string();
    std::ofstream(file) << zone_text(zone);
    for_peers.push_back({origin, file});
    images_.push_back(image_of_file(origin.to_string(), file));
    origins_.insert(lowered(std::string(text_of(origin.wire()))));
  }
  snapshot_ = snapshot_of(images_);
  for (const PeerKind& kind : peer_kinds()) peers_.push_back(std::make_unique<Peer>(kind, for_peers));
  await_zones(for_peers);
}

void Comparison::await_zones(const std::vector<PeerZone>& zones) {
  std::vector<Message> queries;
  for (const PeerZone& zone : zones)
    queries.push_back(Question{.name = zone.origin, .type = RRType::soa}.message());
  for (const auto& peer : peers_) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    for (;;) {
      const std::vector<Message> replies = ask_all_over_udp(peer->port(), queries);
      const auto missing = std::find_if_not(replies.begin(), replies.end(), serves);
      if (missing == replies.end()) break;
      if (!peer->runs() || std::chrono::steady_clock::now() > deadline) {
        const auto place = static_cast<std::size_t>(missing - replies.begin());
        throw std::runtime_error(std::string(peer->name()) + " does not serve " +
                                 zones[place].origin.to_string() + "\n" + peer->log());
      }
      std::this_thread::sleep_for(100ms);
    }
  }
}

Comparison::PeerReplies Comparison::ask_peers(const std::vector<Question>& questions,
                                              Transport transport) const {
  std::vector<Message> queries;
  for (const Question& question : questions) queries.push_back(question.message());
  std::array<std::future<std::vector<Message>>, 3> asked;
  const auto ask = transport == Transport::udp ? ask_all_over_udp : ask_all_over_tcp;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    asked[i] = std::async(std::launch::async, ask, peers_[i]->port(), queries);
  }
  PeerReplies replies;
  for (std::size_t i = 0; i < asked.size(); ++i) replies[i] = asked[i].get();
  return replies;
}

Reply Comparison::our_reply(const Question& question) {
  Client client;
  client.transport = question.transport;
  const Message query = question.message();
  const Octets response(out_.data(), respond(query, snapshot_, client, Now{}, out_));
  if (const std::string wrong = judge(query, response, question.limit()); !wrong.empty())
    throw std::runtime_error("our answer to " + question.text() + ": " + wrong);
  return *read_reply(response);
}

void Comparison::compare(const std::vector<Question>& questions) {
  std::vector<Question> for_tcp;
  const auto compare_batch = [this](const std::vector<Question>& batch, Transport transport) {
    const PeerReplies replies = ask_peers(batch, transport);
    std::vector<Question> truncated;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      std::array<Reply, 3> theirs;
      for (std::size_t peer = 0; peer < theirs.size(); ++peer) {
        auto reply = read_reply(replies[peer][i], false);
        if (!reply) {
          throw std::runtime_error(std::string(peers_[peer]->name()) + "'s answer to " + batch[i].text() +
                                   ": " + reply.error() + "\n" + peers_[peer]->log());
        }
        theirs[peer] = std::move(*reply);
      }
      if (compare_one(batch[i], theirs)) truncated.push_back(batch[i]);
    }
    return truncated;
  };
  const auto compare_all = [&](const std::vector<Question>& all, Transport transport) {
    std::vector<Question> batch;
    for (std::size_t i = 0; i < all.size(); ++i) {
      batch.push_back(all[i]);
      if (batch.size() < batch_size && i + 1 < all.size()) continue;
      for (const Question& question : compare_batch(batch, transport)) for_tcp.push_back(over_tcp(question));
      batch.clear();
    }
  };
  std::vector<Question> for_udp;
  for (const Question& question : questions) {
    (question.transport == Transport::udp ? for_udp : for_tcp).push_back(question);
  }
  compare_all(for_udp, Transport::udp);
  compare_all(std::exchange(for_tcp, {}), Transport::tcp);
}

bool Comparison::compare_one(const Question& question, const std::array<Reply, 3>& theirs) {
  const Reply ours = our_reply(question);
  const View our_view = view_of(question, ours, origins_);
  std::array<View, 3> views;
  bool truncated = our_view.tc;
  for (std::size_t i = 0; i < views.size(); ++i) {
    views[i] = view_of(question, theirs[i], origins_);
    truncated = truncated || views[i].tc;
  }
  const bool again_over_tcp = truncated && question.transport == Transport::udp;
  // Of ANY and RRSIG we give less, and so fit where others do not.
  if (again_over_tcp && (question.type == RRType::any || question.type == RRType::rrsig)) return true;

  ++tally_.questions;
  const bool agree = views[0] == views[1] && views[1] == views[2];
  ++(agree ? tally_.peers_agree : tally_.peers_differ);
  const auto like_ours = std::count(views.begin(), views.end(), our_view);
  const bool lacks_extra = agree && views[0].extra == views[1].extra && views[1].extra == views[2].extra &&
                           !has_extra(question, our_view.extra, views[0].extra);
  if (like_ours == 3 && !lacks_extra) return again_over_tcp;

  const Reply whole = our_reply(over_tcp(question));
  const View whole_view = view_of(question, whole, origins_);
  for (std::size_t i = 0; i < views.size(); ++i) {
    // What we truncate and a peer does not: either the same in fewer octets, or it lacks something.
    const bool lacks = our_view.tc && !views[i].tc && difference_of(whole_view, views[i]);
    const View& compared = lacks ? whole_view : our_view;
    Difference difference = difference_of(compared, views[i]);
    difference.additional = difference.additional || lacks_extra;
    if (!difference) continue;
    const Case found{question,  snapshot_, origins_, peers_[i]->name(), lacks ? whole : ours, whole,
                     theirs[i], compared,  views[i], difference,        like_ours > 0};
    // Where only ours fits, all are right (RFC 2181 §9), and the sections are compared over TCP.
    const bool ours_fits = difference.only(&Difference::tc) && views[i].tc;
    if (agree && !ours_fits && !is_about_another_zone(found)) {
      if (++tally_.ours_alone <= most_printed_) note(found, "we alone");
      break;
    }
    const auto known = std::find_if(explained().begin(), explained().end(),
                                    [&](const Explained& each) { return each.applies(found); });
    if (known != explained().end()) {
      ++tally_.classes[std::string(known->id) + " (" + peers_[i]->name() + ")"];
    } else if (++tally_.unexplained <= most_printed_) {
      note(found, "unexplained");
    }
  }
  return again_over_tcp;
}

void Comparison::note(const Case& found, const char* verdict) const {
  std::printf("DIFFERENT %s [%s] %s: %s of %s\n    ours:   %s\n    theirs: %s\n",
              found.question.text().c_str(), title_.c_str(), verdict, to_string(found.difference).c_str(),
              std::string(found.peer).c_str(), reply_text(found.ours).c_str(),
              reply_text(found.theirs).c_str());
}

}  // namespace doors::test
