// SPDX-License-Identifier: MIT
#include "apps/status/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using status::Json;

template <class Write>
std::string written(Write write) {
  char buffer[400];
  base::Text text(buffer, sizeof buffer);
  Json json(text);
  write(json);
  return {text.data(), text.size()};
}

TEST(Json, CommasWhereTheyBelong) {
  EXPECT_EQ(written([](Json& j) {
              j.open('{').key("a").number(1).key("b").open('[').number(2).null().boolean(true).close(']');
              j.key("c").open('{').close('}').key("d").open('[').open('[').close(']').open('[').close(']');
              j.close(']').key("e").decimal(1005).close('}');
            }),
            R"({"a":1,"b":[2,null,true],"c":{},"d":[[],[]],"e":1.005})");
}

TEST(Json, EscapesEveryByte) {
  EXPECT_EQ(written([](Json& j) { j.string("a\"b\\c\n\x7f\xff/"); }), R"("a\"b\\c\u000a\u007f\u00ff/")");
}

TEST(Json, NameWithoutTerminator) {
  const char name[4] = {'a', 'b', 'c', 'd'};
  EXPECT_EQ(written([&](Json& j) { j.string(name, sizeof name); }), "\"abcd\"");
}

TEST(Json, CutTextSaysSo) {
  char buffer[4];
  base::Text text(buffer, sizeof buffer);
  Json(text).string("long");
  EXPECT_TRUE(text.truncated());
}

}  // namespace
