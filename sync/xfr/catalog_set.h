#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/xfr/catalog.h"
#include "zones/base/error.h"
#include "zones/dns/name.h"

namespace doors::xfr {

/// Which zones come from which catalog (RFC 9432 §5). Where two list a zone, the one that has it keeps it,
/// until it names the other as its new owner (coo); of a zone that nobody has yet, the first in the config.
/// Immutable but for `=`: with() makes the next one, which counts once all that it asks for is done. Pure.
class CatalogSet {
 public:
  struct Catalog {
    Name name;
    unsigned most_removed_percent = 20;  ///< of its zones at once; one zone may always go
  };
  struct Owned {
    Name catalog;
    std::string unique;
    std::vector<std::string> groups;
  };
  /// What leads from one set to the next.
  struct Change {
    std::vector<Name> added;
    std::vector<Name> removed;
    std::vector<Name> reset;            ///< the same name, but another zone: nothing of the old one counts
    std::vector<Name> regrouped;        ///< the same zone, with other groups or of another catalog
    std::vector<std::string> problems;  ///< zones that are not taken, and why
  };

  CatalogSet() = default;
  /// `configured` zones are the config's own: no catalog has them.
  CatalogSet(std::vector<Catalog> catalogs, std::set<Name> configured)
      : catalogs_(std::move(catalogs)), configured_(std::move(configured)) {}

  /// The set once this catalog lists these members. Error: it would lose too many at once, and `forced` is
  /// not.
  [[nodiscard]] Result<CatalogSet> with(const Name& catalog, CatalogMembers members, bool forced) const;
  [[nodiscard]] Change change_from(const CatalogSet& before) const;
  [[nodiscard]] const std::map<Name, Owned>& zones() const noexcept { return zones_; }

 private:
  [[nodiscard]] std::optional<Owned> owner_of(const Name& zone, const Owned* before) const;
  [[nodiscard]] bool hands_over(const Name& from, const Name& zone, const Name& to) const;
  [[nodiscard]] const CatalogMember* listed(const Name& catalog, const Name& zone) const;

  std::vector<Catalog> catalogs_;
  std::set<Name> configured_;
  std::map<Name, CatalogMembers> lists_;  // by catalog
  std::map<Name, Owned> zones_;
};

}  // namespace doors::xfr
