#pragma once

// The one place that names Catch2's header: version 2 has one, version 3 another.
#if __has_include(<catch2/catch.hpp>)
#include <catch2/catch.hpp>
#else
#include <catch2/catch_all.hpp>
#endif
