#include "sync/store/remote/sigv4.h"

#include <algorithm>
#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "tests/zones/base/temporary_directory.h"
#include "zones/base/file.h"
#include "zones/base/octets.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("store: signed requests to S3 (AWS Signature Version 4)") {
  const S3Credentials example{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  constexpr WallTime the_day{std::chrono::seconds(1'369'353'600)};  // 2013-05-24T00:00:00Z

  std::string header(const HttpHeaders& headers, std::string_view name) {
    const auto found = std::ranges::find(headers, name, &HttpHeaders::value_type::first);
    return found == headers.end() ? std::string("-") : found->second;
  }
  std::string signature_in(const std::string& authorization) {
    return authorization.substr(authorization.rfind('=') + 1);
  }

  TEST_CASE("the examples of AWS's own documentation come out as it says") {
    const std::string host = "examplebucket.s3.amazonaws.com";
    struct Example {
      S3Request request;
      std::string signature;
    };
    const Example examples[] = {
        {{"GET", "/test.txt", "", {{"host", host}, {"range", "bytes=0-9"}}, sha256({})},
         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
        {{"PUT",
          "/test%24file.text",
          "",
          {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
           {"host", host},
           {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
          sha256(octets_of("Welcome to Amazon S3."))},
         "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
        {{"GET", "/", "lifecycle=", {{"host", host}}, sha256({})},
         "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
        {{"GET", "/", "max-keys=2&prefix=J", {{"host", host}}, sha256({})},
         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
    };
    for (const Example& each : examples) {
      CAPTURE(each.request.path);
      const HttpHeaders signed_with = sign_s3(each.request, example, "us-east-1", the_day);
      CHECK(signature_in(header(signed_with, "authorization")) == each.signature);
      CHECK(header(signed_with, "x-amz-date") == "20130524T000000Z");
    }
  }

  TEST_CASE("a session token is sent and signed") {
    S3Credentials temporary = example;
    temporary.session_token = "token";
    const S3Request request{"GET", "/x", "", {{"host", "h"}}, sha256({})};
    const HttpHeaders headers = sign_s3(request, temporary, "eu-central-1", the_day);
    CHECK(header(headers, "x-amz-security-token") == "token");
    const std::string authorization = header(headers, "authorization");
    CHECK(authorization.find("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,") !=
          std::string::npos);
    CHECK(authorization.find("/20130524/eu-central-1/s3/aws4_request") != std::string::npos);
    temporary.session_token = "other";
    CHECK(header(sign_s3(request, temporary, "eu-central-1", the_day), "authorization") != authorization);
  }

  TEST_CASE("credentials are those of the default profile") {
    const auto read = S3Credentials::parse(
        "# ours\n[other]\naws_access_key_id = no\naws_secret_access_key = no\n\n[default]\r\n"
        "aws_access_key_id = AKID\r\naws_secret_access_key=a/b+c=\n  aws_session_token\t= t \n");
    REQUIRE(read);
    CHECK(read->access_key == "AKID");
    CHECK(read->secret_key == "a/b+c=");
    CHECK(read->session_token == "t");
    CHECK(S3Credentials::parse("aws_access_key_id=a\naws_secret_access_key=b"));
    CHECK_FALSE(S3Credentials::parse("aws_access_key_id=a"));
    CHECK_FALSE(S3Credentials::parse("[other]\naws_access_key_id=a\naws_secret_access_key=b"));
    CHECK_FALSE(S3Credentials::parse("aws_access_key_id=a b\naws_secret_access_key=c"));
  }

  TEST_CASE("a file of credentials that others may read is refused") {
    const test::TemporaryDirectory directory;
    const auto path = directory / "credentials";
    const Octets text = octets_of("aws_access_key_id=a\naws_secret_access_key=b\n");
    REQUIRE(write_file_durably(path, text, 0640));
    CHECK(S3Credentials::read(path));
    REQUIRE(write_file_durably(path, text, 0644));
    CHECK_FALSE(S3Credentials::read(path));
    CHECK_FALSE(S3Credentials::read(directory / "none"));
  }
}

}  // namespace
}  // namespace doors
