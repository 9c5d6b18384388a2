#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "zones/base/text_encoding.h"
#include "zones/content/content.h"
#include "zones/dns/nsec3_hash.h"
#include "zones/image/image.h"
#include "zones/image/writer.h"

/// Small zones for the tests of images, from short lines of text: "OWNER TYPE RDATA". The zone text reader
/// proper is a level higher; here are only the few types that a look-up cares for.
namespace doors::test {

inline Name name(std::string_view text, NameView origin = NameView()) {
  auto parsed = Name::parse(text, origin);
  if (!parsed) throw std::runtime_error(parsed.error().message);
  return *parsed;
}

inline void put(std::vector<std::byte>& to, Octets octets) {
  to.insert(to.end(), octets.begin(), octets.end());
}
inline void put_u8(std::vector<std::byte>& to, unsigned value) {
  to.push_back(static_cast<std::byte>(value));
}
inline void put_u16(std::vector<std::byte>& to, unsigned value) {
  put_u8(to, value >> 8);
  put_u8(to, value & 255);
}
inline void put_u32(std::vector<std::byte>& to, std::uint32_t value) {
  put_u16(to, value >> 16);
  put_u16(to, value & 0xffff);
}

/// RDATA from its few fields. SOA: "SERIAL MINIMUM"; A and AAAA: a number. RRSIG: "COVERED"; its other fields
/// are made up. NSEC: "NEXT". NSEC3PARAM: "ITERATIONS SALT FLAGS"; NSEC3: "ITERATIONS SALT NEXT"; salts in
/// hex, "-" for none. Any other type: text as one string.
inline std::vector<std::byte> rdata(RRType type, std::istringstream& fields, NameView origin) {
  std::vector<std::byte> made;
  std::string field;
  const auto next = [&fields, &field]() -> const std::string& {
    if (!(fields >> field)) throw std::runtime_error("a field is missing");
    return field;
  };
  const auto put_name = [&] { put(made, name(next(), origin).wire()); };
  const auto number = [&] { return static_cast<unsigned>(std::stoul(next())); };
  const auto put_salt = [&] {
    const std::string text = next();
    const auto salt = from_hex(text == "-" ? "" : text).value();
    put_u8(made, static_cast<unsigned>(salt.size()));
    put(made, salt);
  };
  switch (type) {
    case RRType::soa:
      put_u16(made, 0);  // two root names
      put_u32(made, number());
      put_u32(made, 1800);
      put_u32(made, 900);
      put_u32(made, 604800);
      put_u32(made, number());
      break;
    case RRType::a:
      put_u32(made, 0xc000'0000u + number());
      break;
    case RRType::aaaa:
      made.assign(15, std::byte{1});
      put_u8(made, number());
      break;
    case RRType::ns:
    case RRType::cname:
    case RRType::dname:
    case RRType::ptr:
      put_name();
      break;
    case RRType::mx:
      put_u16(made, number());
      put_name();
      break;
    case RRType::srv:
      put_u32(made, number());
      put_u16(made, 53);
      put_name();
      break;
    case RRType::svcb:
      put_u16(made, number());
      put_name();
      break;
    case RRType::nsec:
      put_name();
      put_u8(made, 0);
      put_u8(made, 1);
      put_u8(made, 0x40);
      break;
    case RRType::nsec3param:
    case RRType::nsec3: {
      put_u8(made, 1);
      std::vector<std::byte> rest;
      const unsigned iterations = number();
      std::swap(made, rest);
      put_salt();
      std::swap(made, rest);
      if (type == RRType::nsec3param) {
        put_u8(made, number());
        put_u16(made, iterations);
        put(made, rest);
      } else {
        put_u8(made, 1);
        put_u16(made, iterations);
        put(made, rest);
        put_u8(made, 20);
        put(made, from_base32hex(next()).value());
        put_u8(made, 0);
        put_u8(made, 1);
        put_u8(made, 0x40);
      }
      break;
    }
    case RRType::rrsig: {
      put_u16(made, raw(parse_type(next()).value()));
      put_u8(made, 13);
      put_u8(made, 2);
      for (int i = 0; i < 3; ++i) put_u32(made, 3600);
      put_u16(made, 4711);
      put(made, origin.wire());
      for (int i = 0; i < 64; ++i) put_u8(made, 7);
      break;
    }
    default:
      fields >> field;
      put_u8(made, static_cast<unsigned>(field.size()));
      put(made, octets_of(field));
  }
  return made;
}

/// Adds one line: "OWNER [TTL] TYPE FIELDS"; the TTL is 300 where there is none.
inline void add_line(ContentBuilder& builder, const std::string& line) {
  std::istringstream fields(line);
  std::string owner;
  std::string type;
  if (!(fields >> owner >> type)) return;
  std::uint32_t ttl = 300;
  if (std::all_of(type.begin(), type.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    ttl = static_cast<std::uint32_t>(std::stoul(type));
    fields >> type;
  }
  const auto parsed = parse_type(type);
  if (!parsed) throw std::runtime_error("bad type " + type);
  const auto octets = rdata(*parsed, fields, builder.origin());
  const auto added = builder.add(name(owner, builder.origin()), *parsed, Ttl(ttl), octets);
  if (!added) throw std::runtime_error(added.error().message + " in " + line);
}

/// A zone's content. It gets a SOA (serial 1, MINIMUM 60) and an apex NS beside what `text` says.
inline Content content_of(std::string_view origin, const std::string& text) {
  ContentBuilder builder{name(origin)};
  add_line(builder, "@ 900 SOA 1 60");
  add_line(builder, "@ NS ns.elsewhere.");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) add_line(builder, line);
  auto content = builder.finish();
  if (!content) throw std::runtime_error(content.error().message);
  return *std::move(content);
}

inline std::vector<std::byte> image_octets(const Content& content,
                                           const ImageVersion& version = {1, 1, 1, {}}) {
  auto octets = build_image(content, version);
  if (!octets) throw std::runtime_error(octets.error().message);
  return *std::move(octets);
}

inline std::shared_ptr<const ZoneImage> image_of(const Content& content,
                                                 const ImageVersion& version = {1, 1, 1, {}}) {
  auto image = ZoneImage::from_octets(image_octets(content, version));
  if (!image) throw std::runtime_error(image.error().message);
  return *image;
}
inline std::shared_ptr<const ZoneImage> image_of(std::string_view origin, const std::string& text) {
  return image_of(content_of(origin, text));
}

/// One look-up in words: "cut NAME", "cut NAME exact", "dname NAME", "exact NAME", "exact NAME empty",
/// "wildcard NAME of ENCLOSER", "none below ENCLOSER".
inline std::string words(const ZoneImage& image, const Lookup& found) {
  switch (found.kind) {
    case Lookup::Kind::zone_cut:
      return "cut " + found.node.name().to_string() + (found.exact ? " exact" : "");
    case Lookup::Kind::dname:
      return "dname " + found.node.name().to_string();
    case Lookup::Kind::exact:
      return "exact " + found.node.name().to_string() + (found.node.is_empty_non_terminal() ? " empty" : "");
    case Lookup::Kind::wildcard:
      return "wildcard " + found.node.name().to_string() + " of " + found.closest_encloser.name().to_string();
    case Lookup::Kind::no_such_name: {
      const std::string encloser = found.closest_encloser.name().to_string();
      const bool labels_fit = found.closest_encloser.name().label_count() == found.encloser_labels;
      (void)image;
      return "none below " + encloser + (labels_fit ? "" : " with wrong label count");
    }
  }
  return "?";
}
inline std::string lookup(const ZoneImage& image, NameView wanted) {
  const HashedName hashed(wanted);
  image.prefetch(hashed);
  image.prefetch_node(hashed);
  return words(image, image.lookup(hashed));
}
inline std::string lookup(const ZoneImage& image, std::string_view wanted) {
  return lookup(image, name(wanted));
}

inline NodeView node_of(const ZoneImage& image, std::string_view wanted) {
  const HashedName hashed(name(wanted));
  return image.find(hashed, hashed.label_count());
}

/// "." for none.
inline std::string name_of(NodeView node) { return node ? node.name().to_string() : "(none)"; }

/// The owner label of a name's NSEC3.
inline std::string hash_label(NameView lower_name, unsigned iterations = 0, Octets salt = {}) {
  return to_base32hex(nsec3_hash(lower_name, static_cast<std::uint16_t>(iterations), salt));
}

}  // namespace doors::test
