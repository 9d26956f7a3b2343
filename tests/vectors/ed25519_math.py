"""Arithmetic on the Ed25519 curve (RFC 8032, section 5.1), for test vectors only.

Slow and not constant-time. It exists because the cases that matter most, such as a key of small
order, are exactly those that a good library refuses to make.
"""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
IDENTITY = (0, 1)


def add(a, b):
    """The sum of two points in affine coordinates; the law is complete, so no case is special."""
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, P - 2, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - product, P - 2, P) % P
    return (x, y)


def multiply(scalar, point):
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def x_of(y, sign):
    """The x coordinate of that sign, or None where y belongs to no point."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


BASE = (x_of(4 * pow(5, P - 2, P) % P, 0), 4 * pow(5, P - 2, P) % P)


def encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def torsion():
    """The eight points of small order, as multiples of one of order 8, the identity first."""
    y = 2
    while True:
        x = x_of(y, 0)
        if x is not None:
            candidate = multiply(L, (x, y))
            if multiply(4, candidate) != IDENTITY:
                return [multiply(i, candidate) for i in range(8)]
        y += 1


def secret_scalar(seed):
    head = bytearray(hashlib.sha512(seed).digest()[:32])
    head[0] &= 248
    head[31] = head[31] & 127 | 64
    return int.from_bytes(head, "little")


def challenge(r_bytes, key_bytes, message):
    return int.from_bytes(hashlib.sha512(r_bytes + key_bytes + message).digest(), "little") % L


def scalar_bytes(scalar):
    return scalar.to_bytes(32, "little")


def holds(key, r, s, k, cofactor=1):
    """The verification equation over points, with nothing else checked."""
    left = multiply(cofactor * s, BASE)
    right = multiply(cofactor, add(r, multiply(k, key)))
    return left == right
