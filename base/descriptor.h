#pragma once

namespace tally {

/// What the system opened, until this goes; and with it the locks on it (flock). -1: nothing.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor();

    int number() const { return number_; }

private:
    int number_;
};

}  // namespace tally
