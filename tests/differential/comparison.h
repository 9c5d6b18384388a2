#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/answer/snapshot.h"
#include "tests/differential/explained.h"
#include "tests/differential/peer.h"
#include "tests/differential/question.h"
#include "zones/content/content.h"

namespace doors::test {

/// What was counted.
struct Tally {
  std::size_t zones = 0;
  std::size_t questions = 0;
  std::size_t peers_agree = 0;  ///< all three say the same, and so do we
  std::size_t peers_differ = 0;
  std::size_t ours_alone = 0;  ///< all three say the same, and we do not: always wrong
  std::size_t unexplained = 0;
  std::map<std::string, std::size_t> classes;  ///< "id (peer)" to differences from that peer

  Tally& operator+=(const Tally& other);
  [[nodiscard]] bool clean() const { return questions > 0 && ours_alone == 0 && unexplained == 0; }
};

/// Some zones served by us, in this process, and by three peers.
class Comparison {
 public:
  /// Starts the peers and waits until each serves every zone. Throws if one does not. Of the differences that
  /// nothing explains the first `most_printed` go to stdout, whole.
  Comparison(std::string title, const std::vector<Content>& zones, std::size_t most_printed);

  [[nodiscard]] const Images& zones() const { return images_; }
  /// Asks all four and compares; what somebody truncates over UDP once more over TCP.
  void compare(const std::vector<Question>& questions);
  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  using PeerReplies = std::array<std::vector<Message>, 3>;

  void write_zones(const std::vector<Content>& zones);
  void await_zones(const std::vector<PeerZone>& zones);
  [[nodiscard]] PeerReplies ask_peers(const std::vector<Question>& questions, Transport transport) const;
  [[nodiscard]] Reply our_reply(const Question& question);
  /// Gives whether the question is to be asked again over TCP, because one of the four was truncated.
  bool compare_one(const Question& question, const std::array<Reply, 3>& theirs);
  void note(const Case& found, const char* verdict) const;

  std::string title_;
  std::size_t most_printed_;
  TemporaryDirectory directory_;
  Images images_;
  Origins origins_;
  Snapshot snapshot_;
  std::vector<std::unique_ptr<Peer>> peers_;
  Tally tally_;
  Message out_;
};

}  // namespace doors::test
