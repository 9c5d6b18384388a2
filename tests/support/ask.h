#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/answer/respond.h"
#include "tests/support/reply.h"

namespace doors {

/// A question in one line:
///
///     NAME TYPE [+do] [+edns] [+tcp] [+ipv6] [+size=N] [+nsid] [+opt=CODE[:HEX]] [+rd] [+ad] [+cd] [+z]
///               [+version=N] [+class=CH|HS|ANY|N] [+opcode=N] [+keep_case] [+no_question]
///
/// +do, +nsid, +opt, +size and +version imply +edns (size 1232). The name is lower-cased unless +keep_case.
/// +no_question sends the header and OPT alone.
struct AskedMessage {
  std::vector<std::byte> octets;
  Client client;
  std::size_t limit = 512;  ///< the most the response may have
};
AskedMessage message_of(std::string_view question);

/// The response, read and judged; a response that is wrong in itself ends the test by an exception.
Reply reply_to(const Snapshot& snapshot, std::string_view question, Now now = {});
/// The same for octets.
Reply reply_to(const Snapshot& snapshot, Octets query, const Client& client, std::size_t limit, Now now = {});

/// What the answer says, in one line: a word, then the answer section's records in their order, joined by ";
/// ".
///
///     NOERROR www.example. A 192.0.2.1       NODATA          NXDOMAIN         REFUSED …
///     REFERRAL sub.example.                  TC (first, if set)
///
/// Of RRSIG only the type covered is told, of NSEC the next name, of NSEC3 the owner. TXT comes without
/// quotes.
std::string ask(const Snapshot& snapshot, std::string_view question);

/// The whole response: word, flags, and each section that is not empty, its records sorted:
///
///     "NOERROR aa | answer www.example. A 192.0.2.1 | authority example. NS ns.example. | additional …"
std::string ask_all(const Snapshot& snapshot, std::string_view question);

/// One section of ask_all(): "authority", "answer" or "additional".
std::string ask_section(const Snapshot& snapshot, std::string_view section, std::string_view question);

/// "www.example. A 192.0.2.1", as ask() tells it.
std::string to_text(const Record& record);

}  // namespace doors
