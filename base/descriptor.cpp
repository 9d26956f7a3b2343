#include "base/descriptor.h"

#include <unistd.h>

#include <utility>

namespace tally {

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

}  // namespace tally
