#include "zones/image/denial_search.h"

#include <algorithm>
#include <bit>
#include <memory>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace doors {

namespace {

using layout::TreeBlock;

/// Which entries of a block are less than a slice, and which are the same: bit n for entry n.
struct Compared {
  unsigned less = 0;
  unsigned same = 0;
};

Compared compare(const TreeBlock& block, std::uint32_t slice) noexcept {
  Compared compared;
#if defined(__SSE2__)
  // Sixteen numbers, the depth before the entries; the instructions compare signed ones.
  static_assert(sizeof(TreeBlock) == 4 * sizeof(__m128i));
  const __m128i bias = _mm_set1_epi32(static_cast<int>(0x8000'0000));
  const __m128i wanted = _mm_xor_si128(_mm_set1_epi32(static_cast<int>(slice)), bias);
  const auto* four = reinterpret_cast<const __m128i*>(&block);
  for (unsigned i = 0; i < 4; ++i) {
    const __m128i held = _mm_xor_si128(_mm_load_si128(four + i), bias);
    const auto bits = [i](__m128i mask) {
      return static_cast<unsigned>(_mm_movemask_ps(_mm_castsi128_ps(mask))) << (4 * i);
    };
    compared.less |= bits(_mm_cmpgt_epi32(wanted, held));
    compared.same |= bits(_mm_cmpeq_epi32(wanted, held));
  }
  compared.less >>= 1;
  compared.same >>= 1;
#else
  for (unsigned i = 0; i < TreeBlock::fanout; ++i) {
    compared.less |= (block.slices[i] < slice ? 1u : 0u) << i;
    compared.same |= (block.slices[i] == slice ? 1u : 0u) << i;
  }
#endif
  return compared;
}

}  // namespace

// --- NSEC

NsecDescent::NsecDescent(const ZoneImage& zone, NameView name) noexcept
    : zone_(&zone), shape_(zone.nsec().size()), key_(name, zone.origin().size()), level_(shape_.levels) {
  // Behind the last owner the tree says nothing.
  const std::size_t last = zone.nsec().size() - 1;
  if (!is_at_or_behind(last)) return;
  level_ = 0;
  block_ = last;
}

bool NsecDescent::is_at_or_behind(std::size_t place) const noexcept {
  const NameView owner = zone_->node(zone_->used(zone_->nsec()[place])).name();
  const std::size_t origin_octets = zone_->origin().size();
  return owner.size() >= origin_octets && key_.is_at_or_behind(owner, origin_octets);  // else it is damaged
}

void NsecDescent::take_level() noexcept {
  --level_;
  const TreeBlock& block = zone_->used(zone_->nsec_tree()[shape_.starts[level_] + block_]);
  const std::size_t entries =
      std::min(TreeBlock::fanout, shape_.keys_of[level_] - block_ * TreeBlock::fanout);
  const unsigned from_entry_1 = ((1u << entries) - 1) >> 1;
  const Compared compared = compare(block, key_.slice(block.depth));
  // They ascend: first those that are less, then those that are the same.
  chosen_ = static_cast<std::size_t>(std::countr_one(compared.less >> 1 & from_entry_1));
  const unsigned ties = (compared.same >> 1 & from_entry_1) >> chosen_;
  end_ = chosen_ + static_cast<std::size_t>(std::countr_one(ties));
}

/// Goes down to the entry that is chosen; or, where several may be, asks for the owner in their middle.
void NsecDescent::choose() noexcept {
  if (chosen_ < end_) {
    __builtin_prefetch(&zone_->nsec()[middle_owner()]);
    next_ = Next::owner;
    return;
  }
  block_ = block_ * TreeBlock::fanout + chosen_;
  if (level_ == 0) {
    __builtin_prefetch(&zone_->nsec()[block_]);
  } else {
    __builtin_prefetch(&zone_->nsec_tree()[shape_.starts[level_ - 1] + block_]);
  }
  next_ = Next::level;
}

bool NsecDescent::step() noexcept {
  switch (next_) {
    case Next::level:
      if (level_ == 0) return false;
      take_level();
      break;
    case Next::owner:
      zone_->prefetch_node(zone_->used(zone_->nsec()[middle_owner()]));
      next_ = Next::name;
      return true;
    case Next::name:
      if (is_at_or_behind(middle_owner())) {
        chosen_ = middle();
      } else {
        end_ = middle() - 1;
      }
      break;
  }
  choose();
  return true;
}

// --- NSEC and NSEC3, for a batch

void DenialSearch::start(const ZoneImage& zone, NameView name) noexcept {
  zone_ = &zone;
  if (zone.denial() == ZoneImage::Denial::nsec) {
    std::construct_at(&descent_, zone, name);
    next_ = Next::descend;
    return;
  }
  const ZoneImage::Nsec3Params params = zone.nsec3_params();
  hash_ = nsec3_hash(name, params.iterations, params.salt);
  place_ = zone.nsec3_slot(load_u64(hash_.data()));
  __builtin_prefetch(&zone.nsec3_index()[place_]);
  next_ = Next::index;
}

std::uint32_t DenialSearch::owner() const noexcept {
  return zone_->denial() == ZoneImage::Denial::nsec ? zone_->nsec()[place_] : zone_->nsec3()[place_];
}

bool DenialSearch::step() noexcept {
  switch (next_) {
    case Next::descend:
      if (descent_.step()) return true;
      place_ = descent_.place();
      break;
    case Next::index:
      __builtin_prefetch(zone_->nsec3_hashes().data() + zone_->nsec3_index()[place_]);
      next_ = Next::hashes;
      return true;
    case Next::hashes: {
      const auto hashes = zone_->nsec3_hashes().begin();
      const auto behind = std::upper_bound(hashes + zone_->nsec3_index()[place_],
                                           hashes + zone_->nsec3_index()[place_ + 1], load_u64(hash_.data()));
      place_ = static_cast<std::size_t>(behind - hashes);
      place_ = (place_ == 0 ? zone_->nsec3().size() : place_) - 1;
      __builtin_prefetch(&zone_->nsec3()[place_]);
      next_ = Next::owner;
      return true;
    }
    case Next::owner:
      break;
    case Next::node:
      find();
      next_ = Next::nothing;
      return false;
    case Next::nothing:
      return false;
  }
  zone_->prefetch_node(owner());
  next_ = Next::node;
  return true;
}

void DenialSearch::find() noexcept {
  if (zone_->denial() == ZoneImage::Denial::nsec3) {
    found_ = zone_->nsec3_at_or_before(hash_);  // what it reads is there now
    found_.node.prefetch(RRType::nsec3);
  } else {
    found_.node = zone_->node(owner(), ZoneImage::Need::nsec);
    found_.node.prefetch(RRType::nsec);
  }
}

}  // namespace doors
