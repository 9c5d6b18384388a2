#include "server/metrics/counters.h"

#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace doors;

TEST_SUITE("metrics: counters") {
  TEST_CASE("each counter and each rcode has a name of its own") {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < counter_count; ++i) names.insert(counter_name(static_cast<Counter>(i)));
    for (std::size_t i = 0; i < rcode_count; ++i) names.insert(rcode_name(i));
    CHECK(names.size() == counter_count + rcode_count);
    CHECK_FALSE(names.contains(""));
  }

  TEST_CASE("what is added is read, and readings add up") {
    Counters one;
    Counters two;
    one.add(Counter::udp4_queries, 3);
    two.add(Counter::udp4_queries);
    two.set_tcp_clients(7);
    CounterValues sum = one.read();
    sum += two.read();
    CHECK(sum[Counter::udp4_queries] == 4);
    CHECK(sum[Counter::udp6_queries] == 0);
    CHECK(sum.tcp_clients == 7);
  }

  TEST_CASE("an rcode is counted under its name, a high one under other") {
    struct Row {
      Rcode rcode;
      const char* name;
    };
    for (const Row& row :
         {Row{Rcode::noerror, "noerror"}, Row{Rcode::refused, "refused"}, Row{Rcode::notzone, "notzone"},
          Row{Rcode::badvers, "badvers"}, Row{Rcode::badtrunc, "badtrunc"},
          Row{Rcode::badcookie, "badcookie"}, Row{static_cast<Rcode>(4095), "other"}}) {
      const std::string name = row.name;
      CAPTURE(name);
      Counters counters;
      counters.add(row.rcode);
      const CounterValues values = counters.read();
      for (std::size_t i = 0; i < rcode_count; ++i)
        CHECK(values.rcodes[i] == (rcode_name(i) == name ? 1u : 0u));
    }
  }
}
