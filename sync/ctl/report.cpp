#include "sync/ctl/report.h"

#include <nlohmann/json.hpp>

namespace doors::ctl {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Value& value) {
  struct Visitor {
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(bool flag) const { return flag; }
    Json operator()(std::uint64_t number) const { return number; }
    Json operator()(double number) const { return number; }
    Json operator()(const std::string& text) const { return text; }
    Json operator()(const Value::List& list) const {
      Json out = Json::array();
      for (const Value& item : list) out.push_back(json_of(item));
      return out;
    }
    Json operator()(const Value::Object& object) const {
      Json out = Json::object();
      for (const auto& [key, item] : object) out[key] = json_of(item);
      return out;
    }
  };
  return std::visit(Visitor{}, value.held());
}

}  // namespace

std::string to_json(const Value& value) {
  return json_of(value).dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace doors::ctl
