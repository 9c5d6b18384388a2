// Builds zone images for scenario tests.
//   image_tool ZONEFILE EPOCH SEQ OUT          OUT: a file, or a directory in which the image gets its own
//   name image_tool --many COUNT EPOCH SEQ DIR      small zones z0.example. ..., as DIR/0.img ...
//   image_tool --pack COUNT EPOCH NUMBER DIR   the same in one pack, DIR/NUMBER.pack, NUMBER as their seq
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include <fcntl.h>

#include "zones/base/file.h"
#include "zones/image/image_file.h"
#include "zones/image/pack_writer.h"
#include "zones/image/writer.h"
#include "zones/load/zone_file.h"

using namespace doors;

namespace {

int fail(const std::string& reason) {
  std::fprintf(stderr, "image_tool: %s\n", reason.c_str());
  return 1;
}

ImageVersion version_of(const Content& content, const char* epoch, const char* seq) {
  ImageVersion version;
  version.epoch = static_cast<std::uint32_t>(std::strtoul(epoch, nullptr, 10));
  version.seq = std::strtoull(seq, nullptr, 10);
  version.serial = content.serial().raw();
  return version;
}

Result<void> write_image(const Content& content, const ImageVersion& version, std::filesystem::path path) {
  auto image = build_image(content, version);
  if (!image) return Unexpected(image.error());
  if (std::filesystem::is_directory(path))
    path = image_path(path, content.origin(), version.epoch, version.seq);
  return write_file_durably(path, *image);
}

int one(const char* zone_file, const char* epoch, const char* seq, const char* out) {
  auto zone = load_zone_file(zone_file, {});
  if (!zone) return fail(zone.error().front().to_string());
  const auto written = write_image(zone->content, version_of(zone->content, epoch, seq), out);
  return written ? 0 : fail(written.error().message);
}

/// The image of the zone z<number>.example.
Result<std::vector<std::byte>> small_image(const std::string& number, const char* epoch, const char* seq) {
  const std::string text = "$ORIGIN z" + number + ".example.\n@ 300 IN SOA ns host 1 3600 600 86400 300\n" +
                           "@ 300 IN NS ns\nns 300 IN A 192.0.2.1\nwww 300 IN A 192.0.2.2\n";
  auto zone = load_zone_text(text, "z" + number, {});
  if (!zone) return failure(zone.error().front().to_string());
  return build_image(zone->content, version_of(zone->content, epoch, seq));
}

int pack(const char* count, const char* epoch, const char* number, const std::filesystem::path& directory) {
  const std::filesystem::path path = pack_path(directory, std::strtoull(number, nullptr, 10));
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return fail("cannot write " + path.string());
  PackWriter writer(file.get());
  for (unsigned long i = 0, end = std::strtoul(count, nullptr, 10); i < end; ++i) {
    const auto image = small_image(std::to_string(i), epoch, number);
    if (!image) return fail(image.error().message);
    if (auto added = writer.add(*image); !added) return fail(added.error().message);
  }
  const auto finished = writer.finish(std::strtoull(number, nullptr, 10));
  return finished ? 0 : fail(finished.error().message);
}

int many(const char* count, const char* epoch, const char* seq, const std::filesystem::path& directory) {
  for (unsigned long i = 0, end = std::strtoul(count, nullptr, 10); i < end; ++i) {
    const std::string number = std::to_string(i);
    // Not durable on purpose: these are thousands, and nobody needs them tomorrow.
    const auto image = small_image(number, epoch, seq);
    if (!image) return fail(image.error().message);
    std::FILE* file = std::fopen((directory / (number + ".img")).c_str(), "wb");
    if (file == nullptr || std::fwrite(image->data(), 1, image->size(), file) != image->size()) {
      return fail("cannot write into " + directory.string());
    }
    std::fclose(file);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 6 && std::string_view(argv[1]) == "--many") return many(argv[2], argv[3], argv[4], argv[5]);
  if (argc == 6 && std::string_view(argv[1]) == "--pack") return pack(argv[2], argv[3], argv[4], argv[5]);
  if (argc == 5) return one(argv[1], argv[2], argv[3], argv[4]);
  return fail(
      "usage: image_tool ZONEFILE EPOCH SEQ OUT | --many COUNT EPOCH SEQ DIR | --pack COUNT EPOCH NUMBER "
      "DIR");
}
