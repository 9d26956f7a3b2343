#!/usr/bin/env python3
"""Makes the test vectors beside this file, with other code than the code under test.

Hashing is hashlib, signing is python3-cryptography, the Merkle tree is written as RFC 6962 defines
it. Everything follows from the labels below: running it again gives the same files. With --check
it writes nothing and fails if a file differs.

    python3 tests/vectors/generate.py [--check]
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

sys.dont_write_bytecode = True  # a run leaves nothing behind but the vectors
import ed25519_math as curve  # noqa: E402

HERE = pathlib.Path(__file__).parent
SOURCE = "made by tests/vectors/generate.py"


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(data):
    return base64.b64encode(data).decode()


# ---------------------------------------------------------------- Merkle tree


class Tree:
    """RFC 6962, section 2.1, over the entries `entry 0`, `entry 1` and so on."""

    def __init__(self, size):
        self.leaves = [sha256(b"\0", b"entry %d" % i) for i in range(size)]
        self.known = {}

    def root(self, start, end):
        if start == end:
            return sha256()
        if end - start == 1:
            return self.leaves[start]
        if (start, end) not in self.known:
            split = start + self.split(end - start)
            self.known[start, end] = sha256(
                b"\1", self.root(start, split), self.root(split, end))
        return self.known[start, end]

    @staticmethod
    def split(size):
        return 1 << (size - 1).bit_length() - 1

    def path(self, index, start, end):
        """PATH of RFC 6962, section 2.1.1."""
        if end - start == 1:
            return []
        split = start + self.split(end - start)
        if index < split:
            return self.path(index, start, split) + [self.root(split, end)]
        return self.path(index, split, end) + [self.root(start, split)]

    def subproof(self, old, start, end, whole):
        """SUBPROOF of RFC 6962, section 2.1.2; `old` is a position, not a count."""
        if old == end:
            return [] if whole else [self.root(start, end)]
        split = start + self.split(end - start)
        if old <= split:
            return self.subproof(old, start, split, whole) + [self.root(split, end)]
        return self.subproof(old, split, end, False) + [self.root(start, split)]


def merkle():
    tree = Tree(131100)
    small = []
    for size in range(0, 131):
        inclusion = [h for i in range(size) for h in tree.path(i, 0, size)]
        consistency = [h for old in range(1, size + 1) for h in tree.subproof(old, 0, size, True)]
        small.append({
            "size": size,
            "root": tree.root(0, size).hex(),
            "inclusion_digest": sha256(*inclusion).hex(),
            "consistency_digest": sha256(*consistency).hex(),
        })
    large = [{"size": size, "root": tree.root(0, size).hex()} for size in
             (255, 256, 257, 511, 512, 513, 600, 1000, 65535, 65536, 65537, 70000, 131072, 131073)]
    inclusion_at = [(0, 1), (0, 2), (1, 2), (6, 7), (0, 8), (5, 13), (255, 256), (256, 257),
                    (300, 1000), (65535, 65536), (65536, 65537), (1, 70000), (69999, 70000)]
    consistency_at = [(1, 2), (2, 3), (3, 7), (4, 7), (6, 8), (7, 13), (256, 257), (255, 512),
                      (300, 1000), (65536, 70000), (65535, 65537), (69632, 70000), (1, 131073)]
    return {
        "source": SOURCE,
        "entries": "entry i is the text `entry <i>`; digests are SHA-256 of all proofs of a size, "
                   "in order of index or old size, laid end to end",
        "small": small,
        "large": large,
        "inclusion": [{"index": i, "size": n, "path": [h.hex() for h in tree.path(i, 0, n)]}
                      for i, n in inclusion_at],
        "consistency": [{"old": o, "new": n,
                         "path": [h.hex() for h in tree.subproof(o, 0, n, True)]}
                        for o, n in consistency_at],
    }


# -------------------------------------------------------------------- Ed25519


class Key:
    """A key that follows from its label, so that no private key is stored."""

    def __init__(self, label):
        self.seed = sha256(b"tallystick test key: " + label.encode())
        self.private = Ed25519PrivateKey.from_private_bytes(self.seed)
        self.public = self.private.public_key().public_bytes(
            Encoding.Raw, PublicFormat.Raw)
        self.label = label

    def sign(self, message):
        return self.private.sign(message)


def case(what, key, message, signature):
    return {"what": what, "key": key.hex(), "message": message.hex(),
            "signature": signature.hex()}


def find_message(r_bytes, key_bytes, wanted):
    """A message whose challenge satisfies `wanted`."""
    for attempt in range(10000):
        message = b"attempt %d" % attempt
        if wanted(curve.challenge(r_bytes, key_bytes, message)):
            return message
    raise AssertionError("no message found")


def edge_cases():
    """Signatures that a careless verifier accepts, and one that ours must."""
    key = Key("edge")
    a = curve.secret_scalar(key.seed)
    key_point = curve.multiply(a, curve.BASE)
    assert curve.encode(key_point) == key.public
    torsion = curve.torsion()
    r = int.from_bytes(sha256(b"edge nonce"), "little") % curve.L
    r_point = curve.multiply(r, curve.BASE)
    message = b"edge"
    good = key.sign(message)
    s = int.from_bytes(good[32:], "little")

    refused = [
        case("S is not below the group order", key.public, message,
             good[:32] + curve.scalar_bytes(s + curve.L)),
        case("S has its highest bit set", key.public, message,
             good[:63] + bytes([good[63] | 0x80])),
        case("all is zero", bytes(32), message, bytes(64)),
    ]

    for order, point in enumerate(torsion):
        # With the challenge a multiple of 8 the key vanishes from the equation: anyone can sign.
        key_bytes, r_bytes = curve.encode(point), curve.encode(r_point)
        chosen = find_message(r_bytes, key_bytes, lambda k: k % 8 == 0)
        assert curve.holds(point, r_point, r, curve.challenge(r_bytes, key_bytes, chosen))
        refused.append(case(f"the key is small-order point {order}", key_bytes, chosen,
                            r_bytes + curve.scalar_bytes(r)))

    for order, point in enumerate(torsion):
        r_bytes = curve.encode(point)
        k = curve.challenge(r_bytes, key.public, message)
        assert curve.holds(key_point, point, k * a % curve.L, k, cofactor=8)
        refused.append(case(f"R is small-order point {order}", key.public, message,
                            r_bytes + curve.scalar_bytes(k * a % curve.L)))

    # y = p + 1 is the identity in another spelling.
    spelled = (curve.P + 1).to_bytes(32, "little")
    refused.append(case("the key is spelled with y not below p", spelled, message,
                        curve.encode(r_point) + curve.scalar_bytes(r)))
    refused.append(case("R is spelled with y not below p", key.public, message, spelled +
                        curve.scalar_bytes(curve.challenge(spelled, key.public, message) * a
                                           % curve.L)))

    # A point of order 8 in R or in the key: valid only if the equation is multiplied by 8.
    bent_r = curve.add(r_point, torsion[1])
    r_bytes = curve.encode(bent_r)
    k = curve.challenge(r_bytes, key.public, message)
    s = (r + k * a) % curve.L
    assert curve.holds(key_point, bent_r, s, k, cofactor=8)
    assert not curve.holds(key_point, bent_r, s, k)
    refused.append(case("R has a part of small order", key.public, message,
                        r_bytes + curve.scalar_bytes(s)))

    bent_key = curve.add(key_point, torsion[1])
    key_bytes, r_bytes = curve.encode(bent_key), curve.encode(r_point)
    mixed = {}
    for what, wanted in (("seen", lambda k: k % 8 == 1), ("unseen", lambda k: k % 8 == 0)):
        chosen = find_message(r_bytes, key_bytes, wanted)
        k = curve.challenge(r_bytes, key_bytes, chosen)
        s = (r + k * a) % curve.L
        assert curve.holds(bent_key, r_point, s, k) == (what == "unseen")
        mixed[what] = (key_bytes, chosen, r_bytes + curve.scalar_bytes(s))
    refused.append(case("the key has a part of small order, which the challenge shows",
                        *mixed["seen"]))
    accepted = [case("the key has a part of small order, which the challenge hides",
                     *mixed["unseen"])]
    return refused, accepted


def ed25519():
    keys = []
    for number, size in enumerate((0, 1, 2, 31, 32, 33, 64, 111, 112, 127, 128, 1000)):
        key = Key(f"ed25519 {number}")
        message = bytes((number + 7 * i) % 256 for i in range(size))
        keys.append({"label": key.label, "public": key.public.hex(), "message": message.hex(),
                     "signature": key.sign(message).hex()})
    refused, accepted = edge_cases()
    return {"source": SOURCE, "keys": keys, "refused": refused, "accepted": accepted}


# ---------------------------------------------------------- notes, checkpoints


def key_id(name, kind, key):
    return sha256(name.encode(), b"\n", bytes([kind]), key.public)[:4]


def verifier(name, kind, key):
    return f"{name}+{key_id(name, kind, key).hex()}+{b64(bytes([kind]) + key.public)}"


def note_line(name, kind, key, text, time_s=0):
    if kind == 1:
        blob = key.sign(text.encode())
    else:
        signed = f"cosignature/v1\ntime {time_s}\n{text}".encode()
        blob = time_s.to_bytes(8, "big") + key.sign(signed)
    return f"\u2014 {name} {b64(key_id(name, kind, key) + blob)}\n"


def notes():
    origin = "ledger.example/net-1"
    node, other = f"{origin}/node-1", f"{origin}/node-2"
    log_key, first, second = Key("log"), Key("node-1"), Key("node-2")
    text = f"{origin}\n70000\n{b64(sha256(b'some root'))}\n"
    log_line = note_line(origin, 1, log_key, text)
    cosigned = note_line(node, 4, first, text, 1767225600)
    cosigned_late = note_line(node, 4, first, text, 18446744073709551615)
    unknown = note_line(other, 4, second, text, 1767225601)
    # The same 64 bytes under another time: a cosignature binds its time.
    moved = note_line(node, 4, first, text, 1767225600)
    raw = bytearray(base64.b64decode(moved.split(" ")[2]))
    raw[11] ^= 1
    moved = f"\u2014 {node} {b64(bytes(raw))}\n"
    known = [verifier(origin, 1, log_key), verifier(node, 4, first)]

    def entry(what, want, note_text, lines, times=()):
        return {"what": what, "want": want, "note": note_text + "\n" + "".join(lines),
                "times": list(times)}

    return {
        "source": SOURCE,
        "text": text,
        "known": known,
        "signers": [
            {"name": origin, "type": 1, "label": log_key.label, "time": 0, "line": log_line},
            {"name": node, "type": 4, "label": first.label, "time": 1767225600,
             "line": cosigned},
        ],
        "notes": [
            entry("log line and cosignature", "ok", text, [log_line, cosigned], [0, 1767225600]),
            entry("largest time", "ok", text, [cosigned_late], ["18446744073709551615"]),
            entry("unknown lines are ignored", "ok", text, [unknown, log_line], [0]),
            entry("a repeated line counts once", "ok", text, [log_line, log_line], [0]),
            entry("a second time of one key counts once", "ok", text, [cosigned, cosigned_late],
                  [1767225600]),
            entry("text with empty lines", "unverified", "a\n\nb\n", [log_line.replace(
                origin, "else.example")]),
            entry("only unknown keys", "unverified", text, [unknown]),
            entry("a cosignature with its time changed", "bad_signature", text, [moved]),
            entry("one good and one bad known line", "bad_signature", text, [log_line, moved]),
            entry("a good line of another text", "bad_signature", text.replace("70000", "70001"),
                  [log_line]),
            entry("a cosignature under the log's type", "bad_signature", text, [
                f"\u2014 {origin} " + b64(key_id(origin, 1, log_key) + (7).to_bytes(8, "big")
                                          + log_key.sign(text.encode())) + "\n"]),
        ],
    }


def dsse():
    types = ["", "t", "application/vnd.tallystick.header.v1", "http://example.com/HelloWorld",
             "\u8bfa"]
    bodies = [b"", b"hello world", bytes(range(256)), b"0 1 2"]
    cases = []
    for media_type in types:
        for body in bodies:
            encoded_type = media_type.encode()
            pae = b"DSSEv1 %d %b %d %b" % (len(encoded_type), encoded_type, len(body), body)
            cases.append({"type": media_type, "body": body.hex(), "pae": pae.hex()})
    return {"source": SOURCE, "cases": cases}


def tlog():
    tree = Tree(300)
    root = tree.root(0, 300)
    path = tree.path(42, 0, 300)
    checkpoint = notes()["notes"][0]["note"]
    lines = ["c2sp.org/tlog-proof@v1", "extra " + b64(b"more"), "index 42"]
    lines += [b64(h) for h in path]
    return {
        "source": SOURCE,
        "checkpoint": {"origin": "ledger.example/net-1", "size": 300, "root": root.hex(),
                       "body": f"ledger.example/net-1\n300\n{b64(root)}\n"},
        "proof": {"index": 42, "extra": b"more".hex(), "path": [h.hex() for h in path],
                  "checkpoint": checkpoint, "text": "\n".join(lines) + "\n\n" + checkpoint},
    }


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    made = {"merkle": merkle, "ed25519": ed25519, "notes": notes, "dsse": dsse, "tlog": tlog}
    stale = []
    for name, make in made.items():
        path = HERE / f"{name}.json"
        text = json.dumps(make(), indent=1) + "\n"
        if check:
            if not path.exists() or path.read_text() != text:
                stale.append(path.name)
        else:
            path.write_text(text)
    if stale:
        sys.exit("differ from what the script makes: " + ", ".join(stale))


if __name__ == "__main__":
    main()
