#pragma once

// Both define CHECK; in tests it is Catch2's, whatever the order of includes.
#include "base/check.h"
#undef CHECK

// The one place that names Catch2's header: version 2 has one, version 3 another.
#if __has_include(<catch2/catch.hpp>)
#include <catch2/catch.hpp>
#else
#include <catch2/catch_all.hpp>
#endif
