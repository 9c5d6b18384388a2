#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace doors::ctl {

/// The commented configs that `init` writes, with @WORD@ where a value goes, itself TOML.
///   doord.toml       @POP@ @NODE@ @IDENTITY@ @LISTEN@ @IMAGES@ @DOORD@
///   doorsync.toml    @POP@ @NODE@ @STORE@ @JOURNAL@ @IMAGES@ @DOORD@ @ADDRESSES@ @PUBLISHER@ @DOORSYNC@
///   doorkeeper.toml  @POP@ @NODE@ @SERVICES@ @DOORD@ @DOORSYNC@ @DOORKEEPER@ @KEEPER@
///   doorctl.toml     @KEY@ @DOORD@ @DOORSYNC@ @DOORKEEPER@
extern const std::string_view doord_text;
extern const std::string_view doorsync_text;
extern const std::string_view doorkeeper_text;
extern const std::string_view doorctl_text;
/// One [[service]] of doorkeeper.toml: @ADDRESS@ @PREFIX@ @LEASE@.
extern const std::string_view service_text;

/// Puts each value in the place of its word; a word without a value is a programmer's mistake. Pure.
[[nodiscard]] std::string fill_in(std::string_view text,
                                  const std::vector<std::pair<std::string_view, std::string>>& values);

}  // namespace doors::ctl
