#include "zones/content/change_log.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "zones/base/sha256.h"

namespace doors {

namespace {

constexpr std::string_view magic = "DOORLOG1";
constexpr std::size_t head_octets = magic.size() + sizeof(Sha256);

}  // namespace

Result<ChangeLog> ChangeLog::parse(Octets file) {
  const auto damaged = [] { return failure("change log: damaged"); };
  if (file.size() < head_octets || file.size() > head_octets + max_octets) return damaged();
  if (text_of(file.first(magic.size())) != magic) return damaged();
  Octets rest = file.subspan(head_octets);
  const Sha256 sum = sha256(rest);
  if (std::memcmp(sum.data(), file.data() + magic.size(), sum.size()) != 0) return damaged();
  ChangeLog log;
  while (!rest.empty()) {
    if (rest.size() < step_header || log.steps_.size() == max_steps) return damaged();
    const Serial from(load_u32(rest.data()));
    const Serial to(load_u32(rest.data() + 4));
    const std::uint64_t length = load_u64(rest.data() + 8);
    rest = rest.subspan(step_header);
    if (length > rest.size() || (!log.empty() && !(log.steps_.back().to == from))) return damaged();
    const Octets stream = rest.first(length);
    log.steps_.push_back({from, to, {stream.begin(), stream.end()}});
    log.octets_ += step_header + length;
    rest = rest.subspan(length);
  }
  return log;
}

std::vector<std::byte> ChangeLog::octets() const {
  std::vector<std::byte> file(head_octets);
  file.reserve(head_octets + octets_);
  for (const Step& step : steps_) {
    const std::size_t at = file.size();
    file.resize(at + step_header);
    store_u32(file.data() + at, step.from.raw());
    store_u32(file.data() + at + 4, step.to.raw());
    store_u64(file.data() + at + 8, step.stream.size());
    file.insert(file.end(), step.stream.begin(), step.stream.end());
  }
  const Sha256 sum = sha256(Octets(file).subspan(head_octets));
  std::memcpy(file.data(), magic.data(), magic.size());
  std::memcpy(file.data() + magic.size(), sum.data(), sum.size());
  return file;
}

void ChangeLog::add(const Delta& delta) {
  Step step{delta.gone().serial(), delta.come().serial(), delta.stream()};
  if (!steps_.empty() && !(steps_.back().to == step.from)) *this = ChangeLog();
  octets_ += step_header + step.stream.size();
  steps_.push_back(std::move(step));
  while (octets_ > max_octets || steps_.size() > max_steps) {
    octets_ -= step_header + steps_.front().stream.size();
    steps_.pop_front();
  }
}

std::vector<Delta> ChangeLog::since(Serial from) const {
  std::vector<Delta> deltas;
  // The newest version of that serial, if there were two.
  const auto found =
      std::find_if(steps_.rbegin(), steps_.rend(), [from](const Step& step) { return step.from == from; });
  if (found == steps_.rend()) return deltas;
  for (auto step = std::prev(found.base()); step != steps_.end(); ++step) {
    auto delta = Delta::parse(step->stream);
    if (!delta) return {};
    deltas.push_back(*std::move(delta));
  }
  return deltas;
}

}  // namespace doors
