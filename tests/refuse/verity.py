#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tampered images: each field of superblock and manifest, each level of the tree, sizes, swaps, keys;
then random single-byte flips over every part. pith image verify refuses each, with the right words."""
import hashlib
import os
import platform
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, "tests")
sys.dont_write_bytecode = True
from tap import finish, ok  # noqa: E402

ARCH = os.environ.get("ARCH", platform.machine())
PITH = os.path.abspath(f"build/{ARCH}/pith")
TREE = os.path.abspath(f"build/{platform.machine()}/tests/verity-tree")
BLOCK = 4096
FLIPS = 1000
SEED = int(os.environ.get("SEED", "20240229"))


def run(*command, check=True):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        sys.exit(f"# {' '.join(command)}: {done.returncode}: {done.stderr}")
    return done


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def verify(data, *options):
    write("tampered.img", data)
    return run(PITH, "image", "verify", *options, "tampered.img", check=False)


def refused(name, data, options, words):
    done = verify(data, *options)
    ok(
        done.returncode == 125 and re.search(words, done.stderr) and done.stdout == "",
        name,
        f"exit code {done.returncode}, wanted: {words}",
        done.stdout,
        done.stderr,
    )


def put(data, at, new):
    return data[:at] + new + data[at + len(new) :]


def flip(data, at, mask=1):
    return put(data, at, bytes([data[at] ^ mask]))


def fields(image, at, table, options):
    for name, offset, new, words in table:
        refused(name, put(image, at + offset, new), options, words)


def superblock_cases(image, data_bytes, options, mode):
    """The superblock of IMAGE lies at DATA_BYTES; what is not caught as malformed is caught by MODE."""
    u16, u32, u64 = (lambda form: lambda value: struct.pack(form, value))("<H"), struct.Struct("<I").pack, struct.Struct("<Q").pack
    blocks = data_bytes // BLOCK
    other = "superblock" if mode == "key" else "root hash|UUID|digest"
    fields(
        image,
        data_bytes,
        [
            (f"{mode}: superblock: magic", 0, b"V", "no verity superblock"),
            (f"{mode}: superblock: magic gone", 0, bytes(8), "no verity superblock"),
            (f"{mode}: superblock: version 0", 8, u32(0), "version is not 1"),
            (f"{mode}: superblock: version 2", 8, u32(2), "version is not 1"),
            (f"{mode}: superblock: hash type 0 (Chrome OS)", 12, u32(0), "hash type"),
            (f"{mode}: superblock: hash type 2", 12, u32(2), "hash type"),
            (f"{mode}: superblock: UUID", 16, b"\0", other),
            (f"{mode}: superblock: algorithm sha1", 32, b"sha1\0\0", "algorithm"),
            (f"{mode}: superblock: algorithm empty", 32, bytes(32), "algorithm"),
            (f"{mode}: superblock: algorithm without an end", 32, b"sha256" + b"6" * 26, "algorithm"),
            (f"{mode}: superblock: data blocks of 512", 64, u32(512), "data block size"),
            (f"{mode}: superblock: data blocks of 0", 64, u32(0), "data block size"),
            (f"{mode}: superblock: hash blocks of 1024", 68, u32(1024), "hash block size"),
            (f"{mode}: superblock: hash blocks of 2^31", 68, u32(1 << 31), "hash block size"),
            (f"{mode}: superblock: zero blocks", 72, u64(0), "data blocks is 0"),
            (f"{mode}: superblock: one block less", 72, u64(blocks - 1), "not that of the image"),
            (f"{mode}: superblock: one block more", 72, u64(blocks + 1), "not that of the image"),
            (f"{mode}: superblock: 2^40 blocks", 72, u64(1 << 40), "not that of the image"),
            (f"{mode}: superblock: 2^52 + n blocks (2^64 bytes)", 72, u64((1 << 52) + blocks), "beyond 2.40"),
            (f"{mode}: superblock: 2^64 - 1 blocks", 72, u64((1 << 64) - 1), "beyond 2.40"),
            (f"{mode}: superblock: no salt", 80, u16(0), "unused byte"),
            (f"{mode}: superblock: salt one byte shorter", 80, u16(31), "unused byte"),
            (f"{mode}: superblock: salt one byte longer", 80, u16(33), other),
            (f"{mode}: superblock: salt of 256 bytes", 80, u16(256), other),
            (f"{mode}: superblock: salt of 257 bytes", 80, u16(257), "longer than 256"),
            (f"{mode}: superblock: salt of 65535 bytes", 80, u16(65535), "longer than 256"),
            (f"{mode}: superblock: padding", 82, b"\1", "unused byte"),
            (f"{mode}: superblock: first byte of the salt", 88, bytes([image[data_bytes + 88] ^ 1]), other),
            (f"{mode}: superblock: behind the salt", 88 + 32, b"\1", "unused byte"),
            (f"{mode}: superblock: padding at its end", 511, b"\1", "unused byte"),
            (f"{mode}: superblock: behind it", 512, b"\1", "unused byte"),
            (f"{mode}: superblock: end of its block", 4095, b"\1", "unused byte"),
        ],
        options,
    )


def manifest_cases(image, options):
    at = len(image) - BLOCK
    u32, u64 = struct.Struct("<I").pack, struct.Struct("<Q").pack
    signature = "signature is wrong"
    fields(
        image,
        at,
        [
            ("manifest: magic", 0, b"P", "no verity superblock"),
            ("manifest: layout version 0", 8, u32(0), "layout version"),
            ("manifest: layout version 2", 8, u32(2), "layout version"),
            ("manifest: bytes 12 to 15", 12, u32(1), "unused byte"),
            ("manifest: no data", 16, u64(0), "data size makes no sense"),
            ("manifest: one block of data less", 16, u64(struct.unpack_from("<Q", image, at + 16)[0] - BLOCK), "data size is not that"),
            ("manifest: data of a broken block", 16, u64(BLOCK + 1), "data size makes no sense"),
            ("manifest: huge data", 16, u64((1 << 64) - BLOCK), "data size makes no sense"),
            ("manifest: total size", 24, u64(len(image) + BLOCK), "another image size"),
            ("manifest: total size 0", 24, u64(0), "another image size"),
            ("manifest: higher version", 32, u64(99), signature),
            ("manifest: root hash", 40, bytes([image[at + 40] ^ 1]), "another root hash"),
            ("manifest: superblock hash", 72, bytes([image[at + 72] ^ 1]), "another superblock"),
            ("manifest: key id", 104, bytes([image[at + 104] ^ 1]), "another key"),
            ("manifest: another name", 136, b"j", signature),
            ("manifest: no name", 136, bytes(64), "name is not valid"),
            ("manifest: a name without its end", 136, b"a" * 64, "name is not valid"),
            ("manifest: a name with a slash", 136, b"a/b", "name is not valid"),
            ("manifest: a name with an escape", 136, b"a\x1b[", "name is not valid"),
            ("manifest: behind the name", 199, b"x", "unused byte"),
            ("manifest: byte 200", 200, b"x", "unused byte"),
            ("manifest: byte 255", 255, b"x", "unused byte"),
            ("manifest: R of the signature", 256, bytes([image[at + 256] ^ 1]), signature),
            ("manifest: S of the signature", 256 + 32, bytes([image[at + 256 + 32] ^ 1]), signature),
            ("manifest: signature of zeros", 256, bytes(64), signature),
            ("manifest: behind the signature", 320, b"x", "unused byte"),
            ("manifest: last byte", 4095, b"x", "unused byte"),
        ],
        options,
    )
    order = int.from_bytes(bytes.fromhex("edd3f55c1a631258d69cf7a2def9de14" + "0" * 30 + "10"), "little")
    s = int.from_bytes(image[at + 288 : at + 320], "little") + order
    refused("manifest: S + L, the same S spelt otherwise", put(image, at + 288, s.to_bytes(32, "little")), options, signature)


def size_cases(name, image, options):
    for size in (0, 1, 511, BLOCK - 1, len(image) - 1):
        refused(f"{name}: truncated to {size} bytes", image[:size], options, "size is not a multiple")
    for blocks in (1, 2, 3, len(image) // BLOCK // 2):
        refused(f"{name}: truncated to {blocks} blocks", image[: blocks * BLOCK], options, "no verity superblock")
    refused(f"{name}: its last block cut off", image[:-BLOCK], options, "no verity superblock|not signed|data blocks")
    refused(f"{name}: a byte appended", image + b"\0", options, "size is not a multiple")
    refused(f"{name}: a block of zeros appended", image + bytes(BLOCK), options, "superblock")
    refused(f"{name}: a block inserted in front", bytes(BLOCK) + image, options, "superblock|another image size")
    refused(f"{name}: twice", image + image, options, "superblock|another image size")


def level_cases(key_options):
    """A tree of three levels: 16500 data blocks, 129 + 2 + 1 blocks of digests."""
    data = 16500
    with open("levels.img", "wb") as file:
        file.truncate(data * BLOCK)
        file.seek((data - 1) * BLOCK)
        file.write(b"end" * 100)
    root = run(TREE, "build", "levels.img", str(data), "5a" * 32, "0").stdout.strip()
    tree = data + 1
    top, middle, bottom = tree, tree + 1, tree + 3
    cases = [
        ("top block", top * BLOCK, top, "tree"),
        ("top block, behind its last digest", top * BLOCK + 100, top, "tree"),
        ("first block of the middle level", middle * BLOCK + 7, middle, "tree, level 1"),
        ("last block of the middle level", (middle + 1) * BLOCK, middle + 1, "tree, level 1"),
        ("middle level, behind its last digest", (middle + 1) * BLOCK + 4000, middle + 1, "tree, level 1"),
        ("first block of the bottom level", bottom * BLOCK, bottom, "tree, level 0"),
        ("block 60 of the bottom level", (bottom + 60) * BLOCK + 4095, bottom + 60, "tree, level 0"),
        ("last block of the bottom level", (bottom + 128) * BLOCK + 1, bottom + 128, "tree, level 0"),
        ("bottom level, behind its last digest", (bottom + 129) * BLOCK - 1, bottom + 128, "tree, level 0"),
        ("first data block", 0, 0, "data"),
        ("a data block in the middle", 9000 * BLOCK + 77, 9000, "data"),
        ("the last data block", data * BLOCK - 1, data - 1, "data"),
    ]
    shutil.copy("levels.img", "signed-levels.img")
    run(PITH, "image", "sign", "--key", "key.pem", "--name", "levels", "signed-levels.img")
    for mode, path, options in (
        ("root hash", "levels.img", ["--any-uuid", "--root-hash", root]),
        ("key", "signed-levels.img", key_options),
    ):
        done = run(PITH, "image", "verify", *options, path, check=False)
        ok(done.returncode == 0, f"{mode}: the image with three levels is accepted", done.stderr)
        with open(path, "r+b") as file:
            for name, at, block, part in cases:
                file.seek(at)
                old = file.read(1)
                file.seek(at)
                file.write(bytes([old[0] ^ 0x80]))
                file.flush()
                done = run(PITH, "image", "verify", *options, path, check=False)
                file.seek(at)
                file.write(old)
                file.flush()
                words = rf"block {block} \((hash )?{part}|block {block}, the top of the tree|another root hash"
                ok(
                    done.returncode == 125 and re.search(words, done.stderr),
                    f"{mode}: {name}: block {block} is named",
                    done.stderr,
                )
            # Two bad data blocks: the first is named.
            for at in (9000 * BLOCK, 131 * BLOCK):
                file.seek(at)
                file.write(b"x")
            file.flush()
            done = run(PITH, "image", "verify", *options, path, check=False)
            ok(done.returncode == 125 and "block 131 (data)" in done.stderr, f"{mode}: of two bad blocks the first is named", done.stderr)
        os.unlink(path)


def swap_cases(image, data_bytes, other, key_options, root_options):
    """OTHER: another image, signed by the same key, of the same sizes."""
    manifest = len(image) - BLOCK
    refused("swap: data of another signed image", other[:data_bytes] + image[data_bytes:], key_options, r"block \d+ \(data\)")
    refused("swap: superblock of another signed image", put(image, data_bytes, other[data_bytes : data_bytes + BLOCK]), key_options, "another superblock")
    refused("swap: tree of another signed image", put(image, data_bytes + BLOCK, other[data_bytes + BLOCK : manifest]), key_options, "another root hash")
    refused("swap: superblock and tree of another", put(image, data_bytes, other[data_bytes:manifest]), key_options, "another superblock")
    refused("swap: manifest of another signed image", image[:manifest] + other[manifest:], key_options, "another")
    refused("swap: all of another signed image, by name", other, key_options + ["--name", "hello"], "it is the image 'other', wanted 'hello'")
    refused("swap: all of another image, by root hash", other[:manifest], root_options, "wanted")
    refused("swap: two data blocks exchanged", image[BLOCK : 2 * BLOCK] + image[:BLOCK] + image[2 * BLOCK :], key_options, r"block 0 \(data\)")
    refused("swap: the top of the tree as the data", image[data_bytes + BLOCK : data_bytes + 2 * BLOCK] + image[data_bytes : data_bytes + BLOCK], root_options, "not that of the image")


def campaign(name, image, options, flips):
    """Single-byte flips, half of them anywhere, half behind the data; not one may pass."""
    chance = random.Random(SEED)
    behind = image.find(b"verity\0\0")
    passed, wrong_code = [], []
    with open("flips.img", "w+b") as file:
        file.write(image)
        for i in range(flips):
            at = chance.randrange(len(image)) if i % 2 else chance.randrange(behind, len(image))
            file.seek(at)
            file.write(bytes([image[at] ^ chance.randrange(1, 256)]))
            file.flush()
            done = run(PITH, "image", "verify", "-j", "1", *options, "flips.img", check=False)
            file.seek(at)
            file.write(image[at : at + 1])
            if done.returncode == 0:
                passed.append(at)
            elif done.returncode != 125:
                wrong_code.append((at, done.returncode))
        file.flush()
    done = run(PITH, "image", "verify", *options, "flips.img", check=False)
    ok(done.returncode == 0, f"{name}: the image is accepted once more", done.stderr)
    ok(not passed, f"{name}: {flips} flips, each refused (SEED={SEED})", f"accepted at {passed}")
    ok(not wrong_code, f"{name}: each with exit code 125", wrong_code)


def main():
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", "key.pem")
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", "key2.pem")
    for name in ("key", "key2"):
        run("openssl", "pkey", "-in", f"{name}.pem", "-pubout", "-out", f"{name}.pub")
    images = {}
    for name, fill in (("hello", b"h"), ("other", b"o")):
        os.mkdir(name)
        chance = random.Random(fill)
        write(f"{name}/random", chance.randbytes(800000))  # 196 blocks and a bit: two levels
        write(f"{name}/text", fill * 5000)
        run(PITH, "image", "build", "-d", f"{name}=.", "--verity", "-o", f"{name}.img")
        images[name] = open(f"{name}.img", "rb").read()
        run(PITH, "image", "sign", "--key", "key.pem", "--name", name, "--version", "5", f"{name}.img")
        images[f"{name}-signed"] = open(f"{name}.img", "rb").read()
    plain, signed = images["hello"], images["hello-signed"]
    shown = dict(line.split(None, 1) for line in run(PITH, "image", "show", "hello.img").stdout.splitlines())
    data_bytes, root = int(shown["data_bytes"]), shown["root_hash"]
    key, by_root = ["--key", "key.pub"], ["--root-hash", root]

    for name, data, options in (
        ("by key", signed, key),
        ("by key, name and version", signed, key + ["--name", "hello", "--min-version", "5"]),
        ("by root hash", plain, by_root),
        ("signed, by root hash", signed, by_root),
        ("by key and root hash", signed, key + by_root),
        ("by SHA-256", plain, ["--sha256", hashlib.sha256(plain).hexdigest()]),
        ("by everything", signed, key + by_root + ["--sha256", hashlib.sha256(signed).hexdigest()]),
    ):
        done = verify(data, *options)
        ok(done.returncode == 0 and "verified" in done.stdout, f"accepted {name}", done.stderr)

    superblock_cases(signed, data_bytes, key, "key")
    superblock_cases(plain, data_bytes, by_root, "root hash")
    manifest_cases(signed, key)
    size_cases("key", signed, key)
    size_cases("root hash", plain, by_root)
    level_cases(key)
    swap_cases(signed, data_bytes, images["other-signed"], key, by_root)

    refused("another key", signed, ["--key", "key2.pub"], "signed by another key")
    refused("no signature", plain, key, "it is not signed")
    refused("an older version", signed, key + ["--min-version", "6"], "version is 5, wanted 6 or higher")
    refused("another name", signed, key + ["--name", "hell"], "wanted 'hell'")
    refused("key right, root hash wrong", signed, key + ["--root-hash", "0" * 64], "wanted 0000")
    refused("key right, SHA-256 wrong", signed, key + ["--sha256", "0" * 64], "wanted 0000")
    refused("SHA-256 of the unsigned image", signed, ["--sha256", hashlib.sha256(plain).hexdigest()], "SHA-256 is")
    refused("a plain file system", plain[:data_bytes], [], "no verity superblock")
    refused("random bytes", random.Random(SEED).randbytes(64 * BLOCK), [], "no verity superblock")
    done = verify(flip(plain, 100))
    ok(done.returncode == 125 and "block 0 (data)" in done.stderr, "a bad block without anything to compare with", done.stderr)

    campaign("key", signed, key, FLIPS)
    campaign("root hash", plain, by_root, FLIPS // 4)


if __name__ == "__main__":
    folder = tempfile.mkdtemp(prefix="pith-test.")
    try:
        os.chdir(folder)
        main()
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    finish()
