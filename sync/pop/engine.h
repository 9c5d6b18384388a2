#pragma once

#include <memory>

#include "sync/store/etcd/etcd_settings.h"
#include "sync/store/store.h"
#include "zones/base/clock.h"
#include "zones/base/error.h"

namespace doors {

/// etcd as the store, if it was built in (WITH_ETCD).
[[nodiscard]] bool engine_is_built_in() noexcept;
/// As EtcdStore::open(). Error: also if it was not built in.
[[nodiscard]] Result<std::unique_ptr<Store>> open_engine(const EtcdSettings& settings, const Clock& clock);
/// As EtcdStore::reconfigure(), of what open_engine() gave.
[[nodiscard]] Result<void> reconfigure_engine(Store& engine, const EtcdSettings& settings);

}  // namespace doors
