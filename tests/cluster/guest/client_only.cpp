// Goal: the client alone is enough to link, and brings no name that others may want.
#include <tallystick/client.h>

#include <cstdio>

#if defined(CHECK) || defined(REQUIRE) || defined(ASSERT)
#error "a macro of a common name"
#endif
#if __has_include("base/check.h") || __has_include("client/client.h") || __has_include("errors.h")
#error "a header that may be taken for one of the user's"
#endif

int main() {
    tallystick::ClientOptions options;
    options.urls = {"http://127.0.0.1:1"};
    options.deadline = std::chrono::milliseconds(50);
    auto client = tallystick::Client::create(options);
    if (!client) return 1;
    const auto status = client->status(0);  // nobody listens there
    std::puts(status ? "answered" : status.error().context.c_str());
    return status ? 1 : 0;
}
