#pragma once

#include <string>
#include <vector>

#include "sync/ctl/outcome.h"
#include "zones/content/content.h"
#include "zones/content/delta.h"

namespace doors::ctl {

/// What `doorctl zone` is to do at one name.
struct ZoneEdit {
  enum class Kind : std::uint8_t {
    add,      ///< one record more
    remove,   ///< one record, all of a type, or all of the name
    replace,  ///< the RRset is this record alone
  };
  Kind kind = Kind::add;
  Name owner;
  std::string ttl;   ///< of add and replace
  std::string type;  ///< empty: all of the name, to be removed
  std::vector<std::string>
      rdata;  ///< in presentation form, word by word; none: all of the type, to be removed
};

/// The delta of that edit: `node` is the zone's SOA and all that stands at the name now. The SOA's serial
/// goes up by one. Errors: the record cannot be read, is there already or is not there, or the name could not
/// be served so (CNAME and other data; an apex without NS). Pure.
[[nodiscard]] Outcome<Delta> plan_edit(Content node, const ZoneEdit& edit);

}  // namespace doors::ctl
