#pragma once

#include <optional>

#include "server/answer/snapshot.h"
#include "server/message/query_view.h"
#include "server/message/response_writer.h"

namespace doors {

/// Answers a question of class CHAOS: TXT (or ANY) at id.server., hostname.bind., version.server. and
/// version.bind. (RFC 4892), as far as the identity tells. Gives the answer's flags: TC if the text does not
/// fit beside the options asked for. Nothing for all else: refused.
[[nodiscard]] std::optional<std::uint16_t> answer_chaos(const QueryView& query, const Identity& identity,
                                                        ResponseWriter& writer) noexcept;

}  // namespace doors
