#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include <doctest/doctest.h>

#include "sync/store/remote/blob_fetcher.h"
#include "sync/store/remote/blob_url.h"
#include "sync/store/remote/mirror_health.h"
#include "sync/store/remote/settings.h"
#include "zones/base/config.h"
#include "zones/base/octets.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("store: blobs of other machines") {
  TEST_CASE("a URL says where, how and whether signed") {
    struct Row {
      std::string text, url, host, path;
      bool is_signed, is_loopback;
    };
    const Row rows[] = {
        {"https://a.example", "https://a.example/", "a.example", "/", false, false},
        {"https://a.example:443/b", "https://a.example/b/", "a.example", "/b/", false, false},
        {"s3+https://s3.example:9000/bucket/x/", "https://s3.example:9000/bucket/x/", "s3.example:9000",
         "/bucket/x/", true, false},
        {"s3+https://bucket.s3.example/x", "https://bucket.s3.example/x/", "bucket.s3.example", "/x/", true,
         false},
        {"http://127.0.0.1:8080/", "http://127.0.0.1:8080/", "127.0.0.1:8080", "/", false, true},
        {"http://[::1]:8080/a", "http://[::1]:8080/a/", "[::1]:8080", "/a/", false, true},
        {"http://localhost", "http://localhost/", "localhost", "/", false, true},
        {"http://127.0.0.1.example/", "http://127.0.0.1.example/", "127.0.0.1.example", "/", false, false},
    };
    for (const Row& row : rows) {
      CAPTURE(row.text);
      const auto url = BlobUrl::parse(row.text);
      REQUIRE(url);
      CHECK(url->url == row.url);
      CHECK(url->host == row.host);
      CHECK(url->path == row.path);
      CHECK(url->is_signed == row.is_signed);
      CHECK(url->is_loopback == row.is_loopback);
    }
    for (const std::string wrong :
         {"", "ftp://a/", "https://", "https:///a", "https://user@a/", "https://a:/", "https://a:123456/",
          "https://a:x/", "https://a/?q", "https://a/b//c", "https://a/../b", "https://a b/", "https://a/%41",
          "https://[::1", "https://a/\n", "file:///etc"}) {
      CAPTURE(wrong);
      CHECK_FALSE(BlobUrl::parse(wrong));
    }
  }

  TEST_CASE("[blobs] is read strictly, and unencrypted only where it is meant") {
    const auto read = [](const std::string& text) {
      auto root = *parse_config("[blobs]\n" + text, "test");
      Section blobs = root.table("blobs");
      auto settings = read_remote_blob_settings(blobs);
      return root.finish(std::move(settings));
    };
    const auto both = read("mirrors = [\"https://a/\", \"s3+https://b/c\"]\nat_once = 8");
    REQUIRE(both);
    CHECK(both->mirrors.size() == 2);
    CHECK(both->mirrors[1].is_signed);
    CHECK(both->at_once == 8);
    CHECK_FALSE(read("")->any());
    CHECK(read("publish = [\"http://localhost:1/\"]"));
    CHECK(read("publish = [\"http://a/\"]\nallow_http = true"));
    for (const std::string wrong :
         {"mirrors = [\"http://a/\"]", "publish = [\"s3+http://a/\"]", "certificate = \"x\"",
          "mirrors = [\"a\"]", "at_once = 0", "stall = \"10ms\"", "region = \"\"", "x = 1"}) {
      CAPTURE(wrong);
      CHECK_FALSE(read(wrong));
    }
  }

  TEST_CASE("mirrors that fail are asked last, longer each time, and one alone is always asked") {
    using Order = std::vector<std::size_t>;
    using namespace std::chrono_literals;
    const Monotonic start{1h};
    MirrorHealth health(3);
    CHECK(health.order(start) == Order{0, 1, 2});
    health.failed(0, start);
    health.failed(0, start);  // at once with the other: counts once
    CHECK(health.order(start) == Order{1, 2, 0});
    CHECK(health.order(start + 1s) == Order{0, 1, 2});
    health.failed(0, start + 1s);
    CHECK(health.order(start + 2s) == Order{1, 2, 0});
    CHECK(health.order(start + 3s) == Order{0, 1, 2});
    health.failed(1, start + 1s);
    CHECK(health.order(start + 1s) == Order{2, 1, 0});
    health.did_well(0);
    CHECK(health.order(start + 1s) == Order{0, 2, 1});
    Monotonic now = start;
    for (int i = 0; i < 20; ++i, now += 2min) health.failed(2, now);
    CHECK(health.order(now - 2min + 59s).back() == 2);
    CHECK(health.order(now) == Order{0, 1, 2});
    MirrorHealth alone(1);
    alone.failed(0, start);
    CHECK(alone.order(start) == Order{0});
  }

  TEST_CASE("wishes are fetched until they come, or are dropped; no slow one holds up the others") {
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::byte, int> tries;
    bool slow_ends = false;
    bool woken = false;
    const auto wish_of = [](std::uint8_t first) {
      BlobFetcher::Wish wish;
      wish.hash[0] = std::byte{first};
      return wish;
    };
    BlobFetcher fetcher(
        2,
        [&](const BlobFetcher::Wish& wish) -> Result<void> {
          std::unique_lock lock(mutex);
          const int tried = ++tries[wish.hash[0]];
          if (wish.hash[0] == std::byte{1}) changed.wait(lock, [&] { return slow_ends; });
          if (wish.hash[0] == std::byte{2} && tried < 4) return failure("try " + std::to_string(tried));
          return {};
        },
        [&] {
          const std::scoped_lock lock(mutex);
          woken = true;
          changed.notify_all();
        });
    const auto next_news = [&] {
      std::vector<BlobFetcher::News> news;
      while (news.empty()) {
        std::unique_lock lock(mutex);
        REQUIRE(changed.wait_for(lock, std::chrono::minutes(1), [&] { return woken; }));
        woken = false;
        lock.unlock();
        news = fetcher.take_news();
      }
      return news;
    };
    fetcher.wish(wish_of(1));
    fetcher.wish(wish_of(3));
    CHECK(next_news().front().hash == wish_of(3).hash);
    fetcher.wish(wish_of(2));
    CHECK(next_news().front().problem == "try 3");  // two are not worth telling
    CHECK(next_news().front().problem.empty());
    fetcher.drop(wish_of(1).hash);
    {
      const std::scoped_lock lock(mutex);
      slow_ends = true;
    }
    changed.notify_all();
    fetcher.wish(wish_of(4));
    const auto last = next_news();
    CHECK(last.size() == 1);  // nothing of the one that was dropped
    CHECK(last.front().hash == wish_of(4).hash);
  }
}

}  // namespace
}  // namespace doors
