#include "sync/pop/engine.h"

#ifdef DOORS_WITH_ETCD
#include "sync/store/etcd/etcd_store.h"

namespace doors {

bool engine_is_built_in() noexcept { return true; }

Result<std::unique_ptr<Store>> open_engine(const EtcdSettings& settings, const Clock& clock) {
  auto store = EtcdStore::open(settings, clock);
  if (!store) return Unexpected(std::move(store).error());
  return std::unique_ptr<Store>(std::move(*store));
}

Result<void> reconfigure_engine(Store& engine, const EtcdSettings& settings) {
  return static_cast<EtcdStore&>(engine).reconfigure(settings);
}

}  // namespace doors

#else

namespace doors {

bool engine_is_built_in() noexcept { return false; }

Result<std::unique_ptr<Store>> open_engine(const EtcdSettings&, const Clock&) {
  return failure("this doorsync was built without etcd");
}

Result<void> reconfigure_engine(Store&, const EtcdSettings&) {
  return failure("this doorsync was built without etcd");
}

}  // namespace doors

#endif
