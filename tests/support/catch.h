#pragma once

// The one place that names Catch2's header: the move to version 3 changes this line alone.
#include <catch2/catch.hpp>
